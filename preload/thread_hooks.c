/* The program makes a thread: only that is to be known. */
#include "preload/hooks.h"
#include "preload/program_threads.h"

#if defined(__GLIBC__) /* 2.32 and later */
#include <sys/single_threaded.h>
#define IS_SINGLE_THREADED (__libc_single_threaded)
#else
#define IS_SINGLE_THREADED false
#endif

_Atomic bool program_has_threads;

void program_threads_look(void)
{
	static _Atomic bool done;
	if (!atomic_exchange(&done, true) && !IS_SINGLE_THREADED)
		atomic_store(&program_has_threads, true);
}

int hook_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
	atomic_store(&program_has_threads, true);
	return real.pthread_create(thread, attributes, body, argument);
}

int hook_thrd_create(thrd_t *thread, thrd_start_t body, void *argument)
{
	atomic_store(&program_has_threads, true);
	return real.thrd_create(thread, body, argument);
}

/* From a thread of libc's own (SIGEV_THREAD, say), which nobody here has seen made. */
int hook_pthread_cancel(pthread_t thread)
{
	atomic_store(&program_has_threads, true);
	return real.pthread_cancel(thread);
}
