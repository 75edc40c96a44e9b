/* The resolver below names, resolver(3), by a context of the caller's. */
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
	ASK(state, res_nsearch(state, name, class, type, answer, room));
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
