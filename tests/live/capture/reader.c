#include "tests/live/capture/reader.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	SECTION = 0x0a0d0d0a,
	INTERFACE = 1,
	STATISTICS = 5,
	PACKET = 6,
	MAGIC = 0x1a2b3c4d,
	RAW = 101,
	NANOSECONDS = 9
};
enum { COMMENT = 1, RESOLUTION = 9, FLAGS = 2, SEEN = 4, MISSING = 5, INBOUND = 1, OUTBOUND = 2 };

struct block {
	uint32_t type;
	uint32_t size; /* of the body */
	uint8_t *body;
};

static uint32_t u32(const uint8_t *at)
{
	uint32_t value;
	memcpy(&value, at, sizeof value);
	return value;
}

static uint16_t u16(const uint8_t *at)
{
	uint16_t value;
	memcpy(&value, at, sizeof value);
	return value;
}

static const char *read_block(FILE *capture, struct block *block)
{
	uint32_t head[2], tail;
	if (fread(head, sizeof head, 1, capture) != 1)
		return "a block that is cut short";
	if (head[1] % 4 || head[1] < 12 || head[1] > 1 << 20)
		return "a block of a wrong length";
	block->type = head[0];
	block->size = head[1] - 12;
	block->body = malloc(block->size + 1);
	if (!block->body || fread(block->body, 1, block->size, capture) != block->size ||
	    fread(&tail, sizeof tail, 1, capture) != 1)
		return "a block that is cut short";
	return tail == head[1] ? NULL : "a block whose lengths differ";
}

/* The value of the next option with that code, from *at on; NULL: there is none. False in *sound: a wrong one. */
static const uint8_t *next_option(const struct block *block, size_t *at, uint16_t code, uint16_t *length, bool *sound)
{
	while (*at + 4 <= block->size) {
		uint16_t found = u16(block->body + *at);
		const uint8_t *value = block->body + *at + 4;
		*length = u16(block->body + *at + 2);
		*at += 4 + (*length + 3u) / 4 * 4;
		if (*at > block->size || (found == 0 && *at != block->size))
			break;
		if (found == 0)
			return NULL;
		if (found == code)
			return value;
	}
	*sound = false;
	return NULL;
}

static const uint8_t *option(const struct block *block, size_t from, uint16_t code, uint16_t size)
{
	uint16_t length;
	bool sound = true;
	const uint8_t *value = next_option(block, &from, code, &length, &sound);
	return value && length == size ? value : NULL;
}

static const char *print_comments(const struct block *block, size_t from, FILE *lines)
{
	uint16_t length;
	bool sound = true;
	const uint8_t *text;
	while ((text = next_option(block, &from, COMMENT, &length, &sound)))
		fprintf(lines, "# %.*s\n", (int)length, (const char *)text);
	return sound ? NULL : "options that do not fit";
}

