/* A passage: one call that sends, on its way. outward.c takes it all the way; outward_together.c takes many of them,
 * and lets those leave together that can. */
#ifndef PRELOAD_PASSAGE_H
#define PRELOAD_PASSAGE_H

#include "core/alias.h"
#include "core/outgoing.h"
#include "preload/control.h"
#include "preload/outward.h"

struct convoy;

enum { DATAGRAM_MAX = 65535 };

struct passage {
	int fd;
	flow_handle handle;
	struct flow *flow;
	const struct outward *outward;
	size_t done;          /* octets of the payload that have left, or wait to leave: whole segments */
	bool queues;          /* does not wait, though it might */
	bool attended;        /* to the association that it leaves by */
	int failure;          /* the outward's, until it was looked at */
	bool refused;         /* the relay's host has just said that nobody is there */
	bool told;            /* an error of the way, which the kernel tells once if it is a router's */
	uint64_t deadline_ms; /* of a blocking sender's wait; 0: not asked for yet */
	struct view view;
	struct outgoing outgoing;
	struct alias alias; /* what the destination stands for: outgoing.to may point into it */
};

enum step { STEP_KERNEL, STEP_AGAIN, STEP_SENT, STEP_FAILED };

static inline void passage_begin(struct passage *passage, int fd, flow_handle handle, const struct outward *outward)
{
	passage->fd = fd;
	passage->handle = handle;
	passage->flow = cover_flow(handle);
	passage->outward = outward;
	passage->outgoing.verdict = OUTGOING_KERNEL;
	passage->done = 0;
	passage->queues = false;
	passage->attended = false;
	passage->failure = 0;
	passage->refused = false;
	passage->told = false;
	passage->deadline_ms = 0;
}

/* Reads the flow's view. False: it was closed by another thread meanwhile. */
bool passage_look(struct passage *passage);

/* What becomes of the datagram: passage->outgoing. False: there is an error in its name, which the kernel finds. */
bool passage_decide(struct passage *passage);

/* The destination as the program knows it: a name of its own, or the peer that it is connected to, after the decision.
 * False: it cannot be read. */
bool passage_names(struct passage *passage, struct endpoint *to);

/* It goes on where another one, of the same datagram, has begun. */
static inline bool passage_continues(const struct passage *passage)
{
	return passage->view.flags & VIEW_CORKED && passage->view.phase == PHASE_READY;
}

/* It leaves with a header, at once. */
static inline bool passage_is_framed(const struct passage *passage)
{
	return passage->outgoing.verdict == OUTGOING_FRAMED &&
	       !atomic_load_explicit(&passage->flow->late, memory_order_relaxed);
}

/* Header and payload, side by side; skip, size: which part of the payload. False: a bad address. */
bool passage_frame(const struct passage *passage, uint8_t *to, size_t skip, size_t size);

/* Takes so many octets of the payload behind `skip` into a convoy, with their header: copied, or, where they are many,
 * from where they are. 1; 0: there is no room for them; -EFAULT. */
int passage_board(const struct passage *passage, struct convoy *convoy, size_t skip, size_t size);

/* The largest payload of one of the datagrams that this one becomes: UDP_SEGMENT has every segment go by itself. */
size_t passage_segment(const struct passage *passage, const struct control *control);

/* Sends it, framed. */
enum step passage_send(struct passage *passage, struct control *control);

/* What a failed send of a framed datagram means. */
enum step passage_failed(struct passage *passage, int error);

/* Sets errno. Answers STEP_FAILED. */
enum step passage_fail(int error);

#endif
