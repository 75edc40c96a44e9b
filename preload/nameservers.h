/* The nameservers that libc would ask. */
#ifndef PRELOAD_NAMESERVERS_H
#define PRELOAD_NAMESERVERS_H

#include <resolv.h>

#include "core/name_way.h"

/* Those of a resolver's context; NULL: of /etc/resolv.conf as it is now. */
void nameservers_of(struct nameservers *nameservers, const struct __res_state *state);

/* The system's, as last read, which is when they are first asked for; and reading them anew. No locks. */
const struct nameservers *nameservers_system(void);
void nameservers_refresh(void);

/* How libc looks up hosts and networks from now on: by its own files and by DNS. What else /etc/nsswitch.conf names,
 * and the cache daemon, have another process ask, which nobody here can see. Once. glibc has those, and musl none. */
void nameservers_bar_others(void);

#endif
