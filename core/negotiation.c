#include "core/negotiation.h"

#include <string.h>

#define REPLY_FRAME (2 + 1 + 1 + 2) /* all of a reply but its address: VER, REP, RSV, ATYP, port */

static bool is_over(const struct negotiation *n)
{
	return n->wants == NEGOTIATION_DONE || n->wants == NEGOTIATION_FAILED;
}

static void fail(struct negotiation *n, enum outcome outcome)
{
	n->outcome = (uint8_t)outcome;
	n->wants = NEGOTIATION_FAILED;
}

static enum outcome encode_greeting(const struct negotiation_order *order, struct writer *out)
{
	static const uint8_t methods[] = {METHOD_NONE, METHOD_LOGIN};
	struct greeting greeting = {.methods = methods, .count = order->credentials ? 2 : 1};

	if (order->pipeline && order->credentials) /* the login that follows must be the one that is asked for */
		greeting = (struct greeting){.methods = methods + 1, .count = 1};

	return greeting_encode(out, &greeting);
}

static enum outcome encode_request(const struct negotiation_order *order, struct writer *out)
{
	struct request request = {.command = order->command, .target = order->target};

	return request_encode(out, &request);
}

static enum outcome encode_step(const struct negotiation_order *order, enum negotiation_step step, struct writer *out)
{
	switch (step) {
	case STEP_METHOD:
		return encode_greeting(order, out);
	case STEP_LOGIN:
		return login_encode(out, order->credentials);
	case STEP_REQUEST:
		return encode_request(order, out);
	case STEP_COMPLETE:
		break;
	}
	return OUTCOME_OK;
}

/* All messages in one, when they are to be pipelined. */
static enum outcome encode(const struct negotiation_order *order, enum negotiation_step step, struct writer *out)
{
	enum outcome outcome = encode_step(order, step, out);

	if (!order->pipeline)
		return outcome;
	if (outcome == OUTCOME_OK && order->credentials)
		outcome = encode_step(order, STEP_LOGIN, out);
	return outcome == OUTCOME_OK ? encode_step(order, STEP_REQUEST, out) : outcome;
}

static void enter(struct negotiation *n, enum negotiation_step step)
{
	struct writer out = writer_over(n->out, sizeof(n->out));
	enum outcome outcome = OUTCOME_OK;

	n->step = (uint8_t)step;
	if (n->order->pipeline && step != STEP_METHOD) { /* it left with the greeting */
		n->wants = NEGOTIATION_WANTS_RECEIVE;
		return;
	}
	outcome = encode(n->order, step, &out);
	if (outcome != OUTCOME_OK) {
		fail(n, outcome);
		return;
	}
	n->out_used = (uint16_t)written(&out);
	n->out_sent = 0;
	n->wants = NEGOTIATION_WANTS_SEND;
}

/* What may not fit is encoded once in advance, so that no server is bothered with what cannot be completed. */
static enum outcome check_order(struct negotiation *n)
{
	struct writer login = writer_over(n->out, sizeof(n->out)), request = login;
	enum outcome outcome = n->order->credentials ? login_encode(&login, n->order->credentials) : OUTCOME_OK;

	return outcome == OUTCOME_OK ? encode_request(n->order, &request) : outcome;
}

void negotiation_start(struct negotiation *negotiation, const struct negotiation_order *order)
{
	enum outcome outcome;

	negotiation->order = order;
	negotiation->step = STEP_METHOD;
	negotiation->outcome = OUTCOME_OK;
	negotiation->rep = 0;
	negotiation->in_used = 0;
	negotiation->out_used = 0;
	negotiation->out_sent = 0;
	negotiation->bound = (struct endpoint){.kind = ENDPOINT_NONE};
	outcome = check_order(negotiation);
	if (outcome == OUTCOME_OK)
		enter(negotiation, STEP_METHOD);
	else
		fail(negotiation, outcome);
}

enum negotiation_wants negotiation_wants(const struct negotiation *negotiation)
{
	return (enum negotiation_wants)negotiation->wants;
}

const uint8_t *negotiation_output(const struct negotiation *negotiation, size_t *size)
{
	bool sends = negotiation->wants == NEGOTIATION_WANTS_SEND;

	*size = sends ? (size_t)(negotiation->out_used - negotiation->out_sent) : 0;
	return negotiation->out + negotiation->out_sent;
}

/* Drops the first size octets of what came in. */
static void consume(struct negotiation *n, size_t size)
{
	n->in_used = (uint16_t)(n->in_used - size);
	memmove(n->in, n->in + size, n->in_used);
}

static void choose_method(struct negotiation *n, uint8_t method)
{
	bool offered = method == METHOD_NONE && !(n->order->pipeline && n->order->credentials);

	if (offered)
		enter(n, STEP_REQUEST);
	else if (method == METHOD_LOGIN && n->order->credentials)
		enter(n, STEP_LOGIN);
	else
		fail(n, method == METHOD_UNACCEPTABLE ? OUTCOME_NO_ACCEPTABLE_METHOD : OUTCOME_UNOFFERED_METHOD);
}

