#include "core/intake.h"

#include <string.h>

/* Mapped, not allocated: a signal handler that sends may have interrupted malloc. */
bool intake_put(struct intake *intake, const struct world *world, const struct intake_item *item, const void *datagram)
{
	struct intake_item *copy = world->map(sizeof *copy + item->size);
	if (!copy)
		return false;
	*copy = *item;
	memcpy(copy->datagram, datagram, item->size);
	copy->next = atomic_load(&intake->newest);
	while (!atomic_compare_exchange_weak(&intake->newest, &copy->next, copy))
		;
	return true;
}

struct intake_item *intake_take(struct intake *intake)
{
	struct intake_item *newest = atomic_exchange(&intake->newest, NULL), *oldest = NULL;
	while (newest) {
		struct intake_item *before = newest->next;
		newest->next = oldest;
		oldest = newest;
		newest = before;
	}
	return oldest;
}

void intake_free(struct intake_item *item, const struct world *world)
{
	world->unmap(item, sizeof *item + item->size);
}
