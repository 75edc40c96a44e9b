/* What was looked up: an address -> the targets of rules that hold a name it was found for.
 *
 * A fixed table, read and written without a lock. Only names that a rule holds are kept, so that whoever else can be
 * made to be looked up crowds nobody out; the oldest of a crowded row is forgotten. */
#ifndef CORE_LOOKED_UP_H
#define CORE_LOOKED_UP_H

#include "core/endpoint.h"

struct looked_up;

enum { LOOKED_UP_TARGETS = 8, LOOKED_UP_TARGET_MAX = (1 << 24) - 1 };

struct looked_up *looked_up_new(uint64_t key); /* unpredictable. NULL: no memory */
void looked_up_free(struct looked_up *table);

/* target: any number up to LOOKED_UP_TARGET_MAX. The port of address does not count. */
void looked_up_add(struct looked_up *table, const struct endpoint *address, uint32_t target);

/* How many were stored in targets. */
size_t looked_up_find(struct looked_up *table, const struct endpoint *address, uint32_t targets[LOOKED_UP_TARGETS]);

#endif
