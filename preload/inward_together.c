/* recvmmsg: many datagrams in one system call, each judged and delivered like one that comes alone. */
#include <errno.h>
#include <string.h>

#include "preload/arrival.h"
#include "preload/kernel.h"
#include "preload/scratch.h"
#include "preload/told.h"

enum { TOGETHER = 64 };

/* What one call receives into. */
struct muster {
	unsigned count;
	size_t room; /* for each */
	size_t told; /* behind it, for the control data of each; 0: they are the program's as they come */
	struct inward inward[TOGETHER];
	struct mmsghdr messages[TOGETHER];
	struct iovec pieces[TOGETHER];
	union socket_address names[TOGETHER];
	_Alignas(struct cmsghdr) uint8_t bytes[];
};

/* Those that the kernel would not complain of, and that have the same room for control data, for what came in one may
 * have to move to another; *room: what the largest may need. */
static unsigned read_messages(struct inward *inward, struct mmsghdr *messages, unsigned count, int flags, size_t *room)
{
	unsigned sound = 0;
	*room = 0;
	while (sound < count && sound < TOGETHER &&
	       inward_of_message(&inward[sound], &messages[sound].msg_hdr, flags & ~MSG_WAITFORONE) &&
	       inward[sound].control_size == inward[0].control_size) {
		size_t capacity = inward[sound++].capacity;
		*room = capacity > *room ? capacity : *room;
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

static void read_into(struct muster *muster, struct mmsghdr *messages, unsigned count, int flags, bool told)
{
	muster->count = read_messages(muster->inward, messages, count, flags, &muster->room);
	size_t asked = muster->count ? muster->inward[0].control_size : 0;
	asked = CMSG_ALIGN(asked < TOLD_ROOM - TOLD_MORE ? asked : TOLD_ROOM - TOLD_MORE);
	muster->told = told ? asked + TOLD_MORE : 0;
}

/* Thirty-two of the usual size fit into the scratch that is at hand anyhow. */
static struct muster *take_room(struct scratch *scratch, struct mmsghdr *messages, unsigned count, int flags, bool told)
{
	scratch_take(scratch, SCRATCH_LARGE);
	struct muster *muster = (struct muster *)(void *)scratch->at;
	if (!muster)
		return NULL;
	read_into(muster, messages, count, flags, told);
	if (size_of(muster) > SCRATCH_LARGE) {
		scratch_give(scratch);
		scratch_take(scratch, SCRATCH_HUGE);
		muster = (struct muster *)(void *)scratch->at;
		if (!muster)
			return NULL;
		read_into(muster, messages, count, flags, told);
		unsigned most = (unsigned)((SCRATCH_HUGE - sizeof *muster) / stride(muster));
		muster->count = muster->count < most ? muster->count : most;
	}
	return muster;
}

static uint8_t *told_at(const struct muster *muster, unsigned at)
{
	return muster->told ? (uint8_t *)muster->pieces[at].iov_base + CMSG_ALIGN(muster->room) : NULL;
}

static void lay_out(struct muster *muster, bool anonymous)
{
	for (unsigned i = 0; i < muster->count; i++) {
		muster->pieces[i] = (struct iovec){muster->bytes + i * stride(muster), muster->room};
		muster->messages[i].msg_hdr = (struct msghdr){
		    .msg_name = anonymous ? NULL : &muster->names[i],
		    .msg_namelen = anonymous ? 0 : sizeof muster->names[i],
		    .msg_iov = &muster->pieces[i],
		    .msg_iovlen = 1,
		    .msg_control = muster->told ? told_at(muster, i) : muster->inward[i].control,
		    .msg_controllen = muster->told ? muster->told : muster->inward[i].control_size,
		};
	}
}

/* One was dropped before it: what the kernel put into the control buffer of its own message moves to the one that the
 * program finds it in. */
static void move_control(const struct inward *from, const struct inward *to, struct arrival *arrival)
{
	if (to == from || arrival->control_size == 0 || arrival->control)
		return;
	memcpy(to->control, from->control, arrival->control_size);
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

/* Answers how many the program got of those that came; -1 and errno: what came first cannot be given to it. */
static int deliver(struct muster *muster, unsigned came, struct arrival *arrival, struct mmsghdr *messages)
{
	unsigned done = 0;
	for (unsigned i = 0; i < came; i++) {
		arrival->inward = &muster->inward[done];
		take_one(muster, i, arrival);
		enum arriving step = arrival_judge(arrival);
		if (step == ARRIVING_AGAIN)
			continue;
		move_control(&muster->inward[i], arrival->inward, arrival);
		if (step != ARRIVING_TAKEN || arrival_deliver(arrival) != ARRIVING_TAKEN)
			return done ? (int)done : -1;
		inward_store_message(arrival->inward, &messages[done].msg_hdr);
		messages[done++].msg_len = (unsigned)arrival->length;
	}
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
	struct muster *muster = take_room(&scratch, messages, count, flags, arrival_is_told_otherwise(&arrival));
	if (!muster || muster->count < 2)
		return false;
	arrival.anonymous = arrival_is_from_the_relay(&arrival);
	lay_out(muster, arrival.anonymous);
	int came = kernel_receive_messages(fd, muster->messages, muster->count, flags | MSG_TRUNC, timeout);
	if (came < 0) {
		enum arriving step = arrival_failed(&arrival, -came);
		*got = step == ARRIVING_FAILED ? -1 : 0;
		return step != ARRIVING_KERNEL;
	}
	*got = deliver(muster, (unsigned)came, &arrival, messages);
	*more = *got < came || (unsigned)came == muster->count; /* else it found nothing more, or no time */
	if (*got >= 0)
		errno = saved;
	return true;
}
