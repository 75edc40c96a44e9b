/* The flow table: descriptor -> handle -> flow.
 *
 * Lookups take no lock and never touch freed memory: chunks of descriptors and slabs of flows are mapped once and
 * stay; a handle is a slot and a generation. Everything that changes the table expects the negotiator's lock, but for
 * flow_table_add_ready.
 *
 * Descriptors are closed and reused behind our back, so an entry is a belief: the slow paths compare SO_COOKIE, and
 * the data path takes ENOTSOCK for "not ours any more". */
#ifndef CORE_FLOW_TABLE_H
#define CORE_FLOW_TABLE_H

#include "core/doubling.h"
#include "core/flow.h"

enum {
	CHUNK_BITS = 7, /* of descriptors, in the first chunk */
	CHUNKS = 15,
	DESCRIPTORS_MAX = DOUBLING_TOTAL(CHUNKS, CHUNK_BITS),
	SLAB_BITS = 3, /* of flows, in the first slab */
	SLABS = 17,
	FLOWS_MAX = DOUBLING_TOTAL(SLABS, SLAB_BITS),
};

typedef uint64_t flow_handle;

#define HANDLE_NONE    ((flow_handle)0)
#define HANDLE_OWN     ((flow_handle)1) /* the library's own descriptor: not the program's to close */
#define HANDLE_CLOSING ((flow_handle)2) /* the program is closing it this very moment */
#define HANDLE_OPENING ((flow_handle)3) /* or opening it */

struct flow_table {
	const struct world *world;
	struct flow *unused;
	uint32_t cut; /* slots that were ever used */
	uint32_t slab_count;
	_Atomic uint32_t live;
	_Atomic(struct flow *) ready; /* what flow_table_add_ready takes; NULL: nothing */
	_Atomic(_Atomic uint64_t *) chunks[CHUNKS];
	_Atomic(struct flow *) slabs[SLABS];
	_Atomic uint64_t first_chunk[1 << CHUNK_BITS];
	struct flow first_slab[1 << SLAB_BITS];
};

/* Lock-free. HANDLE_NONE: not a descriptor that is known here. */
static inline flow_handle flow_table_find(struct flow_table *table, int fd)
{
	unsigned number = (unsigned)fd;
	if (__builtin_expect(number < 1U << CHUNK_BITS, 1))
		return atomic_load_explicit(&table->first_chunk[number], memory_order_acquire);
	if (number >= (unsigned)DESCRIPTORS_MAX)
		return HANDLE_NONE;
	struct doubling_place place = doubling_find(number, CHUNK_BITS);
	_Atomic uint64_t *chunk = atomic_load_explicit(&table->chunks[place.piece], memory_order_acquire);
	if (!chunk)
		return HANDLE_NONE;
	return atomic_load_explicit(&chunk[place.at], memory_order_acquire);
}

static inline bool handle_is_flow(flow_handle handle)
{
	return handle > HANDLE_OPENING;
}

static inline uint32_t handle_generation(flow_handle handle)
{
	return (uint32_t)(handle >> 32);
}

/* Lock-free. The flow in the handle's slot, whatever its generation by now: flow_read tells. */
static inline struct flow *flow_table_flow(struct flow_table *table, flow_handle handle)
{
	uint32_t slot = (uint32_t)handle;
	if (__builtin_expect(slot < 1U << SLAB_BITS, 1))
		return &table->first_slab[slot];
	struct doubling_place place = doubling_find(slot, SLAB_BITS);
	return &atomic_load_explicit(&table->slabs[place.piece], memory_order_acquire)[place.at];
}

/* The handle that finds this flow for as long as it lives. */
static inline flow_handle flow_table_handle(const struct flow *flow)
{
	return (flow_handle)flow->now.generation << 32 | flow->slot;
}

/* The flow that a handle was made for, or NULL once it has ended. Expects the lock. */
static inline struct flow *flow_table_live(struct flow_table *table, flow_handle handle)
{
	if (!handle_is_flow(handle))
		return NULL;
	struct flow *flow = flow_table_flow(table, handle);
	return flow->now.generation == handle_generation(handle) ? flow : NULL;
}

/* The table is zeros. */
void flow_table_init(struct flow_table *table, const struct world *world);

/* A new FRESH flow for a descriptor, complete before it is visible. NULL: no memory, or a descriptor beyond
 * DESCRIPTORS_MAX. An entry that was there is dropped first; *last is set to its flow if that was its
 * last descriptor, for the caller to end it (flow_table_recycle). */
struct flow *flow_table_add(struct flow_table *table, int fd, int family, uint64_t cookie, struct flow **last);

/* The same without the lock, for a descriptor that the program has just been given: of one flow that is kept ready, the
 * last that has ended, a short-lived socket is made at no cost. False: flow_table_add has to do it; *left, if it is not
 * NULL, is then to be recycled, under the lock. */
bool flow_table_add_ready(struct flow_table *table, int fd, int family, struct flow **left);

/* `copy` names the flow of `fd` too, from now on. Answers false when there is no room for it. */
bool flow_table_share(struct flow_table *table, int fd, int copy, struct flow **last);

/* The flow of the socket with this SO_COOKIE, or NULL. Looks at each. */
struct flow *flow_table_of_socket(struct flow_table *table, uint64_t cookie);

/* Sees to it that flow->fd names the flow's socket. False: no descriptor that is known does any more. */
bool flow_table_settle(struct flow_table *table, struct flow *flow);

/* Forgets a descriptor, or (mark) leaves HANDLE_CLOSING in its place until flow_table_closed. Answers its flow if
 * that was the last descriptor, else NULL. */
struct flow *flow_table_drop(struct flow_table *table, int fd, flow_handle mark);
void flow_table_closed(struct flow_table *table, int fd);

/* Notes one of the library's own descriptors. False: no room. */
bool flow_table_own(struct flow_table *table, int fd);
void flow_table_disown(struct flow_table *table, int fd);

/* Puts the slot of a flow without descriptors back; no handle finds it from now on. */
void flow_table_recycle(struct flow_table *table, struct flow *flow);

/* Walks all flows in use: from NULL, until NULL. */
struct flow *flow_table_next(struct flow_table *table, const struct flow *after);

/* The lowest known descriptor (a flow's or an own one) from `from` to `last`, or -1. */
int flow_table_next_descriptor(struct flow_table *table, unsigned from, unsigned last);

#endif
