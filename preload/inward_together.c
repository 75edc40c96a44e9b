/* recvmmsg: many datagrams in one system call, each judged and delivered like one that comes alone. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "preload/kernel.h"
#include "preload/plain.h"
#include "preload/scratch.h"
#include "preload/told.h"

enum {
	TOGETHER = 64,
	FLAGS = MSG_DONTWAIT | MSG_WAITFORONE | MSG_NOSIGNAL, /* of what is plain */
};

/* What one call receives into. */
struct muster {
	unsigned count;
	size_t room;    /* for each */
	size_t control; /* that the program has room for, in each of its messages */
	size_t told;    /* behind the room, for the control data of each; 0: they are the program's as they come */
	struct inward inward; /* where what is delivered goes */
	struct mmsghdr messages[TOGETHER];
	struct iovec pieces[TOGETHER];
	union socket_address names[TOGETHER];
	_Alignas(struct cmsghdr) uint8_t bytes[];
};

static size_t control_of(const struct msghdr *message)
{
	return message->msg_control ? message->msg_controllen : 0;
}

/* What is within it can be read. */
static inline bool measure(const struct msghdr *message, size_t *capacity)
{
	if (message->msg_iovlen != 1 || !user_can_read(message->msg_iov, sizeof *message->msg_iov))
		return user_pieces_are_sound(message->msg_iov, message->msg_iovlen, capacity);
	*capacity = message->msg_iov->iov_len;
	return *capacity <= SSIZE_MAX;
}

/* Those that the kernel would not complain of, and that have the same room for control data, for what came in one may
 * have to move to another; *room: what the largest may need. */
static unsigned read_messages(const struct mmsghdr *messages, unsigned count, size_t *room)
{
	unsigned sound = 0;
	size_t capacity;
	*room = 0;
	while (sound < count && sound < TOGETHER && (int)messages[sound].msg_hdr.msg_namelen >= 0 &&
	       measure(&messages[sound].msg_hdr, &capacity) &&
	       control_of(&messages[sound].msg_hdr) == control_of(&messages[0].msg_hdr)) {
		*room = capacity > *room ? capacity : *room;
		sound++;
	}
	*room = (*room < ARRIVAL_MAX ? *room : ARRIVAL_MAX) + HEADER_SIZE_MAX;
	return sound;
}

/* Of one, with its control data; those begin where a cmsghdr may. */
static size_t stride(const struct muster *muster)
{
	return muster->told ? CMSG_ALIGN(muster->room) + muster->told : muster->room;
}

static size_t size_of(const struct muster *muster)
{
	return sizeof *muster + muster->count * stride(muster);
}

static void read_into(struct muster *muster, const struct mmsghdr *messages, unsigned count, bool told)
{
	muster->count = read_messages(messages, count, &muster->room);
	muster->control = control_of(&messages[0].msg_hdr);
	size_t asked = muster->control;
	asked = CMSG_ALIGN(asked < TOLD_ROOM - TOLD_MORE ? asked : TOLD_ROOM - TOLD_MORE);
	muster->told = told ? asked + TOLD_MORE : 0;
}

/* Thirty-two of the usual size fit into the scratch that is at hand anyhow. */
static struct muster *take_room(struct scratch *scratch, const struct mmsghdr *messages, unsigned count, bool told)
{
	scratch_take(scratch, SCRATCH_LARGE);
	struct muster *muster = (struct muster *)(void *)scratch->at;
	if (!muster)
		return NULL;
	read_into(muster, messages, count, told);
	if (size_of(muster) > SCRATCH_LARGE) {
		scratch_give(scratch);
		scratch_take(scratch, SCRATCH_HUGE);
		muster = (struct muster *)(void *)scratch->at;
		if (!muster)
			return NULL;
		read_into(muster, messages, count, told);
		unsigned most = (unsigned)((SCRATCH_HUGE - sizeof *muster) / stride(muster));
		muster->count = muster->count < most ? muster->count : most;
	}
	return muster;
}

static uint8_t *told_at(const struct muster *muster, unsigned at)
{
	return muster->told ? (uint8_t *)muster->pieces[at].iov_base + CMSG_ALIGN(muster->room) : NULL;
}

static void lay_out(struct muster *muster, const struct mmsghdr *messages, bool anonymous)
{
	uint8_t *at = muster->bytes;
	for (unsigned i = 0; i < muster->count; i++, at += stride(muster)) {
		muster->pieces[i] = (struct iovec){at, muster->room};
		muster->messages[i].msg_hdr = (struct msghdr){
		    .msg_name = anonymous ? NULL : &muster->names[i],
		    .msg_namelen = anonymous ? 0 : sizeof muster->names[i],
		    .msg_iov = &muster->pieces[i],
		    .msg_iovlen = 1,
		    .msg_control = muster->told ? told_at(muster, i) : messages[i].msg_hdr.msg_control,
		    .msg_controllen = muster->told ? muster->told : muster->control,
		};
	}
}

/* One was dropped before it: what the kernel put into the control buffer of its own message moves to the one that the
 * program finds it in. */
static void move_control(const struct muster *muster, unsigned at, const struct arrival *arrival)
{
	const void *from = muster->messages[at].msg_hdr.msg_control;
	if (muster->inward.control != from && arrival->control_size && !arrival->control)
		memcpy(muster->inward.control, from, arrival->control_size);
}

