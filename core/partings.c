#include "core/partings.h"

#include <string.h>

static void close_oldest(struct partings *partings, const struct world *world)
{
	world->own_close(partings->list[0].control);
	partings->count--;
	memmove(partings->list, partings->list + 1, partings->count * sizeof *partings->list);
}

void partings_add(struct partings *partings, const struct world *world, int control, uint64_t stay_ms)
{
	if (partings->count == PARTINGS)
		close_oldest(partings, world);
	partings->list[partings->count++] = (struct parting){control, world->now_ms() + stay_ms};
}

uint64_t partings_close_due(struct partings *partings, const struct world *world)
{
	while (partings->count && partings->list[0].until_ms <= world->now_ms())
		close_oldest(partings, world);
	return partings->count ? partings->list[0].until_ms : NEVER;
}

void partings_close_all(struct partings *partings, const struct world *world)
{
	while (partings->count)
		close_oldest(partings, world);
}

void partings_move(struct partings *partings, int from, int to)
{
	for (unsigned i = 0; i < partings->count; i++)
		if (partings->list[i].control == from)
			partings->list[i].control = to;
}
