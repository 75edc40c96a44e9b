/* The negotiator: one thread a process that makes and watches the associations of all flows.
 *
 * Theory of operation. A sender that needs an association opens the control connection itself and leaves the rest to
 * the thread, which waits in epoll for control connections and for one alarm, set to the first deadline. One lock
 * guards all flows, the table and the negotiator; it is held for a few system calls at a time, never across anything
 * that blocks, and with all signals blocked, so that a signal handler that sends cannot meet a lock held by the code
 * that it interrupted. The data path does not take it. Every function here but negotiator_lock expects it. */
#ifndef CORE_NEGOTIATOR_H
#define CORE_NEGOTIATOR_H

#include <pthread.h>

#include "core/flow_table.h"
#include "core/incoming.h"
#include "core/settings.h"

enum { SERVER_ADDRESSES = 4, NEGOTIATOR_SERVERS = 64 };

/* What is known of a server beside its settings. */
struct server_state {
	struct endpoint addresses[SERVER_ADDRESSES];
	uint8_t count;           /* of addresses; 0: its name is not resolved */
	uint8_t cursor;          /* the address to use */
	uint64_t rests_until_ms; /* it failed: others go first */
};

struct negotiator {
	const struct world *world;
	const struct settings *settings;
	pthread_mutex_t mutex;
	struct flow_table table;
	struct deadlines deadlines;
	struct server_state *servers;
	struct handshake *pool;
	_Atomic int watch;        /* epoll; -1: not running */
	int alarm;                /* timerfd */
	uint64_t alarm_ms;        /* what it is set to */
	int16_t preferred;        /* the server that was good last */
	pid_t process;            /* whose thread runs */
	_Atomic uint64_t dropped; /* datagrams that waited for an association that did not come, or found no room */
	_Atomic uint64_t discarded[INCOMING_FOREIGN + 1]; /* received and dropped, by enum incoming_verdict */
};

/* settings stay the caller's and must outlive the negotiator. OUTCOME_NO_MEMORY; OUTCOME_NO_ROOM:
 * more than NEGOTIATOR_SERVERS. */
enum outcome negotiator_init(struct negotiator *negotiator, const struct world *world, const struct settings *settings);

/* Answers the signal mask to restore. */
uint64_t negotiator_lock(struct negotiator *negotiator);
void negotiator_unlock(struct negotiator *negotiator, uint64_t mask);

/* Starts a round of attempts for a flow that has no association: all servers in turn (or the one demanded), the last
 * good one first. The flow is NEGOTIATING, or FAILED, afterwards. */
void negotiator_associate(struct negotiator *negotiator, struct flow *flow, int16_t demanded);

/* Ends what the flow has of an association, established or not. The phase is the caller's to change. */
void negotiator_dissociate(struct negotiator *negotiator, struct flow *flow);

/* Drops what waits for the association, and counts it. */
void negotiator_discard(struct negotiator *negotiator, struct flow *flow);

/* Where the guard rail leads: the address of the server that would be tried first; ENDPOINT_NONE if not known. */
struct endpoint negotiator_guard(const struct negotiator *negotiator, int16_t demanded);

/* Flows that nobody watches (VIEW_UNWATCHED) are watched by this process from now on; those whose control connection
 * is gone are LOST. OUTCOME_NO_THREAD, OUTCOME_NO_DESCRIPTOR. */
enum outcome negotiator_watch(struct negotiator *negotiator);

/* One turn of the thread's loop: waits for control connections and deadlines, and handles those that came. Takes and
 * releases the lock itself. False: its descriptors were closed under it; the next flow in need starts a new thread. */
bool negotiator_turn(struct negotiator *negotiator);

/* The program wants the number of one of our descriptors for itself. */
void negotiator_evict(struct negotiator *negotiator, int fd);

/* In the child of a fork, with the lock held since before it. */
void negotiator_forked(struct negotiator *negotiator);

#endif