static void take_one(const struct muster *muster, unsigned at, struct arrival *arrival)
{
	const struct msghdr *message = &muster->messages[at].msg_hdr;
	arrival->bytes = muster->pieces[at].iov_base;
	arrival->room = muster->room;
	arrival->length = muster->messages[at].msg_len;
	if (!arrival->anonymous)
		arrival->from = muster->names[at];
	arrival->from_size = message->msg_namelen;
	arrival->control = told_at(muster, at);
	arrival->segment = 0;
	arrival->control_size = message->msg_controllen;
	arrival->message_flags = message->msg_flags & ~MSG_TRUNC;
}

/* As arrival_judge and arrival_deliver, for what is plain; false for anything else. */
static bool deliver_plainly(const struct muster *muster, unsigned at, const struct arrival *arrival,
			    struct mmsghdr *message)
{
	struct msghdr *to = &message->msg_hdr;
	const uint8_t *bytes = muster->pieces[at].iov_base;
	size_t length = muster->messages[at].msg_len, payload = length - HEADER_SIZE_IPV4;
	size_t capacity = to->msg_iov->iov_len, part = payload < capacity ? payload : capacity;
	struct endpoint source;
	if (to->msg_iovlen != 1 || muster->control ||
	    !plain_take_source(bytes, length < muster->room ? length : muster->room, &arrival->view, &source) ||
	    !user_store(to->msg_iov->iov_base, bytes + HEADER_SIZE_IPV4, part) ||
	    (to->msg_name && !plain_store_source(to->msg_name, &to->msg_namelen, &source)))
		return false;
	int flags = muster->messages[at].msg_hdr.msg_flags & ~MSG_TRUNC;
	to->msg_flags = flags | (part < payload ? MSG_TRUNC : 0);
	to->msg_controllen = 0;
	message->msg_len = (unsigned)part;
	statistics_datagram(&negotiator.statistics, STATISTIC_RECEIVED_RELAYED, payload);
	return true;
}

/* Answers what became of it: AGAIN, it was dropped. */
static enum arriving deliver_one(struct muster *muster, unsigned at, struct arrival *arrival, struct mmsghdr *message,
				 int flags)
{
	if (!inward_of_message(&muster->inward, &message->msg_hdr, flags & ~MSG_WAITFORONE))
		return arrival_fail(EFAULT);
	arrival->inward = &muster->inward;
	take_one(muster, at, arrival);
	enum arriving step = arrival_judge(arrival);
	if (step == ARRIVING_AGAIN)
		return step;
	move_control(muster, at, arrival);
	if (step == ARRIVING_TAKEN)
		step = arrival_deliver(arrival);
	if (step == ARRIVING_TAKEN) {
		inward_store_message(&muster->inward, &message->msg_hdr);
		message->msg_len = (unsigned)arrival->length;
	}
	return step;
}

/* Answers how many the program got of those that came; -1 and errno: what came first cannot be given to it. */
static int deliver(struct muster *muster, unsigned came, struct arrival *arrival, struct mmsghdr *messages, int flags)
{
	unsigned done = 0;
	bool plain = !(flags & ~FLAGS) && arrival->view.plain & VIEW_PLAIN_IN && plain_is_heard() &&
		     plain_is_still(arrival->flow, arrival->sequence);
	for (unsigned i = 0; i < came; i++) {
		if (plain && deliver_plainly(muster, i, arrival, &messages[done])) {
			done++;
			continue;
		}
		enum arriving step = deliver_one(muster, i, arrival, &messages[done], flags);
		if (step == ARRIVING_AGAIN)
			continue;
		if (step != ARRIVING_TAKEN)
			return done ? (int)done : -1;
		done++;
	}
	if (plain && done)
		flow_note_unanswered(arrival->flow, 0);
	return (int)done;
}

static bool go_alone(const struct arrival *arrival, unsigned count, int flags)
{
	return count < 2 || flags & (MSG_PEEK | MSG_ERRQUEUE) ||
	       arrival->view.flags & (VIEW_YOUNG | VIEW_UNTOLD | VIEW_TIMED | VIEW_BACKLOG | VIEW_PEEKING | VIEW_JOINS);
}

bool inward_receive_together(int fd, flow_handle handle, struct mmsghdr *messages, unsigned count, int flags,
			     struct timespec *timeout, int *got, bool *more)
{
	SCRATCH(scratch);
	struct arrival arrival;
	int saved = errno;
	arrival_begin(&arrival, fd, handle, NULL);
	if (!arrival_glance(&arrival) || go_alone(&arrival, count, flags))
		return false;
	struct muster *muster = take_room(&scratch, messages, count, arrival_is_told_otherwise(&arrival));
	if (!muster || muster->count < 2)
		return false;
	arrival.anonymous = arrival_is_from_the_relay(&arrival.view);
	lay_out(muster, messages, arrival.anonymous);
	int came = kernel_receive_messages(fd, muster->messages, muster->count, flags | MSG_TRUNC, timeout);
	if (came < 0) {
		enum arriving step = arrival_failed(&arrival, -came);
		*got = step == ARRIVING_FAILED ? -1 : 0;
		return step != ARRIVING_KERNEL;
	}
	*got = deliver(muster, (unsigned)came, &arrival, messages, flags);
	*more = *got < came || (unsigned)came == muster->count; /* else it found nothing more, or no time */
	if (*got >= 0)
		errno = saved;
	return true;
}
