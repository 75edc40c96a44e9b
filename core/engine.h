/* The engine: what the hooks ask of core beside the data path, each call under the negotiator's lock. */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include "core/negotiator.h"
#include "core/outgoing.h"

/* What a sender does next. */
enum admission {
	ADMISSION_AGAIN,  /* the view has changed: decide again */
	ADMISSION_WAIT,   /* negotiating: wait on flow->event while it is *event */
	ADMISSION_FRAME,  /* to be handed over framed, also by a sender that might wait: nobody knows how long */
	ADMISSION_QUEUED, /* taken: it leaves when the association stands, or was dropped for want of room */
	ADMISSION_FAILED, /* fails with *error */
	ADMISSION_GONE,   /* the descriptor no longer names this flow */
};

/* A datagram that is to be relayed and finds no association (OUTGOING_PREPARE). framed: header and payload, for a
 * sender that must not wait; NULL for one that may. */
enum admission engine_admit(struct negotiator *negotiator, int fd, flow_handle handle, const struct outgoing *outgoing,
			    const void *framed, size_t size, uint32_t *event, int *error);

/* OUTGOING_LEAVE: the flow talks directly from now on, too. */
enum admission engine_open(struct negotiator *negotiator, int fd, flow_handle handle, int *error);

/* A socket that was used before it was known is connected to that peer, which may be of our own making. */
void engine_inherit(struct negotiator *negotiator, int fd, flow_handle handle, const struct endpoint *peer);

/* connect(2) of the program. peer ENDPOINT_NONE: AF_UNSPEC. 0 or a negative errno. */
int engine_connect(struct negotiator *negotiator, int fd, flow_handle handle, const struct endpoint *peer);

/* The program has bound it. */
void engine_bound(struct negotiator *negotiator, flow_handle handle, const struct endpoint *local);

/* A peer wrote to a bound socket directly. */
void engine_heard(struct negotiator *negotiator, flow_handle handle, const struct endpoint *peer);

/* The relay refused a datagram (ICMP): if that happens again and again the association is lost, although its control
 * connection stands. */
void engine_refused(struct negotiator *negotiator, flow_handle handle);

/* A child of a fork receives on a flow that it has from its parent: it watches that itself from now on, so that it is
 * renewed here too. */
void engine_watch(struct negotiator *negotiator);

/* The kernel finds no way to the relay: the network has changed. */
void engine_unreachable(struct negotiator *negotiator, flow_handle handle);

/* The error that waits for the program (VIEW_UNTOLD), which is told now; 0: none. */
int engine_take_error(struct negotiator *negotiator, flow_handle handle);

/* Sets (on) or clears flags of the view; the size of UDP_SEGMENT. */
void engine_note(struct negotiator *negotiator, flow_handle handle, unsigned flags, bool on);
void engine_segment(struct negotiator *negotiator, flow_handle handle, uint16_t segment);

/* Descriptors. */
bool engine_add(struct negotiator *negotiator, int fd, int family); /* false: cannot be covered */
void engine_closing(struct negotiator *negotiator, int fd);         /* before the real close */
void engine_closed(struct negotiator *negotiator, int fd);          /* after it; takes no lock */
void engine_drop(struct negotiator *negotiator, int fd);            /* it names something else by now */
void engine_evict(struct negotiator *negotiator, int fd);           /* the program wants this number: move ours */

/* Calls that change descriptors in the kernel and in the table as one, so that no thread finds one changed without the
 * other, and a number that threads fight over never leads from one socket's flow to another's socket. */
struct duplication {
	int (*make)(const struct duplication *duplication); /* the call itself: a number, or -1 and errno */
	int fd;
	int number; /* wanted, or the lowest that will do */
	int flags;
};
int engine_duplicate(struct negotiator *negotiator, const struct duplication *duplication, bool *covered);
int engine_close(struct negotiator *negotiator, int fd, int (*make)(int fd));

/* Whether that is the flow's socket, whatever the number. */
bool engine_is_socket_of(struct negotiator *negotiator, int fd, flow_handle handle);

/* Whether this process may change the table: false in the child of a vfork, which shares our memory. */
bool engine_is_ours(const struct negotiator *negotiator);

#endif
