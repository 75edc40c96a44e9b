/* getaddrinfo_a and its kin. libc answers such requests in threads of its own, out of any hook's sight; so here each
 * call has threads of ours, which look the names up as any thread of the program would.
 *
 * gai_error reads the state that is kept in the request itself, as it is here. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/hooks.h"
#include "preload/program_signals.h"
#include "preload/world.h"

enum { WORKERS = 16 };

struct batch {
	struct batch *next;
	pid_t process;
	struct sigevent notification;
	_Atomic int holders; /* the caller and the workers: the last one clears up */
	int count;
	int at; /* the first that nobody has begun with */
	struct gaicb *requests[];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of batches, and of what is next in each */
static struct batch *batches;
static _Atomic uint32_t answers; /* so far: to wait on */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void lock_batches(void)
{
	pthread_mutex_lock(&mutex);
}

static void unlock_batches(void)
{
	pthread_mutex_unlock(&mutex);
}

/* The threads are the parent's, and so is what they are at. */
static void begin_again(void)
{
	for (struct batch *batch; (batch = batches);) {
		batches = batch->next;
		free(batch);
	}
	pthread_mutex_init(&mutex, NULL);
}

static void set_up(void)
{
	pthread_atfork(lock_batches, unlock_batches, begin_again);
}

static int state_of(const struct gaicb *request)
{
	return __atomic_load_n(&request->__return, __ATOMIC_ACQUIRE);
}

static void settle(struct gaicb *request, int answer)
{
	__atomic_store_n(&request->__return, answer, __ATOMIC_RELEASE);
	atomic_fetch_add(&answers, 1);
	world.wake(&answers);
}

/* The next request that has not been cancelled, or NULL. */
static struct gaicb *take(struct batch *batch)
{
	struct gaicb *request = NULL;
	lock_batches();
	while (batch->at < batch->count && !request)
		request = batch->requests[batch->at++];
	unlock_batches();
	return request;
}

static void link_batch(struct batch *batch)
{
	lock_batches();
	batch->next = batches;
	batches = batch;
	unlock_batches();
}

static void unlink_batch(const struct batch *batch)
{
	lock_batches();
	struct batch **link = &batches;
	while (*link && *link != batch)
		link = &(*link)->next;
	if (*link)
		*link = batch->next;
	unlock_batches();
}

static bool start_thread(void *(*body)(void *), struct batch *batch, const pthread_attr_t *attributes)
{
	pthread_t thread;
	pthread_attr_t detached;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	uint64_t mask = signals_block_all();
	int error = pthread_create(&thread, attributes ? attributes : &detached, body, batch);
	signals_restore(mask);
	pthread_attr_destroy(&detached);
	return error == 0;
}

/* Notifications, as libc makes them */

static void raise_signal(const struct batch *batch)
{
	siginfo_t information = {.si_signo = batch->notification.sigev_signo, .si_code = SI_ASYNCNL};
	information.si_pid = batch->process;
	information.si_uid = getuid();
	information.si_value = batch->notification.sigev_value;
	raw_call(SYS_rt_sigqueueinfo, batch->process, information.si_signo, &information);
}

/* No signal is blocked in it. */
static void *call_back(void *argument)
{
	struct batch *batch = argument;
	const struct sigevent notification = batch->notification;
	free(batch);
	signals_restore(0);
	notification.sigev_notify_function(notification.sigev_value);
	return NULL;
}

static void notify_and_free(struct batch *batch)
{
	const struct sigevent *notification = &batch->notification;
	if (notification->sigev_notify == SIGEV_SIGNAL)
		raise_signal(batch);
	else if (notification->sigev_notify == SIGEV_THREAD && notification->sigev_notify_function &&
		 start_thread(call_back, batch, notification->sigev_notify_attributes))
		return;
	free(batch);
}

/* Batches */

static void let_go(struct batch *batch)
{
	if (atomic_fetch_sub(&batch->holders, 1) != 1)
		return;
	unlink_batch(batch);
	notify_and_free(batch);
}

static void work_off(struct batch *batch)
{
	struct gaicb *request;
	while ((request = take(batch))) {
		int answer =
		    hook_getaddrinfo(request->ar_name, request->ar_service, request->ar_request, &request->ar_result);
		settle(request, answer);
	}
}

static void *work(void *argument)
{
	work_off(argument);
	let_go(argument);
	return NULL;
}

