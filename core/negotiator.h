/* The negotiator: one thread a process that makes and watches the associations of all flows.
 *
 * Theory of operation. A sender that needs an association opens the control connection itself and leaves the rest to
 * the thread, which waits in epoll for control connections and for one alarm, set to the first deadline. One lock
 * guards all flows, the table and the negotiator; it is held for a few system calls at a time, never across anything
 * that blocks, and with all signals blocked, so that a signal handler that sends cannot meet a lock held by the code
 * that it interrupted. The data path does not take it. Every function here but negotiator_lock expects it.
 *
 *	negotiator.c          the lock, the thread and its loop, descriptors that must make room, forks
 *	negotiator_round.c    attempts, one server after the other, for whoever wants an association
 *	negotiator_flow.c     flows that want one, have one, lose it
 *	negotiator_spare.c    associations kept ready, and servers tried again for their own sake
 *	negotiator_bridge.c   what it carries between sockets and relays of different families
 *	negotiator_departure.c    flows of closed sockets, for what waits in them */
#ifndef CORE_NEGOTIATOR_H
#define CORE_NEGOTIATOR_H

#include <pthread.h>

#include "core/flow_table.h"
#include "core/intake.h"
#include "core/partings.h"
#include "core/servers.h"
#include "core/settings.h"
#include "core/statistics.h"

struct spare;

struct negotiator {
	const struct world *world;
	const struct settings *settings;
	pthread_mutex_t mutex;
	struct servers servers;
	struct deadlines deadlines;
	struct handshake *pool;       /* not in use */
	struct handshake_slab *slabs; /* where they come from */
	uint32_t busy;                /* handshakes in use */
	struct spare *spares;         /* NULL: none are called for */
	uint32_t spare_count;
	struct deadline care; /* the spares are to be looked after */
	_Atomic int watch;    /* epoll; -1: not running */
	int alarm;            /* timerfd */
	uint64_t alarm_ms;    /* what it is set to */
	bool starting;        /* the thread is, as soon as the lock is let go of */
	pid_t process;        /* whose thread runs */
	/* The relays that flows of this process and its relatives had: what they still send to a port that another
	 * socket has by now is no direct datagram. With port 0: their hosts. Since they are shared, also whose each
	 * one is: what it sends comes to all who have that socket. */
	_Atomic(struct correspondents *) relays;
	bool has_shared; /* them with what was forked */
	struct intake intake;
	struct flow *departed;
	uint32_t departed_count;
	struct deadline departing; /* some of them are to end */
	/* What stands for an address that the program uses; NULL: nothing ever does. */
	enum alias_kind (*resolve_alias)(const struct endpoint *shown, struct alias *alias);
	struct statistics statistics;
	/* What a process with one socket needs ends with the table's first flow. */
	struct flow_table table;
	struct partings unanswered; /* their sockets have sent last: the server may not have read that yet */
	struct partings answered;   /* in a process that keeps spare associations, for it is in a hurry */
};

/* What can wait waits for a tick of the slowest kernels: an alarm before the next one has the processor's timer set,
 * which under a hypervisor takes as long as an exchange by what is ready (5 us, and 0.4 after it). */
enum { TICK_MS = 10 };

enum { UNANSWERED_MS = 200, ANSWERED_MS = TICK_MS }; /* how long those stay */

/* The negotiator is zeros: most of its pages are never touched. settings stay the caller's and must outlive it.
 * OUTCOME_NO_MEMORY; OUTCOME_NO_ROOM: more than SERVERS_MAX. */
enum outcome negotiator_init(struct negotiator *negotiator, const struct world *world, const struct settings *settings);

/* Answers the signal mask to restore. Whoever lets go of the lock has taken in what waits for that. */
uint64_t negotiator_lock(struct negotiator *negotiator);
void negotiator_unlock(struct negotiator *negotiator, uint64_t mask);

