/* A flow: one datagram socket of the program, however many descriptors name it.
 *
 * Theory of operation. The program's own kernel socket carries the relayed datagrams. While an association is made
 * the socket is connected towards the server, then to the relay: what reaches the kernel by a way that cannot be
 * hooked ends there unframed and is lost, not leaked. A socket that talks directly as well stays unconnected, as does
 * one of IPv6 that the program leaves so; one that has just sent for the first time is connected when it sends again.
 *
 * The data path reads one flow's view (view.h) without a lock: words of atomic stores between two steps of a
 * sequence number. Everything else belongs to the negotiator's lock, which every function here but flow_read and
 * flow_sleep expects to be held. Flows are type-stable: a stale handle fails the generation test. */
#ifndef CORE_FLOW_H
#define CORE_FLOW_H

#include <stdatomic.h>
#include <string.h>

#include "core/alias.h"
#include "core/backlog.h"
#include "core/bridge.h"
#include "core/correspondents.h"
#include "core/former_relays.h"
#include "core/inlining.h"
#include "core/queue.h"
#include "core/round.h"
#include "core/view.h"
#include "core/world.h"

#define VIEW_WORDS               (sizeof(struct view) / sizeof(uint64_t))
#define VIEW_WORDS_OF_FIRST_LINE (offsetof(struct view, relay) / sizeof(uint64_t))

_Static_assert(offsetof(struct view, relay) % sizeof(uint64_t) == 0, "the relay begins with a word");

/* What few flows ever need. */
struct seldom {
	struct backlog backlog;
	struct endpoint too_long; /* whom a datagram was for that the way to the relay does not take */
};

struct flow {
	/* What a datagram needs to know lies in two lines of the cache, and in one where it goes to the relay that its
	 * socket is connected to. */
	_Alignas(64) _Atomic uint32_t sequence; /* odd while a view is being stored */
	_Atomic uint32_t unanswered;            /* 1: it has sent, and has heard nothing since */
	_Atomic(struct alias_memory *) aliases; /* NULL: none was ever used */
	_Atomic uint32_t late;                  /* datagrams in the intake: what is sent now may not overtake them */
	_Atomic uint32_t unsegmented; /* datagrams of so many octets, and longer ones, the kernel does not segment */
	_Atomic uint64_t published[VIEW_WORDS];
	_Atomic uint32_t event;      /* a futex: steps whenever the phase changes */
	_Atomic uint32_t sleepers;   /* on the event */
	_Atomic int32_t peek_offset; /* SO_PEEK_OFF, in octets of payloads; -1: off (VIEW_PEEKING) */
	_Atomic uint32_t scope;      /* of its device, or the last link-local address that a relay was sent; 0: none */
	_Atomic(struct correspondents *) correspondents; /* NULL: nobody ever wrote directly */
	struct former_relays former_relays;
	/* From here on the lock's. */
	struct view now;
	uint32_t slot;
	uint32_t descriptors; /* how many name it */
	int fd;               /* one of them */
	struct bridge bridge;
	uint64_t cookie;            /* SO_COOKIE, to find out that fd names another socket by now */
	struct endpoint held;       /* what GUARD or RELAY connected the kernel socket to */
	struct endpoint first_peer; /* since it was last unconnected: it decides on the source address */
	struct seldom *seldom;      /* NULL: not so far */
	struct queue queue;
	struct round round; /* its association, or the way to one */
	uint8_t reason;     /* enum outcome: why it is FAILED */
	uint8_t refusals;   /* datagrams that the relay refused since it stands */
	bool undecided;     /* of IPv4, and a rule may send direct what it sends next */
	bool departed;      /* its socket is closed: what waits leaves by fd, which is one of ours */
	/* Read without the lock: that of its link-local peer, to which the kernel binds what is connected; 0: none. */
	_Atomic uint32_t device;
	_Atomic uint32_t marks; /* likewise: of what is sent (MARKS_SENT), joined */
	_Atomic bool asks;      /* likewise: the program makes use of its error queue */
	_Atomic bool lives;     /* likewise: it has a socket */
	uint64_t retry_ms;      /* FAILED: not before */
	struct flow *next;      /* in the free list, or among those that have departed */
};

/* NULL: no memory. */
struct seldom *flow_seldom(struct flow *flow, const struct world *world);

/* Answers false when the slot no longer holds that generation. */
bool flow_read(const struct flow *flow, uint32_t generation, struct view *view);

/* The first words of a view, as they were together. Answers their sequence number. Acquire on each: one that a later
 * store wrote shows that store's sequence number too. */
ALWAYS_INLINE uint32_t flow_read_words(const struct flow *flow, struct view *view, size_t count)
{
	uint32_t before, after;
	do {
		before = atomic_load_explicit(&flow->sequence, memory_order_acquire);
#pragma GCC unroll 8
		for (size_t i = 0; i < count; i++) {
			uint64_t word = atomic_load_explicit(&flow->published[i], memory_order_acquire);
			memcpy((uint8_t *)view + i * sizeof word, &word, sizeof word);
		}
		after = atomic_load_explicit(&flow->sequence, memory_order_relaxed);
	} while (__builtin_expect(before & 1 || before != after, 0));
	return before;
}

