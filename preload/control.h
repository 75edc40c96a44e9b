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
	uint16_t segment; /* UDP_SEGMENT: we do the cutting, for every segment needs its own header */
	_Alignas(struct cmsghdr) uint8_t room[CONTROL_SIZE];
};

/* IP_PKTINFO and IPV6_PKTINFO choose a source for the way to the program's destination, which is not the way to the
 * relay; and the association is tied to the source that the relay saw first: they are left out. segmenting: the socket
 * has UDP_SEGMENT set, which must not cut header and payload: it is overruled. Answers 0 or the errno of the call:
 * EFAULT, EINVAL for a message of a bad length, ENOBUFS for more than there is room for. */
int control_for_relay(struct control *control, const void *bytes, size_t size, bool segmenting);

#endif
