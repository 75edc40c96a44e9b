/* The bits of an address as one number of 128, which not every compiler has of its own: an IPv4 address in the low 32.
 */
#ifndef CORE_ADDRESS_BITS_H
#define CORE_ADDRESS_BITS_H

#include <stdbool.h>
#include <stdint.h>

struct address_bits {
	uint64_t high;
	uint64_t low;
};

static inline struct address_bits address_bits_from(uint32_t number)
{
	return (struct address_bits){0, number};
}

static inline bool address_bits_equal(struct address_bits a, struct address_bits b)
{
	return a.high == b.high && a.low == b.low;
}

static inline bool address_bits_below(struct address_bits a, struct address_bits b)
{
	return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static inline struct address_bits address_bits_minus(struct address_bits a, struct address_bits b)
{
	return (struct address_bits){a.high - b.high - (a.low < b.low), a.low - b.low};
}

/* Not of the last one. */
static inline struct address_bits address_bits_next(struct address_bits a)
{
	return (struct address_bits){a.high + (a.low == UINT64_MAX), a.low + 1};
}

/* count: 0 to 127 */
static inline struct address_bits address_bits_right(struct address_bits a, unsigned count)
{
	if (count >= 64)
		return (struct address_bits){0, a.high >> (count - 64)};
	return (struct address_bits){a.high >> count, a.low >> count | a.high << 1 << (63 - count)};
}

/* With the last `count` bits set, or clear: 0 to 128. */
static inline struct address_bits address_bits_filled(struct address_bits a, unsigned count)
{
	uint64_t high = count <= 64 ? 0 : UINT64_MAX >> (128 - count);
	uint64_t low = count == 0 ? 0 : UINT64_MAX >> (count < 64 ? 64 - count : 0);

	return (struct address_bits){a.high | high, a.low | low};
}

static inline struct address_bits address_bits_cleared(struct address_bits a, unsigned count)
{
	const struct address_bits zero = {0, 0}, ends = address_bits_filled(zero, count);

	return (struct address_bits){a.high & ~ends.high, a.low & ~ends.low};
}

/* How many bits it takes to tell them apart from the end: 0 where they are equal. */
static inline unsigned address_bits_differing(struct address_bits a, struct address_bits b)
{
	uint64_t high = a.high ^ b.high, low = a.low ^ b.low;

	if (high)
		return 128 - (unsigned)__builtin_clzll(high);
	return low ? 64 - (unsigned)__builtin_clzll(low) : 0;
}

#endif
