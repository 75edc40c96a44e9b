/* Stand-ins: addresses of a reserved range, each of which stands for a name.
 *
 * A table in memory that several processes may share, zeroed to begin with: read and written without a lock that a
 * process could take with it when it ends. Which name goes where is keyed, so that nobody can crowd out another's name
 * on purpose; of a crowded row the name that has been out of use for longest is forgotten. Its place then gets another
 * address: the old one stands for nothing any more, rather than for somebody else, until all others of the range have
 * had their turn. */
#ifndef CORE_STAND_INS_H
#define CORE_STAND_INS_H

#include "core/world.h"

struct stand_ins;

/* What the address of a stand-in is within the ranges. */
struct stand_in_ranges {
	struct prefix ipv4; /* 8 to 24 bits */
	struct prefix ipv6; /* 8 to 96 bits */
};

enum { STAND_IN_NAME_MAX = 253 };

size_t stand_ins_size(void); /* octets of a table */

/* The address, of kind ENDPOINT_IPV4 or ENDPOINT_IPV6, that stands for the name from now on or did so already.
 * False: the name is too long, or empty. */
bool stand_ins_add(struct stand_ins *table, const struct world *world, const struct stand_in_ranges *ranges,
		   const char *name, size_t length, int kind, struct endpoint *address);

/* The name that an address stands for, STAND_IN_NAME_MAX octets at most; it counts as used. False: for none. */
bool stand_ins_find(struct stand_ins *table, const struct world *world, const struct stand_in_ranges *ranges,
		    const struct endpoint *address, char *name, uint8_t *length);

#endif
