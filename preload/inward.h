/* A datagram in: every receive shape is one struct inward and goes through inward_receive. */
#ifndef PRELOAD_INWARD_H
#define PRELOAD_INWARD_H

#include "preload/cover.h"

struct inward {
	const struct iovec *pieces; /* checked: readable, and their lengths valid */
	size_t count;
	size_t capacity;       /* of all pieces */
	struct sockaddr *from; /* NULL: not asked for */
	socklen_t *from_size;
	bool foremost;       /* the first that waits, whatever SO_PEEK_OFF says */
	bool whole;          /* recvmsg: control data and flags are asked for */
	void *control;       /* the program's own buffer */
	size_t control_size; /* in: its room; out: what the kernel put there */
	int flags;           /* in: of the call */
	int message_flags;   /* out: msg_flags */
};

/* A msghdr to receive into, which can be written. False: the kernel answers an error for it. And what comes back in it.
 */
bool inward_of_message(struct inward *inward, struct msghdr *message, int flags);
void inward_store_message(const struct inward *inward, struct msghdr *message);

/* recvmmsg: several of the messages in one system call. False: they are to be received one by one. *got: how many it
 * were, 0 where all that came was dropped, or -1 and errno. *more: the kernel would go on. */
bool inward_receive_together(int fd, flow_handle handle, struct mmsghdr *messages, unsigned count, int flags,
			     struct timespec *timeout, int *got, bool *more);

/* One that asks for no more than a source, into one place in memory. */
struct inward_flat {
	void *bytes;
	size_t size;
	int flags;
	struct sockaddr *from; /* NULL: not asked for */
	socklen_t *from_size;
};

/* False: the call is the kernel's, as the program made it. Else *got is the call's answer, with errno where -1. */
bool inward_receive(int fd, flow_handle handle, struct inward *inward, ssize_t *got);

/* The payload of the next datagram that the program would be given, 0 if there is none: FIONREAD. Drops what stands
 * before it. */
size_t inward_next_size(int fd, flow_handle handle);

#endif
