/* The negotiation of RFC 1928 sections 3 to 6 and RFC 1929 as a step function: bytes in, bytes out.
 *
 * It owns no descriptor, no clock and no memory. A driver (the negotiator thread, or a blocking caller) alternates:
 *
 *	negotiation_start(&n, &order);
 *	for (;;) switch (negotiation_wants(&n)) {
 *	case NEGOTIATION_WANTS_SEND:    send negotiation_output(&n, &size) with one send; negotiation_sent(&n, sent);
 *	case NEGOTIATION_WANTS_RECEIVE: read up to any number of octets; negotiation_received(&n, bytes, size);
 *	case NEGOTIATION_DONE:          n.bound holds BND.ADDR and BND.PORT
 *	case NEGOTIATION_FAILED:        n.outcome and n.step say what and where
 *	}
 *
 * Nothing is sent ahead of the answer it depends on, for some servers discard octets that arrive with the greeting;
 * unless the order is to pipeline: then everything leaves at once, and only the one method that the credentials call
 * for is offered. An answer that comes before what it answers was sent is kept, and taken for the answer only when that
 * has been sent.
 *
 * A negotiation is not to be copied: a name in n.bound is borrowed from its own octets. */
#ifndef CORE_NEGOTIATION_H
#define CORE_NEGOTIATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/endpoint.h"
#include "core/message.h"
#include "core/outcome.h"

enum negotiation_step { STEP_METHOD, STEP_LOGIN, STEP_REQUEST, STEP_COMPLETE };

enum negotiation_wants {
	NEGOTIATION_WANTS_SEND,
	NEGOTIATION_WANTS_RECEIVE,
	NEGOTIATION_DONE,
	NEGOTIATION_FAILED,
};

/* What is to be negotiated; borrowed until the negotiation is done or has failed. */
struct negotiation_order {
	uint8_t command;        /* enum socks_command */
	struct endpoint target; /* DST of the request; for UDP ASSOCIATE the client's own source, or zeros */
	const struct credentials *credentials; /* NULL: only METHOD_NONE is offered */
	bool pipeline;
};

/* All that a server can have to say, should it say it ahead of time: method, login status, reply. */
#define NEGOTIATION_IN_SIZE (2 + 2 + REPLY_SIZE_MAX)

/* A greeting that offers two methods, a login and a request, should all of them leave at once. */
#define NEGOTIATION_OUT_SIZE (4 + LOGIN_SIZE_MAX + REQUEST_SIZE_MAX)

struct negotiation {
	const struct negotiation_order *order;
	uint8_t step;    /* enum negotiation_step */
	uint8_t wants;   /* enum negotiation_wants */
	uint8_t outcome; /* enum outcome, when FAILED */
	uint8_t rep;     /* REP of the reply, once it came */
	uint16_t in_used;
	uint16_t out_used;
	uint16_t out_sent;
	uint8_t in[NEGOTIATION_IN_SIZE]; /* octets of a message not yet complete, and then the reply */
	uint8_t out[NEGOTIATION_OUT_SIZE];
	struct endpoint bound;
};

/* Fails at once, with OUTCOME_TOO_LONG or OUTCOME_WRONG_FAMILY, where the order cannot be put on the wire. */
void negotiation_start(struct negotiation *negotiation, const struct negotiation_order *order);

enum negotiation_wants negotiation_wants(const struct negotiation *negotiation);
/* What is still to be sent; *size is 0 unless NEGOTIATION_WANTS_SEND. */
const uint8_t *negotiation_output(const struct negotiation *negotiation, size_t *size);
/* size of those octets were sent: any number of them, at least one for progress. */
void negotiation_sent(struct negotiation *negotiation, size_t size);

/* Takes what it needs and answers how many octets it took: all of them, unless the negotiation was completed or
 * failed before their end. May be called with octets of several messages, or with one octet at a time. */
size_t negotiation_received(struct negotiation *negotiation, const uint8_t *bytes, size_t size);

/* The fewest octets that can still come in this message, and so the most that may be read by a driver that must not
 * read past the reply (CONNECT: what follows belongs to the program). 0 unless NEGOTIATION_WANTS_RECEIVE. */
size_t negotiation_awaits(const struct negotiation *negotiation);

/* Fails the negotiation, unless it is done or has failed already.
 * The server ended the connection (OUTCOME_CLOSED), or the driver gave up with another outcome
 * (OUTCOME_TIMED_OUT ...). */
void negotiation_abort(struct negotiation *negotiation, enum outcome outcome);

/* BIND only, after NEGOTIATION_DONE: wait for the second reply (RFC 1928 section 4). n.bound is void from here on. */
void negotiation_await_second_reply(struct negotiation *negotiation);

const char *negotiation_step_text(enum negotiation_step step);

#endif
