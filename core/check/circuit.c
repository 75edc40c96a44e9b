#include "core/check/circuit.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/check/patience.h"

enum { RECEIVE_BUFFER = 1 << 20, LEAST_PATIENCE_US = 300000 };

/* IP_RECVERR: without it a socket that is not connected is told of no ICMP message. */
int circuit_socket(const struct endpoint *to)
{
	int on = 1, room = RECEIVE_BUFFER;
	int fd = socket(endpoint_family(to), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (to->kind == ENDPOINT_IPV6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	else
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	return fd;
}

/* The address and port that are announced: of the host as the server sees it, and of the socket. */
static bool local_endpoint(const struct circuit *circuit, struct endpoint *local)
{
	union socket_address address;
	socklen_t size = sizeof(address);

	if (getsockname(circuit->control.fd, &address.any, &size) < 0)
		return false;
	if (endpoint_family(&circuit->control.server) == AF_INET6)
		address.v6.sin6_port = 0;
	else
		address.v4.sin_port = 0;
	if (bind(circuit->fd, &address.any, size) < 0 || getsockname(circuit->fd, &address.any, &size) < 0)
		return false;
	return endpoint_from_sockaddr(local, &address.any, size) == OUTCOME_OK;
}

static enum outcome negotiate(struct circuit *circuit, const struct manner *manner)
{
	struct negotiation_order order = {
	    .command = COMMAND_UDP_ASSOCIATE,
	    .target = {.kind = manner->address.kind}, /* zeros of the family of the control connection */
	    .credentials = manner->server->has_credentials ? &manner->server->credentials : NULL,
	    .pipeline = manner->pipeline,
	};

	if (manner->announce == ANNOUNCE_LOCAL && !local_endpoint(circuit, &order.target))
		return OUTCOME_NO_DESCRIPTOR;
	return control_negotiate(&circuit->control, &order, now_us() + manner->settings->handshake_ms * 1000ULL);
}

static enum outcome open_relay(struct circuit *circuit, const struct manner *manner)
{
	enum outcome outcome = rendezvous_address(&circuit->relay, &circuit->control.negotiation.bound,
						  &circuit->control.server, manner->relay_address);

	if (outcome != OUTCOME_OK || endpoint_family(&circuit->relay) == endpoint_family(&circuit->control.server))
		return outcome;
	close(circuit->fd);
	circuit->fd = circuit_socket(&circuit->relay);
	return circuit->fd < 0 ? outcome_from_errno(errno) : OUTCOME_OK;
}

enum outcome circuit_open(struct circuit *circuit, const struct manner *manner)
{
	enum outcome outcome;

	*circuit = (struct circuit){.fd = circuit_socket(&manner->address), .control.fd = -1};
	if (circuit->fd < 0)
		return outcome_from_errno(errno);
	outcome =
	    control_connect(&circuit->control, &manner->address, now_us() + manner->settings->connect_ms * 1000ULL);
	if (outcome != OUTCOME_OK)
		return outcome;
	circuit->stage = CIRCUIT_NEGOTIATING;
	outcome = negotiate(circuit, manner);
	if (outcome != OUTCOME_OK)
		return outcome;
	outcome = open_relay(circuit, manner);
	if (outcome == OUTCOME_OK)
		circuit->stage = CIRCUIT_OPEN;
	return outcome;
}

void circuit_close(struct circuit *circuit)
{
	control_close(&circuit->control);
	if (circuit->fd >= 0)
		close(circuit->fd);
	circuit->fd = -1;
}

uint64_t circuit_patience_us(const struct circuit *circuit, const struct settings *settings)
{
	uint64_t most = settings->handshake_ms * 1000ULL, patience = circuit->slowest_us * 4;

	if (patience < LEAST_PATIENCE_US)
		patience = LEAST_PATIENCE_US;
	return patience < most ? patience : most;
}
