/* A datagram out: every send shape is one struct outward and goes through outward_send. */
#ifndef PRELOAD_OUTWARD_H
#define PRELOAD_OUTWARD_H

#include "preload/cover.h"

struct outward {
	const struct iovec *pieces; /* checked: readable, and their lengths valid */
	size_t count;
	size_t size;               /* of all pieces */
	const struct sockaddr *to; /* NULL: none given */
	socklen_t to_size;
	const void *control;
	size_t control_size;
	int flags;
	int failure; /* what the kernel answered to a first attempt (outward_plain.h), an errno; 0: there was none */
	bool is_message; /* by sendmsg, which reads a name's length otherwise than sendto */
};

/* The kernel's reading of a msghdr: no name where its length is zero, a length cut to the largest address. False: it
 * answers an error. */
bool outward_of_message(struct outward *outward, const struct msghdr *message, int flags);

/* False: the call is the kernel's, as the program made it: the datagram goes direct, or there is an error in it that
 * the kernel finds without sending. Else *sent is the call's answer, with errno where it is -1. */
bool outward_send(int fd, flow_handle handle, const struct outward *outward, ssize_t *sent);

/* Those at the beginning of sendmmsg's messages that leave with a header at once, together: answers how many have left;
 * 0: the first is one for outward_send; -1 and errno: it cannot leave. *more: there is no reason to stop behind them.
 */
int outward_send_together(int fd, flow_handle handle, struct mmsghdr *messages, unsigned count, int flags, bool *more);

/* The same call to the kernel, for a datagram with a name that must not leave from any UDP socket but the flow's
 * (HANDLE_NONE: from any), were another thread to put one in the number's place: it answers EBADF then. */
ssize_t outward_by_kernel(int fd, flow_handle handle, const struct outward *outward);

#endif
