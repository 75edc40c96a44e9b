#include "preload/own_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preload/deep_call.h"
#include "preload/program_signals.h"
#include "preload/program_threads.h"
#include "preload/real.h"

struct start {
	void (*body)(void *);
	void *argument;
};

static _Atomic unsigned running;
static _Atomic pid_t process; /* whose they are: a forked child has none of them */

static void *run(void *argument)
{
	struct start start = *(struct start *)argument;
	munmap(argument, sizeof start);
	deep_call_ask();
	start.body(start.argument);
	atomic_fetch_sub(&running, 1);
	return NULL;
}

static void count_one(void)
{
	pid_t own = getpid();
	if (atomic_exchange(&process, own) != own)
		atomic_store(&running, 0);
	atomic_fetch_add(&running, 1);
}

int own_thread_start(void (*body)(void *), void *argument)
{
	enum { STACK = 256 * 1024 }; /* getaddrinfo wants room */
	struct start *start = mmap(NULL, sizeof *start, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start == MAP_FAILED)
		return -ENOMEM;
	*start = (struct start){body, argument};
	pthread_t thread;
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK);
	count_one();
	program_threads_look();
	uint64_t mask = signals_block_all(); /* in it, they are the program's threads' */
	int error = real.pthread_create(&thread, &attributes, run, start);
	signals_restore(mask);
	pthread_attr_destroy(&attributes);
	if (error) {
		atomic_fetch_sub(&running, 1);
		munmap(start, sizeof *start);
	}
	return -error;
}

bool own_threads_are_the_others(void)
{
	enum { CALLER = 1, FOLDERS = 2 }; /* "." and ".." are links, too */
	struct stat threads;
	int saved = errno;
	unsigned ours = atomic_load(&process) == getpid() ? atomic_load(&running) : 0;
	bool known = ours && stat("/proc/self/task", &threads) == 0;
	errno = saved;
	return known && threads.st_nlink == FOLDERS + CALLER + ours;
}
