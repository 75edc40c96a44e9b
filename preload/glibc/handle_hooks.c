/* dlsym(3): what is asked of a handle of libc's (Python's ctypes, JNA, P/Invoke) is given the function that stands
 * before libc's, as who names it without a handle is.
 *
 * dlsym looks at who calls it, and by RTLD_NEXT and RTLD_DEFAULT answers differently to each: there it is jumped to, as
 * the last thing this does, so that it sees the program's call (CMakeLists.txt has the compiler do so in every build).
 */
#include "preload/hooks.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void *look_up(void *handle, const char *name);

__attribute__((visibility("default"))) look_up door_dlsym __asm__("dlsym");

/* dlvsym alone is not in the way of itself. Each machine has known dlsym since its own first release. */
static look_up *find_real(void)
{
	static const char *const releases[] = {"GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5", "GLIBC_2.0",  "GLIBC_2.4",
					       "GLIBC_2.27", "GLIBC_2.2",  "GLIBC_2.3",   "GLIBC_2.16", "GLIBC_2.29",
					       "GLIBC_2.32", "GLIBC_2.33", "GLIBC_2.35",  "GLIBC_2.36"};
	void *found = NULL;
	for (size_t i = 0; i < sizeof releases / sizeof *releases && !found; i++)
		found = dlvsym(RTLD_NEXT, "dlsym", releases[i]);
	return (look_up *)found;
}

static look_up *real_dlsym(void)
{
	static _Atomic(look_up *) known;
	look_up *real_one = atomic_load_explicit(&known, memory_order_relaxed);
	if (!real_one) {
		real_one = find_real();
		dlerror(); /* of the releases that it has not been in */
		atomic_store_explicit(&known, real_one, memory_order_relaxed);
	}
	return real_one;
}

static bool is_ours(const void *function)
{
	Dl_info own, other;
	return dladdr((void *)(uintptr_t)is_ours, &own) && dladdr(function, &other) && own.dli_fbase == other.dli_fbase;
}

/* Another preloaded library has its own way to libc's functions, and is not to be led back here: there must be nothing
 * before this one, and nothing between it and libc. */
static void *cover(look_up *look, const char *name, void *found)
{
	void *first = look(RTLD_DEFAULT, name);
	bool alone = first && first != found && is_ours(first) && look(RTLD_NEXT, name) == found;
	dlerror(); /* the program's lookup has gone well */
	return alone ? first : found;
}

void *door_dlsym(void *handle, const char *name)
{
	look_up *look = real_dlsym();
	if (!look)
		return NULL;
	if (handle == RTLD_NEXT || handle == RTLD_DEFAULT)
		return look(handle, name);
	void *found = look(handle, name);
	return found ? cover(look, name, found) : NULL;
}
