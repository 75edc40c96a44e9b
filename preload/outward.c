#include "preload/outward.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/time.h>

#include "core/raw.h"
#include "preload/control.h"
#include "preload/private_copy.h"
#include "preload/real.h"
#include "preload/scratch.h"
#include "preload/user_memory.h"

enum { DATAGRAM_MAX = 65535, ATTEMPTS = 4 };

/* One call on its way. */
struct passage {
	int fd;
	flow_handle handle;
	struct flow *flow;
	const struct outward *outward;
	struct view view;
	struct outgoing outgoing;
	size_t done;          /* octets of the payload that have left, or wait to leave: whole segments */
	bool queues;          /* does not wait, though it might */
	uint64_t deadline_ms; /* of a blocking sender's wait; 0: not asked for yet */
};

enum step { STEP_KERNEL, STEP_AGAIN, STEP_SENT, STEP_FAILED };

static enum step fail(int error)
{
	errno = error;
	return STEP_FAILED;
}

/* What the program named, as the kernel reads it. False: the kernel answers an error for it. */
static bool read_name(const struct passage *passage, struct endpoint *name)
{
	enum { RFC2133 = 24 }; /* a sockaddr_in6 without the scope, which the kernel still takes */
	const struct outward *outward = passage->outward;
	union socket_address address = {0};
	size_t size = outward->to_size < sizeof address ? outward->to_size : sizeof address;
	if (outward->to_size > sizeof(struct sockaddr_storage) || size < sizeof address.v4 ||
	    !user_can_read(outward->to, size))
		return false;
	memcpy(&address, outward->to, size);
	if (passage->view.family == AF_INET && address.any.sa_family == AF_UNSPEC)
		address.any.sa_family = AF_INET; /* the kernel sends to it all the same */
	if (passage->view.family == AF_INET && address.any.sa_family != AF_INET)
		return false;
	if (address.any.sa_family == AF_INET6 && size >= RFC2133)
		size = sizeof address.v6;
	return endpoint_from_sockaddr(name, &address.any, size) == OUTCOME_OK;
}

/* AF_UNSPEC is no name at all on an IPv6 socket. */
static bool is_unnamed(const struct passage *passage)
{
	const struct outward *outward = passage->outward;
	return !outward->to || (passage->view.family == AF_INET6 && outward->to_size >= sizeof(sa_family_t) &&
				user_can_read(outward->to, sizeof(sa_family_t)) && outward->to->sa_family == AF_UNSPEC);
}

/* What follows it is the kernel's to join: it cannot be queued. */
static bool is_partial(const struct passage *passage)
{
	return passage->outward->flags & MSG_MORE || passage->view.flags & VIEW_CORKING;
}

static bool may_wait(const struct passage *passage)
{
	return is_partial(passage) || (!passage->queues && cover_may_wait(passage->fd, passage->outward->flags));
}

static uint64_t send_deadline(int fd)
{
	struct timeval limit = {0};
	socklen_t size = sizeof limit;
	raw_call(SYS_getsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &limit, &size);
	if (limit.tv_sec == 0 && limit.tv_usec == 0)
		return NEVER;
	return negotiator.world->now_ms() + (uint64_t)limit.tv_sec * 1000 + (uint64_t)limit.tv_usec / 1000;
}

/* The negotiation has its own time limits; a signal handler runs, and the wait goes on, as a send would. */
static enum step wait_for_association(struct passage *passage, uint32_t event)
{
	if (!passage->deadline_ms)
		passage->deadline_ms = send_deadline(passage->fd);
	int answer = negotiator.world->wait(&passage->flow->event, event, passage->deadline_ms);
	return answer == -ETIMEDOUT ? fail(EAGAIN) : STEP_AGAIN;
}

/* Header and payload, side by side. skip, size: which part of the payload. */
static bool frame(const struct passage *passage, struct scratch *scratch, size_t skip, size_t size)
{
	const struct outgoing *outgoing = &passage->outgoing;
	const struct outward *outward = passage->outward;
	scratch_take(scratch, outgoing->header_length + skip + size);
	if (!scratch->at) {
		errno = ENOBUFS;
		return false;
	}
	if (!user_gather(scratch->at + outgoing->header_length, outward->pieces, outward->count, skip + size)) {
		errno = EFAULT;
		return false;
	}
	if (skip) /* cut: this part moves up behind the header */
		memmove(scratch->at + outgoing->header_length, scratch->at + outgoing->header_length + skip, size);
	memcpy(scratch->at, outgoing->header, outgoing->header_length);
	return true;
}

static size_t segment_size(const struct passage *passage, const struct control *control)
{
	size_t segment = control->has_segment ? control->segment : passage->view.segment;
	return segment && segment < passage->outward->size ? segment : passage->outward->size;
}