static void finish(struct negotiation *n, const struct reply *reply)
{
	n->rep = reply->rep;
	if (reply->rep != 0) {
		fail(n, outcome_from_reply(reply->rep));
		return;
	}
	n->bound = reply->bound;
	n->step = STEP_COMPLETE;
	n->wants = NEGOTIATION_DONE;
}

/* What the octets at hand make of the current step: the message is decoded as early as can be, to fail at its first
 * wrong octet, but it counts only when what it answers has been sent. */
static enum outcome take_message(struct negotiation *n)
{
	struct reader in = reader_of(n->in, n->in_used);
	struct reply reply;
	uint8_t value;
	enum outcome outcome;

	if (n->step == STEP_METHOD)
		outcome = method_decode(&in, &value);
	else if (n->step == STEP_LOGIN)
		outcome = login_status_decode(&in, &value);
	else
		outcome = reply_decode(&in, &reply);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (n->wants == NEGOTIATION_WANTS_SEND)
		return OUTCOME_NEED_MORE;
	if (n->step == STEP_REQUEST) {
		finish(n, &reply);
		return OUTCOME_OK;
	}
	consume(n, n->in_used - reader_left(&in));
	if (n->step == STEP_METHOD)
		choose_method(n, value);
	else if (value == 0)
		enter(n, STEP_REQUEST);
	else
		return OUTCOME_LOGIN_REFUSED;
	return OUTCOME_OK;
}

static void advance(struct negotiation *n)
{
	while (!is_over(n)) {
		enum outcome outcome = take_message(n);

		if (outcome == OUTCOME_NEED_MORE)
			return;
		if (outcome != OUTCOME_OK)
			fail(n, outcome);
	}
}

void negotiation_sent(struct negotiation *negotiation, size_t size)
{
	size_t left;

	negotiation_output(negotiation, &left);
	if (left == 0)
		return;
	negotiation->out_sent = (uint16_t)(negotiation->out_sent + (size < left ? size : left));
	if (negotiation->out_sent < negotiation->out_used)
		return;
	negotiation->wants = NEGOTIATION_WANTS_RECEIVE;
	advance(negotiation);
}

/* The fewest octets that a reply still lacks. A refusal may end after REP; up to ATYP nothing is shorter than an
 * empty name. */
static size_t reply_lacks(const uint8_t *reply, size_t used)
{
	size_t whole = REPLY_FRAME + 1;

	if (used < 2)
		return 2 - used;
	if (reply[1] != 0)
		return 0;
	if (used > 3 && reply[3] == ADDRESS_IPV4)
		whole = REPLY_FRAME + 4;
	else if (used > 3 && reply[3] == ADDRESS_IPV6)
		whole = REPLY_FRAME + 16;
	else if (used > 4)
		whole = REPLY_FRAME + 1 + (size_t)reply[4];
	return whole - used;
}

/* The fewest octets still to come: of the message awaited or, where it is complete ahead of its turn, of the next. */
static size_t lacks(const struct negotiation *n)
{
	enum negotiation_step step = (enum negotiation_step)n->step;
	size_t at = 0;

	if (step == STEP_METHOD) {
		if (n->in_used < 2)
			return 2 - (size_t)n->in_used;
		step = n->in[1] == METHOD_LOGIN ? STEP_LOGIN : STEP_REQUEST;
		at = 2;
	}
	if (step == STEP_LOGIN) {
		if (n->in_used < at + 2)
			return at + 2 - n->in_used;
		at += 2;
	}
	return reply_lacks(n->in + at, n->in_used - at);
}

/* As much as is due. */
static size_t take_octets(struct negotiation *n, const uint8_t *bytes, size_t size)
{
	size_t taken = 0, piece;

	while (taken < size && (piece = lacks(n)) != 0) {
		if (piece > size - taken)
			piece = size - taken;
		memcpy(n->in + n->in_used, bytes + taken, piece);
		n->in_used = (uint16_t)(n->in_used + piece);
		taken += piece;
	}
	return taken;
}

size_t negotiation_received(struct negotiation *negotiation, const uint8_t *bytes, size_t size)
{
	size_t taken = 0, now = 1;

	while (now != 0 && taken < size && !is_over(negotiation)) {
		now = take_octets(negotiation, bytes + taken, size - taken);
		taken += now;
		advance(negotiation);
	}
	return taken;
}

size_t negotiation_awaits(const struct negotiation *negotiation)
{
	return negotiation->wants == NEGOTIATION_WANTS_RECEIVE ? lacks(negotiation) : 0;
}

void negotiation_abort(struct negotiation *negotiation, enum outcome outcome)
{
	if (!is_over(negotiation))
		fail(negotiation, outcome);
}

void negotiation_await_second_reply(struct negotiation *negotiation)
{
	if (negotiation->wants != NEGOTIATION_DONE)
		return;
	negotiation->step = STEP_REQUEST;
	negotiation->wants = NEGOTIATION_WANTS_RECEIVE;
	negotiation->in_used = 0;
	negotiation->bound = (struct endpoint){.kind = ENDPOINT_NONE};
}

const char *negotiation_step_text(enum negotiation_step step)
{
	switch (step) {
	case STEP_METHOD:
		return "method selection";
	case STEP_LOGIN:
		return "login";
	case STEP_REQUEST:
		return "request";
	case STEP_COMPLETE:
		return "complete";
	}
	return "unknown step";
}
