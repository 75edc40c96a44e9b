#include "preload/stub_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>

#include "core/bytes.h"
#include "core/dns_message.h"
#include "core/negotiation.h"
#include "core/raw.h"
#include "preload/process.h"
#include "preload/stub.h"

enum { LENGTH = 2, STREAMS = 8 };

enum stream_state { STREAM_RUNNING, STREAM_DONE, STREAM_ABANDONED };

struct stream {
	_Atomic int state; /* enum stream_state: who comes second gives it back */
	_Atomic int fd;
	struct stream_order order;
	size_t answer_size;
	uint8_t query[LENGTH + DNS_QUERY_MAX];
	uint8_t answer[LENGTH + DNS_MESSAGE_MAX];
};

/* Those that run. Changed under the negotiator's lock. */
static struct stream *running[STREAMS];

static bool replace(struct stream *known, struct stream *by)
{
	uint64_t mask = negotiator_lock(&negotiator);
	int i = 0;
	while (i < STREAMS && running[i] != known)
		i++;
	if (i < STREAMS)
		running[i] = by;
	negotiator_unlock(&negotiator, mask);
	return i < STREAMS;
}

void streams_moved(int fd, int moved)
{
	for (int i = 0; i < STREAMS; i++) {
		int known = fd;
		if (running[i])
			atomic_compare_exchange_strong(&running[i]->fd, &known, moved);
	}
}

bool stream_has_room(void)
{
	uint64_t mask = negotiator_lock(&negotiator);
	int i = 0;
	while (i < STREAMS && running[i])
		i++;
	negotiator_unlock(&negotiator, mask);
	return i < STREAMS;
}

static int wait_for(const struct stream *stream, short events)
{
	const struct world *world = negotiator.world;
	struct pollfd ready = {.fd = atomic_load(&stream->fd), .events = events};
	uint64_t now = world->now_ms();
	if (now >= stream->order.deadline_ms)
		return -ETIMEDOUT;
	uint64_t left = stream->order.deadline_ms - now;
	struct timespec time = {.tv_sec = (time_t)(left / 1000), .tv_nsec = (long)(left % 1000) * 1000000};
	return raw_call(SYS_ppoll, &ready, 1L, &time, 0L, 8L) == 1 ? 0 : -ETIMEDOUT;
}

static bool send_all(const struct stream *stream, const uint8_t *bytes, size_t size)
{
	while (size) {
		struct iovec piece = {(void *)(uintptr_t)bytes, size};
		const struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
		ssize_t sent = stub_socket_send(&stream->fd, &message);
		if (sent == -EAGAIN) {
			if (wait_for(stream, POLLOUT) < 0)
				return false;
			continue;
		}
		if (sent <= 0)
			return false;
		bytes += sent;
		size -= (size_t)sent;
	}
	return true;
}

/* Octets that came, at most size; 0 or less: none will. */
static ssize_t receive(const struct stream *stream, uint8_t *bytes, size_t size)
{
	struct iovec piece = {bytes, size};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	for (;;) {
		ssize_t got = stub_socket_receive(&stream->fd, &message);
		if (got != -EAGAIN)
			return got;
		if (wait_for(stream, POLLIN) < 0)
			return -ETIMEDOUT;
	}
}

static bool receive_all(const struct stream *stream, uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t got = receive(stream, bytes, size);
		if (got <= 0)
			return false;
		bytes += got;
		size -= (size_t)got;
	}
	return true;
}

static bool connect_to(struct stream *stream, const struct endpoint *to)
{
	union socket_address address;
	socklen_t size;
	int family = endpoint_family(to);
	if (endpoint_to_sockaddr(to, family, &address, &size) != OUTCOME_OK)
		return false;
	if (stub_socket(&stream->fd, family, SOCK_STREAM) < 0)
		return false;
	int answer = stub_socket_connect(&stream->fd, &address, size);
	return answer == 0 || (answer == -EINPROGRESS && wait_for(stream, POLLOUT) == 0);
}

