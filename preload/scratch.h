/* Scratch: where a datagram and its header lie side by side. Small ones on the caller's stack; large ones from a
 * shelf of mapped buffers, taken and put back without a lock, so that threads and signal handlers never share one. */
#ifndef PRELOAD_SCRATCH_H
#define PRELOAD_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

#include "core/header.h"

/* On the stack of whoever calls: a signal handler may run on 8 KiB. */
#define SCRATCH_SMALL 1792
#define SCRATCH_LARGE (17 * 4096) /* any datagram with its header */

struct scratch {
	uint8_t *at; /* NULL: no memory */
	size_t size;
	uint8_t small[SCRATCH_SMALL];
};

void scratch_take(struct scratch *scratch, size_t size); /* at most SCRATCH_LARGE */
void scratch_give(struct scratch *scratch);

/* Given back also when the thread is cancelled in a blocking call. */
#define SCRATCH __attribute__((cleanup(scratch_give))) struct scratch

#endif
