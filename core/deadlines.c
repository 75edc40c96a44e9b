#include "core/deadlines.h"

#include <stdbool.h>
#include <string.h>

static void put(struct deadlines *deadlines, uint32_t place, struct deadline *deadline)
{
	deadlines->heap[place - 1] = deadline;
	deadline->place = place;
}

static struct deadline *at(const struct deadlines *deadlines, uint32_t place)
{
	return deadlines->heap[place - 1];
}

static void rise(struct deadlines *deadlines, struct deadline *deadline)
{
	uint32_t place = deadline->place;
	for (; place > 1 && at(deadlines, place / 2)->at_ms > deadline->at_ms; place /= 2)
		put(deadlines, place, at(deadlines, place / 2));
	put(deadlines, place, deadline);
}

static void sink(struct deadlines *deadlines, struct deadline *deadline)
{
	uint32_t place = deadline->place;
	for (;;) {
		uint32_t child = place * 2;
		if (child > deadlines->count)
			break;
		if (child < deadlines->count && at(deadlines, child + 1)->at_ms < at(deadlines, child)->at_ms)
			child++;
		if (at(deadlines, child)->at_ms >= deadline->at_ms)
			break;
		put(deadlines, place, at(deadlines, child));
		place = child;
	}
	put(deadlines, place, deadline);
}

/* Mapped, not allocated: the sender that sets a deadline may be a signal handler inside malloc. */
static bool grow(struct deadlines *deadlines, const struct world *world)
{
	if (!deadlines->heap) {
		deadlines->heap = deadlines->few;
		deadlines->room = DEADLINES_FEW;
		return true;
	}
	uint32_t room = deadlines->room < DEADLINES_MAPPED ? DEADLINES_MAPPED : deadlines->room * 2;
	struct deadline **heap = world->map(room * sizeof *heap);
	if (!heap)
		return false;
	memcpy(heap, deadlines->heap, deadlines->count * sizeof *heap);
	if (deadlines->heap != deadlines->few)
		world->unmap(deadlines->heap, deadlines->room * sizeof *heap);
	deadlines->heap = heap;
	deadlines->room = room;
	return true;
}

enum outcome deadlines_set(struct deadlines *deadlines, const struct world *world, struct deadline *deadline,
			   uint64_t at_ms)
{
	if (!deadline->place) {
		if (deadlines->count == deadlines->room && !grow(deadlines, world))
			return OUTCOME_NO_MEMORY;
		deadline->at_ms = NEVER;
		put(deadlines, ++deadlines->count, deadline);
	}
	deadline->at_ms = at_ms;
	rise(deadlines, deadline);
	sink(deadlines, deadline);
	return OUTCOME_OK;
}

void deadlines_clear(struct deadlines *deadlines, struct deadline *deadline)
{
	uint32_t place = deadline->place;
	if (!place)
		return;
	deadline->place = 0;
	struct deadline *last = at(deadlines, deadlines->count--);
	if (last == deadline)
		return;
	put(deadlines, place, last);
	rise(deadlines, last);
	sink(deadlines, last);
}

uint64_t deadlines_first(const struct deadlines *deadlines)
{
	return deadlines->count ? at(deadlines, 1)->at_ms : NEVER;
}

struct deadline *deadlines_take_due(struct deadlines *deadlines, uint64_t now_ms)
{
	if (deadlines_first(deadlines) > now_ms)
		return NULL;
	struct deadline *due = at(deadlines, 1);
	deadlines_clear(deadlines, due);
	return due;
}

void deadlines_free(struct deadlines *deadlines, const struct world *world)
{
	if (deadlines->heap && deadlines->heap != deadlines->few)
		world->unmap(deadlines->heap, deadlines->room * sizeof *deadlines->heap);
	*deadlines = (struct deadlines){0};
}