/* How many were started of so many. */
static int start_workers(struct batch *batch, int wanted)
{
	int started = 0;
	wanted = wanted < WORKERS ? wanted : WORKERS;
	atomic_fetch_add(&batch->holders, WORKERS);
	while (started < wanted && start_thread(work, batch, NULL))
		started++;
	atomic_fetch_sub(&batch->holders, WORKERS - started); /* the caller is still one */
	return started;
}

static struct batch *compose(struct gaicb *list[], int count)
{
	struct batch *batch = calloc(1, sizeof *batch + (size_t)count * sizeof *batch->requests);
	if (!batch)
		return NULL;
	batch->holders = 1;
	batch->notification.sigev_notify = SIGEV_NONE;
	for (int i = 0; i < count; i++)
		if (list[i]) {
			batch->requests[batch->count++] = list[i];
			list[i]->ar_result = NULL;
			__atomic_store_n(&list[i]->__return, EAI_INPROGRESS, __ATOMIC_RELEASE);
		}
	batch->process = world.process();
	return batch;
}

static int count_pending(const struct gaicb *const list[], int count)
{
	int pending = 0;
	for (int i = 0; i < count; i++)
		pending += list[i] && state_of(list[i]) == EAI_INPROGRESS;
	return pending;
}

static int answer_all(struct batch *batch, struct gaicb *list[], int count)
{
	int cancelling;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
	link_batch(batch);
	start_workers(batch, batch->count - 1);
	work_off(batch);
	for (;;) {
		uint32_t seen = atomic_load(&answers);
		if (!count_pending((const struct gaicb *const *)list, count))
			break;
		world.wait(&answers, seen, UINT64_MAX);
	}
	let_go(batch);
	pthread_setcancelstate(cancelling, NULL);
	return 0;
}

static int hand_out(struct batch *batch)
{
	int answer = 0;
	link_batch(batch);
	if (!start_workers(batch, batch->count ? batch->count : 1)) {
		struct gaicb *request;
		while ((request = take(batch)))
			settle(request, EAI_AGAIN);
		batch->notification.sigev_notify = SIGEV_NONE;
		answer = EAI_AGAIN;
	}
	let_go(batch);
	return answer;
}

int hook_getaddrinfo_a(int mode, struct gaicb *list[], int count, struct sigevent *notification)
{
	if ((mode != GAI_WAIT && mode != GAI_NOWAIT) || count < 0) {
		errno = EINVAL;
		return EAI_SYSTEM;
	}
	pthread_once(&once, set_up);
	struct batch *batch = compose(list, count);
	if (!batch)
		return EAI_MEMORY;
	if (mode == GAI_WAIT)
		return answer_all(batch, list, count);
	if (notification)
		batch->notification = *notification;
	return hand_out(batch);
}

/* Waiting and cancelling */

/* In whole milliseconds, and never too early. */
static uint64_t deadline_of(const struct timespec *timeout)
{
	enum { NANOSECONDS = 1000000, SECOND = 1000 };
	if (!timeout)
		return UINT64_MAX;
	uint64_t left =
	    (uint64_t)timeout->tv_sec * SECOND + (uint64_t)(timeout->tv_nsec + NANOSECONDS - 1) / NANOSECONDS;
	return world.now_ms() + left + 1;
}

/* Returns once one of those that were under way has its answer. Out of time, glibc says EAI_SYSTEM, and not EAI_AGAIN
 * as its manual has it. */
int hook_gai_suspend(const struct gaicb *const list[], int count, const struct timespec *timeout)
{
	uint64_t deadline_ms = deadline_of(timeout);
	int before = count_pending(list, count);
	if (!before)
		return EAI_ALLDONE;
	for (;;) {
		uint32_t seen = atomic_load(&answers);
		if (count_pending(list, count) < before)
			return 0;
		int error = world.wait(&answers, seen, deadline_ms);
		if (error == -EINTR)
			return EAI_INTR;
		if (error == -ETIMEDOUT)
			return EAI_SYSTEM;
	}
}

int hook_gai_cancel(struct gaicb *request)
{
	int answer = EAI_ALLDONE;
	pthread_once(&once, set_up);
	lock_batches();
	if (state_of(request) == EAI_INPROGRESS)
		answer = EAI_NOTCANCELED;
	for (struct batch *batch = batches; batch; batch = batch->next)
		for (int i = batch->at; i < batch->count; i++)
			if (batch->requests[i] == request) {
				batch->requests[i] = NULL;
				settle(request, EAI_CANCELED);
				answer = EAI_CANCELED;
			}
	unlock_batches();
	return answer;
}
