/* A table of host names: a name -> the rules that hold it itself, a domain above it, or the octets it ends in. */
#ifndef CORE_NAME_TABLE_H
#define CORE_NAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/candidates.h"

enum name_entry_kind { NAME_WHOLE, NAME_DOMAIN, NAME_FRAGMENT, NAME_KIND_COUNT };

struct name_entry {
	const char *text; /* borrowed while building; NAME_DOMAIN: without the leading dot */
	uint32_t length;
	uint32_t rule;
	uint64_t hash; /* set by name_table_build */
	uint8_t kind;  /* enum name_entry_kind */
};

struct name_slot {
	uint64_t hash;
	uint32_t handle;
	uint32_t text; /* offset */
	uint8_t length;
	uint8_t kind;
	bool used;
};

struct name_table {
	struct name_slot *slots; /* two to a power, half of them free at least; NULL: no names */
	uint32_t mask;
	char *text;           /* in lower case */
	uint8_t lengths[256]; /* bit of kind set: there are names of this kind and length */
	uint32_t longest;
};

#define NAME_LENGTH_MAX 255

/* Entries longer than NAME_LENGTH_MAX match nothing and are left out; the rest is sorted.
 * false: out of memory; name_table_free is due all the same. */
bool name_table_build(struct name_table *table, struct name_entry *entries, size_t count,
		      struct candidates *candidates);
void name_table_free(struct name_table *table);

/* A whole name, and each of its endings as a domain and as a fragment. */
#define NAME_SLOTS_MAX (3 * (NAME_LENGTH_MAX + 1))

/* The slots that hold the name, whatever the port: how many were stored, of room at most. */
size_t name_table_find(const struct name_table *table, const char *name, size_t length, uint32_t *slots, size_t room);

/* The first rule that takes name and port, of those in the table and of best. Letters match in either case, and a
 * dot at the end of name does not count. */
uint32_t name_table_decide(const struct name_table *table, const struct candidates *candidates, const char *name,
			   size_t length, uint16_t port, uint32_t best);

#endif
