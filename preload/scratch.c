#include "preload/scratch.h"

#include <sys/mman.h>

#include "preload/first_memory.h"

enum { OWNED = 16, PLACES = 32, PLACES_HUGE = 4 };

/* On a shelf. What a call never gives back, a handler having jumped out of it (longjmp(3)) or a fork having left its
 * thread behind, is in use for good. */
struct scratch_place {
	uint8_t *buffer; /* its user's; NULL: not mapped so far */
	_Atomic uint32_t used;
};

struct shelf {
	size_t size; /* of each buffer on it */
	int count;
	struct scratch_place *places;
};

/* What is a thread's own outlives it, for the next one whose variables lie at the same address: there are as many as
 * have run at once, and no end of a thread to be told of. */
struct estate {
	_Atomic(struct scratch_own *) owner; /* NULL: nobody so far */
	_Atomic(uint8_t *) buffer;           /* NULL: not mapped so far */
};

/* The linker puts what has such an alignment on a page that is in use anyhow. */
static _Alignas(long) struct estate estates[OWNED];
static _Alignas(long) struct scratch_place large_places[PLACES], huge_places[PLACES_HUGE];
static const struct shelf shelves[] = {{SCRATCH_LARGE, PLACES, large_places}, {SCRATCH_HUGE, PLACES_HUGE, huge_places}};

__thread struct scratch_own scratch_own;

static uint8_t *map(size_t size, int flags)
{
	void *buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	return buffer == MAP_FAILED ? NULL : buffer;
}

static bool take_over(struct estate *estate)
{
	struct scratch_own *nobody = NULL;
	if (!atomic_compare_exchange_strong(&estate->owner, &nobody, &scratch_own))
		return false;
	uint8_t *buffer = first_memory_take(SCRATCH_LARGE);
	if (!buffer)
		buffer = map(SCRATCH_LARGE, MAP_NORESERVE);
	atomic_store(&estate->buffer, buffer);
	return true;
}

/* A handler may come in between, and do the same: what it finds half done it leaves alone. NULL: there are too many
 * threads, or there is no memory. */
static uint8_t *find_own(void)
{
	for (int i = 0; i < OWNED; i++)
		if (atomic_load(&estates[i].owner) == &scratch_own)
			return atomic_load(&estates[i].buffer);
	for (int i = 0; i < OWNED; i++)
		if (take_over(&estates[i]))
			return atomic_load(&estates[i].buffer);
	return NULL;
}

/* NULL: all are in use. */
static struct scratch_place *take_any(const struct shelf *shelf)
{
	for (int i = 0; i < shelf->count; i++)
		if (!atomic_load_explicit(&shelf->places[i].used, memory_order_relaxed) &&
		    !atomic_exchange_explicit(&shelf->places[i].used, 1, memory_order_acquire))
			return &shelf->places[i];
	return NULL;
}

static void give_back(struct scratch_place *place)
{
	atomic_store_explicit(&place->used, 0, memory_order_release);
}

static void take_from(const struct shelf *shelf, struct scratch *scratch)
{
	struct scratch_place *place = take_any(shelf);
	scratch->size = shelf->size;
	scratch->place = place;
	scratch->at = place && place->buffer ? place->buffer : map(shelf->size, MAP_NORESERVE);
	if (!place)
		return;
	place->buffer = scratch->at;
	if (!scratch->at)
		give_back(place);
}

void scratch_take_mapped(struct scratch *scratch, size_t size)
{
	bool large = size <= SCRATCH_LARGE, first = large && !scratch_own.buffer;
	if (first)
		scratch_own.buffer = find_own();
	if (first && scratch_own.buffer)
		scratch_take(scratch, size);
	else
		take_from(&shelves[!large], scratch);
}

void scratch_give_mapped(struct scratch *scratch)
{
	if (scratch->place)
		give_back(scratch->place);
	else
		munmap(scratch->at, scratch->size);
}

void scratch_take_fresh(struct scratch *scratch)
{
	scratch->at = map(SCRATCH_LARGE, 0);
	scratch->size = SCRATCH_LARGE;
	scratch->place = NULL;
}
