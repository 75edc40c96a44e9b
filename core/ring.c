#include "core/ring.h"

#include <string.h>

/* Before each record. Zero until the record is complete, so what has been taken is cleared. */
struct link {
	_Atomic uint32_t complete; /* octets to the next one */
	uint32_t span; /* the same, from the beginning; GAP: what is left before the ring's end is skipped */
};

enum { ALIGNMENT = sizeof(struct link), GAP = 0 };

_Static_assert(RING_SIZE % ALIGNMENT == 0, "a link never wraps around");

static struct link *link_at(struct ring *ring, uint64_t position)
{
	return (struct link *)(void *)&ring->octets[position % RING_SIZE];
}

static uint32_t span_of(size_t size)
{
	return (uint32_t)((size + sizeof(struct link) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

static void complete(struct link *link, uint32_t span)
{
	atomic_store_explicit(&link->complete, span, memory_order_release);
}

void *ring_reserve(struct ring *ring, size_t size)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed), gap;
	uint32_t span = span_of(size);
	do {
		uint64_t before_end = RING_SIZE - head % RING_SIZE;
		gap = before_end < span ? before_end : 0;
		/* A head that is out of date may be behind the tail: the exchange fails then. */
		uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
		if (size > RING_SIZE / 2 || (int64_t)(head + gap + span - tail) > (int64_t)RING_SIZE) {
			atomic_fetch_add_explicit(&ring->refused, 1, memory_order_relaxed);
			return NULL;
		}
	} while (!atomic_compare_exchange_weak_explicit(&ring->head, &head, head + gap + span, memory_order_relaxed,
							memory_order_relaxed));
	if (gap) {
		struct link *skipped = link_at(ring, head);
		skipped->span = GAP;
		complete(skipped, (uint32_t)gap);
	}
	struct link *link = link_at(ring, head + gap);
	link->span = span;
	return link + 1;
}

void ring_complete(void *record)
{
	struct link *link = (struct link *)record - 1;
	complete(link, link->span);
}

static void advance(struct ring *ring, struct link *link, uint32_t octets)
{
	memset(link, 0, octets);
	atomic_fetch_add_explicit(&ring->tail, octets, memory_order_release);
}

const void *ring_oldest(struct ring *ring)
{
	for (;;) {
		struct link *link = link_at(ring, atomic_load_explicit(&ring->tail, memory_order_relaxed));
		uint32_t octets = atomic_load_explicit(&link->complete, memory_order_acquire);
		if (!octets)
			return NULL;
		if (link->span != GAP)
			return link + 1;
		advance(ring, link, octets);
	}
}

void ring_take(struct ring *ring)
{
	struct link *link = link_at(ring, atomic_load_explicit(&ring->tail, memory_order_relaxed));
	advance(ring, link, link->span);
}
