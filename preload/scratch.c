#include "preload/scratch.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "preload/first_memory.h"

enum { PLACES = 32, PLACES_HUGE = 4 };

struct shelf {
	size_t size; /* of each buffer on it */
	int places;
	_Atomic(void *) *buffers;
};

static _Alignas(long) _Atomic(void *) large[PLACES];
static _Atomic(void *) huge[PLACES_HUGE];
static const struct shelf shelves[] = {{SCRATCH_LARGE, PLACES, large}, {SCRATCH_HUGE, PLACES_HUGE, huge}};

static const struct shelf *shelf_for(size_t size)
{
	return &shelves[size > SCRATCH_LARGE];
}

void scratch_take_mapped(struct scratch *scratch, size_t size)
{
	const struct shelf *shelf = shelf_for(size);
	scratch->size = shelf->size;
	for (int i = 0; i < shelf->places; i++) {
		if (!atomic_load_explicit(&shelf->buffers[i], memory_order_relaxed))
			continue;
		scratch->at = atomic_exchange_explicit(&shelf->buffers[i], NULL, memory_order_acquire);
		if (scratch->at)
			return;
	}
	void *buffer = shelf->buffers == large ? first_memory_take(shelf->size) : NULL;
	if (!buffer)
		buffer =
		    mmap(NULL, shelf->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	scratch->at = buffer == MAP_FAILED ? NULL : buffer;
}

void scratch_take_fresh(struct scratch *scratch)
{
	void *buffer = mmap(NULL, SCRATCH_LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	scratch->at = buffer == MAP_FAILED ? NULL : buffer;
	scratch->size = SCRATCH_FRESH;
}

void scratch_give_mapped(struct scratch *scratch)
{
	if (scratch->size == SCRATCH_FRESH) {
		munmap(scratch->at, SCRATCH_LARGE);
		return;
	}
	const struct shelf *shelf = shelf_for(scratch->size);
	for (int i = 0; i < shelf->places; i++) {
		void *none = NULL;
		if (atomic_compare_exchange_strong_explicit(&shelf->buffers[i], &none, scratch->at,
							    memory_order_release, memory_order_relaxed))
			return;
	}
	if (!first_memory_give_back(scratch->at, shelf->size))
		munmap(scratch->at, shelf->size);
}
