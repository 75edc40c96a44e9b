/* The resolver below names, resolver(3), by a context of the caller's. */
#include "preload/glibc/resolver_context.h"
#include "preload/hooks.h"
#include "preload/lookup.h"

#define ASK(state, call)                                                                                               \
	LOOKUP(lookup, state, NAME_FOR_ANYTHING);                                                                      \
	return lookup.possible ? real.call : lookup_fail_query()

int hook_res_nquery(struct __res_state *state, const char *name, int class, int type, unsigned char *answer, int room)
{
	ASK(state, res_nquery(state, name, class, type, answer, room));
}

int hook_res_nsearch(struct __res_state *state, const char *name, int class, int type, unsigned char *answer, int room)
{
	__attribute__((cleanup(lookup_end))) struct lookup lookup;
	lookup_begin_search(&lookup, state);
	if (!lookup.possible)
		return lookup_fail_query();
	return lookup.context ? resolver_context_search(lookup.context, name, class, type, answer, room)
			      : real.res_nsearch(state, name, class, type, answer, room);
}

int hook_res_nquerydomain(struct __res_state *state, const char *name, const char *domain, int class, int type,
			  unsigned char *answer, int room)
{
	ASK(state, res_nquerydomain(state, name, domain, class, type, answer, room));
}

int hook_res_nsend(struct __res_state *state, const unsigned char *query, int size, unsigned char *answer, int room)
{
	ASK(state, res_nsend(state, query, size, answer, room));
}
