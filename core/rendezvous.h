/* The rendezvous address: where datagrams for the relay go, from what the server's reply says of it.
 *
 * Servers answer 0.0.0.0, an address behind their NAT, or a name, so the reply cannot be taken at its word. */
#ifndef CORE_RENDEZVOUS_H
#define CORE_RENDEZVOUS_H

#include "core/endpoint.h"
#include "core/outcome.h"

enum relay_address {
	RELAY_ADDRESS_AUTO,   /* the rule below */
	RELAY_ADDRESS_REPLY,  /* as the reply says, unless it says an unspecified address or a name */
	RELAY_ADDRESS_SERVER, /* always the server's own address */
};

/* bound: BND.ADDR and BND.PORT of the reply. server: the peer of the control connection (an address).
 * AUTO: unspecified, or a name that is not the text of an address: the server's address; private, loopback or
 * link-local while the server's is none of these: the server's address; else as given. The port is always
 * BND.PORT. OUTCOME_BAD_RELAY: port 0. relay is untouched on failure. */
enum outcome rendezvous_address(struct endpoint *relay, const struct endpoint *bound, const struct endpoint *server,
				enum relay_address mode);

#endif
