/* The datagrams of a socket that wait for its association: framed already, bounded, oldest kept. */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/settings.h"
#include "core/world.h"

struct queue {
	uint8_t *pages; /* NULL while nothing waits */
	uint32_t room;  /* of the pages */
	uint32_t used;
	uint32_t count;
};

/* False: the settings' bounds are reached, or there is no memory; nothing was added. */
bool queue_add(struct queue *queue, const struct world *world, const struct settings *settings, const void *datagram,
	       size_t size);

/* Walks from *at = 0; false at the end. */
bool queue_next(const struct queue *queue, size_t *at, const uint8_t **datagram, size_t *size);

void queue_clear(struct queue *queue, const struct world *world);

#endif
