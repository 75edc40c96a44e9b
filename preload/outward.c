#include "preload/outward.h"

#include <errno.h>
#include <sched.h>
#include <sys/time.h>

#include "core/raw.h"
#include "preload/passage.h"
#include "preload/private_copy.h"
#include "preload/real.h"
#include "preload/scratch.h"
#include "preload/user_memory.h"
#include "preload/witness.h"

enum { ATTEMPTS = 4, ATTEMPTS_MOST = 64 };

bool outward_of_message(struct outward *outward, const struct msghdr *message, int flags)
{
	size_t total;
	if (!user_can_read(message, sizeof *message) || (int)message->msg_namelen < 0 ||
	    !user_pieces_are_sound(message->msg_iov, message->msg_iovlen, &total))
		return false;
	socklen_t room = sizeof(struct sockaddr_storage);
	*outward = (struct outward){
	    .pieces = message->msg_iov,
	    .count = message->msg_iovlen,
	    .size = total,
	    .to = message->msg_namelen ? message->msg_name : NULL,
	    .to_size = message->msg_namelen < room ? message->msg_namelen : room,
	    .control = message->msg_control,
	    .control_size = message->msg_control ? message->msg_controllen : 0,
	    .flags = flags,
	    .is_message = true,
	};
	return true;
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

static uint64_t send_deadline(const struct passage *passage)
{
	struct timeval limit = {0};
	socklen_t size = sizeof limit;
	if (passage->view.flags & VIEW_TIMED)
		raw_call(SYS_getsockopt, passage->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, &size);
	if (limit.tv_sec == 0 && limit.tv_usec == 0)
		return NEVER;
	return negotiator.world->now_ms() + (uint64_t)limit.tv_sec * 1000 + (uint64_t)limit.tv_usec / 1000;
}

/* The negotiation has its own time limits; a signal handler runs, and the wait goes on, as a send would. */
static enum step wait_for_association(struct passage *passage, struct attendance *attendance)
{
	if (!passage->deadline_ms)
		passage->deadline_ms = send_deadline(passage);
	int answer = attendance_wait(&negotiator, attendance, passage->deadline_ms);
	passage->attended = true;
	return answer == -ETIMEDOUT ? passage_fail(EAGAIN) : STEP_AGAIN;
}

static ssize_t call_kernel(int fd, const struct outward *outward)
{
	struct msghdr message = {.msg_name = (void *)(uintptr_t)outward->to,
				 .msg_namelen = outward->to_size,
				 .msg_iov = (struct iovec *)(uintptr_t)outward->pieces,
				 .msg_iovlen = outward->count,
				 .msg_control = (void *)(uintptr_t)outward->control,
				 .msg_controllen = outward->control_size};
	if (outward->is_message || outward->count != 1)
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

/* With the next part, for whoever sends it later. False, with errno: it cannot be made. Not inlined: a sender that
 * waits does not need the scratch, and may be on the small stack of a signal handler. */
static __attribute__((noinline)) bool admit_framed(const struct passage *passage, struct applicant *applicant,
						   size_t part, struct attendance *attendance,
						   enum admission *admission, int *error)
{
	SCRATCH(scratch);
	applicant->size = passage->outgoing.header_length + part;
	scratch_take(&scratch, applicant->size);
	errno = scratch.at ? EFAULT : ENOBUFS;
	if (!scratch.at || !passage_frame(passage, scratch.at, passage->done, part))
		return false;
	applicant->framed = scratch.at;
	*admission = engine_admit(&negotiator, applicant, attendance, error);
	return true;
}

/* An error that is known already: it is told to this call, and not to the next one, or to none. */
static bool is_to_be_told(const struct passage *passage)
{
	const struct view *view = &passage->view;
	int16_t server = passage->outgoing.server;
	bool bespoken = view->phase == PHASE_READY && server != ANY_SERVER && server != view->server;
	return bespoken || view->flags & VIEW_UNTOLD;
}

static enum step prepare(struct passage *passage, const struct control *control)
{
	struct attendance attendance;
	int error = 0;
	bool waits = may_wait(passage);
	struct applicant applicant = {.fd = passage->fd,
				      .handle = passage->handle,
				      .again = passage->attended,
				      .server = passage->outgoing.server,
				      .sleeps = waits || passage->queues || is_to_be_told(passage)};
	/* In the child of _Fork this makes it so; that of vfork has no thread, and its memory is not its own. */
	if (!process_is_ours())
		return passage_fail(ENETDOWN);
	enum admission admission = ADMISSION_QUEUED;
	size_t size = passage->outward->size, segment = passage_segment(passage, control);
	do {
		size_t part = size - passage->done < segment ? size - passage->done : segment;
		if (waits)
			admission = engine_admit(&negotiator, &applicant, &attendance, &error);
		else if (!admit_framed(passage, &applicant, part, &attendance, &admission, &error))
			return STEP_FAILED;
		if (admission == ADMISSION_QUEUED)
			passage->done += part;
	} while (admission == ADMISSION_QUEUED && passage->done < size);
	switch (admission) {
	case ADMISSION_AGAIN:
		passage->attended |= passage->view.phase == PHASE_FRESH; /* by an association of the pool */
		return STEP_AGAIN;
	case ADMISSION_WAIT:
		return wait_for_association(passage, &attendance);
	case ADMISSION_FRAME:
		passage->queues = true;
		return is_partial(passage) ? passage_fail(ENOBUFS) : STEP_AGAIN;
	case ADMISSION_QUEUED:
		return STEP_SENT;
	case ADMISSION_FAILED:
		return passage->done ? STEP_SENT : passage_fail(error);
	case ADMISSION_GONE:
		if (!cover_unknown(passage->fd, &passage->handle))
			return STEP_FAILED;
		return passage->handle == HANDLE_NONE ? leave_to_kernel(passage) : STEP_AGAIN;
	}
	return passage_fail(EINVAL);
}

/* What the kernel finds before it looks at the destination; 0: nothing. */
static int first_error(const struct passage *passage)
{
	if (passage->outward->size > DATAGRAM_MAX)
		return EMSGSIZE;
	/* An IPv6 socket looks at it on the way to an IPv4 destination only. */
	bool looks = passage->view.family == AF_INET || passage->outgoing.to.kind == ENDPOINT_IPV4;
	return looks && passage->outward->flags & MSG_OOB ? EOPNOTSUPP : 0;
}

/* begins: it is not of what goes on, of which the kernel has read the control data already. */
static int read_control(const struct passage *passage, struct control *control, bool begins)
{
	const struct outward *outward = passage->outward;
	bool ipv6 = passage->outgoing.to.kind == ENDPOINT_IPV6;
	control_begin(control);
	if (!begins)
		return 0;
	if (passage->view.marks & MARKS_SENT)
		control_mark(control,
			     marks_of(atomic_load_explicit(&passage->flow->marks, memory_order_relaxed), ipv6));
	if (!outward->control_size)
		return 0;
	return control_for_relay(control, outward->control, outward->control_size, passage->view.family, ipv6);
}

/* Whether the destination can be reached the kernel finds out after it has read the control data, and over IPv6 before
 * it looks at the size. */
static int refusal(const struct passage *passage)
{
	struct control control;
	const struct outgoing *outgoing = &passage->outgoing;
	bool is_first = outgoing->error == ENETUNREACH && outgoing->to.kind == ENDPOINT_IPV6;
	int error = is_first ? 0 : first_error(passage);
	if (!error && outgoing->error != EDESTADDRREQ)
		error = read_control(passage, &control, true);
	return error ? error : outgoing->error;
}

static enum step send_framed(struct passage *passage, struct control *control)
{
	return passage->failure ? passage_failed(passage, passage->failure) : passage_send(passage, control);
}

static enum step relay(struct passage *passage)
{
	struct control control;
	const struct outward *outward = passage->outward;
	int error = first_error(passage);
	if (error)
		return passage_fail(error);
	error = read_control(passage, &control, !passage_continues(passage));
	if (error)
		return passage_fail(error);
	if (passage->view.flags & VIEW_MUTE && !passage_is_framed(passage))
		return passage_fail(EPIPE);
	enum step step = passage_is_framed(passage) ? send_framed(passage, &control) : prepare(passage, &control);
	if (step == STEP_SENT) {
		flow_note_unanswered(passage->flow, 1);
		statistics_datagram(&negotiator.statistics, STATISTIC_SENT_RELAYED, outward->size);
	}
	return step;
}

static enum step open_up(struct passage *passage)
{
	int error;
	switch (engine_open(&negotiator, passage->fd, passage->handle, &error)) {
	case ADMISSION_GONE:
		return leave_to_kernel(passage);
	case ADMISSION_FAILED:
		return passage_fail(error);
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
	if (!passage_look(passage))
		return passage_fail(EBADF);
	if (!passage_decide(passage))
		return leave_to_kernel(passage);
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
	case OUTGOING_ERROR: {
		if (passage->outgoing.error == ECONNREFUSED)
			statistics_add(&negotiator.statistics, STATISTIC_REJECTED, 1);
		return passage_fail(refusal(passage));
	}
	case OUTGOING_LEAVE:
		return open_up(passage);
	}
	return STEP_KERNEL;
}

/* What is captured is sent here also where it goes directly: only what has left was said. */
static enum step send_witnessed(struct passage *passage, enum step step)
{
	if (step == STEP_KERNEL && passage->outgoing.verdict == OUTGOING_KERNEL)
		step = call_kernel(passage->fd, passage->outward) < 0 ? STEP_FAILED : STEP_SENT;
	witness_passage(passage, step);
	return step;
}

/* The kernel gives a socket its port before it looks at what is to be sent, and so also where that fails. This one
 * fails for sure: out-of-band data it refuses on the way to an IPv4 destination, a mapped one as well.
 * IPV6_V6ONLY must be cleared before that (flow_hold). */
static void take_port(const struct passage *passage)
{
	union socket_address to = {.any.sa_family = AF_UNSPEC};
	struct endpoint nobody = flow_discard_port(AF_INET);
	socklen_t size = 0;
	int saved = errno;
	endpoint_to_sockaddr(&nobody, passage->view.family, &to, &size);
	real.sendto(passage->fd, NULL, 0, MSG_OOB | MSG_NOSIGNAL | MSG_DONTWAIT, &to.any, size);
	errno = saved;
}

bool outward_send(int fd, flow_handle handle, const struct outward *outward, ssize_t *sent)
{
	struct passage passage;
	enum step step;
	int attempts = 0, saved = errno;
	passage_begin(&passage, fd, handle, outward);
	passage.failure = outward->failure;
	do {
		passage.flow = cover_flow(passage.handle);
		step = try_once(&passage);
		passage.failure = 0; /* whatever comes next is another matter */
		/* What is asked again comes from another thread or an error that is told once; neither goes on. Where
		 * many send by one socket, and nobody is at the relay's port, each may find what another's datagram has
		 * met: its own would have met the same. */
		if (step == STEP_AGAIN && !passage.deadline_ms && ++attempts > ATTEMPTS_MOST)
			step = passage.refused ? STEP_SENT : passage_fail(ENOBUFS);
		if (step == STEP_AGAIN && attempts > ATTEMPTS) /* the other thread may be in need of the processor */
			sched_yield();
	} while (step == STEP_AGAIN);
	if (capture_is_on())
		step = send_witnessed(&passage, step);
	if (step == STEP_KERNEL)
		return false;
	if (step == STEP_SENT)
		errno = saved;
	else if (passage.view.link == LINK_NONE && !(passage.view.flags & VIEW_V6ONLY) && errno != EBADF &&
		 errno != ENOTSOCK)
		take_port(&passage);
	*sent = step == STEP_SENT ? (ssize_t)outward->size : -1;
	return true;
}
