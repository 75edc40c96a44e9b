#include "preload/scratch.h"

#include <sys/mman.h>

#include "preload/first_memory.h"

enum { PLACES = 32, PLACES_HUGE = 4 };

struct shelf {
	size_t size; /* of each buffer on it */
	int count;
	struct scratch_place *places;
};

_Alignas(long) struct scratch_place scratch_large[PLACES]; /* on a page that is in use anyhow */
static _Alignas(long) struct scratch_place huge[PLACES_HUGE];
static const struct shelf shelves[] = {{SCRATCH_LARGE, PLACES, scratch_large}, {SCRATCH_HUGE, PLACES_HUGE, huge}};

static void *map(size_t size, int flags)
{
	void *buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	return buffer == MAP_FAILED ? NULL : buffer;
}

static void map_buffer(struct scratch *scratch, const struct shelf *shelf)
{
	void *buffer = shelf->places == scratch_large ? first_memory_take(shelf->size) : NULL;
	if (!buffer)
		buffer = map(shelf->size, MAP_NORESERVE);
	scratch->at = buffer;
	scratch->place->buffer = buffer;
	if (!buffer)
		atomic_store_explicit(&scratch->place->used, 0, memory_order_release);
}

void scratch_map_buffer(struct scratch *scratch)
{
	map_buffer(scratch, &shelves[0]);
}

/* NULL: all are in use. */
static struct scratch_place *take_any(const struct shelf *shelf)
{
	for (int i = 0; i < shelf->count; i++)
		if (scratch_take_place(&shelf->places[i]))
			return &shelf->places[i];
	return NULL;
}

void scratch_take_mapped(struct scratch *scratch, size_t size)
{
	const struct shelf *shelf = &shelves[size > SCRATCH_LARGE];
	struct scratch_place *place = take_any(shelf);
	scratch->size = shelf->size;
	scratch->place = place;
	if (!place) {
		scratch->at = map(shelf->size, MAP_NORESERVE);
		return;
	}
	scratch->at = place->buffer;
	if (!scratch->at)
		map_buffer(scratch, shelf);
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