/* Whether its first word says so, and the handle is still its. */
ALWAYS_INLINE bool flow_is_plain(const struct flow *flow, uint32_t generation, enum view_plain plain)
{
	struct view view;
	uint64_t word = atomic_load_explicit(&flow->published[0], memory_order_acquire);
	memcpy(&view, &word, sizeof word);
	return view.generation == generation && view.plain & plain;
}

/* As flow_read, but view->relay is not read of a flow whose socket is connected to it: the kernel knows it. */
static inline bool flow_read_first_line(const struct flow *flow, uint32_t generation, struct view *view)
{
	flow_read_words(flow, view, VIEW_WORDS_OF_FIRST_LINE);
	if (view->link != LINK_RELAY)
		return flow_read(flow, generation, view);
	view->relay = (struct endpoint){0};
	return view->generation == generation;
}

/* Of the data path: written where it changes only, for others may be reading the same line. */
static inline void flow_note_unanswered(struct flow *flow, uint32_t unanswered)
{
	if (atomic_load_explicit(&flow->unanswered, memory_order_relaxed) != unanswered)
		atomic_store_explicit(&flow->unanswered, unanswered, memory_order_relaxed);
}

/* Stores flow->now where flow_read finds it. */
void flow_publish(struct flow *flow);

/* Descriptors are closed and reused behind our back: before a flow's socket is touched by a number, it must still be
 * the one that the flow was made for. */
bool flow_is_at(const struct flow *flow, const struct world *world, int fd);

/* Moves to a phase, publishes, and wakes whoever sleeps. */
void flow_enter(struct flow *flow, const struct world *world, enum phase phase);

/* Without the lock: sleeps while flow->event is that. 0, -EINTR, -ETIMEDOUT, -EAGAIN. */
int flow_sleep(struct flow *flow, const struct world *world, uint32_t event, uint64_t deadline_ms);

/* The guard rail: connects the kernel socket towards the server, or to this machine's discard port where the server's
 * address cannot be used. One that must stay unconnected is given a port, and no more. */
void flow_hold(struct flow *flow, const struct world *world, const struct endpoint *server);

/* Where the guard rail leads when no server can be reached. */
struct endpoint flow_discard_port(int family);
bool flow_is_discard_port(const struct endpoint *endpoint);

/* Before the program's connection changes: what waits came under the present one. */
void flow_note_backlog(struct flow *flow, const struct world *world);

/* The program connects to a peer that the rules relay (hold: where to) or to one that they send direct (the kernel's
 * answer: 0 or a negative errno), or dissolves its connection (likewise). None of them publishes. */
void flow_connect_relayed(struct flow *flow, const struct world *world, const struct endpoint *peer,
			  const struct endpoint *server);
int flow_connect_direct(struct flow *flow, const struct world *world, const struct endpoint *peer);
int flow_dissolve(struct flow *flow, const struct world *world);

/* The program has set UDP_GRO, or has cleared it. Does not publish. */
void flow_join(struct flow *flow, const struct world *world, bool on);

/* Its association has ended with its port: it has no relay, and knows the last one for what still waits in it. */
void flow_renounce(struct flow *flow, const struct world *world);

/* From now on it also hears direct datagrams: leaves guard or relay, and keeps its port. 0 or a negative errno. */
int flow_open(struct flow *flow, const struct world *world);

/* The kernel has told an error that is the relay's: no poll(2) is to find it again. Does not publish. */
void flow_told(struct flow *flow, const struct world *world);

/* Its error queue is not for us, or not any more. Does not publish. */
void flow_unalert(struct flow *flow, const struct world *world);

/* Somebody wrote to it directly: it is a server from now on, and answers that peer directly. */
void flow_heard(struct flow *flow, const struct world *world, const struct endpoint *peer);

/* The socket can send to that relay by itself. False: *host is where a bridge can meet it. */
bool flow_reaches(const struct flow *flow, const struct world *world, const struct endpoint *relay,
		  struct endpoint *host);

/* The association stands: connects to the relay (unless open, or young), sends what is queued, enters READY.
 * OUTCOME_WRONG_FAMILY: this socket cannot reach such an address; or the outcome of the kernel's refusal. */
enum outcome flow_ready(struct flow *flow, const struct world *world, const struct endpoint *relay);

/* READY, and to send more than one datagram: what flow_ready may have left undone. 0 or a negative errno; does not
 * publish. */
int flow_face_relay(struct flow *flow, const struct world *world);

/* READY: header and payload, to the relay. */
void flow_send(struct flow *flow, const struct world *world, const void *framed, size_t size);

/* The relay's address in the socket's family. */
enum outcome flow_relay_address(const struct view *view, union socket_address *address, socklen_t *size);

/* Its round has failed: FAILED, with an error that the program is still to be told (VIEW_UNTOLD). One that is connected
 * also finds it pending on its socket, as it does an ICMP error: poll(2) and its like wake up. */
void flow_fail(struct flow *flow, const struct world *world, enum outcome reason);

/* The errno that the program is to be told, once; 0: none. */
int flow_take_error(struct flow *flow, const struct world *world);

/* Gives back what it holds, so that its slot can be used anew. The memory of its correspondents stays with the slot:
 * a sender may be reading it without a lock. */
void flow_forget(struct flow *flow, const struct world *world);

#endif
