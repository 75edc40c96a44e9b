#include "preload/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "core/raw.h"
#include "preload/standing.h"

enum state { UNRESOLVED, RESOLVING, RESOLVED };

static _Atomic int state = UNRESOLVED;
static pthread_t resolver;

static long settle(long answer)
{
	if (answer >= 0 || answer < -4095)
		return answer;
	errno = (int)-answer;
	return -1;
}

/* False while this very thread is resolving: dlsym has come back to us through an allocator. */
static bool resolved(void)
{
	real_resolve();
	return atomic_load(&state) == RESOLVED;
}

#define EARLY_LIBRARY(type, name, answer, parameters, arguments)                                                       \
	static type early_##name parameters;                                                                           \
	static type early_##name parameters                                                                            \
	{                                                                                                              \
		void *found = dlsym(RTLD_NEXT, #name);                                                                 \
		if (!found)                                                                                            \
			return answer;                                                                                 \
		__atomic_store_n((void **)&real.name, found, __ATOMIC_RELEASE);                                        \
		return real.name arguments;                                                                            \
	}
#define UNPACK(...) __VA_ARGS__
#define EARLY(type, name, parameters, arguments, raw)                                                                  \
	static type early_##name parameters;                                                                           \
	static type early_##name parameters                                                                            \
	{                                                                                                              \
		if (resolved() && real.name != early_##name)                                                           \
			return real.name arguments;                                                                    \
		return (type)settle(raw);                                                                              \
	}
#define HOOK(type, name, number, parameters, arguments)                                                                \
	EARLY(type, name, parameters, arguments, raw_call(number, UNPACK arguments))
#define HOOK_BY_NUMBER(type, name, parameters, arguments)       EARLY(type, name, parameters, arguments, raw_call arguments)
#define HOOK_LIBRARY(type, name, answer, parameters, arguments) EARLY_LIBRARY(type, name, answer, parameters, arguments)
#define HOOK_LIST(type, name)
#define HOOK_ALONE(name)
#define ALIAS(name, target)
#include "preload/hooks.def"

struct real real = {
#define HOOK(type, name, number, parameters, arguments)         .name = early_##name,
#define HOOK_BY_NUMBER(type, name, parameters, arguments)       .name = early_##name,
#define HOOK_LIBRARY(type, name, answer, parameters, arguments) .name = early_##name,
#define HOOK_LIST(type, name)
#define HOOK_ALONE(name)
#define ALIAS(name, target)
#include "preload/hooks.def"
};

struct symbol {
	const char *name;
	void **pointer;
};

static const struct symbol symbols[] = {
#define HOOK(type, name, number, parameters, arguments)   {#name, (void **)&real.name},
#define HOOK_BY_NUMBER(type, name, parameters, arguments) {#name, (void **)&real.name},
#define HOOK_LIBRARY(type, name, answer, parameters, arguments)
#define HOOK_LIST(type, name)
#define HOOK_ALONE(name)
#define ALIAS(name, target)
#include "preload/hooks.def"
};

/* musl lacks these two, as older libcs do; the kernel takes their offset in halves. */
static ssize_t raw_pwritev64v2(int fd, const struct iovec *pieces, int count, off64_t offset, int flags)
{
	return settle(raw_call(SYS_pwritev2, fd, pieces, count, RAW_OFFSET(offset), flags));
}

static ssize_t raw_preadv64v2(int fd, const struct iovec *pieces, int count, off64_t offset, int flags)
{
	return settle(raw_call(SYS_preadv2, fd, pieces, count, RAW_OFFSET(offset), flags));
}

bool real_is_libc;
int (*real_clock)(clockid_t clock, struct timespec *now);

enum { PATH_CALLS = 9 };

struct search {
	uintptr_t libc; /* an address in it that nobody intercepts */
	uintptr_t calls[PATH_CALLS];
	uintptr_t clock;
	bool all_in, clock_in; /* the same library */
};

static int look_at(struct dl_phdr_info *library, size_t size, void *argument)
{
	struct search *search = argument;
	(void)size;
	if (!standing_holds(library, search->libc))
		return 0;
	search->clock_in = standing_holds(library, search->clock);
	search->all_in = true;
	for (int i = 0; i < PATH_CALLS; i++)
		search->all_in = search->all_in && standing_holds(library, search->calls[i]);
	return 1;
}

static void look_where_they_are(void)
{
	struct search search = {.libc = (uintptr_t)dlsym(RTLD_NEXT, "__libc_start_main"),
				.calls = {(uintptr_t)real.socket, (uintptr_t)real.send, (uintptr_t)real.sendto,
					  (uintptr_t)real.sendmsg, (uintptr_t)real.sendmmsg, (uintptr_t)real.recv,
					  (uintptr_t)real.recvfrom, (uintptr_t)real.recvmsg, (uintptr_t)real.recvmmsg},
				.clock = (uintptr_t)dlsym(RTLD_NEXT, "clock_gettime")};
	dl_iterate_phdr(look_at, &search);
	real_is_libc = search.all_in;
	if (search.clock_in)
		real_clock = (int (*)(clockid_t, struct timespec *))search.clock;
}

static void look_up(void)
{
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		void *found = dlsym(RTLD_NEXT, symbols[i].name);
		if (found) /* an older libc lacks some: the stand-in stays, and makes the system call */
			__atomic_store_n(symbols[i].pointer, found, __ATOMIC_RELEASE);
	}
	look_where_they_are();
	if (real.pwritev64v2 == early_pwritev64v2)
		__atomic_store_n((void **)&real.pwritev64v2, (void *)(uintptr_t)raw_pwritev64v2, __ATOMIC_RELEASE);
	if (real.preadv64v2 == early_preadv64v2)
		__atomic_store_n((void **)&real.preadv64v2, (void *)(uintptr_t)raw_preadv64v2, __ATOMIC_RELEASE);
}

void real_resolve(void)
{
	int expected = UNRESOLVED;
	int saved = errno;
	if (atomic_load(&state) == RESOLVED)
		return;
	if (atomic_compare_exchange_strong(&state, &expected, RESOLVING)) {
		resolver = pthread_self();
		look_up();
		atomic_store(&state, RESOLVED);
	} else if (expected == RESOLVING && !pthread_equal(resolver, pthread_self())) {
		while (atomic_load(&state) != RESOLVED)
			sched_yield();
	}
	errno = saved;
}
