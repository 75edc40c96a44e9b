/* The boundaries of the prefixes cut the address space into intervals; an interval has one handle. To find the
 * interval, the sorted boundaries are divided into spans: a span skips the leading bits that all its boundaries have
 * in common and indexes by the next ones, twice as many slots as boundaries. A slot holds a few boundaries, which are
 * compared one by one, or a span of its own: so boundaries that crowd in one corner get an index as fine as if they
 * had the whole space, and a lookup reads one slot and a cache line or two, whatever the number of prefixes. */
#include "core/prefix_table.h"

#include <stdlib.h>
#include <string.h>

struct address_span {
	struct address_bits base; /* the common leading bits, zeros after them */
	uint32_t first;           /* its boundaries: [first, end) */
	uint32_t end;
	uint32_t slots;
	uint8_t bits; /* slots: two to the power of bits */
	uint8_t shift;
};

/* A slot: index of the first boundary and how many, or of a span. */
#define SLOT_COUNT_BITS 4
#define SLOT_COUNT_MASK 15u
#define SLOT_SPAN       15u
#define SLOT_COUNT_MAX  6
#define BOUNDARIES_MAX  (1u << (32 - SLOT_COUNT_BITS))

static struct address_bits boundary(const struct prefix_table *table, uint32_t index)
{
	return table->width == 32 ? address_bits_from(table->narrow[index]) : table->wide[index];
}

static uint32_t scan_narrow(const uint32_t *boundaries, uint32_t first, uint32_t count, uint32_t address)
{
	uint32_t below = 0;

	for (uint32_t i = 0; i < count; i++)
		below += boundaries[first + i] <= address;
	return first + below - 1;
}

static uint32_t scan_wide(const struct address_bits *boundaries, uint32_t first, uint32_t count,
			  struct address_bits address)
{
	uint32_t below = 0;

	for (uint32_t i = 0; i < count; i++)
		below += !address_bits_below(address, boundaries[first + i]);
	return first + below - 1;
}

static uint32_t find_interval(const struct prefix_table *table, struct address_bits address)
{
	const struct address_span *span = table->spans;

	for (;;) {
		struct address_bits at = address_bits_right(address_bits_minus(address, span->base), span->shift);
		uint32_t slot;

		if (address_bits_below(address, span->base))
			return span->first - 1;
		if (at.high || at.low >> span->bits)
			return span->end - 1;
		slot = table->slots[span->slots + (uint32_t)at.low];
		if ((slot & SLOT_COUNT_MASK) != SLOT_SPAN) {
			uint32_t first = slot >> SLOT_COUNT_BITS, count = slot & SLOT_COUNT_MASK;

			return table->width == 32 ? scan_narrow(table->narrow, first, count, (uint32_t)address.low)
						  : scan_wide(table->wide, first, count, address);
		}
		span = &table->spans[slot >> SLOT_COUNT_BITS];
	}
}

uint32_t prefix_table_find(const struct prefix_table *table, struct address_bits address)
{
	if (!table->count)
		return CANDIDATES_NONE;
	return table->handles[table->span_count ? find_interval(table, address) : 0];
}

struct address_bits address_bits_of(const uint8_t ip[16], uint8_t width)
{
	uint32_t narrow;
	uint64_t high, low;

	if (width == 32) {
		memcpy(&narrow, ip, sizeof(narrow));
		return address_bits_from(__builtin_bswap32(narrow));
	}
	memcpy(&high, ip, sizeof(high));
	memcpy(&low, ip + sizeof(high), sizeof(low));
	return (struct address_bits){__builtin_bswap64(high), __builtin_bswap64(low)};
}

/* array: a pointer to the array's pointer. */
static bool reserve(void *array, uint32_t *room, uint64_t needed, size_t size)
{
	void *old, *new;
	uint64_t wanted = needed + needed / 2;

	if (needed <= *room)
		return true;
	memcpy(&old, array, sizeof(old));
	if (wanted >= BOUNDARIES_MAX || !(new = realloc(old, wanted * size)))
		return false;
	memcpy(array, &new, sizeof(new));
	*room = (uint32_t)wanted;
	return true;
}

static struct address_span span_over(const struct prefix_table *table, uint32_t first, uint32_t end)
{
	struct address_bits low = boundary(table, first);
	unsigned width = address_bits_differing(low, boundary(table, end - 1)), bits = 1;
	struct address_span span = {.first = first, .end = end, .slots = table->slot_count};

	while (bits < width && (1u << bits) < 2 * (end - first))
		bits++;
	span.bits = (uint8_t)bits;
	span.shift = (uint8_t)(width - bits);
	span.base = address_bits_cleared(low, width);
	return span;
}

/* Of an address that the span holds. */
static uint32_t slot_of(const struct address_span *span, struct address_bits address)
{
	return (uint32_t)address_bits_right(address_bits_minus(address, span->base), span->shift).low;
}

static bool add_span(struct prefix_table *table, uint32_t first, uint32_t end, uint32_t *index);

static bool fill_slot(struct prefix_table *table, uint32_t slot, uint32_t first, uint32_t end)
{
	uint32_t inner;

	if (end - first <= SLOT_COUNT_MAX) {
		table->slots[slot] = first << SLOT_COUNT_BITS | (end - first);
		return true;
	}
	if (!add_span(table, first, end, &inner))
		return false;
	table->slots[slot] = inner << SLOT_COUNT_BITS | SLOT_SPAN;
	return true;
}

/* A span divides its boundaries by the first bit in which they differ, so the recursion ends, at the latest when the
 * bits do. */
