/* A datagram out: what becomes of it, decided from values alone. */
#ifndef CORE_OUTGOING_H
#define CORE_OUTGOING_H

#include "core/rule.h"
#include "core/view.h"

enum outgoing_verdict {
	OUTGOING_KERNEL,  /* as the program asked: direct, or an error that the kernel finds without sending */
	OUTGOING_FRAMED,  /* header and payload, to the relay */
	OUTGOING_SILENCE, /* dropped by a rule, as if sent */
	OUTGOING_ERROR,   /* fails with .error */
	OUTGOING_LEAVE,   /* direct, but the kernel socket must leave the relay first (flow_open) */
	OUTGOING_PREPARE, /* to be relayed, but there is no association to do it: see negotiator_admit */
};

struct outgoing {
	uint8_t verdict; /* enum outgoing_verdict */
	bool named;      /* FRAMED: the relay must be named, for the kernel socket is not connected to it */
	uint16_t header_length;
	int16_t server; /* PREPARE: the server that the rule demands, or ANY_SERVER */
	int error;
	struct endpoint to;              /* the destination, when there is one */
	uint8_t header[HEADER_SIZE_MAX]; /* FRAMED and PREPARE */
};

/* name: the destination given with the call, which may be outgoing->to itself, or NULL: the connected peer's.
 * answer: the destination wrote to this socket directly before, so that the way back is direct too. */
void outgoing_decide(struct outgoing *outgoing, const struct view *view, const struct rules *rules,
		     const struct endpoint *name, bool answer);

#endif
