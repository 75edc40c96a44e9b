/* A lookup of the program: one call of libc's resolver, which for its length asks nobody but the stub.
 *
 * libc sends its queries with calls that no hook sees, to the nameservers in the resolver's context (resolv(3)). For
 * the length of one call the context of this thread, or of the call, names the stub in their place; so everything else
 * about a lookup is libc's own: /etc/hosts, search lists, families, order, canonical names, errors. */
#ifndef PRELOAD_LOOKUP_H
#define PRELOAD_LOOKUP_H

#include <netinet/in.h>
#include <resolv.h>

#include "core/name_way.h"

struct lookup {
	struct __res_state *state; /* NULL: nothing has been changed */
	bool possible;             /* false: the call must not be made, for it could leak or would ask nobody */
	int desk;
	struct __res_state before; /* its nameservers */
};

/* state: the context of the call; NULL: the thread's own. errno stays. */
void lookup_begin(struct lookup *lookup, struct __res_state *state, enum name_purpose purpose);
void lookup_end(struct lookup *lookup);

/* A lookup that ends with its block, also when the thread is cancelled in it. */
#define LOOKUP(name, state, purpose)                                                                                   \
	__attribute__((cleanup(lookup_end))) struct lookup name;                                                       \
	lookup_begin(&(name), state, purpose)

#endif