/* RFC 1071: what is right sums up to all ones. */
static uint32_t sum(uint32_t total, const uint8_t *octets, size_t size)
{
	for (size_t i = 0; i < size; i++)
		total += i % 2 ? octets[i] : (uint32_t)octets[i] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

static const char *print_udp(const uint8_t *addresses, int family, const uint8_t *udp, size_t captured, size_t size,
			     FILE *lines)
{
	size_t one = family == AF_INET ? 4 : 16;
	uint32_t total = sum(IPPROTO_UDP + (uint32_t)size, addresses, 2 * one);
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	if (captured < 8 || ntohs(u16(udp + 4)) != size)
		return "a UDP header of a wrong length";
	if (captured < size ? u16(udp + 6) != 0 : sum(total, udp, captured) != 0xffff)
		return "a wrong UDP checksum";
	fprintf(lines, " %s:%u %s:%u ", inet_ntop(family, addresses, from, sizeof from), ntohs(u16(udp)),
		inet_ntop(family, addresses + one, to, sizeof to), ntohs(u16(udp + 2)));
	for (size_t i = 8; i < captured; i++)
		fprintf(lines, "%02x", udp[i]);
	if (captured == 8)
		fprintf(lines, "-");
	if (captured < size)
		fprintf(lines, "/%zu", size - 8);
	fprintf(lines, "\n");
	return NULL;
}

static const char *print_ip(const uint8_t *ip, size_t captured, size_t size, FILE *lines)
{
	if (captured >= 20 && ip[0] == 0x45) {
		if (ntohs(u16(ip + 2)) != size || ip[9] != IPPROTO_UDP || sum(0, ip, 20) != 0xffff)
			return "a wrong IPv4 header";
		return print_udp(ip + 12, AF_INET, ip + 20, captured - 20, size - 20, lines);
	}
	if (captured >= 40 && ip[0] == 0x60) {
		if (ntohs(u16(ip + 4)) != size - 40 || ip[6] != IPPROTO_UDP)
			return "a wrong IPv6 header";
		return print_udp(ip + 8, AF_INET6, ip + 40, captured - 40, size - 40, lines);
	}
	return "a packet that is not IP";
}

static const char *print_packet(const struct block *block, FILE *lines)
{
	if (block->size < 20 || u32(block->body) != 0)
		return "a packet of another interface";
	uint32_t captured = u32(block->body + 12), size = u32(block->body + 16);
	size_t options = 20 + ((size_t)captured + 3) / 4 * 4;
	if (captured > size || options > block->size)
		return "a packet that does not fit";
	const uint8_t *flags = option(block, options, FLAGS, 4);
	const char *wrong = print_comments(block, options, lines);
	if (wrong || !flags || (u32(flags) != INBOUND && u32(flags) != OUTBOUND))
		return wrong ? wrong : "a packet without a direction";
	fprintf(lines, u32(flags) == INBOUND ? "in" : "out");
	return print_ip(block->body + 20, captured, size, lines);
}

static const char *print_statistics(const struct block *block, FILE *lines)
{
	uint64_t counts[2];
	const uint8_t *seen = block->size < 12 ? NULL : option(block, 12, SEEN, 8);
	const uint8_t *missing = seen ? option(block, 12, MISSING, 8) : NULL;
	if (!missing)
		return "statistics without counts";
	memcpy(&counts[0], seen, 8);
	memcpy(&counts[1], missing, 8);
	const char *wrong = print_comments(block, 12, lines);
	fprintf(lines, "? %llu %llu\n", (unsigned long long)counts[0], (unsigned long long)counts[1]);
	return wrong;
}

static const char *print_block(const struct block *block, unsigned n, FILE *lines)
{
	const uint8_t *resolution;
	switch (block->type) {
	case SECTION:
		return n == 0 && block->size >= 16 && u32(block->body) == MAGIC && u16(block->body + 4) == 1
			   ? NULL
			   : "a wrong section";
	case INTERFACE:
		resolution = block->size < 8 ? NULL : option(block, 8, RESOLUTION, 1);
		return n == 1 && u16(block->body) == RAW && resolution && *resolution == NANOSECONDS
			   ? NULL
			   : "a wrong interface";
	case PACKET:
		return n > 1 ? print_packet(block, lines) : "a packet before its interface";
	case STATISTICS:
		return n > 1 ? print_statistics(block, lines) : "statistics before their interface";
	default:
		return "an unknown block";
	}
}

const char *reader_print(FILE *capture, FILE *lines)
{
	const char *wrong = NULL;
	for (unsigned n = 0; !wrong; n++) {
		struct block block = {0};
		int next = getc(capture);
		if (next == EOF)
			return n > 1 ? NULL : "a file without a beginning";
		ungetc(next, capture);
		wrong = read_block(capture, &block);
		if (!wrong)
			wrong = print_block(&block, n, lines);
		free(block.body);
	}
	return wrong;
}
