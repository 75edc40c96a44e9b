#include <string.h>

#include "core/negotiation.h"
#include "tests/fuzz/fuzz_target.h"

static const struct credentials user = {
    .username = "user", .username_length = 4, .password = "pass", .password_length = 4};

struct ending {
	struct negotiation negotiation;
	size_t taken;
};

static void send_output(struct negotiation *negotiation)
{
	size_t size;

	negotiation_output(negotiation, &size);
	promise(size > 0);
	negotiation_sent(negotiation, size);
}

/* piece: octets of the server that come at a time. prompt: whether the client sends before it hears more. */
static void play(struct ending *ending, const struct negotiation_order *order, const uint8_t *data, size_t size,
		 size_t piece, bool prompt)
{
	struct negotiation *n = &ending->negotiation;

	negotiation_start(n, order);
	ending->taken = 0;
	while (size) {
		size_t now = size < piece ? size : piece;
		size_t taken;

		if (prompt)
			while (negotiation_wants(n) == NEGOTIATION_WANTS_SEND)
				send_output(n);
		taken = negotiation_received(n, data, now);
		promise(taken <= now);
		ending->taken += taken;
		data += now;
		size -= now;
	}
	while (negotiation_wants(n) == NEGOTIATION_WANTS_SEND)
		send_output(n);
	if (negotiation_wants(n) == NEGOTIATION_WANTS_RECEIVE)
		promise(negotiation_awaits(n) > 0 && negotiation_awaits(n) <= REPLY_SIZE_MAX);
	negotiation_abort(n, OUTCOME_CLOSED);
}

static void expect_same(const struct ending *a, const struct ending *b)
{
	promise(a->negotiation.wants == b->negotiation.wants);
	promise(a->negotiation.outcome == b->negotiation.outcome);
	promise(a->negotiation.rep == b->negotiation.rep);
	promise(endpoint_equal(&a->negotiation.bound, &b->negotiation.bound));
	if (a->negotiation.wants == NEGOTIATION_DONE)
		promise(a->taken == b->taken);
}

/* The first octet chooses the order, the rest is what the server says. However it is cut, and whether the client keeps
 * up with it or not, it ends the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct negotiation_order order = {.command = COMMAND_UDP_ASSOCIATE, .target = {.kind = ENDPOINT_IPV4}};
	struct ending whole;
	struct ending cut;

	if (size == 0)
		return 0;
	order.credentials = data[0] & 1 ? &user : NULL;
	play(&whole, &order, data + 1, size - 1, size, true);
	for (size_t piece = 1; piece <= 7; piece += 2) {
		play(&cut, &order, data + 1, size - 1, piece, true);
		expect_same(&whole, &cut);
		play(&cut, &order, data + 1, size - 1, piece, false);
		expect_same(&whole, &cut);
	}
	return 0;
}
