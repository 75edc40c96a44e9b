#include "core/queue.h"

#include <string.h>

enum { PAGES_FIRST = 16 * 1024 };

/* Pages are mapped, not allocated: a signal handler that sends may have interrupted malloc. */
static bool grow(struct queue *queue, const struct world *world, size_t needed)
{
	uint32_t room = queue->room ? queue->room * 2 : PAGES_FIRST;
	while (room < needed)
		room *= 2;
	uint8_t *pages = world->map(room);
	if (!pages)
		return false;
	if (queue->pages) {
		memcpy(pages, queue->pages, queue->used);
		world->unmap(queue->pages, queue->room);
	}
	queue->pages = pages;
	queue->room = room;
	return true;
}

bool queue_add(struct queue *queue, const struct world *world, const struct settings *settings, const void *datagram,
	       size_t size)
{
	uint32_t length = (uint32_t)size;
	size_t frames = queue->count * sizeof length; /* the bound is on the datagrams alone */
	if (queue->count >= settings->queue_datagrams || size > settings->queue_octets ||
	    queue->used - frames > settings->queue_octets - size)
		return false;
	size_t needed = queue->used + sizeof length + size;
	if (needed > queue->room && !grow(queue, world, needed))
		return false;
	memcpy(queue->pages + queue->used, &length, sizeof length);
	memcpy(queue->pages + queue->used + sizeof length, datagram, size);
	queue->used = (uint32_t)needed;
	queue->count++;
	return true;
}

bool queue_next(const struct queue *queue, size_t *at, const uint8_t **datagram, size_t *size)
{
	uint32_t length;
	if (*at >= queue->used)
		return false;
	memcpy(&length, queue->pages + *at, sizeof length);
	*datagram = queue->pages + *at + sizeof length;
	*size = length;
	*at += sizeof length + length;
	return true;
}

void queue_clear(struct queue *queue, const struct world *world)
{
	if (queue->pages)
		world->unmap(queue->pages, queue->room);
	*queue = (struct queue){0};
}
