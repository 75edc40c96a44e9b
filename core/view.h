/* The view of a flow: everything that sending or receiving one datagram depends on, as one small value.
 *
 * Flows publish it (flow.c); outgoing.c and incoming.c decide by it alone. */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include <stdint.h>

#include "core/endpoint.h"
#include "core/header.h"
#include "core/marks.h"

/* What a flow may do at each phase:
 *
 *	              first relayed send    further relayed sends     direct sends   receives
 *	FRESH         starts a negotiation  -                         yes            direct
 *	NEGOTIATING   -                     wait, or are queued       yes            direct if open
 *	READY         -                     leave with a header       yes            relayed; direct if open
 *	LOST          -                     are queued                yes            what the old relay still sends
 *	FAILED        is told the reason,   are queued; start a       yes            direct if open
 *	              once                  negotiation once the
 *	                                    server has rested
 *
 * One that is LOST had an association: it gets another by itself, and the program notices nothing but lost datagrams.
 * One that FAILED never had one. */
enum phase { PHASE_FRESH, PHASE_NEGOTIATING, PHASE_READY, PHASE_LOST, PHASE_FAILED };

/* What the kernel socket is connected to. The program's own idea of its peer is `peer`. */
enum link {
	LINK_NONE,  /* nothing: relayed datagrams are sent to the relay by name, direct ones are heard if it is open */
	LINK_GUARD, /* towards the server: nothing can leave unframed, nothing is heard */
	LINK_RELAY, /* the relay */
	LINK_PEER,  /* the program's peer, which the rules send direct */
};

enum view_flag {
	VIEW_BOUND = 1,         /* the program bound it: those who write to it first are answered directly */
	VIEW_BOUND_ADDRESS = 2, /* to an address, not to the wildcard */
	VIEW_OPEN = 4,          /* goes on hearing direct datagrams: a server, or it has talked directly */
	VIEW_TIMED = 8,         /* SO_RCVTIMEO or SO_SNDTIMEO may be set */
	VIEW_CORKED = 16,       /* a datagram is being put together in the kernel (MSG_MORE) */
	VIEW_YOUNG = 32,        /* new, or from over a fork: negotiator_watch has to see it before it sends on */
	VIEW_CORKING = 64,      /* UDP_CORK is set */
	VIEW_GRO = 128,         /* the program set UDP_GRO */
	VIEW_V6ONLY = 256,      /* IPV6_V6ONLY, which we cleared in the kernel to reach an IPv4 relay */
	VIEW_UNTOLD = 512,      /* it FAILED, and the program does not know */
	VIEW_SETTLED = 1024,    /* connected to the relay, and all that came before that has been taken */
	VIEW_BACKLOG = 2048,    /* what came under another peer may wait in the socket (backlog.h) */
	VIEW_PEEKING = 4096,    /* SO_PEEK_OFF is set; the kernel does not know */
	VIEW_JOINS = 8192,      /* UDP_GRO is set in the kernel: datagrams come joined */
	VIEW_STAMPED = 32768,   /* times of departure are told (SO_TIMESTAMPING): of each datagram by itself */
	VIEW_MUTE = 16384,      /* shut down for sending: nothing is to wait in a queue */
};

/* What is plain goes by its first word alone, and straight to the relay that its socket is connected to, or comes from
 * there. Nearly all is. */
enum view_plain { VIEW_PLAIN_OUT = 1, VIEW_PLAIN_IN = 2 };

struct view {
	uint32_t generation;   /* of the slot; odd: in use */
	uint8_t phase : 4;     /* enum phase */
	uint8_t link : 4;      /* enum link */
	uint8_t plain;         /* enum view_plain, as view_plain answers for the rest */
	uint16_t flags;        /* enum view_flag */
	uint8_t family;        /* AF_INET or AF_INET6: the socket's */
	uint8_t source;        /* enum endpoint_kind of the address that the program sees itself send from; NONE: any */
	int16_t server;        /* index of the association's server, or ANY_SERVER */
	uint16_t segment;      /* UDP_SEGMENT as the program set it, while we do the cutting; 0: off */
	uint8_t alerted;       /* IP_RECVERR is set, and the program does not know: unconnected, it hears of
				  a relay that is there no more */
	uint8_t marks;         /* enum marks_wish */
	struct endpoint peer;  /* the program's peer; ENDPOINT_NONE: not connected */
	struct endpoint relay; /* the rendezvous address, once there was one */
};

/* The kernel socket is connected to something that is not the program's peer. */
static inline bool view_is_held(const struct view *view)
{
	return view->link == LINK_GUARD || view->link == LINK_RELAY;
}

/* Errors that the kernel tells of the way are the relay's: it is connected to that, or has sent to nobody else. */
static inline bool view_hears_of_relay(const struct view *view)
{
	bool alone = view->link == LINK_NONE && !(view->flags & VIEW_OPEN) && view->relay.kind != ENDPOINT_NONE;
	return view_is_held(view) || view->alerted || alone;
}

static inline bool view_is_connected(const struct view *view)
{
	return view->peer.kind != ENDPOINT_NONE;
}

/* From there the kernel reaches no IPv4. */
static inline bool view_is_bound_v6(const struct view *view)
{
	return view->flags & VIEW_BOUND_ADDRESS && view->source == ENDPOINT_IPV6;
}

/* An IPv4 socket, and nothing that a datagram would have to be looked at for. */
static inline uint8_t view_plain(const struct view *view)
{
	enum {
		NOT_OUT = VIEW_YOUNG | VIEW_UNTOLD | VIEW_CORKED | VIEW_CORKING | VIEW_MUTE | VIEW_V6ONLY,
		NOT_IN = VIEW_YOUNG | VIEW_UNTOLD | VIEW_TIMED | VIEW_BACKLOG | VIEW_PEEKING | VIEW_JOINS,
	};
	bool out = view->phase == PHASE_READY && view->link == LINK_RELAY && !(view->flags & NOT_OUT) &&
		   !view->segment && !(view->marks & MARKS_SENT);
	bool in = view->flags & VIEW_SETTLED && !(view->flags & NOT_IN);
	if (view->family != AF_INET)
		return 0;
	return (uint8_t)((out ? VIEW_PLAIN_OUT : 0) | (in ? VIEW_PLAIN_IN : 0));
}

_Static_assert(sizeof(struct view) % sizeof(uint64_t) == 0, "views are published in whole words");

#endif
