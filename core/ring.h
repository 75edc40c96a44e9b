/* A ring of records: many put them in, one takes them out, none waits for another. Memory that is all zero is an empty
 * ring.
 *
 * Room is reserved in one step and filled in the putter's own time, so a signal handler may put in a record while the
 * code that it interrupted fills another. The taker sees a record once it and all before it are complete. What finds no
 * room is refused, and counted. */
#ifndef CORE_RING_H
#define CORE_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define RING_SIZE (UINT64_C(4) << 20)

struct ring {
	_Atomic uint64_t head; /* octets ever reserved; modulo RING_SIZE the next place */
	_Atomic uint64_t refused;
	_Alignas(64) _Atomic uint64_t tail; /* octets ever taken */
	_Alignas(64) uint8_t octets[RING_SIZE];
};

/* Room for a record of that size, to be filled and completed; NULL: there is none. */
void *ring_reserve(struct ring *ring, size_t size);
void ring_complete(void *record);

/* The oldest record, if it is complete, and then that it has been taken. NULL: there is none. */
const void *ring_oldest(struct ring *ring);
void ring_take(struct ring *ring);

#endif
