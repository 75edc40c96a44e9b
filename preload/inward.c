#include "preload/arrival.h"

#include <errno.h>
#include <poll.h>
#include <sys/time.h>

#include "core/raw.h"
#include "preload/error_queue.h"
#include "preload/real.h"
#include "preload/scratch.h"
#include "preload/told.h"
#include "preload/user_memory.h"

bool inward_of_message(struct inward *inward, struct msghdr *message, int flags)
{
	size_t total;
	if ((int)message->msg_namelen < 0 || !user_pieces_are_sound(message->msg_iov, message->msg_iovlen, &total))
		return false;
	*inward = (struct inward){
	    .pieces = message->msg_iov,
	    .count = message->msg_iovlen,
	    .capacity = total,
	    .from = message->msg_name,
	    .from_size = &message->msg_namelen,
	    .whole = true,
	    .control = message->msg_control,
	    .control_size = message->msg_control ? message->msg_controllen : 0,
	    .flags = flags,
	};
	return true;
}

void inward_store_message(const struct inward *inward, struct msghdr *message)
{
	message->msg_controllen = inward->control_size;
	message->msg_flags = inward->message_flags | (inward->flags & MSG_CMSG_CLOEXEC);
}

static uint64_t receive_limit(int fd)
{
	struct timeval limit = {0};
	socklen_t size = sizeof limit;
	raw_call(SYS_getsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &size);
	return (uint64_t)limit.tv_sec * 1000 + (uint64_t)limit.tv_usec / 1000;
}

/* After a dropped datagram the call goes on for the rest of its time. */
static enum arriving wait_for_the_rest(struct arrival *arrival)
{
	uint64_t limit = arrival->started_ms ? receive_limit(arrival->fd) : 0;
	if (!limit || !cover_may_wait(arrival->fd, arrival->inward->flags))
		return ARRIVING_AGAIN;
	uint64_t spent = negotiator.world->now_ms() - arrival->started_ms;
	if (spent >= limit)
		return arrival_fail(EAGAIN);
	uint64_t rest = limit - spent;
	struct timespec left = {.tv_sec = (time_t)(rest / 1000), .tv_nsec = (long)(rest % 1000) * 1000000};
	struct pollfd readable = {.fd = arrival->fd, .events = POLLIN};
	int answer = ppoll(&readable, 1, &left, NULL); /* libc's: a cancellation point, as the receive is */
	arrival->polled = true;
	if (answer < 0 && errno == EINTR)
		return ARRIVING_FAILED;
	return answer == 0 ? arrival_fail(EAGAIN) : ARRIVING_AGAIN;
}

static enum arriving drop(struct arrival *arrival)
{
	if (arrival->inward->flags & MSG_PEEK) { /* it is still there */
		uint8_t nothing;
		real.recvfrom(arrival->fd, &nothing, 0, MSG_DONTWAIT, NULL, NULL);
		if (arrival->view.flags & VIEW_BACKLOG)
			engine_backlog_taken(&negotiator, arrival->handle);
	}
	return wait_for_the_rest(arrival);
}

/* Somebody else has taken what was counted: it must not be taken for what comes next. */
static enum arriving see_it_empty(struct arrival *arrival)
{
	engine_backlog_over(&negotiator, arrival->handle);
	return arrival_look(arrival) ? ARRIVING_AGAIN : arrival_fail(EBADF);
}

static enum arriving take(struct arrival *arrival, ssize_t got)
{
	if (got < 0)
		return arrival_failed(arrival, (int)-got);
	arrival->length = (size_t)got;
	enum arriving step = arrival_judge(arrival);
	if (step == ARRIVING_AGAIN)
		return drop(arrival);
	return step == ARRIVING_TAKEN ? arrival_deliver(arrival) : step;
}

static enum arriving receive_once(struct arrival *arrival)
{
	bool backlog = arrival->view.flags & VIEW_BACKLOG;
	ssize_t got = arrival_take(arrival, arrival->polled || backlog ? MSG_DONTWAIT : 0);
	if (got == -EAGAIN && backlog)
		return see_it_empty(arrival);
	if (got == -EAGAIN && arrival->polled)
		return wait_for_the_rest(arrival);
	return take(arrival, got);
}

