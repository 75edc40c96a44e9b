#include "preload/inward.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>

#include "core/incoming.h"
#include "core/raw.h"
#include "preload/kernel.h"
#include "preload/real.h"
#include "preload/scratch.h"
#include "preload/user_memory.h"

enum { DATAGRAM_MAX = 65535 };

/* One call on its way. */
struct arrival {
	int fd;
	flow_handle handle;
	struct flow *flow;
	struct inward *inward;
	struct view view;
	struct incoming incoming;
	struct scratch *scratch;
	union socket_address from; /* as the kernel says */
	socklen_t from_size;
	size_t length; /* of the datagram, however much of it there was room for */
	size_t control_size;
	int message_flags;
	bool anonymous;      /* the kernel was not asked whom it came from: it can only be the relay */
	uint64_t started_ms; /* 0: no time limit is known of */
	bool polled;         /* a datagram was dropped, and the rest of the time has been waited for */
};

enum step { STEP_KERNEL, STEP_AGAIN, STEP_TAKEN, STEP_FAILED };

static enum step fail(int error)
{
	errno = error;
	return STEP_FAILED;
}

static bool look(struct arrival *arrival)
{
	return flow_read(arrival->flow, handle_generation(arrival->handle), &arrival->view);
}

/* A kernel reports an error to a receiver only where the socket is connected. */
static bool is_to_be_told(const struct arrival *arrival)
{
	return arrival->view.flags & VIEW_UNTOLD && view_is_connected(&arrival->view);
}

/* Errors that the kernel reports because the socket is connected to the relay, or to the guard. */
static bool is_of_the_relay(int error)
{
	return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN ||
	       error == ENETDOWN || error == ENOPROTOOPT || error == EPROTO || error == EMSGSIZE;
}

static enum step receiving_failed(struct arrival *arrival, int error)
{
	if (error == ENOTSOCK) {
		cover_forget(arrival->fd);
		return STEP_KERNEL;
	}
	if (!is_of_the_relay(error) || !look(arrival))
		return fail(error);
	if (!view_is_held(&arrival->view))
		return fail(error);
	if (is_to_be_told(arrival) && (error = engine_take_error(&negotiator, arrival->handle)))
		return fail(error);
	if (error == ECONNREFUSED)
		engine_refused(&negotiator, arrival->handle);
	return STEP_AGAIN;
}

/* The kernel need not say whom it came from. A relative may have connected the socket elsewhere. */
static bool is_from_the_relay(const struct arrival *arrival)
{
	return arrival->view.flags & VIEW_SETTLED &&
	       !atomic_load_explicit(&process_has_relatives, memory_order_relaxed);
}

/* MSG_TRUNC makes the kernel answer the datagram's whole length. recvfrom is the cheaper call, where nothing but the
 * address is asked for. Answers a negative errno. */
static ssize_t take(struct arrival *arrival, int flags)
{
	const struct inward *inward = arrival->inward;
	struct scratch *scratch = arrival->scratch;
	size_t room = inward->capacity + HEADER_SIZE_MAX;
	if (room > scratch->size)
		room = scratch->size;
	arrival->anonymous = is_from_the_relay(arrival);
	arrival->from_size = arrival->anonymous ? 0 : sizeof arrival->from;
	arrival->message_flags = 0;
	struct sockaddr *from = arrival->anonymous ? NULL : &arrival->from.any;
	flags |= inward->flags | MSG_TRUNC;
	if (!inward->whole)
		return kernel_receive(arrival->fd, scratch->at, room, flags, from, from ? &arrival->from_size : NULL);
	struct iovec piece = {.iov_base = scratch->at, .iov_len = room};
	struct msghdr message = {.msg_name = from,
				 .msg_namelen = arrival->from_size,
				 .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = inward->control,
				 .msg_controllen = inward->control_size};
	ssize_t got = kernel_receive_message(arrival->fd, &message, flags);
	arrival->from_size = from ? message.msg_namelen : 0;
	arrival->control_size = message.msg_controllen;
	arrival->message_flags = message.msg_flags & ~MSG_TRUNC;
	return got;
}

static uint64_t receive_limit(int fd)
{
	struct timeval limit = {0};
	socklen_t size = sizeof limit;
	raw_call(SYS_getsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &size);
	return (uint64_t)limit.tv_sec * 1000 + (uint64_t)limit.tv_usec / 1000;
}

