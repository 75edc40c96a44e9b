#include "core/correspondents.h"

#include <stdatomic.h>
#include <stddef.h>

/* What many sockets share has room for the relays that thousands of associations a second leave behind, and uses more
 * of it the more it has been given: what is not used is not touched, and most never need more than the first rows. */
enum { ROWS_FIRST = 64, ROWS = 1024, ROWS_LARGE = 16384, WAYS = 4 };

typedef _Atomic uint64_t row[WAYS]; /* 0: empty */

struct correspondents {
	const struct world *world;
	uint32_t row_count;      /* that there may be */
	_Atomic uint32_t used;   /* of them: as many as at first, or the next more */
	_Atomic uint64_t key[2]; /* unpredictable, so that nobody can choose an address that collides with another's */
	_Atomic uint32_t turn;
	_Atomic(row *) more; /* behind the first; NULL: none is used */
	row first[ROWS_FIRST];
};

static uint32_t next_more(uint32_t rows)
{
	return rows < ROWS ? rows * 4 : rows * 2;
}

static size_t size_of_more(const struct correspondents *correspondents)
{
	return (correspondents->row_count - ROWS_FIRST) * sizeof(row);
}

static _Atomic uint64_t *row_at(struct correspondents *correspondents, uint64_t at)
{
	if (at < ROWS_FIRST)
		return correspondents->first[at];
	return atomic_load_explicit(&correspondents->more, memory_order_acquire)[at - ROWS_FIRST];
}

static struct correspondents *make(uint32_t row_count, const struct world *world)
{
	struct correspondents *correspondents = world->map(sizeof *correspondents);
	if (correspondents) {
		correspondents->world = world;
		correspondents->row_count = row_count;
		atomic_store(&correspondents->used, ROWS_FIRST);
	}
	correspondents_forget(correspondents);
	return correspondents;
}

struct correspondents *correspondents_new(const struct world *world)
{
	return make(ROWS, world);
}

struct correspondents *correspondents_new_large(const struct world *world)
{
	return make(ROWS_LARGE, world);
}

static void copy_row(_Atomic uint64_t *to, _Atomic uint64_t *from)
{
	for (int i = 0; i < WAYS; i++) {
		uint64_t mark = atomic_load_explicit(&from[i], memory_order_relaxed);
		if (mark)
			atomic_store_explicit(&to[i], mark, memory_order_relaxed);
	}
}

struct correspondents *correspondents_share(struct correspondents *correspondents)
{
	const struct world *world = correspondents->world;
	struct correspondents *copy = world->map_shared(sizeof *copy);
	row *more = copy ? world->map_shared(size_of_more(correspondents)) : NULL;
	if (copy && !more)
		world->unmap(copy, sizeof *copy);
	if (!more)
		return NULL;
	copy->world = world;
	copy->row_count = correspondents->row_count;
	atomic_store(&copy->more, more);
	atomic_store(&copy->used, atomic_load(&correspondents->used));
	atomic_store(&copy->turn, atomic_load(&correspondents->turn));
	for (int i = 0; i < 2; i++)
		atomic_store(&copy->key[i], atomic_load(&correspondents->key[i]));
	for (uint32_t i = 0; i < atomic_load(&copy->used); i++)
		copy_row(row_at(copy, i), row_at(correspondents, i));
	return copy;
}

/* A new key is enough: no mark made with the old one is found again. */
void correspondents_forget(struct correspondents *correspondents)
{
	if (!correspondents)
		return;
	atomic_store(&correspondents->key[0], correspondents->world->random());
	atomic_store(&correspondents->key[1], correspondents->world->random());
}

void correspondents_free(struct correspondents *correspondents)
{
	if (!correspondents)
		return;
	const struct world *world = correspondents->world;
	row *more = atomic_load(&correspondents->more);
	if (more)
		world->unmap(more, size_of_more(correspondents));
	world->unmap(correspondents, sizeof *correspondents);
}

/* socket ALL: known of every socket. No cookie is 0. */
enum { ALL = 0 };

