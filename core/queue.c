#include "core/queue.h"

#include <string.h>

/* Pages are mapped, not allocated: a signal handler that sends may have interrupted malloc. */
bool queue_add(struct queue *queue, const struct world *world, const void *datagram, size_t size)
{
	uint32_t length = (uint32_t)size;
	if (queue->count == QUEUE_DATAGRAMS || size > QUEUE_OCTETS || size + sizeof length > QUEUE_OCTETS - queue->used)
		return false;
	if (!queue->pages)
		queue->pages = world->map(QUEUE_OCTETS);
	if (!queue->pages)
		return false;
	memcpy(queue->pages + queue->used, &length, sizeof length);
	memcpy(queue->pages + queue->used + sizeof length, datagram, size);
	queue->used += (uint32_t)(sizeof length + size);
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
		world->unmap(queue->pages, QUEUE_OCTETS);
	*queue = (struct queue){0};
}
