#include "preload/glibc/resolver_context.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* glibc's resolv/resolv_context.h and resolv-internal.h, since 2.26 */
static struct {
	struct resolv_context *(*get)(void);
	struct resolv_context *(*get_override)(struct __res_state *state);
	void (*put)(struct resolv_context *context);
	int (*search)(struct resolv_context *context, const char *name, int class, int type, unsigned char *answer,
		      int room, unsigned char **moved, unsigned char **second, int *second_room, int *second_size,
		      int *second_is_allocated);
} glibc;

static void *find(const char *name)
{
	return dlvsym(RTLD_NEXT, name, "GLIBC_PRIVATE");
}

static void find_all(void)
{
	*(void **)&glibc.search = find("__res_context_search");
	*(void **)&glibc.put = find("__resolv_context_put");
	if (!glibc.put)
		return;
	*(void **)&glibc.get = find("__resolv_context_get");
	if (glibc.search)
		*(void **)&glibc.get_override = find("__resolv_context_get_override");
}

static void be_ready(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, find_all);
}

struct resolv_context *resolver_context_own(void)
{
	be_ready();
	return glibc.get ? glibc.get() : NULL;
}

struct resolv_context *resolver_context_of(struct __res_state *state)
{
	be_ready();
	return glibc.get_override ? glibc.get_override(state) : NULL;
}

void resolver_context_put(struct resolv_context *context)
{
	if (context)
		glibc.put(context);
}

int resolver_context_search(struct resolv_context *context, const char *name, int class, int type,
			    unsigned char *answer, int room)
{
	return glibc.search(context, name, class, type, answer, room, NULL, NULL, NULL, NULL, NULL);
}
