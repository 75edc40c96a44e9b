#include "core/flow_table.h"

#include <string.h>

_Static_assert(sizeof(struct flow) <= 448, "with its share of the tables a relayed socket takes less than 512 octets");

/* Where a descriptor's handle stands, or NULL: nowhere so far. */
static _Atomic uint64_t *known_entry(struct flow_table *table, int fd)
{
	if ((unsigned)fd >= (unsigned)DESCRIPTORS_MAX)
		return NULL;
	struct doubling_place place = doubling_find((uint32_t)fd, CHUNK_BITS);
	_Atomic uint64_t *chunk = atomic_load_explicit(&table->chunks[place.piece], memory_order_acquire);
	return chunk ? &chunk[place.at] : NULL;
}

static bool map_chunk(struct flow_table *table, int fd)
{
	struct doubling_place place = doubling_find((uint32_t)fd, CHUNK_BITS);
	_Atomic uint64_t *pages = table->world->map(doubling_size(place.piece, CHUNK_BITS) * sizeof *pages);
	atomic_store_explicit(&table->chunks[place.piece], pages, memory_order_release);
	return pages != NULL;
}

/* The same, and where it is to stand. NULL: no memory, or a descriptor beyond DESCRIPTORS_MAX. */
static _Atomic uint64_t *entry(struct flow_table *table, int fd)
{
	_Atomic uint64_t *known = known_entry(table, fd);
	if (known || (unsigned)fd >= (unsigned)DESCRIPTORS_MAX || !map_chunk(table, fd))
		return known;
	return known_entry(table, fd);
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

static struct flow *take_ready(struct flow_table *table)
{
	return atomic_exchange_explicit(&table->ready, NULL, memory_order_acquire);
}

static struct flow *take_slot(struct flow_table *table)
{
	struct flow *flow = table->unused;
	if (flow) {
		table->unused = flow->next;
		return flow;
	}
	flow = take_ready(table);
	if (!flow)
		return cut_slot(table);
	flow->now.generation++; /* even again */
	return flow;
}

/* From now on no handle of before finds it. */
static void begin(struct flow *flow)
{
	flow->now = (struct view){
	    .generation = flow->now.generation + 1, /* odd: in use */
	    .phase = PHASE_FRESH,
	    .server = ANY_SERVER,
	};
	flow->retry_ms = 0;
	flow->departed = false;
	flow->undecided = false;
	flow->bridge = (struct bridge){0};
	flow->held = (struct endpoint){0};
	flow->first_peer = (struct endpoint){0};
	atomic_store_explicit(&flow->unsegmented, UINT32_MAX, memory_order_relaxed);
	atomic_store_explicit(&flow->unanswered, 0, memory_order_relaxed);
	atomic_store_explicit(&flow->peek_offset, -1, memory_order_relaxed);
	former_relays_reset(&flow->former_relays);
	round_reset(&flow->round, NULL);
}

/* Before any descriptor leads to it, for the next thing may be its end. */
static void give_socket(struct flow_table *table, struct flow *flow, int fd, int family, uint64_t cookie)
{
	flow->now.family = (uint8_t)family;
	flow->descriptors = 1;
	flow->fd = fd;
	flow->cookie = cookie;
	flow_publish(flow);
	atomic_fetch_add_explicit(&table->live, 1, memory_order_relaxed);
	atomic_store_explicit(&flow->lives, true, memory_order_release);
}

static void keep_ready(struct flow_table *table, struct flow *flow)
{
	begin(flow);
	atomic_store_explicit(&table->ready, flow, memory_order_release);
}

void flow_table_init(struct flow_table *table, const struct world *world)
{
	table->world = world;
	table->slab_count = 1;
	atomic_store_explicit(&table->slabs[0], table->first_slab, memory_order_release);
	atomic_store_explicit(&table->chunks[0], table->first_chunk, memory_order_release);
	keep_ready(table, cut_slot(table));
}

struct flow *flow_table_add(struct flow_table *table, int fd, int family, uint64_t cookie, struct flow **last)
{
	*last = flow_table_drop(table, fd, HANDLE_NONE);
	if (!entry(table, fd))
		return NULL;
	struct flow *flow = take_slot(table);
	if (!flow)
		return NULL;
	begin(flow);
	give_socket(table, flow, fd, family, cookie);
	point(table, fd, flow_table_handle(flow));
	return flow;
}

static bool replace(_Atomic uint64_t *entry, flow_handle expected, flow_handle handle)
{
	return atomic_compare_exchange_strong(entry, &expected, handle);
}

/* Another thread that puts something else there meanwhile, or takes it away, is noticed by the mark that is gone. */
bool flow_table_add_ready(struct flow_table *table, int fd, int family, struct flow **left)
{
	uint64_t cookie;
	_Atomic uint64_t *known = known_entry(table, fd);
	*left = NULL;
	if (!known || !replace(known, HANDLE_NONE, HANDLE_OPENING))
		return false;
	struct flow *flow = take_ready(table);
	if (flow && table->world->udp_cookie(fd, &cookie) == 0) {
		give_socket(table, flow, fd, family, cookie);
		if (replace(known, HANDLE_OPENING, flow_table_handle(flow)))
			return true;
	}
	replace(known, HANDLE_OPENING, HANDLE_NONE);
	*left = flow;
	return false;
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
	if (atomic_exchange_explicit(&flow->lives, false, memory_order_relaxed))
		atomic_fetch_sub_explicit(&table->live, 1, memory_order_relaxed);
	flow->now.generation++; /* even: not in use */
	flow_enter(flow, table->world, PHASE_FRESH);
	if (!atomic_load_explicit(&table->ready, memory_order_relaxed)) {
		keep_ready(table, flow);
		return;
	}
	flow->next = table->unused;
	table->unused = flow;
}

struct flow *flow_table_next(struct flow_table *table, const struct flow *after)
{
	uint32_t slot = after ? after->slot + 1 : 0;
	for (; slot < table->cut; slot++) {
		struct flow *flow = flow_table_flow(table, slot);
		if (atomic_load_explicit(&flow->lives, memory_order_acquire))
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
