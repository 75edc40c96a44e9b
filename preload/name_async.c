/* getaddrinfo_a and its kin. libc answers such requests in threads of its own, out of any hook's sight; so here each
 * call has a thread of ours, which looks the names up one after the other, as any thread of the program would.
 *
 * gai_error reads the state that is kept in the request itself, as it is here. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "preload/hooks.h"
#include "preload/process.h"

struct batch {
	struct batch *next;
	pid_t process;
	struct sigevent notification;
	int count;
	int at; /* the first that nobody has begun with */
	struct gaicb *requests[];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered; /* on the monotonic clock */
static struct batch *batches;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void lock_batches(void)
{
	pthread_mutex_lock(&mutex);
}

static void unlock_batches(void)
{
	pthread_mutex_unlock(&mutex);
}

static void make_condition(void)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&answered, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* The threads are the parent's, and so is what they are at. */
static void begin_again(void)
{
	make_condition();
	batches = NULL;
	pthread_mutex_init(&mutex, NULL);
}

static void set_up(void)
{
	make_condition();
	pthread_atfork(lock_batches, unlock_batches, begin_again);
}

static int state_of(const struct gaicb *request)
{
	return __atomic_load_n(&request->__return, __ATOMIC_ACQUIRE);
}

static void settle(struct gaicb *request, int answer)
{
	lock_batches();
	__atomic_store_n(&request->__return, answer, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&answered);
	unlock_batches();
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

static void notify(const struct batch *batch)
{
	const struct sigevent *notification = &batch->notification;
	if (notification->sigev_notify == SIGEV_SIGNAL)
		sigqueue(batch->process, notification->sigev_signo, notification->sigev_value);
	else if (notification->sigev_notify == SIGEV_THREAD && notification->sigev_notify_function)
		notification->sigev_notify_function(notification->sigev_value);
}

static void *work(void *argument)
{
	struct batch *batch = argument;
	struct gaicb *request;
	while ((request = take(batch))) {
		int answer =
		    hook_getaddrinfo(request->ar_name, request->ar_service, request->ar_request, &request->ar_result);
		settle(request, answer);
	}
	unlink_batch(batch);
	notify(batch);
	free(batch);
	return NULL;
}

static bool start(struct batch *batch)
{
	pthread_t thread;
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	uint64_t mask = negotiator.world->block_signals();
	int error = pthread_create(&thread, &attributes, work, batch);
	negotiator.world->restore_signals(mask);
	pthread_attr_destroy(&attributes);
	return error == 0;
}

static struct batch *compose(struct gaicb *list[], int count)
{
	struct batch *batch = calloc(1, sizeof *batch + (size_t)count * sizeof *batch->requests);
	if (!batch)
		return NULL;
	batch->notification.sigev_notify = SIGEV_NONE;
	for (int i = 0; i < count; i++)
		if (list[i]) {
			batch->requests[batch->count++] = list[i];
			list[i]->ar_result = NULL;
			__atomic_store_n(&list[i]->__return, EAI_INPROGRESS, __ATOMIC_RELEASE);
		}
	batch->process = negotiator.world->process();
	return batch;
}

static int hand_over(struct batch *batch)
{
	lock_batches();
	batch->next = batches;
	batches = batch;
	unlock_batches();
	if (start(batch))
		return 0;
	unlink_batch(batch);
	for (int i = 0; i < batch->count; i++)
		settle(batch->requests[i], EAI_AGAIN);
	free(batch);
	return EAI_AGAIN;
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
	if (mode == GAI_WAIT) {
		work(batch);
		return 0;
	}
	if (notification)
		batch->notification = *notification;
	return hand_over(batch);
}

/* EAI_ALLDONE: none is under way; 0: one of them has its answer; EAI_INPROGRESS: all are to be waited for. */
static int look(const struct gaicb *const list[], int count, int *pending)
{
	int done = EAI_ALLDONE;
	for (int i = 0; i < count; i++) {
		if (!list[i])
			continue;
		if (state_of(list[i]) != EAI_INPROGRESS)
			continue;
		++*pending;
		done = EAI_INPROGRESS;
	}
	return done;
}

static struct timespec until(const struct timespec *timeout)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += timeout->tv_sec + (at.tv_nsec + timeout->tv_nsec) / 1000000000;
	at.tv_nsec = (at.tv_nsec + timeout->tv_nsec) % 1000000000;
	return at;
}

/* Returns once one of those that were under way has its answer. */
static int wait_for_one(const struct gaicb *const list[], int count, const struct timespec *timeout)
{
	struct timespec at = timeout ? until(timeout) : (struct timespec){0};
	int before = 0, error = 0;
	int answer = look(list, count, &before);
	while (answer == EAI_INPROGRESS && !error) {
		int now = 0;
		error = timeout ? pthread_cond_timedwait(&answered, &mutex, &at) : pthread_cond_wait(&answered, &mutex);
		look(list, count, &now);
		if (now < before)
			return 0;
	}
	return error ? EAI_AGAIN : answer;
}

int hook_gai_suspend(const struct gaicb *const list[], int count, const struct timespec *timeout)
{
	pthread_once(&once, set_up);
	lock_batches();
	int answer = wait_for_one(list, count, timeout);
	unlock_batches();
	return answer;
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
				__atomic_store_n(&request->__return, EAI_CANCELED, __ATOMIC_RELEASE);
				answer = EAI_CANCELED;
			}
	pthread_cond_broadcast(&answered);
	unlock_batches();
	return answer;
}
