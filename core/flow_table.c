#include "core/flow_table.h"

#include <string.h>

_Static_assert(sizeof(struct flow) <= 448, "with its share of the tables a relayed socket takes less than 512 octets");

void flow_table_init(struct flow_table *table, const struct world *world)
{
	table->world = world;
	table->slab_count = 1;
	atomic_store_explicit(&table->slabs[0], table->first_slab, memory_order_release);
	atomic_store_explicit(&table->chunks[0], table->first_chunk, memory_order_release);
}

static _Atomic uint64_t *entry(struct flow_table *table, int fd)
{
	if ((unsigned)fd >= (unsigned)DESCRIPTORS_MAX)
		return NULL;
	struct doubling_place place = doubling_find((uint32_t)fd, CHUNK_BITS);
	_Atomic(_Atomic uint64_t *) *chunk = &table->chunks[place.piece];
	if (!atomic_load(chunk)) {
		_Atomic uint64_t *pages = table->world->map(doubling_size(place.piece, CHUNK_BITS) * sizeof *pages);
		if (!pages)
			return NULL;
		atomic_store_explicit(chunk, pages, memory_order_release);
	}
	return &atomic_load(chunk)[place.at];
}

static void point(struct flow_table *table, int fd, flow_handle handle)
{
	atomic_store_explicit(entry(table, fd), handle, memory_order_release);
}

static bool add_slab(struct flow_table *table)
{
	unsigned piece = table->slab_count;
	if (piece == SLABS)
		return false;
	struct flow *slab = table->world->map(doubling_size(piece, SLAB_BITS) * sizeof *slab);
	if (!slab)
		return false;
	atomic_store_explicit(&table->slabs[piece], slab, memory_order_release);
	table->slab_count++;
	return true;
}

/* Pages are touched when they are needed: most processes have a handful of flows. */
static struct flow *cut_slot(struct flow_table *table)
{
	uint32_t slot = table->cut;
	if (slot == DOUBLING_TOTAL(table->slab_count, SLAB_BITS) && !add_slab(table))
		return NULL;
	struct flow *flow = flow_table_flow(table, slot);
	flow->slot = slot;
	table->cut++;
	return flow;
}

static struct flow *take_slot(struct flow_table *table)
{
	struct flow *flow = table->unused;
	if (flow)
		table->unused = flow->next;
	else
		flow = cut_slot(table);
	table->live += flow != NULL;
	return flow;
}

struct flow *flow_table_add(struct flow_table *table, int fd, int family, uint64_t cookie, struct flow **last)
{
	*last = flow_table_drop(table, fd, HANDLE_NONE);
	if (!entry(table, fd))
		return NULL;
	struct flow *flow = take_slot(table);
	if (!flow)
		return NULL;
	flow->now = (struct view){
	    .generation = flow->now.generation + 1, /* odd: in use */
	    .phase = PHASE_FRESH,
	    .family = (uint8_t)family,
	    .server = ANY_SERVER,
	};
	flow->descriptors = 1;
	flow->fd = fd;
	flow->cookie = cookie;
	flow->retry_ms = 0;
	flow->departed = false;
	flow->undecided = false;
	flow->bridge = (struct bridge){0};
	flow->held = (struct endpoint){0};
	flow->first_peer = (struct endpoint){0};
	atomic_store(&flow->unsegmented, UINT32_MAX);
	atomic_store(&flow->unanswered, 0);
	atomic_store(&flow->peek_offset, -1);
	former_relays_reset(&flow->former_relays);
	round_reset(&flow->round, NULL);
	flow_publish(flow);
	point(table, fd, flow_table_handle(flow));
	return flow;
}

bool flow_table_share(struct flow_table *table, int fd, int copy, struct flow **last)
{
	flow_handle handle = flow_table_find(table, fd);
	struct flow *flow = flow_table_live(table, handle);
	*last = NULL;
	if (!flow || fd == copy)
		return flow != NULL;
	*last = flow_table_drop(table, copy, HANDLE_NONE);
	if (!entry(table, copy))
		return false;
	flow->descriptors++;
	point(table, copy, handle);
	return true;
}