static uint64_t hash(struct correspondents *correspondents, uint64_t socket, const struct endpoint *peer)
{
	return endpoint_hash(peer, atomic_load_explicit(&correspondents->key[0], memory_order_relaxed) ^ socket,
			     atomic_load_explicit(&correspondents->key[1], memory_order_relaxed));
}

/* WAYS: it is not there. */
static int place_in(_Atomic uint64_t *ways, uint64_t mark)
{
	int place = 0;
	while (place < WAYS && atomic_load_explicit(&ways[place], memory_order_acquire) != mark)
		place++;
	return place;
}

/* The newest stands first, and the oldest falls out. Who looks from the first place on misses none of the others: each
 * is copied before its place is taken; and what another thread puts there meanwhile is not written over. */
static void put_first(_Atomic uint64_t *ways, uint64_t mark, int place)
{
	uint64_t first = atomic_load_explicit(&ways[0], memory_order_acquire);
	do {
		for (int i = place < WAYS ? place : WAYS - 1; i > 0; i--) {
			uint64_t before = i > 1 ? atomic_load_explicit(&ways[i - 1], memory_order_relaxed) : first;
			atomic_store_explicit(&ways[i], before, memory_order_release);
		}
	} while (
	    !atomic_compare_exchange_weak_explicit(&ways[0], &first, mark, memory_order_acq_rel, memory_order_acquire));
}

bool correspondents_have_of(struct correspondents *correspondents, uint64_t socket, const struct endpoint *peer)
{
	if (!correspondents)
		return false;
	uint64_t mark = hash(correspondents, socket, peer);
	uint32_t used = atomic_load_explicit(&correspondents->used, memory_order_acquire);
	/* It was put where it belonged at its time. */
	for (uint32_t rows = ROWS_FIRST; rows <= used; rows = next_more(rows))
		if (place_in(row_at(correspondents, mark % rows), mark) < WAYS)
			return true;
	return false;
}

bool correspondents_have(struct correspondents *correspondents, const struct endpoint *peer)
{
	return correspondents_have_of(correspondents, ALL, peer);
}

/* Two threads may come at once. */
static bool has_more(struct correspondents *correspondents)
{
	row *none = NULL;
	if (atomic_load_explicit(&correspondents->more, memory_order_acquire))
		return true;
	row *more = correspondents->world->map(size_of_more(correspondents));
	if (more && !atomic_compare_exchange_strong(&correspondents->more, &none, more))
		correspondents->world->unmap(more, size_of_more(correspondents));
	return more != NULL;
}

/* How many rows to use, given how much has been added. Of few rows each is to have places left; among many, the newest
 * ones hardly ever meet, and each row takes memory. */
static uint32_t grow(struct correspondents *correspondents, uint32_t turn)
{
	uint32_t used = atomic_load_explicit(&correspondents->used, memory_order_acquire);
	uint32_t enough = used < ROWS ? used / 8 : used * WAYS / 2;
	if (turn < enough || used >= correspondents->row_count || !has_more(correspondents))
		return used;
	atomic_compare_exchange_strong(&correspondents->used, &used, next_more(used));
	return atomic_load_explicit(&correspondents->used, memory_order_acquire);
}

void correspondents_renew_of(struct correspondents *correspondents, uint64_t socket, const struct endpoint *peer)
{
	if (!correspondents)
		return;
	uint64_t mark = hash(correspondents, socket, peer);
	uint32_t rows = atomic_load_explicit(&correspondents->used, memory_order_acquire);
	int place = place_in(row_at(correspondents, mark % rows), mark);
	if (place == WAYS)
		rows = grow(correspondents, atomic_fetch_add_explicit(&correspondents->turn, 1, memory_order_relaxed));
	put_first(row_at(correspondents, mark % rows), mark, place);
}

void correspondents_renew(struct correspondents *correspondents, const struct endpoint *peer)
{
	correspondents_renew_of(correspondents, ALL, peer);
}

void correspondents_add(struct correspondents *correspondents, const struct endpoint *peer)
{
	if (!correspondents_have(correspondents, peer))
		correspondents_renew(correspondents, peer);
}
