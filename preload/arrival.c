#include "preload/arrival.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "core/raw.h"
#include "preload/joined.h"
#include "preload/kernel.h"
#include "preload/plain.h"
#include "preload/relatives.h"
#include "preload/socket_number.h"
#include "preload/told.h"
#include "preload/user_memory.h"
#include "preload/way_error.h"
#include "preload/witness.h"

enum arriving arrival_fail(int error)
{
	errno = error;
	return ARRIVING_FAILED;
}

bool arrival_look(struct arrival *arrival)
{
	arrival->sequence = atomic_load_explicit(&arrival->flow->sequence, memory_order_acquire);
	return flow_read(arrival->flow, handle_generation(arrival->handle), &arrival->view);
}

/* A kernel reports an error to a receiver only where the socket is connected. */
bool arrival_is_to_be_told(const struct arrival *arrival)
{
	return arrival->view.flags & VIEW_UNTOLD && view_is_connected(&arrival->view);
}

/* What is told of the way is told of the relay, or of the guard. */
enum arriving arrival_failed(struct arrival *arrival, int error)
{
	if (error == ENOTSOCK) {
		cover_forget(arrival->fd);
		return ARRIVING_KERNEL;
	}
	if (!is_way_error(error) || !arrival_look(arrival))
		return arrival_fail(error);
	if (!relatives_hear_of_relay(arrival->flow, &arrival->view))
		return arrival_fail(error);
	if (arrival_is_to_be_told(arrival) && (error = engine_take_error(&negotiator, arrival->handle)))
		return arrival_fail(error);
	engine_told(&negotiator, arrival->handle, error);
	return ARRIVING_AGAIN;
}

/* MSG_TRUNC makes the kernel answer the datagram's whole length. recvfrom is the cheaper call, where nothing but the
 * address is asked for. */