static bool negotiate(const struct stream *stream, const struct server *server)
{
	const struct negotiation_order order = {.command = COMMAND_CONNECT,
						.target = stream->order.server,
						.credentials = server->has_credentials ? &server->credentials : NULL};
	struct negotiation negotiation;
	uint8_t bytes[NEGOTIATION_IN_SIZE];
	negotiation_start(&negotiation, &order);
	for (;;) {
		enum negotiation_wants wants = negotiation_wants(&negotiation);
		if (wants == NEGOTIATION_DONE || wants == NEGOTIATION_FAILED)
			return wants == NEGOTIATION_DONE;
		if (wants == NEGOTIATION_WANTS_SEND) {
			size_t size;
			const uint8_t *output = negotiation_output(&negotiation, &size);
			if (!send_all(stream, output, size))
				return false;
			negotiation_sent(&negotiation, size);
			continue;
		}
		ssize_t got = receive(stream, bytes, negotiation_awaits(&negotiation));
		if (got <= 0)
			return false;
		negotiation_received(&negotiation, bytes, (size_t)got);
	}
}

/* The next server that has not been tried, and its address. */
static int choose_server(const struct stream *stream, uint64_t tried, struct endpoint *address)
{
	struct decision decision = rules_decide(negotiator.settings->rules, &stream->order.server, NULL, 0);
	uint64_t mask = negotiator_lock(&negotiator);
	int server = servers_choose(&negotiator.servers, decision.server, tried);
	if (server >= 0)
		*address = servers_address(&negotiator.servers, server);
	negotiator_unlock(&negotiator, mask);
	if (server >= 0 && address->kind == ENDPOINT_NONE &&
	    negotiator.world->resolve(&negotiator.settings->servers[server].control, address, 1) == 0)
		address->kind = ENDPOINT_NONE;
	return server;
}

static bool reach(struct stream *stream)
{
	struct endpoint address;
	uint64_t tried = 0;
	int server;
	if (!stream->order.relayed)
		return connect_to(stream, &stream->order.server);
	while ((server = choose_server(stream, tried, &address)) >= 0) {
		tried |= UINT64_C(1) << server;
		if (address.kind != ENDPOINT_NONE && connect_to(stream, &address) &&
		    negotiate(stream, &negotiator.settings->servers[server]))
			return true;
		stub_socket_close(&stream->fd);
	}
	return false;
}

static void ask(struct stream *stream)
{
	if (!reach(stream) || !send_all(stream, stream->query, LENGTH + stream->order.size) ||
	    !receive_all(stream, stream->answer, LENGTH))
		return;
	size_t size = load_u16(stream->answer);
	if (receive_all(stream, stream->answer + LENGTH, size))
		stream->answer_size = size;
}

static void give_back(struct stream *stream)
{
	negotiator.world->unmap(stream, sizeof *stream);
}

static void run(void *argument)
{
	struct stream *stream = argument;
	ask(stream);
	stub_socket_close(&stream->fd);
	replace(stream, NULL);
	if (atomic_exchange(&stream->state, STREAM_DONE) == STREAM_ABANDONED)
		give_back(stream);
	stub_wake();
}

struct stream *stream_start(const struct stream_order *order)
{
	struct stream *stream = negotiator.world->map(sizeof *stream);
	if (!stream)
		return NULL;
	stream->order = *order;
	atomic_store(&stream->fd, -1);
	store_u16(stream->query, (uint16_t)order->size);
	memcpy(stream->query + LENGTH, order->query, order->size);
	if (replace(NULL, stream)) {
		if (negotiator.world->start_thread(run, stream) == 0)
			return stream;
		replace(stream, NULL);
	}
	give_back(stream);
	return NULL;
}

void streams_forget(void)
{
	for (int i = 0; i < STREAMS; i++) {
		struct stream *stream = running[i];
		if (!stream)
			continue;
		stub_socket_close(&stream->fd);
		replace(stream, NULL);
		give_back(stream);
	}
}

bool stream_result(struct stream *stream, uint8_t *answer, size_t *size)
{
	if (atomic_load(&stream->state) != STREAM_DONE)
		return false;
	*size = stream->answer_size;
	memcpy(answer, stream->answer + LENGTH, stream->answer_size);
	return true;
}

void stream_abandon(struct stream *stream)
{
	if (stream && atomic_exchange(&stream->state, STREAM_ABANDONED) == STREAM_DONE)
		give_back(stream);
}
