#include "core/stand_ins.h"

#include <stdatomic.h>
#include <string.h>
#include <strings.h>

#include "core/lower.h"

enum { SLOTS_MAX = 4096, WAYS = 8, ADDRESS_BITS_MAX = 24, NAME_WORDS = 32 };

/* The octets of a name lie in atomics: another process may be writing them while they are read, and the sequence tells
 * so afterwards. */
struct slot {
	_Atomic uint32_t sequence; /* odd: being written */
	_Atomic uint32_t turn;     /* how many names it has had; 0: none */
	_Atomic uint64_t used_ms;
	_Atomic uint64_t words[NAME_WORDS]; /* the name, and its length in the last octet */
};

struct stand_ins {
	_Atomic uint64_t key;
	struct slot slots[SLOTS_MAX];
};

struct text {
	uint64_t words[NAME_WORDS];
};

_Static_assert(sizeof(struct text) > STAND_IN_NAME_MAX + 1, "name and length");

size_t stand_ins_size(void)
{
	return sizeof(struct stand_ins);
}

static uint32_t range_size(const struct stand_in_ranges *ranges)
{
	unsigned bits = 32U - ranges->ipv4.length;
	return 1U << (bits < ADDRESS_BITS_MAX ? bits : ADDRESS_BITS_MAX);
}

static uint32_t slot_count(const struct stand_in_ranges *ranges)
{
	uint32_t fitting = range_size(ranges) / 4;
	return fitting < SLOTS_MAX ? fitting : SLOTS_MAX;
}

/* The first stretch of the range is never used: its first address names the network. */
static uint32_t index_of(const struct stand_in_ranges *ranges, uint32_t slot, uint32_t turn)
{
	uint32_t count = slot_count(ranges), stretches = range_size(ranges) / count;
	return (1 + turn % (stretches - 1)) * count + slot;
}

static void to_address(const struct stand_in_ranges *ranges, uint32_t index, int kind, struct endpoint *address)
{
	uint8_t ip[16];
	const struct prefix *prefix = kind == ENDPOINT_IPV4 ? &ranges->ipv4 : &ranges->ipv6;
	size_t last = kind == ENDPOINT_IPV4 ? 3 : 15;
	memcpy(ip, prefix->ip, sizeof ip);
	for (size_t i = 0; i < 4; i++)
		ip[last - i] |= (uint8_t)(index >> 8 * i);
	*address = kind == ENDPOINT_IPV4 ? endpoint_from_ipv4(ip, 0) : endpoint_from_ipv6(ip, 0, 0);
}

static bool to_index(const struct stand_in_ranges *ranges, const struct endpoint *address, uint32_t *index)
{
	const struct prefix *prefix = address->kind == ENDPOINT_IPV4 ? &ranges->ipv4 : &ranges->ipv6;
	size_t last = address->kind == ENDPOINT_IPV4 ? 3 : 15;
	struct endpoint same;
	if (!prefix_contains(prefix, address))
		return false;
	*index = 0;
	for (size_t i = 0; i < 4; i++)
		*index |= (uint32_t)(address->ip[last - i] ^ prefix->ip[last - i]) << 8 * i;
	to_address(ranges, *index, address->kind, &same);
	return *index < range_size(ranges) && endpoint_same_host(&same, address);
}

/* Names do not differ by the case of their letters. */
static struct text text_of(const char *name, size_t length)
{
	struct text text = {{0}};
	uint8_t *octets = (uint8_t *)text.words;
	for (size_t i = 0; i < length; i++)
		octets[i] = (uint8_t)lower(name[i]);
	octets[sizeof text - 1] = (uint8_t)length;
	return text;
}

static uint64_t mix(uint64_t value)
{
	value ^= value >> 32;
	value *= UINT64_C(0xd6e8feb86659fd93);
	value ^= value >> 32;
	return value;
}

static uint32_t row_of(struct stand_ins *table, const struct world *world, const struct text *text, uint32_t slots)
{
	uint64_t none = 0, key = atomic_load(&table->key);
	if (!key && atomic_compare_exchange_strong(&table->key, &none, world->random() | 1))
		key = atomic_load(&table->key);
	uint64_t hash = key ? key : none;
	for (int i = 0; i < NAME_WORDS; i++)
		hash = mix(hash + text->words[i]) ^ (hash << 1);
	return (uint32_t)(mix(hash) % (slots / WAYS)) * WAYS;
}

