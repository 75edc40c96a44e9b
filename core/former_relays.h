/* The relays that a flow had before the present one, as keyed marks: what they sent may still wait in the socket when
 * their association has ended, and must not be taken for direct datagrams. Read and written without a lock; the oldest
 * is forgotten. */
#ifndef CORE_FORMER_RELAYS_H
#define CORE_FORMER_RELAYS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/world.h"

enum { FORMER_RELAYS = 4 };

struct former_relays {
	/* Unpredictable, so that nobody can choose an address that is taken for one of them; 0: there are none yet. */
	_Atomic uint64_t key;
	_Atomic uint64_t marks[FORMER_RELAYS]; /* the newest first; 0: none */
};

void former_relays_reset(struct former_relays *relays);
/* ENDPOINT_NONE: nothing. Under the negotiator's lock. */
void former_relays_add(struct former_relays *relays, const struct world *world, const struct endpoint *relay);
bool former_relays_have(const struct former_relays *relays, const struct endpoint *relay);

#endif
