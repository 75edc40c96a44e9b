/* A table in pieces, each twice as long as the one before: small as long as it is little used, and with a few pointers
 * at its head however long it grows. Pieces never move. */
#ifndef CORE_DOUBLING_H
#define CORE_DOUBLING_H

#include <stdint.h>

struct doubling_place {
	unsigned piece;
	uint32_t at; /* in the piece */
};

/* Where an index is, in a table whose first piece has 1 << bits elements. */
static inline struct doubling_place doubling_find(uint32_t index, unsigned bits)
{
	uint64_t behind = (uint64_t)index + (UINT64_C(1) << bits);
	unsigned highest = 63 - (unsigned)__builtin_clzll(behind);
	return (struct doubling_place){highest - bits, (uint32_t)(behind ^ UINT64_C(1) << highest)};
}

/* How many elements that piece has, and the first `pieces` of them together. */
static inline uint32_t doubling_size(unsigned piece, unsigned bits)
{
	return UINT32_C(1) << (piece + bits);
}

#define DOUBLING_TOTAL(pieces, bits) (((UINT32_C(1) << (pieces)) - 1) << (bits))

#endif
