/* A table of prefixes of one address family: address -> the rules of every prefix that holds it. */
#ifndef CORE_PREFIX_TABLE_H
#define CORE_PREFIX_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/address_bits.h"
#include "core/candidates.h"

struct prefix_entry {
	struct address_bits start;
	uint8_t length;
	uint32_t rule;
};

struct address_span;

struct prefix_table {
	uint8_t width;             /* 32 or 128 */
	uint32_t count;            /* intervals; the first begins at address 0; 0: there are no prefixes */
	uint32_t *narrow;          /* where each interval begins: width 32 */
	struct address_bits *wide; /* or 128 */
	uint32_t *handles;         /* its candidates */
	struct address_span *spans;
	uint32_t span_count; /* spans[0] covers them all; 0: there is one interval only */
	uint32_t span_room;
	uint32_t *slots;
	uint32_t slot_count;
	uint32_t slot_room;
};

struct address_bits address_bits_of(const uint8_t ip[16], uint8_t width);

/* Sorts the entries. false: out of memory; prefix_table_free is due all the same. */
bool prefix_table_build(struct prefix_table *table, uint8_t width, struct prefix_entry *entries, size_t count,
			struct candidates *candidates);
void prefix_table_free(struct prefix_table *table);

/* The handle of the candidates; CANDIDATES_NONE where no prefix holds the address. */
uint32_t prefix_table_find(const struct prefix_table *table, struct address_bits address);

#endif