/* The same for a caller that has all signals blocked. OUTCOME_NO_THREAD: what needed the thread has failed. */
void negotiator_take(struct negotiator *negotiator);
enum outcome negotiator_release(struct negotiator *negotiator);

/* For a caller that must not be put to sleep, for whoever has the lock may have been preempted. False: it was not to be
 * had within some ten microseconds. */
bool negotiator_lock_soon(struct negotiator *negotiator, uint64_t *mask);

/* Something was put in: whoever has the lock takes it in, or nobody has it, and this does. */
void negotiator_call_in(struct negotiator *negotiator);

/* Makes the thread run, once the lock is let go of: to start one, libc takes locks of its own, which a program may hold
 * whose signal handler waits for this lock. OUTCOME_NO_DESCRIPTOR. */
enum outcome negotiator_run(struct negotiator *negotiator);

/* Sets a deadline, and the alarm where it has become the first one. OUTCOME_NO_MEMORY: it is not set. */
enum outcome negotiator_set_deadline(struct negotiator *negotiator, struct deadline *deadline, uint64_t at_ms);

/* Gets an association for a flow that has none: a spare one, or by a round of attempts, held by the guard rail. The
 * flow is READY, NEGOTIATING or FAILED afterwards; one that is LOST stays so, or is READY. attended: somebody is going
 * to attend to the round. */
void negotiator_associate(struct negotiator *negotiator, struct flow *flow, int16_t demanded, bool attended);

/* Nobody is bound to attend to its round any more. It may have FAILED afterwards. */
void negotiator_leave_to_thread(struct negotiator *negotiator, struct flow *flow);

/* The flow's association is of no use any more: it is LOST, and gets another by itself. */
void negotiator_lose(struct negotiator *negotiator, struct flow *flow);

/* The relay refused a datagram: where that happens again and again the association is lost. */
void negotiator_refused(struct negotiator *negotiator, struct flow *flow);

/* Ends what the flow has of an association, established or not. The phase is the caller's to change. */
void negotiator_dissociate(struct negotiator *negotiator, struct flow *flow);

/* The same, and it is FRESH again, with the port that it has: for another server's association. */
void negotiator_begin_anew(struct negotiator *negotiator, struct flow *flow);

/* Has the thread look after the spare associations, and the servers that are not well. */
void negotiator_call_for_care(struct negotiator *negotiator);

/* A server that was not well has made an association: those who wait for it need not wait for their hour. */
void negotiator_hasten(struct negotiator *negotiator);

/* Its socket is closed. The control connection stays open for a moment where something has just been sent; what still
 * waits is lost. */
void negotiator_end_flow(struct negotiator *negotiator, struct flow *flow);

/* Drops what waits for the association, and counts it. */
void negotiator_discard(struct negotiator *negotiator, struct flow *flow);

/* Where the guard rail leads: the address of the server that would be tried first; ENDPOINT_NONE if not known. */
struct endpoint negotiator_guard(const struct negotiator *negotiator, int16_t demanded);

/* A young flow is watched by this process, and connected to its relay, from now on; one whose control connection is
 * gone is LOST. OUTCOME_NO_DESCRIPTOR. */
enum outcome negotiator_watch(struct negotiator *negotiator, struct flow *flow);

/* A flow that another image had gets its association, whose control connection is an own descriptor already. It is not
 * watched yet (VIEW_YOUNG). */
void negotiator_adopt(struct negotiator *negotiator, struct flow *flow, const struct association *association);

/* One turn of the thread's loop: waits for control connections and deadlines, and handles those that came. Takes and
 * releases the lock itself. False: its descriptors were closed under it; the next flow in need starts a new thread. */
bool negotiator_turn(struct negotiator *negotiator);

/* The program wants the number of one of our descriptors for itself. */
void negotiator_evict(struct negotiator *negotiator, int fd);

/* Before a fork, with the lock held until after it. */
void negotiator_forking(struct negotiator *negotiator);

/* In the child of a fork, with the lock held since before it. */
void negotiator_forked(struct negotiator *negotiator);

#endif