/* After a dropped datagram the call goes on for the rest of its time. */
static enum step wait_for_the_rest(struct arrival *arrival)
{
	uint64_t limit = arrival->started_ms ? receive_limit(arrival->fd) : 0;
	if (!limit || !cover_may_wait(arrival->fd, arrival->inward->flags))
		return STEP_AGAIN;
	uint64_t spent = negotiator.world->now_ms() - arrival->started_ms;
	if (spent >= limit)
		return fail(EAGAIN);
	uint64_t rest = limit - spent;
	struct timespec left = {.tv_sec = (time_t)(rest / 1000), .tv_nsec = (long)(rest % 1000) * 1000000};
	struct pollfd readable = {.fd = arrival->fd, .events = POLLIN};
	long answer = raw_call(SYS_ppoll, &readable, 1L, &left, 0L, 8L);
	arrival->polled = true;
	if (answer == -EINTR)
		return fail(EINTR);
	return answer == 0 ? fail(EAGAIN) : STEP_AGAIN;
}

static enum statistic dropped_as(enum incoming_verdict verdict)
{
	switch (verdict) {
	case INCOMING_STRANGER:
		return STATISTIC_STRANGER;
	case INCOMING_OTHER:
		return STATISTIC_OTHER;
	case INCOMING_FOREIGN:
		return STATISTIC_FOREIGN;
	case INCOMING_RELAYED:
	case INCOMING_DIRECT:
	case INCOMING_MALFORMED:
		break;
	}
	return STATISTIC_MALFORMED;
}

static enum step drop(struct arrival *arrival)
{
	statistics_add(&negotiator.statistics, dropped_as((enum incoming_verdict)arrival->incoming.verdict), 1);
	if (arrival->inward->flags & MSG_PEEK) { /* it is still there */
		uint8_t nothing;
		real.recvfrom(arrival->fd, &nothing, 0, MSG_DONTWAIT, NULL, NULL);
	}
	return wait_for_the_rest(arrival);
}

/* Whoever writes to a bound socket directly is answered directly. */
static void note_correspondent(struct arrival *arrival)
{
	if (!(arrival->view.flags & VIEW_BOUND) || arrival->view.link != LINK_NONE)
		return;
	struct correspondents *known = atomic_load_explicit(&arrival->flow->correspondents, memory_order_acquire);
	if (!(arrival->view.flags & VIEW_OPEN) || !known)
		engine_heard(&negotiator, arrival->handle, &arrival->incoming.source);
	else
		correspondents_add(known, &arrival->incoming.source);
}

static int store_source(struct arrival *arrival)
{
	struct inward *inward = arrival->inward;
	union socket_address source;
	socklen_t size;
	if (arrival->incoming.verdict == INCOMING_DIRECT)
		return user_store_address(inward->from, inward->from_size, &arrival->from, arrival->from_size);
	memset(&source, 0, sizeof source);
	if (endpoint_to_sockaddr(&arrival->incoming.source, arrival->view.family, &source, &size) != OUTCOME_OK)
		return EAFNOSUPPORT;
	return user_store_address(inward->from, inward->from_size, &source, size);
}

static enum step deliver(struct arrival *arrival)
{
	struct inward *inward = arrival->inward;
	size_t payload = arrival->length - arrival->incoming.header_length;
	size_t part = payload < inward->capacity ? payload : inward->capacity;
	const uint8_t *bytes = arrival->scratch->at + arrival->incoming.header_length;
	if (!user_scatter(inward->pieces, inward->count, bytes, part))
		return fail(EFAULT);
	int error = store_source(arrival);
	if (error)
		return fail(error);
	inward->control_size = arrival->control_size;
	inward->message_flags = arrival->message_flags | (payload > inward->capacity ? MSG_TRUNC : 0);
	arrival->length = inward->flags & MSG_TRUNC ? payload : part;
	if (!(inward->flags & MSG_PEEK))
		statistics_datagram(&negotiator.statistics,
				    arrival->incoming.verdict == INCOMING_DIRECT ? STATISTIC_RECEIVED_DIRECT
										 : STATISTIC_RECEIVED_RELAYED,
				    payload);
	return STEP_TAKEN;
}

/* A process that shares the socket since a fork may have connected it to a relay of its own, of which this one knows
 * nothing: what comes from where the kernel's socket is connected comes from a relay, unless it is the direct peer. */
static bool is_relay_of_relatives(const struct arrival *arrival, const struct endpoint *from)
{
	union socket_address peer;
	socklen_t size = sizeof peer;
	struct endpoint connected;
	return atomic_load_explicit(&process_has_relatives, memory_order_relaxed) && arrival->view.link != LINK_PEER &&
	       raw_call(SYS_getpeername, arrival->fd, &peer, &size) == 0 &&
	       endpoint_from_sockaddr(&connected, &peer.any, size) == OUTCOME_OK && endpoint_equal(&connected, from);
}

static bool is_unknown(const struct arrival *arrival)
{
	return arrival->incoming.verdict == INCOMING_DIRECT || arrival->incoming.verdict == INCOMING_STRANGER;
}

