#include "core/correspondents.h"

#include <stdatomic.h>

enum { ROWS = 1024, WAYS = 4 };

struct correspondents {
	_Atomic uint64_t key[2]; /* unpredictable, so that nobody can choose an address that collides with another's */
	_Atomic uint32_t turn;
	_Atomic uint64_t rows[ROWS][WAYS]; /* 0: empty */
};

struct correspondents *correspondents_new(const struct world *world)
{
	struct correspondents *correspondents = world->map(sizeof *correspondents);
	correspondents_forget(correspondents, world);
	return correspondents;
}

struct correspondents *correspondents_new_shared(const struct world *world)
{
	struct correspondents *correspondents = world->map_shared(sizeof *correspondents);
	correspondents_forget(correspondents, world);
	return correspondents;
}

/* A new key is enough: no mark made with the old one is found again. */
void correspondents_forget(struct correspondents *correspondents, const struct world *world)
{
	if (!correspondents)
		return;
	atomic_store(&correspondents->key[0], world->random());
	atomic_store(&correspondents->key[1], world->random());
}

void correspondents_free(struct correspondents *correspondents, const struct world *world)
{
	if (correspondents)
		world->unmap(correspondents, sizeof *correspondents);
}

static uint64_t hash(struct correspondents *correspondents, const struct endpoint *peer)
{
	return endpoint_hash(peer, atomic_load_explicit(&correspondents->key[0], memory_order_relaxed),
			     atomic_load_explicit(&correspondents->key[1], memory_order_relaxed));
}

bool correspondents_have(struct correspondents *correspondents, const struct endpoint *peer)
{
	if (!correspondents)
		return false;
	uint64_t mark = hash(correspondents, peer);
	_Atomic uint64_t *row = correspondents->rows[mark % ROWS];
	for (int i = 0; i < WAYS; i++)
		if (atomic_load_explicit(&row[i], memory_order_relaxed) == mark)
			return true;
	return false;
}

void correspondents_add(struct correspondents *correspondents, const struct endpoint *peer)
{
	if (!correspondents || correspondents_have(correspondents, peer))
		return;
	uint64_t mark = hash(correspondents, peer);
	_Atomic uint64_t *row = correspondents->rows[mark % ROWS];
	uint32_t turn = atomic_fetch_add_explicit(&correspondents->turn, 1, memory_order_relaxed);
	for (int i = 0; i < WAYS; i++) {
		uint64_t empty = 0;
		if (atomic_compare_exchange_strong_explicit(&row[i], &empty, mark, memory_order_relaxed,
							    memory_order_relaxed))
			return;
	}
	atomic_store_explicit(&row[turn % WAYS], mark, memory_order_relaxed);
}
