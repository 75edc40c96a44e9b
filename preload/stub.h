/* The stub: a nameserver in the process, on loopback, which is all that libc's resolver ever reaches.
 *
 * Theory of operation. A lookup (lookup.h) leads libc to one of the stub's desks: a datagram socket and a listener
 * under one port of 127.0.0.1. Each desk stands for what the lookup is for and whom the program would have asked. One
 * thread a process, started with the first lookup, takes the queries, decides on the way of each by the name in it
 * (core/name_way.h), passes it on and brings the answer back.
 *
 *	stub.c           desks, the thread and its loop, forks
 *	stub_job.c       queries on their way
 *	stub_call.c      queries that come by stream
 *	stub_stream.c    queries that leave by stream
 *	upstream.c       sockets that queries leave from
 *
 * The descriptors are ours; the program cannot close them, and a child of a fork makes its own. Everything in the other
 * files belongs to the thread. */
#ifndef PRELOAD_STUB_H
#define PRELOAD_STUB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/name_way.h"

enum { DESKS = 16 };

struct desk {
	_Atomic int datagrams; /* descriptors; -1: not open */
	_Atomic int listener;
	uint16_t port;
	uint32_t lookups; /* at it now */
	enum name_purpose purpose;
	struct nameservers asked; /* whom the program chose; none: it left that to the system */
};

/* A desk for a lookup, to be closed after it; its port, in host order. -1: there can be no lookup now. */
int stub_open(const struct nameservers *asked, enum name_purpose purpose, uint16_t *port);
void stub_close(int desk);

/* One of our descriptors has another number now; those that are not the stub's do not matter. */
void stub_moved(int fd, int moved);

/* Around a fork, before the negotiator's lock and after it; and where none of that was called, in the child. */
uint64_t stub_forking(void);
void stub_forked(uint64_t mask);
void stub_orphaned(void);

/* Ends the thread's wait. */
void stub_wake(void);

/* For the thread's parts. */
struct desk *stub_desk(int desk);
int stub_socket(int family, int type);   /* one of our own, non-blocking; a negative errno */
void stub_socket_close(_Atomic int *fd); /* and sets -1 */

#endif
