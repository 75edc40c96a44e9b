/* A program's ELF headers, as the kernel and the loader read them. */
#ifndef PRELOAD_ELF_PROGRAM_H
#define PRELOAD_ELF_PROGRAM_H

#include "preload/verdict.h"

#if defined(__x86_64__)
#define LOADER "/lib64/ld-linux-x86-64.so.2"
#elif defined(__aarch64__)
#define LOADER "/lib/ld-linux-aarch64.so.1"
#endif

/* What the file itself says, rights and all else aside: COVERED, NO_PROGRAM, UNREADABLE, STATIC (the loader is that,
 * too), CLASS, MACHINE, LIBRARY or GO. Neither allocates nor changes errno. */
enum verdict elf_program_judge(int fd);

#endif
