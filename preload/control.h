/* Control data of a datagram out, as it goes with the relayed one. */
#ifndef PRELOAD_CONTROL_H
#define PRELOAD_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/marks.h"

#define CONTROL_SIZE 384

struct control {
	const void *bytes;
	size_t size;
	bool has_segment;
	uint16_t segment; /* UDP_SEGMENT, which is left out: every segment gets a header of its own */
	_Alignas(struct cmsghdr) uint8_t room[CONTROL_SIZE];
};

static inline void control_begin(struct control *control)
{
	control->bytes = control->room;
	control->size = 0;
	control->has_segment = false;
}

/* On an IPv6 socket marks are given for either family of the relay, of which the kernel reads its own. Those of the
 * socket's options come before what the program gives with the datagram. */
void control_mark(struct control *control, struct marks marks);

/* IP_PKTINFO and IPV6_PKTINFO choose a source for the way to the program's destination, which is not the way to the
 * relay; and the association is tied to the source that the relay saw first: they are left out. family: the socket's;
 * ipv6: the destination is an IPv6 address. Answers 0 or the errno of the call: EFAULT, EINVAL for a message of a bad
 * length, ENOBUFS for more than there is room for. */
int control_for_relay(struct control *control, const void *bytes, size_t size, int family, bool ipv6);

/* One message UDP_SEGMENT, of CONTROL_SEGMENT_SIZE octets. */
#define CONTROL_SEGMENT_SIZE CMSG_SPACE(sizeof(uint16_t))
void control_put_segment(void *at, uint16_t segment);

/* Adds UDP_SEGMENT, which overrules the socket's; 0: no segmentation. 0 or ENOBUFS. */
int control_segment(struct control *control, uint16_t segment);

#endif
