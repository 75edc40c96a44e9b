/* Datagrams with their marks, hop limit and traffic class: what the tests' peers hear they answer alike, and what a
 * relay is sent it passes on, so that a program's marks can be seen through it. */
#ifndef LIVE_MARKED_MARKED_H
#define LIVE_MARKED_MARKED_H

#include <sys/socket.h>
#include <sys/types.h>

struct packet_marks {
	int hops;
	int traffic_class;
};

/* Those of a socket that knows nothing of them. */
#define MARKS_PLAIN ((struct packet_marks){64, 0})

/* For what is told of them. */
#define MARKED_CONTROL (2 * CMSG_SPACE(sizeof(int)))

/* Has a socket told of them. */
void marked_ask(int fd, int family);

/* From the control data of a message that was received. */
struct packet_marks marked_read(struct msghdr *message);

ssize_t marked_send(int fd, const void *bytes, size_t size, const struct sockaddr *to, socklen_t to_size,
		    struct packet_marks marks);

#endif
