/* The IP and UDP headers that a datagram would have had, made up from its addresses. */
#ifndef CORE_UDP_PACKET_H
#define CORE_UDP_PACKET_H

#include "core/endpoint.h"

enum { UDP_PACKET_HEADERS_MAX = 40 + 8 };

struct udp_packet {
	struct endpoint from; /* addresses of one family */
	struct endpoint to;
	const uint8_t *payload;
	size_t captured; /* octets of it that there are */
	size_t size;     /* octets that it had */
};

/* Answers how many octets the headers take. The checksum is right if all of the payload is there, else it is none. */
size_t udp_packet_headers(uint8_t headers[UDP_PACKET_HEADERS_MAX], const struct udp_packet *packet);

#endif
