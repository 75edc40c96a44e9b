#include "core/bridge.h"

enum { HOST = 0x7f530575 }; /* 127.83.5.117 */

struct endpoint bridge_host(void)
{
	return endpoint_ipv4(HOST, 0);
}

bool bridge_is_at(const struct endpoint *endpoint)
{
	struct endpoint host = bridge_host();
	return endpoint_same_host(endpoint, &host);
}

/* The kernel's route to all of 127.0.0.0/8 names one source. */
struct endpoint bridge_visitor(const struct endpoint *entrance)
{
	return entrance->kind == ENDPOINT_IPV4 ? endpoint_ipv4(INADDR_LOOPBACK, 0) : *entrance;
}

static int call(int (*act)(int fd, const union socket_address *to, socklen_t size), int fd,
		const struct endpoint *endpoint)
{
	union socket_address address;
	socklen_t size;
	endpoint_to_sockaddr(endpoint, endpoint_family(endpoint), &address, &size);
	return act(fd, &address, size);
}

static enum outcome join(const struct bridge *bridge, const struct world *world, const struct endpoint *host,
			 const struct endpoint *relay, struct endpoint *entrance)
{
	union socket_address address;
	socklen_t size = sizeof address;
	int answer = call(world->udp_connect, bridge->far, relay);
	if (answer == 0)
		answer = call(world->udp_bind, bridge->near, host);
	if (answer == 0)
		answer = world->udp_local(bridge->near, &address, &size);
	if (answer < 0)
		return outcome_from_errno(-answer);
	return endpoint_from_sockaddr(entrance, &address.any, size);
}

enum outcome bridge_open(struct bridge *bridge, const struct world *world, const struct endpoint *host,
			 const struct endpoint *relay, struct endpoint *entrance)
{
	*bridge = (struct bridge){.stands = true,
				  .near = world->udp_open(endpoint_family(host)),
				  .far = world->udp_open(endpoint_family(relay))};
	enum outcome outcome = OUTCOME_NO_DESCRIPTOR;
	if (bridge->near >= 0 && bridge->far >= 0)
		outcome = join(bridge, world, host, relay, entrance);
	if (outcome != OUTCOME_OK)
		bridge_close(bridge, world);
	return outcome;
}

enum outcome bridge_face(const struct bridge *bridge, const struct world *world, const struct endpoint *socket)
{
	enum { NOWHERE = -1 };
	bool refused;
	int answer = call(world->udp_connect, bridge->near, socket);
	if (answer < 0)
		return outcome_from_errno(-answer);
	while (world->udp_pass(bridge->near, NOWHERE, &refused))
		;
	return OUTCOME_OK;
}

void bridge_empty(const struct bridge *bridge, const struct world *world)
{
	bool refused;
	while (bridge->stands && world->udp_pass(bridge->near, bridge->far, &refused))
		;
}

void bridge_close(struct bridge *bridge, const struct world *world)
{
	if (bridge->stands && bridge->near >= 0)
		world->own_close(bridge->near);
	if (bridge->stands && bridge->far >= 0)
		world->own_close(bridge->far);
	*bridge = (struct bridge){0};
}
