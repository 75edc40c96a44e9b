#include "core/alias.h"

#include <stdatomic.h>
#include <string.h>

#include "core/header.h"

enum { ENTRIES = 32 };

struct entry {
	_Atomic uint32_t sequence; /* odd: being written; 0: empty */
	struct endpoint shown;
	struct endpoint target; /* a name points into .name */
	struct endpoint tied;   /* a real address that has answered for the name; ENDPOINT_NONE: none has */
	char name[256];
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

/* A copy that is whole, or false. */
static bool read_entry(const struct entry *entry, struct entry *copy)
{
	uint32_t before = atomic_load_explicit(&entry->sequence, memory_order_acquire);
	if (!before || before & 1)
		return false;
	copy->shown = entry->shown;
	copy->target = entry->target;
	copy->tied = entry->tied;
	atomic_thread_fence(memory_order_acquire);
	return before == atomic_load_explicit(&entry->sequence, memory_order_relaxed);
}

static bool begin_writing(struct entry *entry)
{
	uint32_t sequence = atomic_load(&entry->sequence);
	return !(sequence & 1) && atomic_compare_exchange_strong(&entry->sequence, &sequence, sequence + 1);
}

static void end_writing(struct entry *entry)
{
	atomic_fetch_add_explicit(&entry->sequence, 1, memory_order_release);
}

bool alias_memory_is_used(struct alias_memory *memory)
{
	return memory && atomic_load_explicit(&memory->turn, memory_order_relaxed);
}

static bool is_known(struct alias_memory *memory, const struct endpoint *shown, const struct endpoint *target)
{
	struct entry copy;
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
	struct entry *entry = &memory->entries[atomic_fetch_add(&memory->turn, 1) % ENTRIES];
	if (!begin_writing(entry))
		return;
	entry->shown = *shown;
	entry->target = *target;
	entry->tied = (struct endpoint){.kind = ENDPOINT_NONE};
	if (target->kind == ENDPOINT_NAME) {
		memcpy(entry->name, target->name, target->name_length);
		entry->target.name = entry->name;
	}
	end_writing(entry);
}

static struct entry *find_answerer(struct alias_memory *memory, const struct endpoint *source, struct entry *copy)
{
	for (int i = 0; i < ENTRIES; i++)
		if (read_entry(&memory->entries[i], copy) &&
		    (endpoint_equal(&copy->target, source) || endpoint_equal(&copy->tied, source)))
			return &memory->entries[i];
	return NULL;
}

/* The one name on that port that nobody has answered for. */
static struct entry *find_unanswered(struct alias_memory *memory, const struct endpoint *source, struct entry *copy)
{
	struct entry *found = NULL, candidate;
	for (int i = 0; i < ENTRIES; i++) {
		if (!read_entry(&memory->entries[i], &candidate) || candidate.target.kind != ENDPOINT_NAME ||
		    candidate.tied.kind != ENDPOINT_NONE || candidate.target.port != source->port)
			continue;
		if (found && !endpoint_equal(&candidate.target, &copy->target))
			return NULL;
		found = &memory->entries[i];
		*copy = candidate;
	}
	return found;
}

static bool find_shown(struct alias_memory *memory, const struct endpoint *source, struct endpoint *shown)
{
	struct entry copy;
	struct entry *entry = find_answerer(memory, source, &copy);
	if (!entry && source->kind != ENDPOINT_NAME) {
		entry = find_unanswered(memory, source, &copy);
		if (entry && begin_writing(entry)) {
			entry->tied = *source;
			end_writing(entry);
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