static enum arriving receive(struct arrival *arrival)
{
	SCRATCH(scratch);
	bool joins = arrival->view.flags & VIEW_JOINS;
	bool told = joins || (arrival->inward->whole && arrival_is_told_otherwise(arrival));
	size_t capacity = arrival->inward->capacity;
	bool offset = arrival->view.flags & VIEW_PEEKING && !arrival->inward->foremost;
	bool peeks = offset && arrival->inward->flags & MSG_PEEK;
	arrival->room = (capacity < ARRIVAL_MAX && !peeks && !joins ? capacity : ARRIVAL_MAX) + HEADER_SIZE_MAX;
	size_t control_at = (arrival->room + sizeof(struct cmsghdr)) / sizeof(struct cmsghdr) * sizeof(struct cmsghdr);
	scratch_take(&scratch, told ? control_at + TOLD_ROOM : arrival->room);
	if (!scratch.at)
		return arrival_fail(ENOBUFS);
	arrival->bytes = scratch.at;
	arrival->control = told ? scratch.at + control_at : NULL;
	enum arriving step;
	do
		step = peeks ? inward_peek(arrival) : receive_once(arrival);
	while (step == ARRIVING_AGAIN);
	if (offset && !peeks && step == ARRIVING_TAKEN)
		inward_took(arrival);
	return step;
}

/* One datagram out and one in are all that many a socket ever sees: the thread is not made for those. */
static bool has_been_answered(const struct arrival *arrival)
{
	return !atomic_load_explicit(&cover_flow(arrival->handle)->unanswered, memory_order_relaxed);
}

static bool answer(const struct arrival *arrival, enum arriving step, int saved, ssize_t *got)
{
	if (step == ARRIVING_KERNEL)
		return false;
	if (step == ARRIVING_TAKEN)
		errno = saved;
	*got = step == ARRIVING_TAKEN ? (ssize_t)arrival->length : -1;
	return true;
}

bool inward_receive_rest(const struct inward_look *look, struct inward *inward, const struct inward_came *came,
			 ssize_t *got)
{
	struct arrival arrival;
	enum arriving step;
	int saved = errno;
	arrival_begin(&arrival, look->fd, look->handle, inward);
	if (!arrival_glance(&arrival)) { /* closed by another thread meanwhile */
		step = arrival_fail(came->length < 0 ? (int)-came->length : EBADF);
	} else {
		arrival.sequence = look->sequence;
		arrival.bytes = came->bytes;
		arrival.room = came->room;
		arrival.anonymous = true;
		arrival.from_size = 0;
		arrival.control_size = 0;
		arrival.message_flags = 0;
		step = take(&arrival, came->length);
	}
	if (step == ARRIVING_AGAIN)
		step = receive(&arrival);
	return answer(&arrival, step, saved, got);
}

bool inward_receive(int fd, flow_handle handle, struct inward *inward, ssize_t *got)
{
	struct arrival arrival;
	int saved = errno;
	arrival_begin(&arrival, fd, handle, inward);
	if (inward->flags & MSG_ERRQUEUE)
		return error_queue_take(&arrival, got);
	if (!arrival_glance(&arrival))
		return false;
	if (arrival.view.flags & VIEW_YOUNG && has_been_answered(&arrival) && process_is_ours())
		engine_watch(&negotiator, handle);
	int error = arrival_is_to_be_told(&arrival) ? engine_take_error(&negotiator, handle) : 0;
	if (arrival.view.flags & VIEW_TIMED)
		arrival.started_ms = negotiator.world->now_ms();
	return answer(&arrival, error ? arrival_fail(error) : receive(&arrival), saved, got);
}

size_t inward_next_size(int fd, flow_handle handle)
{
	int saved = errno;
	ssize_t got;
	struct inward peek = {.foremost = true, .flags = MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT};
	if (!inward_receive(fd, handle, &peek, &got) || got < 0)
		got = 0;
	errno = saved;
	return (size_t)got;
}
