#include "preload/scratch.h"

#include <stdatomic.h>
#include <sys/mman.h>

enum { SHELF = 32 };

static _Atomic(void *) shelf[SHELF];

static void *take_large(void)
{
	for (int i = 0; i < SHELF; i++) {
		if (!atomic_load_explicit(&shelf[i], memory_order_relaxed))
			continue;
		void *buffer = atomic_exchange_explicit(&shelf[i], NULL, memory_order_acquire);
		if (buffer)
			return buffer;
	}
	void *buffer = mmap(NULL, SCRATCH_LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return buffer == MAP_FAILED ? NULL : buffer;
}

void scratch_take_large(struct scratch *scratch)
{
	scratch->at = take_large();
	scratch->size = SCRATCH_LARGE;
}

void scratch_give_large(struct scratch *scratch)
{
	for (int i = 0; i < SHELF; i++) {
		void *none = NULL;
		if (atomic_compare_exchange_strong_explicit(&shelf[i], &none, scratch->at, memory_order_release,
							    memory_order_relaxed))
			return;
	}
	munmap(scratch->at, SCRATCH_LARGE);
}
