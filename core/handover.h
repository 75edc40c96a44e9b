/* A flow as it is handed over to another image of this process, or to another process: what the kernel does not tell
 * of its socket, and the control connection where that goes along.
 *
 * As bytes it stays on one machine, between builds that agree on HANDOVER_SIZE; the reader trusts none of them. */
#ifndef CORE_HANDOVER_H
#define CORE_HANDOVER_H

#include "core/bytes.h"
#include "core/flow.h"

#define HANDOVER_SIZE 128 /* octets of one */

struct handover {
	uint64_t cookie;         /* SO_COOKIE of the flow's socket */
	uint64_t control_cookie; /* of its control connection; 0: none goes along */
	int32_t control;         /* the descriptor that the new image finds it under, or -1 */
	int16_t server;          /* index into the settings, which may be others there */
	struct endpoint address; /* where the control connection goes */
	struct endpoint held;    /* what the kernel socket is connected to, where that is not the peer */
	struct view view;        /* FRESH, READY or LOST; generation and server mean nothing */
};

/* What there is to hand over of a flow, without its control connection. False: nothing that the kernel does not tell. A
 * negotiation stays behind: the flow is FRESH there. Expects the lock. */
bool handover_from_flow(struct handover *handover, const struct flow *flow);

/* OUTCOME_NO_ROOM. */
enum outcome handover_encode(struct writer *writer, const struct handover *handover);

/* OUTCOME_NEED_MORE; OUTCOME_BAD_TEXT: no flow can be in such a state. handover is untouched then. */
enum outcome handover_decode(struct reader *reader, struct handover *handover);

#endif
