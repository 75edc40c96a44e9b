#include "core/aix/exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct exchange *exchange_new(const struct stream *stream, uint8_t command, const struct endpoint *target)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->fd = stream->fd;
	exchange->cookie = stream->cookie;
	exchange->order.command = command;
	exchange->order.target = *target;
	return exchange;
}

void exchange_free(struct exchange *exchange)
{
	if (!exchange)
		return;
	login_forget(&exchange->login);
	explicit_bzero(&exchange->negotiation, sizeof(exchange->negotiation));
	free(exchange);
}

static struct stop stopped(int error)
{
	return (struct stop){error, OUTCOME_OK};
}

static struct stop broken(struct negotiation *negotiation, int error)
{
	enum outcome outcome = outcome_from_errno(error);

	negotiation_abort(negotiation, error && outcome != OUTCOME_CLOSED ? outcome : OUTCOME_CLOSED);
	return (struct stop){outcome_errno(negotiation->outcome), negotiation->outcome};
}

static struct stop send_some(struct exchange *exchange)
{
	size_t size;
	const uint8_t *bytes = negotiation_output(&exchange->negotiation, &size);
	ssize_t sent = stream_send(exchange->fd, bytes, size);

	if (sent == -EAGAIN)
		return stopped(EINPROGRESS);
	if (sent < 0 && sent != -EINTR)
		return broken(&exchange->negotiation, (int)-sent);
	if (sent > 0)
		negotiation_sent(&exchange->negotiation, (size_t)sent);
	return stopped(0);
}

/* No octet is read that may belong to the program: what follows the reply to CONNECT and the second one to BIND. */
static struct stop receive_some(struct exchange *exchange)
{
	uint8_t bytes[NEGOTIATION_IN_SIZE];
	size_t size = negotiation_awaits(&exchange->negotiation);
	ssize_t got = stream_receive(exchange->fd, bytes, size < sizeof(bytes) ? size : sizeof(bytes));

	if (got == -EAGAIN)
		return stopped(EINPROGRESS);
	if (got == 0 || (got < 0 && got != -EINTR))
		return broken(&exchange->negotiation, (int)-got);
	if (got > 0)
		negotiation_received(&exchange->negotiation, bytes, (size_t)got);
	return stopped(0);
}

static struct stop negotiate(struct exchange *exchange)
{
	struct negotiation *negotiation = &exchange->negotiation;
	struct stop stop = {0, OUTCOME_OK};

	while (!stop.error) {
		switch (negotiation_wants(negotiation)) {
		case NEGOTIATION_WANTS_SEND:
			stop = send_some(exchange);
			break;
		case NEGOTIATION_WANTS_RECEIVE:
			stop = receive_some(exchange);
			break;
		case NEGOTIATION_DONE:
			return stop;
		case NEGOTIATION_FAILED:
			return (struct stop){outcome_errno(negotiation->outcome), negotiation->outcome};
		}
	}
	return stop;
}

static struct stop advance(struct exchange *exchange)
{
	if (exchange->stage == EXCHANGE_CONNECTING) {
		int error = stream_connected(exchange->fd);

		if (error)
			return stopped(error);
		negotiation_start(&exchange->negotiation, &exchange->order);
		exchange->stage = EXCHANGE_NEGOTIATING;
	}
	return negotiate(exchange);
}

/* How long a stage may last: the program's own timeout, else the configured one; and a target that is slow to answer,
 * or a peer that is yet to come, is waited for as connect(2) and accept(2) would. */
static uint32_t stage_ms(const struct exchange *exchange, const struct stream *stream)
{
	if (exchange->stage == EXCHANGE_CONNECTING)
		return stream->send_ms ? stream->send_ms : exchange->patience.connect_ms;
	if (stream->receive_ms)
		return stream->receive_ms;
	if (exchange->order.command != COMMAND_UDP_ASSOCIATE && exchange->negotiation.step == STEP_REQUEST)
		return 0;
	return exchange->patience.handshake_ms;
}

struct stop exchange_run(struct exchange *exchange, const struct stream *stream)
{
	uint64_t since = stream_now_ms();
	uint8_t stage = exchange->stage;

	for (;;) {
		struct stop stop = advance(exchange);
		uint32_t span;
		int error;

		if (stop.error != EINPROGRESS || !stream->waits)
			return stop;
		if (exchange->stage != stage)
			since = stream_now_ms();
		stage = exchange->stage;
		span = stage_ms(exchange, stream);
		error = stream_wait(exchange->fd,
				    stage == EXCHANGE_CONNECTING ||
					negotiation_wants(&exchange->negotiation) == NEGOTIATION_WANTS_SEND,
				    span ? since + span : 0);
		if (error)
			return stopped(error);
	}
}
