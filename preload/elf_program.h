/* A program's ELF headers, as the kernel and the loader read them. */
#ifndef PRELOAD_ELF_PROGRAM_H
#define PRELOAD_ELF_PROGRAM_H

#include "preload/machine.h"
#include "preload/verdict.h"

/* What the file itself says, rights and all else aside: COVERED, NO_PROGRAM, UNREADABLE, STATIC (the loader is that,
 * too), CLASS, MACHINE, LIBRARY or GO; and of which machine it is, the library's own or its sibling, for which it is
 * judged likewise. Neither allocates nor changes errno. */
enum verdict elf_program_judge(int fd, const struct machine **machine);

#endif
