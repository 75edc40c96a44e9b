/* A lookup of the program: one call of libc's resolver, which for its length asks nobody but the stub.
 *
 * glibc sends its queries with calls that no hook sees, to the nameservers in the resolver's context (resolv(3)). For
 * the length of one call the context of this thread, or of the call, names the stub in their place; so everything else
 * about a lookup is libc's own: /etc/hosts, search lists, families, order, canonical names, errors. musl has no such
 * context: there a lookup is possible only where the system's nameserver may know of it. */
#ifndef PRELOAD_LOOKUP_H
#define PRELOAD_LOOKUP_H

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include "core/name_way.h"

struct resolv_context;

struct lookup {
	struct __res_state *state; /* NULL: nothing has been changed */
	bool possible;             /* false: the call must not be made, for it could leak or would ask nobody */
	int desk;
	struct __res_state before;      /* its nameservers */
	struct resolv_context *context; /* NULL: none has been taken */
};

/* state: the context of the call; NULL: the thread's own. errno stays. */
void lookup_begin(struct lookup *lookup, struct __res_state *state, enum name_purpose purpose);
void lookup_begin_search(struct lookup *lookup, struct __res_state *state); /* by its context, or else by itself */
void lookup_end(struct lookup *lookup);

/* Whether the call may be made: it is possible, or libc has the name (NULL: it goes by an address) at hand. */
bool lookup_may(const struct lookup *lookup, const char *name);

/* A lookup that ends with its block, also when the thread is cancelled in it. */
#define LOOKUP(name, state, purpose)                                                                                   \
	__attribute__((cleanup(lookup_end))) struct lookup name;                                                       \
	lookup_begin(&(name), state, purpose)

/* Once a process: in the mode that is local, nothing is kept from the local network. */
void lookup_say_local(void);

static inline int lookup_fail_query(void)
{
	h_errno = TRY_AGAIN;
	errno = ETIMEDOUT;
	return -1;
}

static inline int lookup_fail_later(int *error)
{
	*error = TRY_AGAIN;
	return EAGAIN;
}

/* Before a call that answers a pointer, and leaves an error in h_errno. */
#define LOOK_UP(name)                                                                                                  \
	LOOKUP(lookup, NULL, NAME_FOR_ANYTHING);                                                                       \
	if (!lookup_may(&lookup, name)) {                                                                              \
		h_errno = TRY_AGAIN;                                                                                   \
		return NULL;                                                                                           \
	}

/* Before one that stores it, and an error beside it. */
#define LOOK_UP_INTO(name, result, error)                                                                              \
	LOOKUP(lookup, NULL, NAME_FOR_ANYTHING);                                                                       \
	if (!lookup_may(&lookup, name)) {                                                                              \
		*(result) = NULL;                                                                                      \
		return lookup_fail_later(error);                                                                       \
	}

#endif
