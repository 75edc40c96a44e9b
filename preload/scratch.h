/* Scratch: where a datagram and its header lie side by side. Small ones on the caller's stack; larger ones are mapped
 * and stay on a shelf, whose places are taken and given back without a lock, so that threads and signal handlers never
 * share one. */
#ifndef PRELOAD_SCRATCH_H
#define PRELOAD_SCRATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/header.h"

/* On the stack of whoever calls: a signal handler may run on 8 KiB. */
#define SCRATCH_SMALL 1792
#define SCRATCH_LARGE (19 * 4096)   /* any datagram with its header, and a convoy */
#define SCRATCH_HUGE  (1034 * 4096) /* 64 of them: what is not used is never touched */

/* On a shelf. What a call never gives back, a handler having jumped out of it (longjmp(3)) or a fork having left its
 * thread behind, is in use for good. */
struct scratch_place {
	void *buffer; /* its user's; NULL: not mapped so far */
	_Atomic uint32_t used;
};

struct scratch {
	uint8_t *at; /* NULL: no memory */
	size_t size;
	struct scratch_place *place; /* NULL: it goes when it is given back */
	uint8_t small[SCRATCH_SMALL];
};

extern struct scratch_place scratch_large[]; /* of SCRATCH_LARGE each */

void scratch_take_mapped(struct scratch *scratch, size_t size); /* at most SCRATCH_HUGE */
void scratch_map_buffer(struct scratch *scratch);
void scratch_unmap(struct scratch *scratch);

static inline bool scratch_take_place(struct scratch_place *place)
{
	return !atomic_load_explicit(&place->used, memory_order_relaxed) &&
	       !atomic_exchange_explicit(&place->used, 1, memory_order_acquire);
}

static inline void scratch_take(struct scratch *scratch, size_t size) /* likewise */
{
	struct scratch_place *first = scratch_large;
	if (size <= sizeof scratch->small) {
		scratch->at = scratch->small;
		scratch->size = sizeof scratch->small;
		return;
	}
	if (size > SCRATCH_LARGE || !scratch_take_place(first)) {
		scratch_take_mapped(scratch, size);
		return;
	}
	scratch->at = first->buffer;
	scratch->size = SCRATCH_LARGE;
	scratch->place = first;
	if (__builtin_expect(!scratch->at, 0))
		scratch_map_buffer(scratch);
}

/* Pages of its own, which go when it is given back: the kernel holds on to them as long as it sends from them. */
void scratch_take_fresh(struct scratch *scratch);

static inline void scratch_give(struct scratch *scratch)
{
	if (!scratch->at || scratch->at == scratch->small)
		return;
	if (scratch->place)
		atomic_store_explicit(&scratch->place->used, 0, memory_order_release);
	else
		scratch_unmap(scratch);
}

/* A scratch that is given back at the end of its block, also when the thread is cancelled in a blocking call. Only the
 * pointer is set: the small room is not cleared for every datagram. */
#define SCRATCH(name)                                                                                                  \
	__attribute__((cleanup(scratch_give))) struct scratch name;                                                    \
	(name).at = NULL

#endif
