/* Which server a destination goes by, from the configuration of the process: read once, at the first question. */
#ifndef CORE_AIX_LOOKUP_H
#define CORE_AIX_LOOKUP_H

#include "core/settings.h"

struct lookup {
	struct endpoint server;                /* an address */
	const struct credentials *credentials; /* for that server, or NULL */
};

/* family: of the address wanted, AF_UNSPEC for any. May ask the resolver.
 * OUTCOME_NO_SERVER: it is to be contacted directly; OUTCOME_REPLY_NOT_ALLOWED: a rule rejects or drops it;
 * OUTCOME_UNRESOLVED, OUTCOME_NO_MEMORY, OUTCOME_BAD_SETTINGS. */
enum outcome lookup_server(struct lookup *lookup, const struct endpoint *to, int family);

/* What a negotiation with a server that the program itself names is subject to. */
struct patience {
	uint32_t connect_ms;
	uint32_t handshake_ms;
	enum relay_address relay_address;
};

struct patience lookup_patience(void);

#endif
