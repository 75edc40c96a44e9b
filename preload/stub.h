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
 *	stub_asker.c     who may ask
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
void stub_desk_lookup(int desk, struct name_lookup *lookup, struct nameservers *asked); /* of whoever is at it */

/* The descriptors of the thread's parts lie where stub_moved finds them, and are used under the negotiator's lock: at
 * any other time the number may come to be the program's. But upstream.h's, once there, are used as the program's own
 * sockets are, without it. Sockets are non-blocking. 0 or a negative errno. */
int stub_socket(_Atomic int *fd, int family, int type);
int stub_socket_of(_Atomic int *fd, int family, int type, int protocol);
int stub_socket_accept(_Atomic int *fd, const _Atomic int *listener, struct sockaddr_in *peer);
void stub_socket_close(_Atomic int *fd); /* and sets -1 */
void stub_socket_hand_on(_Atomic int *from, _Atomic int *to);
int stub_socket_connect(const _Atomic int *fd, const union socket_address *to, socklen_t size);
long stub_socket_send(const _Atomic int *fd, const struct msghdr *message);
long stub_socket_receive(const _Atomic int *fd, struct msghdr *message);

#endif
