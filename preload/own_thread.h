/* The library's own threads. */
#ifndef PRELOAD_OWN_THREAD_H
#define PRELOAD_OWN_THREAD_H

#include <stdbool.h>

/* The caller has blocked all signals, and the thread inherits that. 0 or a negative errno. */
int own_thread_start(void (*body)(void *), void *argument);

/* There are such, and every other thread of this process is one: the program has none but the caller. */
bool own_threads_are_the_others(void);

#endif
