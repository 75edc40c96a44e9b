/* The program makes a thread: only that is to be known. */
#include "preload/hooks.h"
#include "preload/program_threads.h"

#if defined(__GLIBC__) && __has_include(<sys/single_threaded.h>)
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
		program_threads_note();
}

void program_threads_note(void)
{
	atomic_store(&program_has_threads, true);
}

int hook_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
	program_threads_note();
	return real.pthread_create(thread, attributes, body, argument);
}

int hook_thrd_create(thrd_t *thread, thrd_start_t body, void *argument)
{
	program_threads_note();
	return real.thrd_create(thread, body, argument);
}

/* From a thread that nobody here has seen made. */
int hook_pthread_cancel(pthread_t thread)
{
	program_threads_note();
	return real.pthread_cancel(thread);
}

/* libc tells of it in a thread (SIGEV_THREAD), which it makes by itself. */
static void note_event(const struct sigevent *event)
{
	if (event && event->sigev_notify == SIGEV_THREAD)
		program_threads_note();
}

int hook_timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
	note_event(event);
	return real.timer_create(clock, event, timer);
}

int hook_mq_notify(mqd_t queue, const struct sigevent *event)
{
	note_event(event);
	return real.mq_notify(queue, event);
}
