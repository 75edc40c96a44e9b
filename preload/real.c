#include "preload/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "core/raw.h"

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
#define HOOK_BY_NUMBER(type, name, parameters, arguments) EARLY(type, name, parameters, arguments, raw_call arguments)
#define ALIAS(name, target)
#include "preload/hooks.def"

struct real real = {
#define HOOK(type, name, number, parameters, arguments)   .name = early_##name,
#define HOOK_BY_NUMBER(type, name, parameters, arguments) .name = early_##name,
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
#define ALIAS(name, target)
#include "preload/hooks.def"
};

bool real_is_libc;

static const void *library_of(const void *function)
{
	Dl_info info;
	return function && dladdr(function, &info) ? info.dli_fbase : NULL;
}

static bool all_are_libc(void)
{
	static const char *const path[] = {"send", "sendto",   "sendmsg", "sendmmsg",
					   "recv", "recvfrom", "recvmsg", "recvmmsg"};
	const void *libc = library_of(dlsym(RTLD_NEXT, "__libc_start_main"));
	for (size_t i = 0; i < sizeof path / sizeof *path; i++)
		if (!libc || library_of(dlsym(RTLD_NEXT, path[i])) != libc)
			return false;
	return true;
}

static void look_up(void)
{
	real_is_libc = all_are_libc();
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		void *found = dlsym(RTLD_NEXT, symbols[i].name);
		if (found) /* an older libc lacks some: the stand-in stays, and makes the system call */
			__atomic_store_n(symbols[i].pointer, found, __ATOMIC_RELEASE);
	}
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
