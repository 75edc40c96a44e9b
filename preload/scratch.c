#include "preload/scratch.h"

#include <stdbool.h>
#include <sys/mman.h>

#include "preload/first_memory.h"

enum { PLACES = 32, PLACES_HUGE = 4 };

/* What a call never gives back, a handler having jumped out of it (longjmp(3)) or a fork having left its thread behind,
 * is in use for good. */
struct shelf {
	size_t size; /* of each buffer on it */
	int places;
	_Atomic uint32_t *used;
	void **buffers; /* its user's; NULL: not mapped so far */
};

static _Alignas(long) _Atomic uint32_t large_used[PLACES], huge_used[PLACES_HUGE];
static _Alignas(long) void *large[PLACES], *huge[PLACES_HUGE]; /* on a page that is in use anyhow */
static const struct shelf shelves[] = {{SCRATCH_LARGE, PLACES, large_used, large},
				       {SCRATCH_HUGE, PLACES_HUGE, huge_used, huge}};

static void *map(size_t size, int flags)
{
	void *buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	return buffer == MAP_FAILED ? NULL : buffer;
}

static void *map_for(const struct shelf *shelf)
{
	void *buffer = shelf->buffers == large ? first_memory_take(shelf->size) : NULL;
	return buffer ? buffer : map(shelf->size, MAP_NORESERVE);
}

static bool take_place(const struct shelf *shelf, int at)
{
	return !atomic_load_explicit(&shelf->used[at], memory_order_relaxed) &&
	       !atomic_exchange_explicit(&shelf->used[at], 1, memory_order_acquire);
}

void scratch_take_mapped(struct scratch *scratch, size_t size)
{
	const struct shelf *shelf = &shelves[size > SCRATCH_LARGE];
	int at = 0;
	while (at < shelf->places && !take_place(shelf, at))
		at++;
	scratch->size = shelf->size;
	scratch->place = at < shelf->places ? &shelf->used[at] : NULL;
	if (!scratch->place) {
		scratch->at = map(shelf->size, MAP_NORESERVE);
		return;
	}
	if (!shelf->buffers[at])
		shelf->buffers[at] = map_for(shelf);
	scratch->at = shelf->buffers[at];
	if (!scratch->at)
		atomic_store_explicit(scratch->place, 0, memory_order_release);
}

void scratch_take_fresh(struct scratch *scratch)
{
	scratch->at = map(SCRATCH_LARGE, 0);
	scratch->size = SCRATCH_LARGE;
	scratch->place = NULL;
}

void scratch_unmap(struct scratch *scratch)
{
	munmap(scratch->at, scratch->size);
}