/* The lowest descriptor from `from` on that is believed to name the flow, or -1. */
static int descriptor_of(struct flow_table *table, const struct flow *flow, unsigned from)
{
	int fd = flow_table_next_descriptor(table, from, UINT32_MAX);
	while (fd >= 0 && flow_table_find(table, fd) != flow_table_handle(flow))
		fd = flow_table_next_descriptor(table, (unsigned)fd + 1, UINT32_MAX);
	return fd;
}

/* Of the descriptors that are left, one must stand for the flow. */
static void choose_descriptor(struct flow_table *table, struct flow *flow)
{
	int fd = descriptor_of(table, flow, 0);
	if (fd >= 0)
		flow->fd = fd;
}

bool flow_table_settle(struct flow_table *table, struct flow *flow)
{
	int fd = flow->fd, next = 0;
	while (fd >= 0 && !flow_is_at(flow, table->world, fd)) {
		fd = descriptor_of(table, flow, (unsigned)next);
		next = fd + 1;
	}
	if (fd >= 0)
		flow->fd = fd;
	return fd >= 0;
}

struct flow *flow_table_drop(struct flow_table *table, int fd, flow_handle mark)
{
	flow_handle handle = flow_table_find(table, fd);
	if (handle == HANDLE_NONE)
		return NULL;
	point(table, fd, mark);
	struct flow *flow = flow_table_live(table, handle);
	if (!flow)
		return NULL;
	if (--flow->descriptors == 0)
		return flow;
	if (flow->fd == fd)
		choose_descriptor(table, flow);
	return NULL;
}

void flow_table_closed(struct flow_table *table, int fd)
{
	flow_handle closing = HANDLE_CLOSING;
	_Atomic uint64_t *known = entry(table, fd);
	if (known)
		atomic_compare_exchange_strong(known, &closing, HANDLE_NONE);
}

bool flow_table_own(struct flow_table *table, int fd)
{
	_Atomic uint64_t *known = entry(table, fd);
	if (known)
		atomic_store_explicit(known, HANDLE_OWN, memory_order_release);
	return known != NULL;
}

void flow_table_disown(struct flow_table *table, int fd)
{
	point(table, fd, HANDLE_NONE);
}

void flow_table_recycle(struct flow_table *table, struct flow *flow)
{
	flow->now.generation++; /* even: not in use */
	flow_enter(flow, table->world, PHASE_FRESH);
	flow->next = table->unused;
	table->unused = flow;
	table->live--;
}

struct flow *flow_table_next(struct flow_table *table, const struct flow *after)
{
	uint32_t slot = after ? after->slot + 1 : 0;
	for (; slot < table->cut; slot++) {
		struct flow *flow = flow_table_flow(table, slot);
		if (flow->now.generation & 1)
			return flow;
	}
	return NULL;
}

struct flow *flow_table_of_socket(struct flow_table *table, uint64_t cookie)
{
	struct flow *flow = NULL;
	while ((flow = flow_table_next(table, flow)) && flow->cookie != cookie)
		;
	return flow;
}

int flow_table_next_descriptor(struct flow_table *table, unsigned from, unsigned last)
{
	unsigned end = DESCRIPTORS_MAX - 1;
	if (last > end)
		last = end;
	for (unsigned fd = from; fd <= last; fd++) {
		struct doubling_place place = doubling_find(fd, CHUNK_BITS);
		_Atomic uint64_t *chunk = atomic_load(&table->chunks[place.piece]);
		if (!chunk)
			fd += doubling_size(place.piece, CHUNK_BITS) - 1 - place.at;
		else if (atomic_load(&chunk[place.at]) != HANDLE_NONE)
			return (int)fd;
	}
	return -1;
}
