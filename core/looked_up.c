#include "core/looked_up.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { ROWS = 1024, TARGET_BITS = 24 };

struct looked_up {
	uint64_t key;
	_Atomic uint32_t turn;
	_Atomic uint64_t rows[ROWS][LOOKED_UP_TARGETS]; /* above TARGET_BITS a hash of the address; 0: empty */
};

struct looked_up *looked_up_new(uint64_t key)
{
	struct looked_up *table = calloc(1, sizeof *table);
	if (table)
		table->key = key;
	return table;
}

void looked_up_free(struct looked_up *table)
{
	free(table);
}

/* The row, and in the upper bits what tells its addresses apart: never 0. */
static _Atomic uint64_t *find_row(struct looked_up *table, const struct endpoint *address, uint64_t *mark)
{
	struct endpoint host = *address;
	host.port = 0;
	uint64_t hash = endpoint_hash(&host, table->key, ~table->key);
	*mark = (hash | 1) << TARGET_BITS;
	return table->rows[hash >> 40 & (ROWS - 1)];
}

static bool is_of(uint64_t entry, uint64_t mark)
{
	return (entry ^ mark) >> TARGET_BITS == 0;
}

void looked_up_add(struct looked_up *table, const struct endpoint *address, uint32_t target)
{
	uint64_t mark;
	_Atomic uint64_t *row = find_row(table, address, &mark);
	uint64_t entry = mark | target;
	for (int i = 0; i < LOOKED_UP_TARGETS; i++)
		if (atomic_load_explicit(&row[i], memory_order_relaxed) == entry)
			return;
	for (int i = 0; i < LOOKED_UP_TARGETS; i++) {
		uint64_t empty = 0;
		if (atomic_compare_exchange_strong_explicit(&row[i], &empty, entry, memory_order_relaxed,
							    memory_order_relaxed))
			return;
	}
	uint32_t turn = atomic_fetch_add_explicit(&table->turn, 1, memory_order_relaxed);
	atomic_store_explicit(&row[turn % LOOKED_UP_TARGETS], entry, memory_order_relaxed);
}

size_t looked_up_find(struct looked_up *table, const struct endpoint *address, uint32_t targets[LOOKED_UP_TARGETS])
{
	uint64_t mark;
	size_t count = 0;
	_Atomic uint64_t *row = find_row(table, address, &mark);
	for (int i = 0; i < LOOKED_UP_TARGETS; i++) {
		uint64_t entry = atomic_load_explicit(&row[i], memory_order_relaxed);
		if (entry && is_of(entry, mark))
			targets[count++] = (uint32_t)entry & LOOKED_UP_TARGET_MAX;
	}
	return count;
}
