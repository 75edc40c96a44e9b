/* The addresses of a server's name, by this machine's own resolver. */
#ifndef CORE_CHECK_RESOLVE_H
#define CORE_CHECK_RESOLVE_H

#include "core/endpoint.h"

/* Up to room addresses with the name's port; of an address, itself. OUTCOME_UNRESOLVED; OUTCOME_TIMED_OUT: not in that
 * time. */
enum outcome resolve_host(const struct endpoint *host, struct endpoint *addresses, size_t room, size_t *count,
			  uint32_t patience_ms);

#endif
