/* The memory that a process needs for its first sockets: a piece of the library's own zeros, for it costs no system
 * call, and what is touched of it lies dense. It is given once. */
#ifndef PRELOAD_FIRST_MEMORY_H
#define PRELOAD_FIRST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Zeros, aligned to a line of the cache. NULL: there is not so much left of it. */
void *first_memory_take(size_t size);

/* False: it is none of this. Its pages are the kernel's again. */
bool first_memory_give_back(void *memory, size_t size);

#endif