static void judge_named(struct arrival *arrival, size_t held)
{
	struct endpoint from = {0};
	const uint8_t *bytes = arrival->scratch->at;
	endpoint_from_sockaddr(&from, &arrival->from.any, arrival->from_size);
	bool former = former_relays_have(&arrival->flow->former_relays, &from);
	incoming_judge(&arrival->incoming, &arrival->view, &from, former, bytes, held);
	if (is_unknown(arrival) && is_relay_of_relatives(arrival, &from))
		incoming_judge(&arrival->incoming, &arrival->view, &from, true, bytes, held);
	if (arrival->incoming.verdict == INCOMING_DIRECT && arrival->view.link != LINK_PEER &&
	    correspondents_have(negotiator.relays, &from)) /* meant for a socket that had this port before */
		arrival->incoming.verdict = INCOMING_STRANGER;
	if (arrival->incoming.verdict == INCOMING_RELAYED && arrival->view.link == LINK_RELAY &&
	    !(arrival->inward->flags & MSG_PEEK))
		engine_settled(&negotiator, arrival->handle, &from);
}

static enum step judge(struct arrival *arrival)
{
	size_t held = arrival->length < arrival->scratch->size ? arrival->length : arrival->scratch->size;
	if (arrival->anonymous)
		incoming_judge_relayed(&arrival->incoming, &arrival->view, arrival->scratch->at, held);
	else if (look(arrival)) /* it may be that it was sent to, and with that connected, only after the call began */
		judge_named(arrival, held);
	else /* closed by another thread meanwhile: whatever it was, it is not ours any more */
		return fail(EBADF);
	if (incoming_is_dropped(&arrival->incoming))
		return drop(arrival);
	if (arrival->incoming.verdict == INCOMING_DIRECT)
		note_correspondent(arrival);
	return deliver(arrival);
}

/* No octets, and no address that would tell a datagram from the end. */
static bool is_shut(const struct arrival *arrival)
{
	struct pollfd look = {.fd = arrival->fd, .events = POLLRDHUP};
	struct timespec at_once = {0};
	return raw_call(SYS_ppoll, &look, 1L, &at_once, 0L, 8L) == 1 && look.revents & POLLRDHUP;
}

static enum step receive_once(struct arrival *arrival)
{
	ssize_t got = take(arrival, arrival->polled ? MSG_DONTWAIT : 0);
	if (got == -EAGAIN && arrival->polled)
		return wait_for_the_rest(arrival);
	if (got < 0)
		return receiving_failed(arrival, (int)-got);
	arrival->length = (size_t)got;
	if (arrival->anonymous ? got == 0 && is_shut(arrival) : arrival->from_size == 0) {
		arrival->incoming = (struct incoming){.verdict = INCOMING_DIRECT};
		return deliver(arrival);
	}
	return judge(arrival);
}

/* The error queue of a relayed socket speaks of the relay, in datagrams that the program never sent. */
static bool take_error_queue(struct arrival *arrival, ssize_t *got)
{
	if (!look(arrival) || !view_is_held(&arrival->view))
		return false;
	uint8_t nothing;
	while (real.recvfrom(arrival->fd, &nothing, 0, MSG_ERRQUEUE | MSG_DONTWAIT, NULL, NULL) >= 0)
		;
	errno = EAGAIN;
	*got = -1;
	return true;
}

bool inward_receive(int fd, flow_handle handle, struct inward *inward, ssize_t *got)
{
	SCRATCH(scratch);
	struct arrival arrival = {.fd = fd, .handle = handle, .flow = cover_flow(handle), .inward = inward};
	int saved = errno;
	if (inward->flags & MSG_ERRQUEUE)
		return take_error_queue(&arrival, got);
	size_t capacity = inward->capacity < DATAGRAM_MAX ? inward->capacity : DATAGRAM_MAX;
	scratch_take(&scratch, capacity + HEADER_SIZE_MAX);
	arrival.scratch = &scratch;
	if (!look(&arrival))
		return false;
	if (!scratch.at) {
		errno = ENOBUFS;
		*got = -1;
		return true;
	}
	if (arrival.view.flags & VIEW_UNWATCHED && process_is_ours())
		engine_watch(&negotiator);
	int error = is_to_be_told(&arrival) ? engine_take_error(&negotiator, handle) : 0;
	if (error) {
		errno = error;
		*got = -1;
		return true;
	}
	if (arrival.view.flags & VIEW_TIMED)
		arrival.started_ms = negotiator.world->now_ms();
	enum step step;
	do
		step = receive_once(&arrival);
	while (step == STEP_AGAIN);
	if (step == STEP_KERNEL)
		return false;
	if (step == STEP_TAKEN)
		errno = saved;
	*got = step == STEP_TAKEN ? (ssize_t)arrival.length : -1;
	return true;
}

size_t inward_next_size(int fd, flow_handle handle)
{
	int saved = errno;
	ssize_t got;
	struct inward peek = {.flags = MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT};
	if (!inward_receive(fd, handle, &peek, &got) || got < 0)
		got = 0;
	errno = saved;
	return (size_t)got;
}
