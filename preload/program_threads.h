/* Whether the program has threads of its own. One that has none has nobody who could cancel a call of it that waits
 * (pthread_cancel(3)), and libc spares such a program the making ready for that. For libc it is over once the library
 * has a thread; here it is not. */
#ifndef PRELOAD_PROGRAM_THREADS_H
#define PRELOAD_PROGRAM_THREADS_H

#include <stdatomic.h>
#include <stdbool.h>

extern _Atomic bool program_has_threads; /* since one was made: it may have ended */

/* Before the first thread of the library's is made: what libc knows of the program's is known only until then. */
void program_threads_look(void);

/* Whether a call that waits is to be a cancellation point. */
static inline bool program_may_cancel(void)
{
	return atomic_load_explicit(&program_has_threads, memory_order_relaxed);
}

#endif
