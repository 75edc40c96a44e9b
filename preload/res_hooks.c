/* The resolver below names, resolver(3): queries that the program composes, or has composed. */
#include "preload/hooks.h"
#include "preload/lookup.h"

#define ASK(call)                                                                                                      \
	LOOKUP(lookup, NULL, NAME_FOR_ANYTHING);                                                                       \
	return lookup_may(&lookup, NULL) ? real.call : lookup_fail_query()

int hook_res_query(const char *name, int class, int type, unsigned char *answer, int room)
{
	ASK(res_query(name, class, type, answer, room));
}

int hook_res_search(const char *name, int class, int type, unsigned char *answer, int room)
{
	ASK(res_search(name, class, type, answer, room));
}

int hook_res_querydomain(const char *name, const char *domain, int class, int type, unsigned char *answer, int room)
{
	ASK(res_querydomain(name, domain, class, type, answer, room));
}

int hook_res_send(const unsigned char *query, int size, unsigned char *answer, int room)
{
	ASK(res_send(query, size, answer, room));
}
