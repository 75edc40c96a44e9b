/* What the kernel tells along with a datagram (control data), as the program is to be told it. */
#ifndef PRELOAD_TOLD_H
#define PRELOAD_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* For control data as the kernel gives them: more than it has for a datagram, but for IPv6's extension headers. */
#define TOLD_ROOM 1024

/* So much more than the program has room for, and nothing that it would be told is cut off. */
#define TOLD_MORE 192

struct told {
	uint8_t *bytes;
	size_t size;
	uint16_t segment; /* in place of the kernel's UDP_GRO */
	uint8_t marks;    /* enum marks_wish: of an IPv6 socket, how its program is told the packet's marks */
	bool ipv6;        /* the program knows the peer by an IPv6 address */
};

/* Puts it into the program's room, as the kernel does. Answers how much of that is used; *flags: MSG_CTRUNC is added
 * where there was not enough. */
size_t told_store(const struct told *told, void *control, size_t size, int *flags);

#endif
