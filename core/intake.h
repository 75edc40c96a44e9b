/* The intake: datagrams of senders that must not wait and found the negotiator's lock taken. Put in without a lock;
 * whoever has the lock takes them out before he lets go of it. */
#ifndef CORE_INTAKE_H
#define CORE_INTAKE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/world.h"

struct intake_item {
	struct intake_item *next;
	uint64_t handle; /* of its flow */
	int16_t server;  /* that a rule demands, or ANY_SERVER */
	uint32_t size;
	uint8_t datagram[]; /* header and payload */
};

struct intake {
	_Atomic(struct intake_item *) newest;
	_Atomic uint32_t bell;
};

/* Rung by whoever has put something in, and by whoever has let go of the lock, before they look at the lock and at the
 * intake: the one who rings second sees what the other did before. */
static inline void intake_ring(struct intake *intake)
{
	atomic_fetch_add(&intake->bell, 1);
}

static inline bool intake_is_empty(const struct intake *intake)
{
	return atomic_load(&intake->newest) == NULL;
}

/* False: no memory. */
bool intake_put(struct intake *intake, const struct world *world, const struct intake_item *item, const void *datagram);

/* All of them, oldest first; each is to be freed. */
struct intake_item *intake_take(struct intake *intake);
void intake_free(struct intake_item *item, const struct world *world);

#endif
