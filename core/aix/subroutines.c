/* The subroutines on a stream socket: one journey, from the arguments to a reply or a failure.
 *
 * A call takes the exchange that the one before left for this socket, or starts one; runs it; and either leaves it for
 * the next call (EINPROGRESS), or ends it. After BIND it stays for socks5tcp_accept. */
#include <errno.h>
#include <stdlib.h>

#include "core/aix/address.h"
#include "core/aix/failure.h"
#include "core/aix/socks5_api.h"
#include "core/aix/waiting.h"

struct call {
	uint8_t command; /* enum socks_command */
	struct stream stream;
	struct endpoint target;
	struct endpoint server; /* ENDPOINT_NONE: to be looked up */
	struct sockaddr *out;   /* where the reply's address goes, or NULL */
	size_t out_size;
};

static int read_arguments(struct call *call, int fd, const struct sockaddr *to, size_t to_size,
			  const struct sockaddr *server, size_t server_size)
{
	int error = stream_look(&call->stream, fd);

	call->server.kind = ENDPOINT_NONE;
	if (!error && call->out)
		error = address_room(&call->target, call->out, to_size);
	else if (!error)
		error = address_read(&call->target, to, to_size);
	if (!error && server)
		error = address_read(&call->server, server, server_size);
	return error;
}

/* DST of UDP ASSOCIATE is the client's own source, which is not known here: zeros, in the family of the connection. */
static struct endpoint request_target(const struct call *call, const struct endpoint *server)
{
	static const uint8_t zeros[16];

	if (call->command != COMMAND_UDP_ASSOCIATE)
		return call->target;
	return server->kind == ENDPOINT_IPV6 ? endpoint_from_ipv6(zeros, 0, 0) : endpoint_from_ipv4(zeros, 0);
}

static enum outcome find_server(const struct call *call, struct lookup *lookup)
{
	*lookup = (struct lookup){.server = call->server};
	if (call->server.kind != ENDPOINT_NONE)
		return OUTCOME_OK;
	return lookup_server(lookup, &call->target, call->stream.family == AF_INET ? AF_INET : AF_UNSPEC);
}

static struct stop start(const struct call *call, struct exchange **exchange)
{
	struct lookup lookup;
	enum outcome outcome = find_server(call, &lookup);
	struct endpoint target;
	struct stop stop = {outcome_errno(outcome), outcome};

	if (outcome != OUTCOME_OK)
		return stop;
	target = request_target(call, &lookup.server);
	*exchange = exchange_new(&call->stream, call->command, &target);
	if (!*exchange)
		return (struct stop){ENOMEM, OUTCOME_OK};
	(*exchange)->server = lookup.server;
	(*exchange)->patience = lookup_patience();
	if (lookup.credentials)
		login_copy(&(*exchange)->login, lookup.credentials);
	if (lookup.credentials || login_given(&(*exchange)->login))
		(*exchange)->order.credentials = &(*exchange)->login.credentials;
	stop.error = stream_connect(&call->stream, &lookup.server);
	return stop;
}

/* The address of a reply is the server's where it says nothing of use. The peer that came for a BIND is as it says. */
static struct stop store_bound(const struct call *call, const struct exchange *exchange)
{
	struct endpoint address = exchange->negotiation.bound;
	enum outcome outcome = OUTCOME_OK;
	struct stop stop = {0, OUTCOME_OK};

	if (!call->out)
		return stop;
	if (exchange->stage == EXCHANGE_ACCEPTING)
		endpoint_settle(&address);
	else
		outcome = rendezvous_address(&address, &exchange->negotiation.bound, &exchange->server,
					     exchange->patience.relay_address);
	if (outcome != OUTCOME_OK)
		return (struct stop){outcome_errno(outcome), outcome};
	stop.error = address_store(call->out, call->out_size, &address);
	return stop;
}

static int fail(struct stop stop)
{
	return stop.outcome == OUTCOME_OK ? fail_errno(stop.error) : fail_outcome(stop.outcome);
}

