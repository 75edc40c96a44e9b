#include "core/correspondents.h"

#include <stdatomic.h>
#include <string.h>

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

static uint64_t stir(uint64_t value, uint64_t key)
{
	value = (value ^ key) * 0x9e3779b97f4a7c15u;
	value = (value ^ value >> 32) * (key | 1);
	return value ^ value >> 29;
}

static uint64_t hash(struct correspondents *correspondents, const struct endpoint *peer)
{
	uint64_t first = atomic_load_explicit(&correspondents->key[0], memory_order_relaxed);
	uint64_t second = atomic_load_explicit(&correspondents->key[1], memory_order_relaxed);
	uint64_t words[3];
	memcpy(words, peer->ip, 16);
	words[2] = (uint64_t)peer->kind << 56 | (uint64_t)peer->port << 32 | peer->scope;
	uint64_t state = second;
	for (int i = 0; i < 3; i++)
		state = stir(state ^ words[i], first);
	state = stir(state, second);
	return state ? state : 1;
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
