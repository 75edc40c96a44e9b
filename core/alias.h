/* Aliases: addresses that the program uses, and what stands for them on the way to the relay.
 *
 * A stand-in (stand_ins.h) is the name that it stands for; a nameserver on loopback, which must not learn what is
 * looked up, is the one behind the tunnel. What a flow has sent to by an alias it remembers, so that an answer comes
 * back under the address that the program knows: an answer from that name, or from the address behind it; from a real
 * address, if there is only one name on that port that it can belong to. */
#ifndef CORE_ALIAS_H
#define CORE_ALIAS_H

#include "core/incoming.h"
#include "core/world.h"

enum alias_kind {
	ALIAS_NONE,   /* the address is what it is */
	ALIAS_TARGET, /* .target is sent to in its place */
	ALIAS_BARRED, /* nothing may be sent: .error */
};

struct alias {
	struct endpoint target; /* a name in it points into .name */
	char name[256];
	int error;
};

/* Of one flow. Without a lock: what two threads note at once may be lost, and their answers with it. */
struct alias_memory;

struct alias_memory *alias_memory_new(const struct world *world); /* NULL: no memory */
void alias_memory_forget(struct alias_memory *memory);            /* everything; NULL is possible */

/* The program has sent to target by that address (for what has no alias, both are the same). */
void alias_memory_note(struct alias_memory *memory, const struct endpoint *shown, const struct endpoint *target);

/* Whether the flow has used an alias: from then on everything that it sends to is to be noted. */
bool alias_memory_is_used(struct alias_memory *memory);

/* What incoming_judge found is judged again by what the program knows the source as. */
void alias_memory_judge(struct alias_memory *memory, struct incoming *incoming, const struct view *view,
			const void *bytes, size_t size);

#endif
