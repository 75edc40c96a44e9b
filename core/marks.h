/* The marks of a datagram: hop limit and traffic class (RFC 8200), which IPv4 calls TTL and TOS.
 *
 * The kernel has options and control messages of both names, and goes by what a packet is. To the program a datagram is
 * what its peer is, whatever leads to the relay: on an IPv6 socket the two may differ. */
#ifndef CORE_MARKS_H
#define CORE_MARKS_H

#include <stdbool.h>
#include <stdint.h>

/* Of an IPv6 socket: what its program asks for. */
enum marks_wish {
	MARKS_HOPS_IPV4 = 1,  /* to be told by IP_RECVTTL */
	MARKS_CLASS_IPV4 = 2, /* IP_RECVTOS */
	MARKS_HOPS_IPV6 = 4,  /* IPV6_RECVHOPLIMIT */
	MARKS_CLASS_IPV6 = 8, /* IPV6_RECVTCLASS */
	MARKS_HOPS_2292 = 16, /* IPV6_2292HOPLIMIT */
	MARKS_OTHERS = 32,    /* something else that is told of IPv4 only */
	MARKS_HOPS = MARKS_HOPS_IPV4 | MARKS_HOPS_IPV6 | MARKS_HOPS_2292,
	MARKS_CLASS = MARKS_CLASS_IPV4 | MARKS_CLASS_IPV6,
	MARKS_TOLD = MARKS_HOPS | MARKS_CLASS | MARKS_OTHERS,
	MARKS_SENT = 64, /* what it sends to IPv6 has other marks than what it sends to IPv4 */
};

struct marks {
	uint8_t hops;
	uint8_t traffic_class;
};

/* Both of a socket, as one word. */
static inline uint32_t marks_join(struct marks ipv4, struct marks ipv6)
{
	return (uint32_t)ipv4.hops | (uint32_t)ipv4.traffic_class << 8 | (uint32_t)ipv6.hops << 16 |
	       (uint32_t)ipv6.traffic_class << 24;
}

static inline struct marks marks_of(uint32_t joined, bool ipv6)
{
	uint32_t word = ipv6 ? joined >> 16 : joined;
	return (struct marks){.hops = (uint8_t)word, .traffic_class = (uint8_t)(word >> 8)};
}

#endif
