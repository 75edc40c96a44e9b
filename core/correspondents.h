/* The correspondents of a server socket: who wrote to it directly, and is therefore answered directly.
 *
 * A fixed table of keyed hashes, read and written without a lock; the oldest habit of a crowded row is forgotten, and
 * an answer to a forgotten peer takes the way that the rules say. */
#ifndef CORE_CORRESPONDENTS_H
#define CORE_CORRESPONDENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/endpoint.h"
#include "core/world.h"

struct correspondents;

/* For one socket, or for those of a process. NULL: no memory. */
struct correspondents *correspondents_new(const struct world *world);
struct correspondents *correspondents_new_large(const struct world *world);

/* A copy that is shared with the processes that are forked from this one. The original stays: others may be reading it.
 * NULL: no memory. */
struct correspondents *correspondents_share(struct correspondents *correspondents);
void correspondents_forget(struct correspondents *correspondents); /* everybody */
void correspondents_free(struct correspondents *correspondents);

/* One that is known stays as new as it was (add), or is the newest again (renew). */
void correspondents_add(struct correspondents *correspondents, const struct endpoint *peer);
void correspondents_renew(struct correspondents *correspondents, const struct endpoint *peer);

/* NULL correspondents are nobody. */
bool correspondents_have(struct correspondents *correspondents, const struct endpoint *peer);

/* Those of a single one of the sockets that share them; what is known of all is not known of it. socket: its cookie. */
void correspondents_renew_of(struct correspondents *correspondents, uint64_t socket, const struct endpoint *peer);
bool correspondents_have_of(struct correspondents *correspondents, uint64_t socket, const struct endpoint *peer);

#endif
