/* The engine: what the hooks ask of core beside the data path, each call under the negotiator's lock. */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include "core/handover.h"
#include "core/negotiator_admission.h"
#include "core/outgoing.h"

/* A datagram that is to be relayed and finds no association (OUTGOING_PREPARE). */
enum admission engine_admit(struct negotiator *negotiator, const struct applicant *applicant,
			    struct attendance *attendance, int *error);

/* OUTGOING_LEAVE: the flow talks directly from now on, too. */
enum admission engine_open(struct negotiator *negotiator, int fd, flow_handle handle, int *error);

/* Whether relays are on that address's host, as far as is known here: servers, and what they have named so far. */
bool engine_is_host_of_relays(struct negotiator *negotiator, const struct endpoint *from);

/* A socket that was used before it was known is connected to that peer, which may be of our own making. */
void engine_inherit(struct negotiator *negotiator, int fd, flow_handle handle, const struct endpoint *peer);

/* connect(2) of the program. peer ENDPOINT_NONE: AF_UNSPEC. 0 or a negative errno. */
int engine_connect(struct negotiator *negotiator, int fd, flow_handle handle, const struct endpoint *peer);

/* A datagram to that destination was more than the way to the relay takes; and which one was the last (the error queue
 * names the relay only). */
void engine_note_too_long(struct negotiator *negotiator, flow_handle handle, const struct endpoint *to);
struct endpoint engine_too_long(struct negotiator *negotiator, flow_handle handle);

/* The peer that the program first connected to: further connects keep the source address. ENDPOINT_NONE: not known. */
struct endpoint engine_first_peer(struct negotiator *negotiator, flow_handle handle);

/* The program has bound it. */
void engine_bound(struct negotiator *negotiator, flow_handle handle, const struct endpoint *local);

/* A peer wrote to a bound socket directly. */
void engine_heard(struct negotiator *negotiator, flow_handle handle, const struct endpoint *peer);

/* The kernel has told an error (an errno) that is the relay's. If it refuses a datagram (ICMP) again and again the
 * association is lost, although its control connection stands. */
void engine_told(struct negotiator *negotiator, flow_handle handle, int error);

/* The program makes use of its socket's error queue from now on, or another one may that the socket is passed to. */
void engine_unalert(struct negotiator *negotiator, flow_handle handle);

/* A young flow (VIEW_YOUNG) is watched from now on, so that it is renewed when it is lost. */
void engine_watch(struct negotiator *negotiator, flow_handle handle);

/* The kernel finds no way to the relay: the network has changed. */
void engine_unreachable(struct negotiator *negotiator, flow_handle handle);

/* The error that waits for the program (VIEW_UNTOLD), which is told now; 0: none. */
int engine_take_error(struct negotiator *negotiator, flow_handle handle);

/* A datagram from that relay has been taken since the socket was connected to it: what was there before is gone. */
void engine_settled(struct negotiator *negotiator, flow_handle handle, const struct endpoint *relay);

/* VIEW_BACKLOG: the datagram in the socket behind so many is to be judged by that view. The oldest is out of it. And:
 * nothing waits in it. */
void engine_backlog(struct negotiator *negotiator, flow_handle handle, uint32_t behind, struct view *view);
void engine_backlog_taken(struct negotiator *negotiator, flow_handle handle);
void engine_backlog_over(struct negotiator *negotiator, flow_handle handle);

/* Some socket of this process has sent last, not received: its server may not have read that yet. */
bool engine_is_unanswered(struct negotiator *negotiator);

/* Waits until what is queued for associations that are being made has left, or for that time. */
void engine_await_departures(struct negotiator *negotiator, uint64_t deadline_ms);

/* Sets (on) or clears flags of the view; the size of UDP_SEGMENT. */
void engine_note(struct negotiator *negotiator, flow_handle handle, unsigned flags, bool on);
void engine_segment(struct negotiator *negotiator, flow_handle handle, uint16_t segment);

/* Sets or clears what the program asks of marks (enum marks_wish). Answers all that it asks for now. */
unsigned engine_mark(struct negotiator *negotiator, flow_handle handle, unsigned wishes, bool on);

/* UDP_GRO. */
void engine_join(struct negotiator *negotiator, flow_handle handle, bool on);

/* Descriptors. */
bool engine_add(struct negotiator *negotiator, int fd, int family); /* false: cannot be covered */
void engine_closing(struct negotiator *negotiator, int fd);         /* before the real close */
void engine_closed(struct negotiator *negotiator, int fd);          /* after it; takes no lock */
void engine_drop(struct negotiator *negotiator, int fd);            /* it may name something else by now */
void engine_evict(struct negotiator *negotiator, int fd);           /* the program wants this number: move ours */

/* A number that was not known names a socket, which was a datagram socket of this family when it had this cookie. It
 * may be known by another number: one socket has one flow. */
enum learning {
	LEARNING_OK,     /* *handle is its flow, and was before */
	LEARNING_NEW,    /* *handle is a new flow */
	LEARNING_AGAIN,  /* the number has come to name something else meanwhile */
	LEARNING_FAILED, /* it cannot be covered */
};
enum learning engine_learn(struct negotiator *negotiator, int fd, int family, uint64_t cookie, flow_handle *handle);

/* A datagram socket of the library's own, noted as such, becomes a flow that this handle alone finds: for the program
 * its number stays one of ours. HANDLE_NONE: cannot be covered. */
flow_handle engine_add_own(struct negotiator *negotiator, int fd, int family);
void engine_end_own(struct negotiator *negotiator, flow_handle handle); /* its descriptor stays the caller's */

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

/* What there is to hand over of a flow (handover.h), and its control connection as it is here, or -1. False: nothing.
 */
bool engine_hand_over(struct negotiator *negotiator, flow_handle handle, struct handover *handover, int *control);

/* A descriptor names the flow that a handover is of, which its cookie must agree with. control: its control connection
 * as an own descriptor, which the flow has from now on, or -1. False: not adopted, and control is still the caller's.
 */
bool engine_adopt(struct negotiator *negotiator, int fd, const struct handover *handover, int control);

/* The flow that a socket is known by here under another descriptor becomes this descriptor's too. False: there is none.
 */
bool engine_recognise(struct negotiator *negotiator, int fd);

/* Whether that is the flow's socket, whatever the number. */
bool engine_is_socket_of(struct negotiator *negotiator, int fd, flow_handle handle);

/* Whether this process may change the table: false in the child of a vfork, which shares our memory. */
bool engine_is_ours(const struct negotiator *negotiator);

#endif