static bool add_span(struct prefix_table *table, uint32_t first, uint32_t end, uint32_t *index)
{
	struct address_span span = span_over(table, first, end);
	uint32_t slots = 1u << span.bits, at = first;

	if (!reserve(&table->spans, &table->span_room, (uint64_t)table->span_count + 1, sizeof(span)) ||
	    !reserve(&table->slots, &table->slot_room, (uint64_t)table->slot_count + slots, sizeof(*table->slots)))
		return false;
	*index = table->span_count++;
	table->spans[*index] = span;
	table->slot_count += slots;
	for (uint32_t i = 0; i < slots; i++) {
		uint32_t begin = at;

		while (at < end && slot_of(&span, boundary(table, at)) == i)
			at++;
		if (!fill_slot(table, span.slots + i, begin, at))
			return false;
	}
	return true;
}

static struct address_bits last_of(const struct prefix_entry *entry, uint8_t width)
{
	return address_bits_filled(entry->start, (unsigned)width - entry->length);
}

static int compare_entries(const void *a, const void *b)
{
	const struct prefix_entry *left = a, *right = b;

	if (!address_bits_equal(left->start, right->start))
		return address_bits_below(left->start, right->start) ? -1 : 1;
	if (left->length != right->length)
		return left->length < right->length ? -1 : 1;
	return left->rule < right->rule ? -1 : left->rule > right->rule;
}

/* Neighbours with the same candidates are one interval; a boundary that is met again moves the interval to what is
 * further in, or back out. */
static void begin_interval(struct prefix_table *table, struct address_bits start, uint32_t handle)
{
	uint32_t last = table->count - 1;

	if (table->count && address_bits_equal(boundary(table, last), start))
		table->count = last;
	if (table->count && table->handles[table->count - 1] == handle)
		return;
	if (table->width == 32)
		table->narrow[table->count] = (uint32_t)start.low;
	else
		table->wide[table->count] = start;
	table->handles[table->count++] = handle;
}

/* Prefixes nest or are apart, so those that are open at an address form a stack. */
struct open_prefixes {
	struct {
		struct address_bits last;
		uint32_t handle;
	} at[129];
	int depth;
};

static uint32_t innermost(const struct open_prefixes *open)
{
	return open->depth ? open->at[open->depth - 1].handle : CANDIDATES_NONE;
}

static bool is_open_before(const struct open_prefixes *open, struct address_bits start)
{
	return open->depth && address_bits_below(open->at[open->depth - 1].last, start);
}

static void close_one(struct prefix_table *table, struct open_prefixes *open)
{
	struct address_bits last = open->at[--open->depth].last;

	if (!address_bits_equal(last, address_bits_filled(address_bits_from(0), table->width)))
		begin_interval(table, address_bits_next(last), innermost(open));
}

/* The rules of one prefix, without repetition, into members; answers how many entries they took. */
static size_t gather(const struct prefix_entry *entries, size_t count, uint32_t *members, size_t *member_count)
{
	size_t i = 0, used = 0;

	for (; i < count && address_bits_equal(entries[i].start, entries[0].start) &&
	       entries[i].length == entries[0].length;
	     i++)
		if (!used || members[used - 1] != entries[i].rule)
			members[used++] = entries[i].rule;
	*member_count = used;
	return i;
}

static void sweep(struct prefix_table *table, const struct prefix_entry *entries, size_t count, uint32_t *members,
		  struct candidates *candidates)
{
	struct open_prefixes open;

	open.depth = 0;
	begin_interval(table, address_bits_from(0), CANDIDATES_NONE);
	for (size_t i = 0; i < count;) {
		const struct prefix_entry *entry = &entries[i];
		size_t member_count;

		while (is_open_before(&open, entry->start))
			close_one(table, &open);
		i += gather(entry, count - i, members, &member_count);
		open.at[open.depth].handle = candidates_add(candidates, members, member_count, innermost(&open));
		open.at[open.depth++].last = last_of(entry, table->width);
		begin_interval(table, entry->start, innermost(&open));
	}
	while (open.depth)
		close_one(table, &open);
}

static void shrink(struct prefix_table *table)
{
	void *smaller;

	if (table->narrow && (smaller = realloc(table->narrow, table->count * sizeof(*table->narrow))))
		table->narrow = smaller;
	if (table->wide && (smaller = realloc(table->wide, table->count * sizeof(*table->wide))))
		table->wide = smaller;
	if ((smaller = realloc(table->handles, table->count * sizeof(*table->handles))))
		table->handles = smaller;
}

static bool make_room(struct prefix_table *table, size_t boundaries)
{
	table->handles = malloc(boundaries * sizeof(*table->handles));
	if (table->width == 32)
		table->narrow = malloc(boundaries * sizeof(*table->narrow));
	else
		table->wide = malloc(boundaries * sizeof(*table->wide));
	return table->handles && (table->width == 32 ? table->narrow != NULL : table->wide != NULL);
}

bool prefix_table_build(struct prefix_table *table, uint8_t width, struct prefix_entry *entries, size_t count,
			struct candidates *candidates)
{
	uint32_t root, *members;

	memset(table, 0, sizeof(*table));
	if (count >= BOUNDARIES_MAX / 8)
		return false;
	table->width = width;
	if (!count)
		return true;
	if (!make_room(table, 2 * count + 1))
		return false;
	members = malloc((count + 1) * sizeof(*members));
	if (!members)
		return false;
	qsort(entries, count, sizeof(*entries), compare_entries);
	sweep(table, entries, count, members, candidates);
	free(members);
	shrink(table);
	/* The boundary at 0 has no part in the common leading bits, unless it is needed to have two. */
	return table->count == 1 || add_span(table, table->count > 2, table->count, &root);
}

void prefix_table_free(struct prefix_table *table)
{
	free(table->narrow);
	free(table->wide);
	free(table->handles);
	free(table->spans);
	free(table->slots);
}