static ssize_t call_kernel(int fd, const struct outward *outward)
{
	struct msghdr message = {.msg_name = (void *)(uintptr_t)outward->to,
				 .msg_namelen = outward->to_size,
				 .msg_iov = (struct iovec *)(uintptr_t)outward->pieces,
				 .msg_iovlen = outward->count,
				 .msg_control = (void *)(uintptr_t)outward->control,
				 .msg_controllen = outward->control_size};
	if (outward->is_message)
		return real.sendmsg(fd, &message, outward->flags);
	return real.sendto(fd, outward->pieces->iov_base, outward->pieces->iov_len, outward->flags, outward->to,
			   outward->to_size);
}

ssize_t outward_by_kernel(int fd, flow_handle handle, const struct outward *outward)
{
	ssize_t sent = -1;
	int copy = private_copy(fd);
	if (copy < 0 || cover_is_another_udp(copy, handle))
		errno = copy < 0 ? -copy : EBADF;
	else
		sent = call_kernel(copy, outward);
	private_copy_close(copy, fd);
	return sent;
}

/* What the kernel is to answer: there is an error in the name, or the number names no UDP socket any more. */
static enum step leave_to_kernel(const struct passage *passage)
{
	if (!passage->outward->to)
		return STEP_KERNEL;
	return outward_by_kernel(passage->fd, passage->handle, passage->outward) < 0 ? STEP_FAILED : STEP_SENT;
}

static enum step prepare(struct passage *passage, const struct control *control)
{
	uint32_t event = 0;
	int error = 0;
	bool waits = may_wait(passage);
	struct applicant applicant = {.fd = passage->fd,
				      .handle = passage->handle,
				      .server = passage->outgoing.server,
				      .sleeps = waits || passage->queues};
	process_is_ours(); /* in the child of _Fork this makes it so */
	enum admission admission = ADMISSION_QUEUED;
	size_t size = passage->outward->size, segment = segment_size(passage, control);
	do {
		SCRATCH(scratch);
		size_t part = size - passage->done < segment ? size - passage->done : segment;
		if (!waits && !frame(passage, &scratch, passage->done, part))
			return STEP_FAILED;
		applicant.framed = scratch.at;
		applicant.size = passage->outgoing.header_length + part;
		admission = engine_admit(&negotiator, &applicant, &event, &error);
		if (admission == ADMISSION_QUEUED)
			passage->done += part;
	} while (admission == ADMISSION_QUEUED && passage->done < size);
	switch (admission) {
	case ADMISSION_AGAIN:
		return STEP_AGAIN;
	case ADMISSION_WAIT:
		return wait_for_association(passage, event);
	case ADMISSION_FRAME:
		passage->queues = true;
		return is_partial(passage) ? fail(ENOBUFS) : STEP_AGAIN;
	case ADMISSION_QUEUED:
		return STEP_SENT;
	case ADMISSION_FAILED:
		return passage->done ? STEP_SENT : fail(error);
	case ADMISSION_GONE:
		if (!cover_unknown(passage->fd, &passage->handle))
			return STEP_FAILED;
		return passage->handle == HANDLE_NONE ? leave_to_kernel(passage) : STEP_AGAIN;
	}
	return fail(EINVAL);
}

static ssize_t send_framed(const struct passage *passage, const struct scratch *scratch, size_t size,
			   const struct control *control)
{
	union socket_address relay;
	socklen_t relay_size = 0;
	int flags = passage->outward->flags;
	bool named = passage->outgoing.named && !(passage->view.flags & VIEW_CORKED);
	if (named)
		flow_relay_address(&passage->view, &relay, &relay_size);
	if (!control->size)
		return real.sendto(passage->fd, scratch->at, size, flags, named ? &relay.any : NULL, relay_size);
	struct iovec piece = {.iov_base = scratch->at, .iov_len = size};
	struct msghdr message = {.msg_name = named ? &relay : NULL,
				 .msg_namelen = relay_size,
				 .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = (void *)(uintptr_t)control->bytes,
				 .msg_controllen = control->size};
	return real.sendmsg(passage->fd, &message, flags);
}

/* The kernel tells an unreachable relay on a socket that is connected to it. The program knows nothing of the relay:
 * the error is taken, and the datagram sent again. */
static enum step sending_failed(struct passage *passage)
{
	switch (errno) {
	case ECONNREFUSED:
		engine_refused(&negotiator, passage->handle);
		return STEP_AGAIN;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EINVAL: /* the address that the socket sends from is this machine's no more */
		if (!view_is_held(&passage->view))
			return STEP_FAILED;
		engine_unreachable(&negotiator, passage->handle);
		return STEP_AGAIN;
	case EDESTADDRREQ: /* another thread has just changed what the socket is connected to */
		return STEP_AGAIN;
	case ENOTSOCK: /* another thread has put something else there: for this call it is what it was */
		cover_forget(passage->fd);
		return fail(ENOTSOCK);
	default:
		return STEP_FAILED;
	}
}

