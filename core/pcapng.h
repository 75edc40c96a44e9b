/* Blocks of a pcapng file (draft-ietf-opsawg-pcapng), in this machine's byte order: one section with one interface,
 * whose packets begin with their IP header (LINKTYPE_RAW).
 *
 * Each answers how many octets it wrote; 0: there was no room for the whole block. */
#ifndef CORE_PCAPNG_H
#define CORE_PCAPNG_H

#include "core/udp_packet.h"

/* A packet of the largest datagram with as many comments as it may have, each of the longest. */
enum { PCAPNG_COMMENTS = 8, PCAPNG_COMMENT_SIZE = 512 };
#define PCAPNG_BLOCK_MAX (65536 + UDP_PACKET_HEADERS_MAX + 64 + PCAPNG_COMMENTS * (PCAPNG_COMMENT_SIZE + 8))

/* The section, and its interface, called by the program's name; a comment says which process that was. */
size_t pcapng_begin(uint8_t *out, size_t room, const char *program, const char *comment);

struct pcapng_packet {
	uint64_t time_ns; /* since 1970 */
	bool inward;
	struct udp_packet udp;
	const char *comments[PCAPNG_COMMENTS]; /* up to the first NULL */
};
size_t pcapng_packet(uint8_t *out, size_t room, const struct pcapng_packet *packet);

/* Of the first `size` octets of blocks, those that are whole: how many octets, and how many packets. */
size_t pcapng_whole(const uint8_t *blocks, size_t size, unsigned *packets);

struct pcapng_statistics {
	uint64_t time_ns;
	uint64_t seen; /* packets, those among them that are missing in the file */
	uint64_t missing;
	const char *comments[PCAPNG_COMMENTS];
};
size_t pcapng_statistics(uint8_t *out, size_t room, const struct pcapng_statistics *statistics);

#endif
