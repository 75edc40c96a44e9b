/* Endpoints of every kind as they occur on the wire, for encode-decode round trips. */
#ifndef TESTS_UNIT_RANDOM_ENDPOINT_H
#define TESTS_UNIT_RANDOM_ENDPOINT_H

#include "core/endpoint.h"
#include "tests/unit/pseudo_random.h"

/* name holds 255 octets and must outlive the endpoint. */
static inline struct endpoint random_endpoint(uint64_t *state, char *name)
{
	uint16_t port = (uint16_t)random_u64(state);
	uint8_t ip[16];
	size_t length;

	random_octets(state, ip, sizeof(ip));
	switch (random_below(state, 3)) {
	case 0:
		return endpoint_from_ipv4(ip, port);
	case 1:
		return endpoint_from_ipv6(ip, port, 0);
	default:
		length = random_below(state, 256);
		for (size_t i = 0; i < length; i++)
			name[i] = (char)(1 + random_below(state, 255));
		return endpoint_name(name, length, port);
	}
}

#endif
