#include "core/quotation.h"

enum {
	LINK_HEADER_MAX = 64,
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	UDP_HEADER = 8,
	PROTOCOL_UDP = 17,
};

/* The parts of a frame. */
struct frame {
	uint8_t *ip;
	uint8_t *udp;
	size_t udp_size; /* header and payload */
	bool six;
};

size_t quotation_strip(uint8_t *bytes, size_t size, struct endpoint *to)
{
	struct reader reader = reader_of(bytes, size);
	if (header_decode(&reader, to) != OUTCOME_OK) {
		*to = (struct endpoint){0};
		return 0;
	}
	size_t left = reader_left(&reader);
	/* A name lies in what is overwritten. */
	if (to->kind == ENDPOINT_NAME)
		*to = (struct endpoint){0};
	memmove(bytes, reader.at, left);
	return left;
}

static bool is_udp_to(const struct frame *frame, const struct endpoint *relay, size_t size)
{
	return load_u16(frame->udp + 2) == relay->port && load_u16(frame->udp + 4) == size;
}

static bool is_ipv4(struct frame *frame, uint8_t *at, size_t size, const struct endpoint *relay)
{
	size_t length = size ? (size_t)(*at & 0x0f) * 4 : 0;
	if (relay->kind != ENDPOINT_IPV4 || size < IPV4_HEADER + UDP_HEADER || *at >> 4 != 4 || length < IPV4_HEADER ||
	    size < length + UDP_HEADER || load_u16(at + 2) != size || at[9] != PROTOCOL_UDP ||
	    memcmp(at + 16, relay->ip, 4) != 0)
		return false;
	*frame = (struct frame){.ip = at, .udp = at + length, .udp_size = size - length};
	return is_udp_to(frame, relay, frame->udp_size);
}

static bool is_ipv6(struct frame *frame, uint8_t *at, size_t size, const struct endpoint *relay)
{
	if (relay->kind != ENDPOINT_IPV6 || size < IPV6_HEADER + UDP_HEADER || *at >> 4 != 6 ||
	    load_u16(at + 4) != size - IPV6_HEADER || at[6] != PROTOCOL_UDP || memcmp(at + 24, relay->ip, 16) != 0)
		return false;
	*frame = (struct frame){.ip = at, .udp = at + IPV6_HEADER, .udp_size = size - IPV6_HEADER, .six = true};
	return is_udp_to(frame, relay, frame->udp_size);
}

static uint16_t pseudo_header(const struct frame *frame)
{
	size_t address = frame->six ? 16 : 4;
	const uint8_t *at = frame->six ? frame->ip + 8 : frame->ip + 12;
	return (uint16_t)internet_sum(PROTOCOL_UDP + (uint32_t)frame->udp_size, at, 2 * address);
}

/* What the network card completes is begun only, with the sum of what stands for the addresses. */
static void check_udp(const struct frame *frame, bool begun)
{
	uint32_t result = pseudo_header(frame);
	if (!begun) {
		store_u16(frame->udp + 6, 0);
		result = ~internet_sum(result, frame->udp, frame->udp_size) & 0xffff;
	}
	store_u16(frame->udp + 6, (uint16_t)result);
}

static void check_ipv4(const struct frame *frame)
{
	store_u16(frame->ip + 10, 0);
	store_u16(frame->ip + 10, (uint16_t)~internet_sum(0, frame->ip, (size_t)(frame->udp - frame->ip)));
}

static void address_to(struct frame *frame, const struct endpoint *to)
{
	uint16_t before = load_u16(frame->udp + 6);
	bool begun = before == pseudo_header(frame), none = before == 0;
	bool same_family = to->kind == (frame->six ? ENDPOINT_IPV6 : ENDPOINT_IPV4);
	size_t left = quotation_strip(frame->udp + UDP_HEADER, frame->udp_size - UDP_HEADER, &(struct endpoint){0});
	frame->udp_size = UDP_HEADER + left;
	if (same_family)
		memcpy(frame->six ? frame->ip + 24 : frame->ip + 16, to->ip, frame->six ? 16 : 4);
	store_u16(frame->udp + 2, to->port);
	store_u16(frame->udp + 4, (uint16_t)frame->udp_size);
	if (frame->six)
		store_u16(frame->ip + 4, (uint16_t)frame->udp_size);
	else
		store_u16(frame->ip + 2, (uint16_t)((size_t)(frame->udp - frame->ip) + frame->udp_size));
	if (!frame->six)
		check_ipv4(frame);
	if (!none)
		check_udp(frame, begun);
}

size_t quotation_strip_frame(uint8_t *frame, size_t size, const struct endpoint *relay)
{
	struct frame parts;
	struct endpoint to;
	for (size_t at = 0; at < size && at <= LINK_HEADER_MAX; at++) {
		if (!is_ipv4(&parts, frame + at, size - at, relay) && !is_ipv6(&parts, frame + at, size - at, relay))
			continue;
		struct reader reader = reader_of(parts.udp + UDP_HEADER, parts.udp_size - UDP_HEADER);
		if (header_decode(&reader, &to) != OUTCOME_OK)
			return size;
		address_to(&parts, &to);
		return (size_t)(parts.udp - frame) + parts.udp_size;
	}
	return size;
}