/* False: it changed meanwhile, or is empty. */
static bool read_slot(struct slot *slot, struct text *text, uint32_t *turn)
{
	uint32_t before = atomic_load_explicit(&slot->sequence, memory_order_acquire);
	/* Acquire on each: one that a later writer stored shows that writer's sequence number too. */
	*turn = atomic_load_explicit(&slot->turn, memory_order_acquire);
	for (int i = 0; i < NAME_WORDS; i++)
		text->words[i] = atomic_load_explicit(&slot->words[i], memory_order_acquire);
	return !(before & 1) && *turn && before == atomic_load_explicit(&slot->sequence, memory_order_relaxed);
}

static bool write_slot(struct slot *slot, const struct text *text, uint64_t now_ms, uint32_t *turn)
{
	uint32_t sequence = atomic_load(&slot->sequence);
	if (sequence & 1 || !atomic_compare_exchange_strong(&slot->sequence, &sequence, sequence + 1))
		return false;
	*turn = atomic_load(&slot->turn) + 1;
	*turn += *turn == 0;
	atomic_store_explicit(&slot->turn, *turn, memory_order_release);
	for (int i = 0; i < NAME_WORDS; i++)
		atomic_store_explicit(&slot->words[i], text->words[i], memory_order_release);
	atomic_store_explicit(&slot->used_ms, now_ms, memory_order_release);
	atomic_store_explicit(&slot->sequence, sequence + 2, memory_order_release);
	return true;
}

static int find_name(struct slot *row, const struct text *text, uint32_t *turn)
{
	struct text held;
	for (int i = 0; i < WAYS; i++)
		if (read_slot(&row[i], &held, turn) && memcmp(&held, text, sizeof held) == 0)
			return i;
	return -1;
}

/* Free, or out of use for longest; one whose writer has ended in the middle of it is left alone. */
static int find_oldest(struct slot *row)
{
	int oldest = -1;
	for (int i = 0; i < WAYS; i++)
		if (!(atomic_load(&row[i].sequence) & 1) &&
		    (oldest < 0 || atomic_load(&row[i].used_ms) < atomic_load(&row[oldest].used_ms)))
			oldest = i;
	return oldest;
}

bool stand_ins_add(struct stand_ins *table, const struct world *world, const struct stand_in_ranges *ranges,
		   const char *name, size_t length, int kind, struct endpoint *address)
{
	enum { ATTEMPTS = 16 };
	if (!length || length > STAND_IN_NAME_MAX)
		return false;
	const struct text text = text_of(name, length);
	uint32_t turn, first = row_of(table, world, &text, slot_count(ranges));
	struct slot *row = &table->slots[first];
	for (int i = 0; i < ATTEMPTS; i++) {
		int way = find_name(row, &text, &turn);
		if (way >= 0) {
			atomic_store_explicit(&row[way].used_ms, world->now_ms(), memory_order_relaxed);
		} else {
			way = find_oldest(row);
			if (way < 0 || !write_slot(&row[way], &text, world->now_ms(), &turn))
				continue;
		}
		to_address(ranges, index_of(ranges, first + (uint32_t)way, turn), kind, address);
		return true;
	}
	return false;
}

bool stand_ins_find(struct stand_ins *table, const struct world *world, const struct stand_in_ranges *ranges,
		    const struct endpoint *address, char *name, uint8_t *length)
{
	struct text text;
	uint32_t index, turn;
	if (!to_index(ranges, address, &index))
		return false;
	uint32_t place = index % slot_count(ranges);
	struct slot *slot = &table->slots[place];
	if (!read_slot(slot, &text, &turn) || index_of(ranges, place, turn) != index)
		return false;
	const uint8_t *octets = (const uint8_t *)text.words;
	*length = octets[sizeof text - 1];
	if (!*length || *length > STAND_IN_NAME_MAX) /* the memory is shared, and others may have written anything */
		return false;
	memcpy(name, octets, *length);
	atomic_store_explicit(&slot->used_ms, world->now_ms(), memory_order_relaxed);
	return true;
}
