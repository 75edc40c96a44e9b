/* Sockets that are passed to other processes, and come from them (SCM_RIGHTS).
 *
 * What the kernel does not know of a flow travels in its socket: a classic filter that accepts everything, with the
 * state as constants behind its first step, which are never reached. Whoever receives the socket and has the library
 * takes the state out and detaches it; for others it does nothing. The receiver's flow is LOST: it knows its peer and
 * the relay that still sends to it, and makes an association of its own when it sends. A socket that has a filter of
 * the program's own, or a locked one, goes without its state, as one from a stranger does. */
#ifndef PRELOAD_PASSING_H
#define PRELOAD_PASSING_H

#include <sys/socket.h>

/* sendmsg(2) and recvmsg(2) on a socket that is no flow. */
ssize_t passing_send(int fd, const struct msghdr *message, int flags);
ssize_t passing_receive(int fd, struct msghdr *message, int flags);

/* The same for several, around the call itself. */
void passing_before(const struct mmsghdr *messages, unsigned count);
int passing_after(const struct mmsghdr *messages, int count); /* answers count */

#endif
