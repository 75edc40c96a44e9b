/* Whether this process runs in its parent's memory, as a child of vfork(2) does until it executes another program, and
 * one of clone(2) with CLONE_VM. A child of fork(2) has a copy. */
#ifndef PRELOAD_BORROWED_MEMORY_H
#define PRELOAD_BORROWED_MEMORY_H

#include <stdbool.h>

/* Some dozens of microseconds where the kernel has no kcmp(2) for this process; if there is no /proc then, the answer
 * is true, for nothing here may be changed. */
bool memory_is_borrowed(void);

#endif