static enum step send_relayed(struct passage *passage, const struct control *control)
{
	const struct outward *outward = passage->outward;
	size_t segment = segment_size(passage, control);
	bool corked = passage->view.flags & VIEW_CORKED;
	if (corked) /* the header left with the first part */
		passage->outgoing.header_length = 0;
	do {
		SCRATCH(scratch);
		size_t part = outward->size - passage->done < segment ? outward->size - passage->done : segment;
		if (!frame(passage, &scratch, passage->done, part))
			return STEP_FAILED;
		if (send_framed(passage, &scratch, passage->outgoing.header_length + part, control) < 0)
			return passage->done ? STEP_SENT : sending_failed(passage);
		passage->done += part;
	} while (passage->done < outward->size);
	bool more = outward->flags & MSG_MORE || passage->view.flags & VIEW_CORKING;
	if (more != corked)
		engine_note(&negotiator, passage->handle, VIEW_CORKED, more);
	return STEP_SENT;
}

static enum step relay(struct passage *passage)
{
	struct control control;
	const struct outward *outward = passage->outward;
	if (outward->size > DATAGRAM_MAX)
		return fail(EMSGSIZE);
	int error = control_for_relay(&control, outward->control, outward->control_size, passage->view.segment != 0);
	if (error)
		return fail(error);
	bool ready = passage->outgoing.verdict == OUTGOING_FRAMED &&
		     !atomic_load_explicit(&passage->flow->late, memory_order_relaxed);
	enum step step = ready ? send_relayed(passage, &control) : prepare(passage, &control);
	if (step == STEP_SENT)
		statistics_datagram(&negotiator.statistics, STATISTIC_SENT_RELAYED, outward->size);
	return step;
}

static enum step open_up(struct passage *passage)
{
	int error;
	switch (engine_open(&negotiator, passage->fd, passage->handle, &error)) {
	case ADMISSION_GONE:
		return leave_to_kernel(passage);
	case ADMISSION_FAILED:
		return fail(error);
	case ADMISSION_AGAIN:
	case ADMISSION_WAIT:
	case ADMISSION_FRAME:
	case ADMISSION_QUEUED:
		break;
	}
	return STEP_AGAIN;
}

static enum step try_once(struct passage *passage)
{
	struct endpoint name;
	bool unnamed, answer = false;
	if (!flow_read(passage->flow, handle_generation(passage->handle), &passage->view))
		return fail(EBADF); /* closed by another thread meanwhile */
	unnamed = is_unnamed(passage);
	if (!unnamed) {
		if (!read_name(passage, &name))
			return leave_to_kernel(passage);
		if (name.kind == ENDPOINT_IPV4 && passage->view.flags & VIEW_V6ONLY)
			return fail(ENETUNREACH);
		answer = passage->view.link == LINK_NONE &&
			 correspondents_have(atomic_load_explicit(&passage->flow->correspondents, memory_order_acquire),
					     &name);
	}
	outgoing_decide(&passage->outgoing, &passage->view, negotiator.settings->rules, unnamed ? NULL : &name, answer);
	switch ((enum outgoing_verdict)passage->outgoing.verdict) {
	case OUTGOING_KERNEL:
		statistics_datagram(&negotiator.statistics, STATISTIC_SENT_DIRECT, passage->outward->size);
		return STEP_KERNEL;
	case OUTGOING_FRAMED:
	case OUTGOING_PREPARE:
		return relay(passage);
	case OUTGOING_SILENCE:
		statistics_add(&negotiator.statistics, STATISTIC_DROPPED, 1);
		return STEP_SENT;
	case OUTGOING_ERROR:
		if (passage->outgoing.error == ECONNREFUSED)
			statistics_add(&negotiator.statistics, STATISTIC_REJECTED, 1);
		return fail(passage->outward->size > DATAGRAM_MAX ? EMSGSIZE : passage->outgoing.error);
	case OUTGOING_LEAVE:
		return open_up(passage);
	}
	return STEP_KERNEL;
}

bool outward_send(int fd, flow_handle handle, const struct outward *outward, ssize_t *sent)
{
	struct passage passage = {.fd = fd, .handle = handle, .outward = outward};
	enum step step;
	int attempts = 0, saved = errno;
	do {
		passage.flow = cover_flow(passage.handle);
		step = try_once(&passage);
		/* What is asked again comes from another thread or an error that is told once; neither goes on. */
		if (step == STEP_AGAIN && !passage.deadline_ms && ++attempts > ATTEMPTS * 4)
			step = fail(ENOBUFS);
	} while (step == STEP_AGAIN);
	if (step == STEP_KERNEL)
		return false;
	if (step == STEP_SENT)
		errno = saved;
	*sent = step == STEP_SENT ? (ssize_t)outward->size : -1;
	return true;
}
