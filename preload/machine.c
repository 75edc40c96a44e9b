#include "preload/machine.h"

#include <elf.h>

#define X86_64                                                                                                         \
	{                                                                                                              \
		ELFCLASS64, EM_X86_64, "/lib64/ld-linux-x86-64.so.2", "lib/x86_64-linux-gnu"                           \
	}
#define MUSL                                                                                                           \
	{                                                                                                              \
		ELFCLASS64, EM_X86_64, "/lib/ld-musl-x86_64.so.1", "lib/x86_64-linux-musl"                             \
	}
#define I386                                                                                                           \
	{                                                                                                              \
		ELFCLASS32, EM_386, "/lib/ld-linux.so.2", "lib/i386-linux-gnu"                                         \
	}
#define AARCH64                                                                                                        \
	{                                                                                                              \
		ELFCLASS64, EM_AARCH64, "/lib/ld-linux-aarch64.so.1", "lib/aarch64-linux-gnu"                          \
	}

#if !defined(__GLIBC__)
/* musl on a machine of another class has a build of its own only where that is the machine's own. */
const struct machine machine_own = MUSL, machine_sibling = {0};
#elif defined(__x86_64__)
const struct machine machine_own = X86_64, machine_sibling = I386;
#elif defined(__i386__)
const struct machine machine_own = I386, machine_sibling = X86_64;
#elif defined(__aarch64__)
const struct machine machine_own = AARCH64, machine_sibling = {0};
#endif
