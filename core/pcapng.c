#include "core/pcapng.h"

#include <string.h>

#include "core/bytes.h"

enum block { BLOCK_INTERFACE = 1, BLOCK_STATISTICS = 5, BLOCK_PACKET = 6, BLOCK_SECTION = 0x0a0d0d0a };

enum option {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	SECTION_APPLICATION = 4,
	INTERFACE_NAME = 2,
	INTERFACE_RESOLUTION = 9,
	PACKET_FLAGS = 2,
	STATISTICS_SEEN = 4,
	STATISTICS_MISSING = 5,
};

enum { MAGIC = 0x1a2b3c4d, LINKTYPE_RAW = 101, NANOSECONDS = 9, INBOUND = 1, OUTBOUND = 2, ALIGNMENT = 4 };

/* The file's order is the machine's. */
static void put_u16(struct writer *writer, uint16_t value)
{
	write_bytes(writer, &value, sizeof value);
}

static void put_u32(struct writer *writer, uint32_t value)
{
	write_bytes(writer, &value, sizeof value);
}

static void pad(struct writer *writer)
{
	static const uint8_t zeros[ALIGNMENT];
	write_bytes(writer, zeros, (ALIGNMENT - written(writer) % ALIGNMENT) % ALIGNMENT);
}

static void put_option(struct writer *writer, enum option option, const void *value, size_t size)
{
	put_u16(writer, (uint16_t)option);
	put_u16(writer, (uint16_t)size);
	write_bytes(writer, value, size);
	pad(writer);
}

static void put_comment(struct writer *writer, const char *comment)
{
	size_t length = strnlen(comment, PCAPNG_COMMENT_SIZE);
	put_option(writer, OPTION_COMMENT, comment, length);
}

static void put_comments(struct writer *writer, const char *const comments[PCAPNG_COMMENTS])
{
	for (size_t i = 0; i < PCAPNG_COMMENTS && comments[i]; i++)
		put_comment(writer, comments[i]);
}

static struct writer begin(uint8_t *out, size_t room, enum block block)
{
	struct writer writer = writer_over(out, room);
	put_u32(&writer, block);
	put_u32(&writer, 0);
	return writer;
}

/* The options' end, and the length, which stands at both ends of a block. */
static size_t end(struct writer *writer)
{
	put_option(writer, OPTION_END, NULL, 0);
	uint32_t length = (uint32_t)(written(writer) + sizeof length);
	put_u32(writer, length);
	if (writer->overflow)
		return 0;
	memcpy(writer->start + sizeof(uint32_t), &length, sizeof length);
	return length;
}

static size_t put_section(uint8_t *out, size_t room, const char *comment)
{
	static const char application[] = "libsocks5udp";
	struct writer writer = begin(out, room, BLOCK_SECTION);
	put_u32(&writer, MAGIC);
	put_u16(&writer, 1);
	put_u16(&writer, 0);
	put_u32(&writer, UINT32_MAX); /* its length is not known */
	put_u32(&writer, UINT32_MAX);
	put_comment(&writer, comment);
	put_option(&writer, SECTION_APPLICATION, application, sizeof application - 1);
	return end(&writer);
}

static size_t put_interface(uint8_t *out, size_t room, const char *name)
{
	const uint8_t resolution = NANOSECONDS;
	struct writer writer = begin(out, room, BLOCK_INTERFACE);
	put_u16(&writer, LINKTYPE_RAW);
	put_u16(&writer, 0);
	put_u32(&writer, 0); /* packets are whole */
	put_option(&writer, INTERFACE_NAME, name, strnlen(name, PCAPNG_COMMENT_SIZE));
	put_option(&writer, INTERFACE_RESOLUTION, &resolution, sizeof resolution);
	return end(&writer);
}

size_t pcapng_begin(uint8_t *out, size_t room, const char *program, const char *comment)
{
	size_t section = put_section(out, room, comment);
	size_t interface = section ? put_interface(out + section, room - section, program) : 0;
	return interface ? section + interface : 0;
}

static void put_time(struct writer *writer, uint64_t time_ns)
{
	put_u32(writer, (uint32_t)(time_ns >> 32));
	put_u32(writer, (uint32_t)time_ns);
}

size_t pcapng_packet(uint8_t *out, size_t room, const struct pcapng_packet *packet)
{
	struct writer writer = begin(out, room, BLOCK_PACKET);
	uint8_t headers[UDP_PACKET_HEADERS_MAX];
	size_t header_length = udp_packet_headers(headers, &packet->udp);
	uint32_t flags = packet->inward ? INBOUND : OUTBOUND;
	put_u32(&writer, 0); /* the interface */
	put_time(&writer, packet->time_ns);
	put_u32(&writer, (uint32_t)(header_length + packet->udp.captured));
	put_u32(&writer, (uint32_t)(header_length + packet->udp.size));
	write_bytes(&writer, headers, header_length);
	write_bytes(&writer, packet->udp.payload, packet->udp.captured);
	pad(&writer);
	put_option(&writer, PACKET_FLAGS, &flags, sizeof flags);
	put_comments(&writer, packet->comments);
	return end(&writer);
}

size_t pcapng_whole(const uint8_t *blocks, size_t size, unsigned *packets)
{
	uint32_t head[2];
	size_t whole = 0;
	*packets = 0;
	while (size - whole >= sizeof head) {
		memcpy(head, blocks + whole, sizeof head);
		if (head[1] > size - whole)
			break;
		*packets += head[0] == BLOCK_PACKET;
		whole += head[1];
	}
	return whole;
}

size_t pcapng_statistics(uint8_t *out, size_t room, const struct pcapng_statistics *statistics)
{
	struct writer writer = begin(out, room, BLOCK_STATISTICS);
	put_u32(&writer, 0); /* the interface */
	put_time(&writer, statistics->time_ns);
	put_option(&writer, STATISTICS_SEEN, &statistics->seen, sizeof statistics->seen);
	put_option(&writer, STATISTICS_MISSING, &statistics->missing, sizeof statistics->missing);
	put_comments(&writer, statistics->comments);
	return end(&writer);
}
