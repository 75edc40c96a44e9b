/* An arrival: one call that receives, on its way. inward_plain.h takes most datagrams, inward.c any, inward_together.c
 * many at once. */
#ifndef PRELOAD_ARRIVAL_H
#define PRELOAD_ARRIVAL_H

#include "core/incoming.h"
#include "preload/inward.h"

enum { ARRIVAL_MAX = 65535 }; /* octets of a datagram */

struct arrival {
	int fd;
	flow_handle handle;
	struct flow *flow;
	struct inward *inward;
	uint32_t sequence; /* the flow's when its view was read */
	struct view view;
	struct incoming incoming;
	uint8_t *bytes;            /* header and payload */
	size_t room;               /* for them */
	size_t length;             /* of the datagram, however much of it there was room for */
	union socket_address from; /* as the kernel says */
	socklen_t from_size;
	uint32_t behind; /* datagrams that a peek passes by (SO_PEEK_OFF) */
	size_t skip;     /* octets of the payload that the program does not want (SO_PEEK_OFF) */
	size_t control_size;
	uint8_t *control; /* TOLD_ROOM of ours for it, where the program is told otherwise; else NULL */
	uint16_t segment; /* of joined datagrams, the size of each; 0: it is one */
	bool follows;     /* another of them, and came as they did */
	int message_flags;
	bool anonymous;      /* the kernel was not asked whom it came from: it can only be the relay */
	bool polled;         /* a datagram was dropped, and the rest of the time has been waited for */
	uint64_t started_ms; /* 0: no time limit is known of */
};

enum arriving { ARRIVING_KERNEL, ARRIVING_AGAIN, ARRIVING_TAKEN, ARRIVING_FAILED };

static inline void arrival_begin(struct arrival *arrival, int fd, flow_handle handle, struct inward *inward)
{
	arrival->fd = fd;
	arrival->handle = handle;
	arrival->flow = cover_flow(handle);
	arrival->inward = inward;
	arrival->polled = false;
	arrival->skip = 0;
	arrival->behind = 0;
	arrival->control = NULL;
	arrival->follows = false;
	arrival->started_ms = 0;
}

/* Sets errno. Answers ARRIVING_FAILED. */
enum arriving arrival_fail(int error);

/* Reads the flow's view. False: it was closed by another thread meanwhile. */
bool arrival_look(struct arrival *arrival);

/* The same for what is to be done before a datagram is there: the relay is not read where the socket is connected to
 * it. */
static inline bool arrival_glance(struct arrival *arrival)
{
	arrival->sequence = atomic_load_explicit(&arrival->flow->sequence, memory_order_acquire);
	return flow_read_first_line(arrival->flow, handle_generation(arrival->handle), &arrival->view);
}

/* There is an error that the program is to be told first. */
bool arrival_is_to_be_told(const struct arrival *arrival);

/* What the kernel tells with it is not what the program is to be told. */
static inline bool arrival_is_told_otherwise(const struct arrival *arrival)
{
	return arrival->view.marks & MARKS_TOLD;
}

/* The kernel need not be asked whom it comes from. A relative may have connected the socket elsewhere. */
static inline bool arrival_is_from_the_relay(const struct view *view)
{
	return view->flags & VIEW_SETTLED && !atomic_load_explicit(&process_has_relatives, memory_order_relaxed);
}

/* A datagram from the kernel, with these flags besides the call's. Answers its whole length, or a negative errno. */
ssize_t arrival_take(struct arrival *arrival, int flags);

/* What a failed call means; error: a positive errno. */
enum arriving arrival_failed(struct arrival *arrival, int error);

/* TAKEN: it is the program's. AGAIN: it is dropped, and counted. */
enum arriving arrival_judge(struct arrival *arrival);
enum arriving arrival_judge_one(struct arrival *arrival); /* which is not joined */

/* Gives it to the program. */
enum arriving arrival_deliver(struct arrival *arrival);

/* Before a call receives: its descriptor, and the flow's sequence number then. */
struct inward_look {
	int fd;
	flow_handle handle;
	uint32_t sequence;
};

/* What it received: the kernel's answer, a length or a negative errno. */
struct inward_came {
	uint8_t *bytes;
	size_t room;
	ssize_t length;
};

/* The rest of a call that has received from the relay that its socket is connected to, and finds no plain datagram. */
bool inward_receive_rest(const struct inward_look *look, struct inward *inward, const struct inward_came *came,
			 ssize_t *got);

/* SO_PEEK_OFF is set: a peek, which answers as receiving one datagram does; and after a call that took one. */
enum arriving inward_peek(struct arrival *arrival);
void inward_took(const struct arrival *arrival);

#endif
