/* Control data of a datagram out, as it goes with the relayed one. */
#ifndef PRELOAD_CONTROL_H
#define PRELOAD_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define CONTROL_SIZE 256

struct control {
	const void *bytes;
	size_t size;
	bool has_segment;
	uint16_t segment; /* UDP_SEGMENT, which is left out: every segment gets a header of its own */
	_Alignas(struct cmsghdr) uint8_t room[CONTROL_SIZE];
};

/* IP_PKTINFO and IPV6_PKTINFO choose a source for the way to the program's destination, which is not the way to the
 * relay; and the association is tied to the source that the relay saw first: they are left out. ipv6: the destination
 * is an IPv6 address. Answers 0 or the errno of the call: EFAULT, EINVAL for a message of a bad length, ENOBUFS for
 * more than there is room for. */
int control_for_relay(struct control *control, const void *bytes, size_t size, bool ipv6);

/* One message UDP_SEGMENT, of CONTROL_SEGMENT_SIZE octets. */
#define CONTROL_SEGMENT_SIZE CMSG_SPACE(sizeof(uint16_t))
void control_put_segment(void *at, uint16_t segment);

/* Adds UDP_SEGMENT, which overrules the socket's; 0: no segmentation. 0 or ENOBUFS. */
int control_segment(struct control *control, uint16_t segment);

#endif