ssize_t arrival_take(struct arrival *arrival, int flags)
{
	const struct inward *inward = arrival->inward;
	arrival->anonymous = arrival_is_from_the_relay(&arrival->view);
	arrival->from_size = arrival->anonymous ? 0 : sizeof arrival->from;
	arrival->message_flags = 0;
	struct sockaddr *from = arrival->anonymous ? NULL : &arrival->from.any;
	flags |= inward->flags | MSG_TRUNC;
	if (!inward->whole && !arrival->control)
		return kernel_receive(arrival->fd, arrival->bytes, arrival->room, flags, from,
				      from ? &arrival->from_size : NULL);
	struct iovec piece = {.iov_base = arrival->bytes, .iov_len = arrival->room};
	struct msghdr message = {.msg_name = from,
				 .msg_namelen = arrival->from_size,
				 .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = arrival->control ? arrival->control : inward->control,
				 .msg_controllen = arrival->control ? TOLD_ROOM : inward->control_size};
	ssize_t got = kernel_receive_message(arrival->fd, &message, flags);
	arrival->from_size = from ? message.msg_namelen : 0;
	arrival->control_size = message.msg_controllen;
	arrival->message_flags = message.msg_flags & ~MSG_TRUNC;
	arrival->segment = got >= 0 && arrival->control ? joined_segment(&message) : 0;
	return got;
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

static bool is_correspondent(const struct arrival *arrival, const struct endpoint *from)
{
	return correspondents_have(atomic_load_explicit(&arrival->flow->correspondents, memory_order_acquire), from);
}

static bool is_unknown(const struct arrival *arrival)
{
	return arrival->incoming.verdict == INCOMING_DIRECT || arrival->incoming.verdict == INCOMING_STRANGER;
}

/* It came when the program was connected to another peer, or to none. Joined ones were counted as one. */
static void judge_by_backlog(struct arrival *arrival)
{
	if (arrival->view.flags & VIEW_BACKLOG && !arrival->follows)
		engine_backlog(&negotiator, arrival->handle, arrival->behind, &arrival->view);
}

static void leave_backlog(const struct arrival *arrival)
{
	if (arrival->view.flags & VIEW_BACKLOG && !arrival->follows && !(arrival->inward->flags & MSG_PEEK))
		engine_backlog_taken(&negotiator, arrival->handle);
}

static void judge_anonymous(struct arrival *arrival, size_t held)
{
	judge_by_backlog(arrival);
	leave_backlog(arrival);
	incoming_judge_relayed(&arrival->incoming, &arrival->view, arrival->bytes, held);
}

/* To one of a group of sockets that share a port the kernel gives what is meant for any of them, and to a process what
 * a relative of its has been answered on the same socket. Else it was meant for a socket that had this port before. */
static void judge_other_relay(struct arrival *arrival, const struct endpoint *from, size_t held)
{
	if (relatives_had_relay(arrival->fd, from) || socket_number(arrival->fd, SOL_SOCKET, SO_REUSEPORT) ||
	    socket_number(arrival->fd, SOL_SOCKET, SO_REUSEADDR))
		incoming_judge(&arrival->incoming, &arrival->view, from, true, arrival->bytes, held);
	else
		arrival->incoming.verdict = INCOMING_STRANGER;
}

/* Of a group of sockets that share a port some may be another process's, of whose relays this one knows nothing but
 * where they are. What looks like a relay's there, is one's. */
static void judge_unknown_relay(struct arrival *arrival, const struct endpoint *from, size_t held)
{
	struct incoming judged;
	if (incoming_judge_group(&judged, &arrival->view, arrival->bytes, held) &&
	    socket_number(arrival->fd, SOL_SOCKET, SO_REUSEPORT) && engine_is_host_of_relays(&negotiator, from))
		arrival->incoming = judged;
}

static void judge_named(struct arrival *arrival, size_t held)
{
	struct endpoint from = {0};
	const uint8_t *bytes = arrival->bytes;
	judge_by_backlog(arrival);
	leave_backlog(arrival);
	endpoint_from_sockaddr(&from, &arrival->from.any, arrival->from_size);
	bool former = former_relays_have(&arrival->flow->former_relays, &from);
	incoming_judge(&arrival->incoming, &arrival->view, &from, former, bytes, held);
	if (is_unknown(arrival) && !is_correspondent(arrival, &from) &&
	    relatives_relay_by(arrival->fd, &arrival->view, &from))
		incoming_judge(&arrival->incoming, &arrival->view, &from, true, bytes, held);
	if (is_unknown(arrival) && arrival->view.link == LINK_NONE) {
		if (correspondents_have(negotiator.relays, &from))
			judge_other_relay(arrival, &from, held);
		else if (!is_correspondent(arrival, &from))
			judge_unknown_relay(arrival, &from, held);
	}
	if (arrival->incoming.verdict == INCOMING_RELAYED && arrival->view.link == LINK_RELAY &&
	    !(arrival->view.flags & VIEW_SETTLED) && !(arrival->inward->flags & MSG_PEEK))
		engine_settled(&negotiator, arrival->handle, &from);
}

/* No octets, and no address that would tell a datagram from the end. */
static bool is_shut(const struct arrival *arrival)
{
	struct pollfd look = {.fd = arrival->fd, .events = POLLRDHUP};
	struct timespec at_once = {0};
	return raw_call(SYS_ppoll, &look, 1L, &at_once, 0L, 8L) == 1 && look.revents & POLLRDHUP;
}

/* It may have been connected anew while the call waited. It was open for a moment then, in which a stranger would have
 * had to hit upon it; one who can do that does better to send in the relay's name at any time. */
static bool is_connected_still(struct arrival *arrival)
{
	if (atomic_load_explicit(&arrival->flow->sequence, memory_order_acquire) == arrival->sequence)
		return true;
	return arrival_look(arrival) && arrival->view.flags & VIEW_SETTLED;
}

/* Then arrival->incoming is what judging it would make of it. */
static bool is_plain(struct arrival *arrival, size_t held)
{
	struct incoming *incoming = &arrival->incoming;
	incoming->verdict = INCOMING_RELAYED;
	incoming->header_length = HEADER_SIZE_IPV4;
	return arrival->anonymous && !(arrival->view.flags & VIEW_BACKLOG) &&
	       plain_take_source(arrival->bytes, held, &arrival->view, &incoming->source) &&
	       plain_is_still(arrival->flow, arrival->sequence);
}

enum arriving arrival_judge_one(struct arrival *arrival)
{
	size_t held = arrival->length < arrival->room ? arrival->length : arrival->room;
	if (is_plain(arrival, held))
		return ARRIVING_TAKEN;
	if (arrival->anonymous ? arrival->length == 0 && is_shut(arrival) : arrival->from_size == 0) {
		arrival->incoming = (struct incoming){.verdict = INCOMING_DIRECT}; /* the end, and no datagram */
		return ARRIVING_TAKEN;
	}
	if (arrival->anonymous && !is_connected_still(arrival))
		arrival->incoming.verdict = INCOMING_STRANGER;
	else if (arrival->anonymous)
		judge_anonymous(arrival, held);
	else if (arrival->follows || arrival_look(arrival)) /* it may have been connected only after the call began */
		judge_named(arrival, held);
	else /* closed by another thread meanwhile: whatever it was, it is not ours any more */
		return arrival_fail(EBADF);
	struct alias_memory *aliases = atomic_load_explicit(&arrival->flow->aliases, memory_order_acquire);
	if (aliases)
		alias_memory_judge(aliases, &arrival->incoming, &arrival->view, arrival->bytes, held);
	if (incoming_is_dropped(&arrival->incoming)) {
		statistics_add(&negotiator.statistics, dropped_as((enum incoming_verdict)arrival->incoming.verdict), 1);
		return ARRIVING_AGAIN;
	}
	if (arrival->incoming.verdict == INCOMING_DIRECT)
		note_correspondent(arrival);
	else if (incoming_lacks_scope(&arrival->incoming))
		incoming_give_scope(&arrival->incoming,
				    atomic_load_explicit(&arrival->flow->scope, memory_order_relaxed));
	return ARRIVING_TAKEN;
}

enum arriving arrival_judge(struct arrival *arrival)
{
	return arrival->control ? joined_judge(arrival) : arrival_judge_one(arrival);
}

static int store_source(struct arrival *arrival)
{
	struct inward *inward = arrival->inward;
	union socket_address source;
	socklen_t size;
	if (!inward->from)
		return 0;
	if (arrival->incoming.verdict == INCOMING_DIRECT)
		return user_store_address(inward->from, inward->from_size, &arrival->from, arrival->from_size);
	memset(&source, 0, sizeof source);
	if (endpoint_to_sockaddr(&arrival->incoming.source, arrival->view.family, &source, &size) != OUTCOME_OK)
		return EAFNOSUPPORT;
	return user_store_address(inward->from, inward->from_size, &source, size);
}

static void tell(struct arrival *arrival)
{
	const struct inward *inward = arrival->inward;
	struct told told = {.bytes = arrival->control,
			    .size = arrival->control_size,
			    .segment = arrival->segment,
			    .marks = arrival->view.marks & MARKS_TOLD,
			    .ipv6 = arrival->incoming.source.kind == ENDPOINT_IPV6};
	arrival->control_size = told_store(&told, inward->control, inward->control_size, &arrival->message_flags);
}

enum arriving arrival_deliver(struct arrival *arrival)
{
	struct inward *inward = arrival->inward;
	size_t payload = arrival->length - arrival->incoming.header_length;
	size_t rest = payload - arrival->skip;
	size_t part = rest < inward->capacity ? rest : inward->capacity;
	const uint8_t *bytes = arrival->bytes + arrival->incoming.header_length + arrival->skip;
	if (!user_scatter(inward->pieces, inward->count, bytes, part))
		return arrival_fail(EFAULT);
	int error = store_source(arrival);
	if (error)
		return arrival_fail(error);
	if (arrival->control)
		tell(arrival);
	inward->control_size = arrival->control_size;
	inward->message_flags = arrival->message_flags | (part == inward->capacity && part < payload ? MSG_TRUNC : 0);
	arrival->length = inward->flags & MSG_TRUNC ? payload : part;
	if (arrival->incoming.verdict == INCOMING_RELAYED)
		flow_note_unanswered(arrival->flow, 0);
	if (capture_is_on() && !(inward->flags & MSG_PEEK))
		witness_arrival(arrival, payload);
	if (!(inward->flags & MSG_PEEK))
		statistics_datagram(&negotiator.statistics,
				    arrival->incoming.verdict == INCOMING_DIRECT ? STATISTIC_RECEIVED_DIRECT
										 : STATISTIC_RECEIVED_RELAYED,
				    payload);
	return ARRIVING_TAKEN;
}
