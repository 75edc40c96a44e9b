/* io_uring sends and receives without a call that could be intercepted: unless it is allowed it is not there, and
 * programs fall back to ordinary calls. What is asked for through libc or liburing the hooks refuse; for system calls
 * made otherwise there is a filter, in processes that are filtered anyway.
 *
 * A filter costs every system call of its process the kernel's slow way in, measured 170 -> 212 ns for getppid(2) on
 * Linux 6.18, whatever the filter says. So one is not brought into a process that has none for the asking: there a
 * socket that the library knows is held by the guard rail. Where no_new_privs is set somebody has asked. */
#ifndef PRELOAD_URING_H
#define PRELOAD_URING_H

#include <stdbool.h>

bool uring_is_allowed(void);

/* At the start of the process. Does nothing where io_uring is allowed, or not there. */
void uring_forbid(void);

#endif
