#include "core/rendezvous.h"

#include <stdbool.h>

static bool is_near(const struct endpoint *endpoint)
{
	return endpoint_is_private(endpoint) || endpoint_is_loopback(endpoint) || endpoint_is_link_local(endpoint);
}

static bool takes_server(const struct endpoint *bound, const struct endpoint *server, enum relay_address mode)
{
	if (mode == RELAY_ADDRESS_SERVER)
		return true;
	if (bound->kind == ENDPOINT_NONE || bound->kind == ENDPOINT_NAME || endpoint_is_unspecified(bound))
		return true;
	return mode == RELAY_ADDRESS_AUTO && is_near(bound) && !is_near(server);
}

enum outcome rendezvous_address(struct endpoint *relay, const struct endpoint *bound, const struct endpoint *server,
				enum relay_address mode)
{
	struct endpoint settled = *bound;
	struct endpoint found;

	if (bound->port == 0)
		return OUTCOME_BAD_RELAY;
	endpoint_settle(&settled);
	found = takes_server(&settled, server, mode) ? *server : settled;
	/* The wire has no scope, without which the kernel sends nothing to a link-local address. */
	if (found.kind == ENDPOINT_IPV6 && endpoint_is_link_local(&found) && found.scope == 0)
		found.scope = server->scope;
	found.port = bound->port;
	*relay = found;
	return OUTCOME_OK;
}
