/* Partings: control connections whose socket is closed, and which stay open for a moment. An association ends with its
 * control connection, and with the association what its server has not read yet; and closing it takes its time. */
#ifndef CORE_PARTINGS_H
#define CORE_PARTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/deadlines.h"

enum { PARTINGS = 32 };

struct partings {
	struct parting {
		int control;
		uint64_t until_ms;
	} list[PARTINGS];
	unsigned count;           /* oldest first */
	struct deadline deadline; /* of the oldest */
};

/* The caller's to close no more: it stays for so long, as all in that list do. Where there are too many already the
 * oldest goes at once. */
void partings_add(struct partings *partings, const struct world *world, int control, uint64_t stay_ms);

/* Closes those whose time has come. Answers when the next one's does; NEVER: there is none. */
uint64_t partings_close_due(struct partings *partings, const struct world *world);

void partings_close_all(struct partings *partings, const struct world *world);

/* A control connection has another number. */
void partings_move(struct partings *partings, int from, int to);

#endif
