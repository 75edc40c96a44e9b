/* Destinations that nothing but the relay has to do with: IPv4 addresses that the rules relay, by any server, and that
 * stand for nothing else. Each thread remembers the last ones, so that a datagram need not ask the rules again. */
#ifndef PRELOAD_RELAYED_H
#define PRELOAD_RELAYED_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/inlining.h"

enum { RELAYED_BITS = 6 };

extern __thread uint64_t relayed[1 << RELAYED_BITS]; /* by their key's hash; 0: none */

/* An IPv4 address and its port; never 0. */
ALWAYS_INLINE uint64_t relayed_key(const struct endpoint *to)
{
	uint32_t ip;
	memcpy(&ip, to->ip, sizeof ip);
	return (uint64_t)ip << 32 | (uint64_t)to->port << 16 | 1;
}

ALWAYS_INLINE uint64_t *relayed_place(uint64_t key)
{
	return &relayed[key * 0x9e3779b97f4a7c15 >> (64 - RELAYED_BITS)];
}

ALWAYS_INLINE bool relayed_is_known(const struct endpoint *to)
{
	uint64_t key = relayed_key(to);
	return *relayed_place(key) == key;
}

static inline void relayed_note(const struct endpoint *to)
{
	uint64_t key = relayed_key(to);
	*relayed_place(key) = key;
}

#endif
