/* Whether the program has threads of its own. One that has none has nobody who could cancel a call of it that waits
 * (pthread_cancel(3)), and libc spares such a program the making ready for that. For libc it is over once the library
 * has a thread; here it is not. */
#ifndef PRELOAD_PROGRAM_THREADS_H
#define PRELOAD_PROGRAM_THREADS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

extern _Atomic bool program_has_threads; /* since one was made: it may have ended */

/* Before the first thread of the library's is made: what libc knows of the program's is known only until then. */
void program_threads_look(void);

/* It makes one, or something of the kind. */
void program_threads_note(void);

/* Whether a call that waits is to be a cancellation point. */
static inline bool program_may_cancel(void)
{
	return atomic_load_explicit(&program_has_threads, memory_order_relaxed);
}

/* What a call is that need not wait. The address sanitizer does not see that frames are left by it, and would take what
 * comes there next for wrong. */
static inline void program_pass_cancellation_point(void)
{
	if (!program_may_cancel())
		return;
#if defined(__SANITIZE_ADDRESS__)
	void __asan_handle_no_return(void);
	__asan_handle_no_return();
#endif
	pthread_testcancel();
}

#endif
