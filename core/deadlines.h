/* Deadlines: who is due first. A binary heap of the negotiator's waiting flows, by time. */
#ifndef CORE_DEADLINES_H
#define CORE_DEADLINES_H

#include <stdint.h>

#include "core/outcome.h"
#include "core/world.h"

struct deadline {
	uint64_t at_ms;
	uint32_t place; /* in the heap, from 1; 0: not waiting */
};

enum { DEADLINES_FEW = 32, DEADLINES_MAPPED = 512 };

struct deadlines {
	struct deadline **heap; /* few, or a mapping */
	uint32_t count;
	uint32_t room;
	struct deadline *few[DEADLINES_FEW];
};

#define NEVER UINT64_MAX

/* Sets or moves it. OUTCOME_NO_MEMORY: it is not set. */
enum outcome deadlines_set(struct deadlines *deadlines, const struct world *world, struct deadline *deadline,
			   uint64_t at_ms);
void deadlines_clear(struct deadlines *deadlines, struct deadline *deadline);      /* also one that is not set */
uint64_t deadlines_first(const struct deadlines *deadlines);                       /* NEVER if there is none */
struct deadline *deadlines_take_due(struct deadlines *deadlines, uint64_t now_ms); /* NULL: none is due */
void deadlines_free(struct deadlines *deadlines, const struct world *world);

#endif
