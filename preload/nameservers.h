/* The nameservers that libc would ask. */
#ifndef PRELOAD_NAMESERVERS_H
#define PRELOAD_NAMESERVERS_H

#include <resolv.h>

#include "core/name_way.h"

/* Those of a resolver's context; NULL: of /etc/resolv.conf as it is now. */
void nameservers_of(struct nameservers *nameservers, const struct __res_state *state);

/* How libc looks up hosts from now on: by its own files and by DNS. What else /etc/nsswitch.conf names, and the cache
 * daemon, have another process ask, which nobody here can see. Once. */
void nameservers_bar_others(void);

#endif
