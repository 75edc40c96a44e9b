#include "core/udp_packet.h"

#include <string.h>

#include "core/bytes.h"

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, UDP_HEADER = 8, HOPS = 64, DONT_FRAGMENT = 0x4000 };

static void put_ipv4(struct writer *writer, const uint8_t from[4], const uint8_t to[4], size_t size)
{
	uint8_t *start = writer->at;
	write_u16(writer, 0x4500); /* version 4, five words */
	write_u16(writer, (uint16_t)(IPV4_HEADER + UDP_HEADER + size));
	write_u16(writer, 0);
	write_u16(writer, DONT_FRAGMENT);
	write_u8(writer, HOPS);
	write_u8(writer, IPPROTO_UDP);
	uint8_t *checksum = writer->at;
	write_u16(writer, 0);
	write_bytes(writer, from, 4);
	write_bytes(writer, to, 4);
	store_u16(checksum, (uint16_t)~internet_sum(0, start, IPV4_HEADER));
}

static void put_ipv6(struct writer *writer, const uint8_t from[16], const uint8_t to[16], size_t size)
{
	write_u16(writer, 0x6000); /* version 6 */
	write_u16(writer, 0);
	write_u16(writer, (uint16_t)(UDP_HEADER + size));
	write_u8(writer, IPPROTO_UDP);
	write_u8(writer, HOPS);
	write_bytes(writer, from, 16);
	write_bytes(writer, to, 16);
}

/* RFC 768: of a pseudo header, the header and the payload; a zero is sent as its other form. */
static uint16_t udp_checksum(const uint8_t *addresses, size_t addresses_size, const uint8_t *header,
			     const struct udp_packet *packet)
{
	uint32_t total = internet_sum(IPPROTO_UDP + (uint32_t)(UDP_HEADER + packet->size), addresses, addresses_size);
	if (packet->captured < packet->size)
		return 0;
	total = internet_sum(total, header, UDP_HEADER);
	uint16_t checksum = (uint16_t)~internet_sum(total, packet->payload, packet->size);
	return checksum ? checksum : 0xffff;
}

size_t udp_packet_headers(uint8_t headers[UDP_PACKET_HEADERS_MAX], const struct udp_packet *packet)
{
	struct writer writer = writer_over(headers, UDP_PACKET_HEADERS_MAX);
	bool ipv4 = packet->to.kind == ENDPOINT_IPV4;
	size_t addresses_size = ipv4 ? 2 * 4 : 2 * 16;
	if (ipv4)
		put_ipv4(&writer, packet->from.ip, packet->to.ip, packet->size);
	else
		put_ipv6(&writer, packet->from.ip, packet->to.ip, packet->size);
	uint8_t *header = writer.at;
	write_u16(&writer, packet->from.port);
	write_u16(&writer, packet->to.port);
	write_u16(&writer, (uint16_t)(UDP_HEADER + packet->size));
	uint8_t *checksum = writer.at;
	write_u16(&writer, 0);
	store_u16(checksum, udp_checksum(header - addresses_size, addresses_size, header, packet));
	return written(&writer);
}
