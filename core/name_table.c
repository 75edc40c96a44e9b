/* Names are hashed from their last octet to their first, so that one pass over a name yields the hash of each of its
 * endings, and each is looked up once: as a domain where a label begins, as a fragment anywhere. */
#include "core/name_table.h"

#include <stdlib.h>
#include <string.h>

#include "core/lower.h"

#define HASH_START 0xcbf29ce484222325u
#define HASH_PRIME 0x100000001b3u
#define NO_SLOT    UINT32_MAX

static uint64_t hash_octet(uint64_t hash, char c)
{
	return (hash ^ (uint8_t)c) * HASH_PRIME;
}

static uint64_t hash_end(uint64_t hash, uint8_t kind)
{
	hash = (hash ^ kind) * HASH_PRIME;
	return hash ^ hash >> 32;
}

static uint64_t hash_text(const char *text, uint32_t length, uint8_t kind)
{
	uint64_t hash = HASH_START;

	while (length)
		hash = hash_octet(hash, lower(text[--length]));
	return hash_end(hash, kind);
}

static int compare_text(const char *a, const char *b, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++) {
		int difference = (uint8_t)lower(a[i]) - (uint8_t)lower(b[i]);

		if (difference)
			return difference;
	}
	return 0;
}

/* The slot's index, or NO_SLOT. */
static uint32_t find(const struct name_table *table, uint64_t hash, uint8_t kind, const char *text, uint32_t length)
{
	for (uint32_t i = (uint32_t)hash & table->mask; table->slots[i].used; i = (i + 1) & table->mask) {
		const struct name_slot *slot = &table->slots[i];

		if (slot->hash == hash && slot->kind == kind && slot->length == length &&
		    !compare_text(table->text + slot->text, text, length))
			return i;
	}
	return NO_SLOT;
}

/* The kinds that an ending of this length can be found as: those of which there are any. */
static uint8_t kinds_at(const struct name_table *table, const char *name, size_t total, uint32_t length)
{
	uint8_t kinds = table->lengths[length];

	if (length != total)
		kinds &= (uint8_t) ~(1u << NAME_WHOLE);
	if (length && length != total && name[total - length - 1] != '.')
		kinds &= (uint8_t) ~(1u << NAME_DOMAIN);
	return kinds;
}

size_t name_table_find(const struct name_table *table, const char *name, size_t length, uint32_t *slots, size_t room)
{
	uint64_t hash = HASH_START;
	size_t count = 0;

	if (!table->slots || !length)
		return 0;
	if (name[length - 1] == '.')
		length--;
	for (uint32_t ending = 0;; ending++) {
		uint8_t kinds = kinds_at(table, name, length, ending);

		for (uint8_t kind = 0; kinds >> kind && count < room; kind++) {
			if (!(kinds >> kind & 1))
				continue;
			slots[count] = find(table, hash_end(hash, kind), kind, name + length - ending, ending);
			count += slots[count] != NO_SLOT;
		}
		if (ending == length || ending == table->longest)
			return count;
		hash = hash_octet(hash, lower(name[length - ending - 1]));
	}
}

uint32_t name_table_decide(const struct name_table *table, const struct candidates *candidates, const char *name,
			   size_t length, uint16_t port, uint32_t best)
{
	uint32_t slots[NAME_SLOTS_MAX];
	size_t count = name_table_find(table, name, length, slots, NAME_SLOTS_MAX);

	for (size_t i = 0; i < count; i++)
		best = candidates_decide(candidates, table->slots[slots[i]].handle, port, best);
	return best;
}

static int compare_keys(const struct name_entry *left, const struct name_entry *right)
{
	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	if (left->kind != right->kind)
		return (int)left->kind - (int)right->kind;
	if (left->length != right->length)
		return left->length < right->length ? -1 : 1;
	return compare_text(left->text, right->text, left->length);
}

static int compare_entries(const void *a, const void *b)
{
	const struct name_entry *left = a, *right = b;
	int difference = compare_keys(left, right);

	return difference ? difference : left->rule < right->rule ? -1 : left->rule > right->rule;
}

static size_t keep_possible(struct name_entry *entries, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (entries[i].length > NAME_LENGTH_MAX)
			continue;
		entries[kept] = entries[i];
		entries[kept].hash = hash_text(entries[kept].text, entries[kept].length, entries[kept].kind);
		kept++;
	}
	return kept;
}

static void insert(struct name_table *table, const struct name_entry *entry, uint32_t handle, uint32_t text)
{
	uint32_t i = (uint32_t)entry->hash & table->mask;

	while (table->slots[i].used)
		i = (i + 1) & table->mask;
	table->slots[i] = (struct name_slot){.hash = entry->hash,
					     .handle = handle,
					     .text = text,
					     .length = (uint8_t)entry->length,
					     .kind = entry->kind,
					     .used = true};
	for (uint32_t at = 0; at < entry->length; at++)
		table->text[text + at] = lower(entry->text[at]);
	table->lengths[entry->length] |= (uint8_t)(1u << entry->kind);
	if (entry->length > table->longest)
		table->longest = entry->length;
}

static bool make_room(struct name_table *table, const struct name_entry *entries, size_t count)
{
	size_t slots = 4, octets = 1;

	while (slots < 2 * count)
		slots *= 2;
	for (size_t i = 0; i < count; i++)
		octets += entries[i].length;
	if (slots > CANDIDATES_RULES_MAX || octets > UINT32_MAX)
		return false;
	table->mask = (uint32_t)slots - 1;
	table->slots = calloc(slots, sizeof(*table->slots));
	table->text = malloc(octets);
	return table->slots && table->text;
}

bool name_table_build(struct name_table *table, struct name_entry *entries, size_t count, struct candidates *candidates)
{
	uint32_t *members, text = 0;

	memset(table, 0, sizeof(*table));
	count = keep_possible(entries, count);
	if (!count)
		return true;
	qsort(entries, count, sizeof(*entries), compare_entries);
	members = malloc(count * sizeof(*members));
	if (!members || !make_room(table, entries, count)) {
		free(members);
		return false;
	}
	for (size_t i = 0, next; i < count; i = next) {
		size_t used = 0;

		for (next = i; next < count && !compare_keys(&entries[i], &entries[next]); next++)
			if (!used || members[used - 1] != entries[next].rule)
				members[used++] = entries[next].rule;
		insert(table, &entries[i], candidates_add(candidates, members, used, CANDIDATES_NONE), text);
		text += entries[i].length;
	}
	free(members);
	return true;
}

void name_table_free(struct name_table *table)
{
	free(table->slots);
	free(table->text);
}
