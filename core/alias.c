#include "core/alias.h"

#include <stdatomic.h>
#include <string.h>

#include "core/header.h"

enum { ENTRIES = 32 };

struct tie {
	struct endpoint shown;
	struct endpoint target; /* a name points into .name */
	struct endpoint tied;   /* a real address that has answered for the name; ENDPOINT_NONE: none has */
	char name[256];
};

enum { WORDS = sizeof(struct tie) / sizeof(uint64_t) };

_Static_assert(sizeof(struct tie) % sizeof(uint64_t) == 0, "ties are stored in whole words");

struct entry {
	_Atomic uint32_t sequence; /* odd: being written; 0: empty */
	_Atomic uint64_t words[WORDS];
};

struct alias_memory {
	_Atomic uint32_t turn;
	struct entry entries[ENTRIES];
};

struct alias_memory *alias_memory_new(const struct world *world)
{
	return world->map(sizeof(struct alias_memory));
}

void alias_memory_forget(struct alias_memory *memory)
{
	if (!memory || !atomic_exchange(&memory->turn, 0))
		return;
	for (int i = 0; i < ENTRIES; i++)
		atomic_store(&memory->entries[i].sequence, 0);
}

static void settle(struct tie *tie)
{
	if (tie->target.kind == ENDPOINT_NAME)
		tie->target.name = tie->name;
}

/* A copy that is whole, or false. */
static bool read_entry(const struct entry *entry, struct tie *copy)
{
	uint64_t words[WORDS];
	uint32_t before = atomic_load_explicit(&entry->sequence, memory_order_acquire);
	if (!before || before & 1)
		return false;
	/* Acquire on each word: one that a later writer stored shows that writer's sequence number too. */
	for (size_t i = 0; i < WORDS; i++)
		words[i] = atomic_load_explicit(&entry->words[i], memory_order_acquire);
	memcpy(copy, words, sizeof *copy);
	settle(copy);
	return before == atomic_load_explicit(&entry->sequence, memory_order_relaxed);
}

/* Unless another is writing it. */
static void write_entry(struct entry *entry, const struct tie *tie)
{
	uint64_t words[WORDS];
	uint32_t sequence = atomic_load(&entry->sequence);
	memcpy(words, tie, sizeof words);
	if (sequence & 1 || !atomic_compare_exchange_strong(&entry->sequence, &sequence, sequence + 1))
		return;
	for (size_t i = 0; i < WORDS; i++)
		atomic_store_explicit(&entry->words[i], words[i], memory_order_release);
	atomic_store_explicit(&entry->sequence, sequence + 2, memory_order_release);
}

bool alias_memory_is_used(struct alias_memory *memory)
{
	return memory && atomic_load_explicit(&memory->turn, memory_order_relaxed);
}

static bool is_known(struct alias_memory *memory, const struct endpoint *shown, const struct endpoint *target)
{
	struct tie copy;
	for (int i = 0; i < ENTRIES; i++)
		if (read_entry(&memory->entries[i], &copy) && endpoint_equal(&copy.shown, shown) &&
		    endpoint_equal(&copy.target, target))
			return true;
	return false;
}

void alias_memory_note(struct alias_memory *memory, const struct endpoint *shown, const struct endpoint *target)
{
	if (is_known(memory, shown, target))
		return;
	struct tie tie = {.shown = *shown, .target = *target};
	if (target->kind == ENDPOINT_NAME)
		memcpy(tie.name, target->name, target->name_length);
	write_entry(&memory->entries[atomic_fetch_add(&memory->turn, 1) % ENTRIES], &tie);
}

static struct entry *find_answerer(struct alias_memory *memory, const struct endpoint *source, struct tie *copy)
{
	for (int i = 0; i < ENTRIES; i++)
		if (read_entry(&memory->entries[i], copy) &&
		    (endpoint_equal(&copy->target, source) || endpoint_equal(&copy->tied, source)))
			return &memory->entries[i];
	return NULL;
}

/* The one name on that port that nobody has answered for. */
static struct entry *find_unanswered(struct alias_memory *memory, const struct endpoint *source, struct tie *copy)
{
	struct entry *found = NULL;
	struct tie candidate;
	for (int i = 0; i < ENTRIES; i++) {
		if (!read_entry(&memory->entries[i], &candidate) || candidate.target.kind != ENDPOINT_NAME ||
		    candidate.tied.kind != ENDPOINT_NONE || candidate.target.port != source->port)
			continue;
		if (found && !endpoint_equal(&candidate.target, &copy->target))
			return NULL;
		found = &memory->entries[i];
		*copy = candidate;
		settle(copy);
	}
	return found;
}

static bool find_shown(struct alias_memory *memory, const struct endpoint *source, struct endpoint *shown)
{
	struct tie copy;
	struct entry *entry = find_answerer(memory, source, &copy);
	if (!entry && source->kind != ENDPOINT_NAME) {
		entry = find_unanswered(memory, source, &copy);
		if (entry) {
			copy.tied = *source;
			write_entry(entry, &copy);
		}
	}
	if (entry)
		*shown = copy.shown;
	return entry != NULL;
}

void alias_memory_judge(struct alias_memory *memory, struct incoming *incoming, const struct view *view,
			const void *bytes, size_t size)
{
	struct reader reader = reader_of(bytes, size);
	struct endpoint source, shown;
	if (!atomic_load_explicit(&memory->turn, memory_order_relaxed))
		return;
	if (incoming->verdict != INCOMING_RELAYED && incoming->verdict != INCOMING_OTHER &&
	    incoming->verdict != INCOMING_FOREIGN)
		return;
	if (header_decode(&reader, &source) != OUTCOME_OK)
		return;
	endpoint_settle(&source);
	if (!find_shown(memory, &source, &shown))
		return;
	bool expressible = shown.kind == ENDPOINT_IPV4 || view->family == AF_INET6;
	bool expected = view->peer.kind == ENDPOINT_NONE || endpoint_equal(&shown, &view->peer);
	incoming->source = shown;
	incoming->verdict = !expressible ? INCOMING_FOREIGN : expected ? INCOMING_RELAYED : INCOMING_OTHER;
}