/* Leaves the exchange for the next call, or ends it. */
static int leave(struct exchange *exchange, struct stop stop, bool stays)
{
	if (stays && !waiting_put(exchange)) {
		stays = false;
		stop = (struct stop){ENOSPC, OUTCOME_OK};
	}
	if (!stays)
		exchange_free(exchange);
	return stop.error ? fail(stop) : 0;
}

static int establish(struct call *call, int fd, const struct sockaddr *to, size_t to_size,
		     const struct sockaddr *server, size_t server_size)
{
	struct stop stop = {read_arguments(call, fd, to, to_size, server, server_size), OUTCOME_OK};
	struct exchange *exchange = NULL;

	call->out_size = to_size;
	if (stop.error)
		return fail(stop);
	exchange = waiting_take(fd, call->stream.cookie);
	if (exchange && (exchange->order.command != call->command || exchange->stage > EXCHANGE_NEGOTIATING)) {
		stop.error = exchange->stage > EXCHANGE_NEGOTIATING ? EISCONN : EALREADY;
		return leave(exchange, stop, true);
	}
	if (!exchange)
		stop = stream_has_peer(fd) ? (struct stop){EISCONN, OUTCOME_OK} : start(call, &exchange);
	if (!exchange || (stop.error && stop.error != EINPROGRESS))
		return leave(exchange, stop, false);
	stop = exchange_run(exchange, &call->stream);
	if (stop.error)
		return leave(exchange, stop, stop.error == EINPROGRESS);
	stop = store_bound(call, exchange);
	exchange->stage = EXCHANGE_LISTENING;
	return leave(exchange, stop, !stop.error && call->command == COMMAND_BIND);
}

int socks5udp_associate(int Socket, const struct sockaddr *Dst, size_t DstLen, const struct sockaddr *Svr,
			size_t SvrLen)
{
	/* The documents overwrite Dst in spite of its const. */
	struct call call = {.command = COMMAND_UDP_ASSOCIATE, .out = (struct sockaddr *)(uintptr_t)Dst};

	if (!Dst)
		return fail_errno(EFAULT);
	return establish(&call, Socket, Dst, DstLen, Svr, SvrLen);
}

int socks5tcp_connect(int Socket, struct sockaddr *Dst, size_t DstLen, struct sockaddr *Svr, size_t SvrLen)
{
	struct call call = {.command = COMMAND_CONNECT};

	return establish(&call, Socket, Dst, DstLen, Svr, SvrLen);
}

int socks5tcp_bind(int Socket, struct sockaddr *Dst, size_t DstLen, struct sockaddr *Svr, size_t SvrLen)
{
	struct call call = {.command = COMMAND_BIND, .out = Dst};

	if (!Dst)
		return fail_errno(EFAULT);
	return establish(&call, Socket, Dst, DstLen, Svr, SvrLen);
}

static int accept_peer(const struct call *call, struct exchange *exchange)
{
	struct stop stop;

	if (exchange->stage == EXCHANGE_LISTENING)
		negotiation_await_second_reply(&exchange->negotiation);
	exchange->stage = EXCHANGE_ACCEPTING;
	stop = exchange_run(exchange, &call->stream);
	if (stop.error)
		return leave(exchange, stop, stop.outcome == OUTCOME_OK);
	return leave(exchange, store_bound(call, exchange), false);
}

int socks5tcp_accept(int Socket, struct sockaddr *Dst, size_t DstLen, struct sockaddr *Svr, size_t SvrLen)
{
	struct call call = {.command = COMMAND_BIND, .out = Dst, .out_size = DstLen};
	struct exchange *exchange;
	int error;

	if (!Dst)
		return fail_errno(EFAULT);
	error = read_arguments(&call, Socket, Dst, DstLen, Svr, SvrLen);
	if (error)
		return fail_errno(error);
	exchange = waiting_take(Socket, call.stream.cookie);
	if (!exchange)
		return fail_errno(stream_has_peer(Socket) ? EINVAL : ENOTCONN);
	if (exchange->order.command != COMMAND_BIND || exchange->stage < EXCHANGE_LISTENING)
		return leave(exchange, (struct stop){EINVAL, OUTCOME_OK}, true);
	return accept_peer(&call, exchange);
}
