/* Where this library stands among what the loader has loaded: the program, the kernel's own object where the C library
 * lists it so early, what is preloaded in its order, and the rest. */
#ifndef PRELOAD_STANDING_H
#define PRELOAD_STANDING_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

enum standing {
	STANDING_PROGRAM, /* linked into it */
	STANDING_FIRST,
	STANDING_BEHIND, /* another preloaded library */
};

enum standing standing_own(void);

/* Whether the address is one of the library's. */
bool standing_holds(const struct dl_phdr_info *library, uintptr_t address);

#endif
