/* The header of a relayed datagram: RFC 1928 section 7. */
#ifndef CORE_HEADER_H
#define CORE_HEADER_H

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/inlining.h"
#include "core/message.h"
#include "core/outcome.h"

#define HEADER_SIZE_IPV4 10
#define HEADER_SIZE_IPV6 22 /* the RFC's "20" is a slip: 2 + 1 + 1 + 16 + 2 */
#define HEADER_SIZE_MAX  (2 + 1 + 1 + 1 + 255 + 2)

/* Writes RSV 0000, FRAG 00 and the address: we never send fragments.
 * OUTCOME_NO_ROOM; OUTCOME_WRONG_FAMILY for ENDPOINT_NONE. */
enum outcome header_encode(struct writer *writer, const struct endpoint *target);

/* On OUTCOME_OK the reader stands at the payload. OUTCOME_NEED_MORE means that the datagram is truncated, for no
 * more will come; OUTCOME_BAD_RESERVED, OUTCOME_FRAGMENT, OUTCOME_BAD_ADDRESS_TYPE, OUTCOME_BAD_NAME.
 * Outputs and reader are untouched unless OUTCOME_OK. */
enum outcome header_decode(struct reader *reader, struct endpoint *source);

/* That of an IPv4 address, as nearly all are: what the two above do for it, without a detour. ip: in network order. */
ALWAYS_INLINE void header_put_ipv4(uint8_t header[HEADER_SIZE_IPV4], const uint8_t ip[4], uint16_t port)
{
	static const uint8_t fixed[] = {0, 0, 0, ADDRESS_IPV4};

	memcpy(header, fixed, sizeof fixed);
	memcpy(header + sizeof fixed, ip, 4);
	store_u16(header + HEADER_SIZE_IPV4 - 2, port);
}

ALWAYS_INLINE bool header_take_ipv4(const uint8_t *bytes, size_t size, struct endpoint *source)
{
	static const uint8_t fixed[] = {0, 0, 0, ADDRESS_IPV4};

	if (size < HEADER_SIZE_IPV4 || memcmp(bytes, fixed, sizeof fixed) != 0)
		return false;
	*source = (struct endpoint){.kind = ENDPOINT_IPV4, .port = load_u16(bytes + HEADER_SIZE_IPV4 - 2)};
	memcpy(source->ip, bytes + sizeof fixed, 4);
	return true;
}

#endif
