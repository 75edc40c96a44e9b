/* Scratch: where a datagram and its header lie side by side. Small ones on the caller's stack; a large one is the
 * thread's own, unless that is in use or there are too many threads; all others are mapped and stay on a shelf, whose
 * places are taken and given back without a lock, so that threads and signal handlers never share one. */
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

struct scratch_place;

struct scratch {
	uint8_t *at; /* NULL: no memory */
	size_t size;
	struct scratch_place *place; /* of a mapped one; NULL: it goes when it is given back */
	uint8_t small[SCRATCH_SMALL];
};

/* The thread's own one of SCRATCH_LARGE: only its signal handlers take it as well, for which no locked instruction is
 * needed; that would be 6 ns of a receive's 200. */
struct scratch_own {
	uint8_t *buffer; /* NULL: it has none, so far */
	_Atomic bool used;
};
extern __thread struct scratch_own scratch_own;

void scratch_take_mapped(struct scratch *scratch, size_t size); /* at most SCRATCH_HUGE */
void scratch_give_mapped(struct scratch *scratch);

static inline void scratch_take(struct scratch *scratch, size_t size) /* likewise */
{
	if (size <= sizeof scratch->small) {
		scratch->at = scratch->small;
		scratch->size = sizeof scratch->small;
		return;
	}
	uint8_t *own = scratch_own.buffer;
	if (__builtin_expect(
		size > SCRATCH_LARGE || !own || atomic_load_explicit(&scratch_own.used, memory_order_relaxed), 0)) {
		scratch_take_mapped(scratch, size);
		return;
	}
	atomic_store_explicit(&scratch_own.used, true, memory_order_relaxed);
	atomic_signal_fence(memory_order_acquire);
	scratch->at = own;
	scratch->size = SCRATCH_LARGE;
}

/* Pages of its own, which go when it is given back: the kernel holds on to them as long as it sends from them. */
void scratch_take_fresh(struct scratch *scratch);

static inline void scratch_give(struct scratch *scratch)
{
	if (!scratch->at || scratch->at == scratch->small)
		return;
	if (__builtin_expect(scratch->at != scratch_own.buffer, 0)) {
		scratch_give_mapped(scratch);
		return;
	}
	atomic_signal_fence(memory_order_release);
	atomic_store_explicit(&scratch_own.used, false, memory_order_relaxed);
}

/* A scratch that is given back at the end of its block, also when the thread is cancelled in a blocking call. Only the
 * pointer is set: the small room is not cleared for every datagram. */
#define SCRATCH(name)                                                                                                  \
	__attribute__((cleanup(scratch_give))) struct scratch name;                                                    \
	(name).at = NULL

#endif
