#include "core/engine.h"

#include <errno.h>

#include "core/negotiator_round.h"

static void let_go(struct negotiator *negotiator, struct flow *flow)
{
	negotiator_dissociate(negotiator, flow);
	negotiator_discard(negotiator, flow);
}

static void end(struct negotiator *negotiator, struct flow *flow)
{
	if (!flow)
		return;
	let_go(negotiator, flow);
	flow_forget(flow, negotiator->world);
	flow_table_recycle(&negotiator->table, flow);
}

bool engine_is_ours(const struct negotiator *negotiator)
{
	return negotiator->world->process() == negotiator->process;
}

/* Descriptors are closed and reused behind our back: before a flow's socket is touched, it must still be the one that
 * the flow was made for. */
static bool is_same_socket(struct negotiator *negotiator, struct flow *flow, int fd)
{
	uint64_t cookie;
	if (negotiator->world->udp_cookie(fd, &cookie) < 0)
		return false;
	return flow->cookie == cookie;
}

bool engine_is_socket_of(struct negotiator *negotiator, int fd, flow_handle handle)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	bool same = flow && is_same_socket(negotiator, flow, fd);
	negotiator_unlock(negotiator, mask);
	return same;
}

static struct flow *find_sound(struct negotiator *negotiator, int fd, flow_handle handle)
{
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow && is_same_socket(negotiator, flow, fd)) {
		/* The one known longest is the least likely to be replaced under the negotiator's hands. */
		if (flow->fd != fd && !is_same_socket(negotiator, flow, flow->fd))
			flow->fd = fd;
		return flow;
	}
	if (flow)
		end(negotiator, flow_table_drop(&negotiator->table, fd, HANDLE_NONE));
	return NULL;
}

static void start(struct negotiator *negotiator, struct flow *flow, int16_t demanded)
{
	struct endpoint guard = negotiator_guard(negotiator, demanded);
	if (flow->now.link != LINK_PEER) /* connected to a direct peer, it hears that peer and names the relay */
		flow_hold(flow, negotiator->world, &guard);
	negotiator_associate(negotiator, flow, demanded);
}

static enum admission queue(struct negotiator *negotiator, struct flow *flow, const void *framed, size_t size)
{
	struct statistics *statistics = &negotiator->statistics;
	if (!framed)
		return ADMISSION_FRAME;
	bool added = queue_add(&flow->queue, negotiator->world, negotiator->settings, framed, size);
	statistics_add(statistics, added ? STATISTIC_WAITED : STATISTIC_NO_ROOM, 1);
	return ADMISSION_QUEUED;
}

/* The first attempts have failed. The program is told once; what it sends after that waits for the next ones, as what
 * a kernel sends after an ICMP error is simply sent. */
static enum admission admit_failed(struct negotiator *negotiator, struct flow *flow, int16_t server, const void *framed,
				   size_t size, int *error)
{
	bool idle = round_is_idle(&flow->round), for_good = flow->reason == OUTCOME_BAD_SETTINGS;
	*error = for_good ? outcome_datagram_errno(OUTCOME_BAD_SETTINGS) : flow_take_error(flow, negotiator->world);
	if (*error)
		return ADMISSION_FAILED;
	if (idle && negotiator->world->now_ms() >= flow->retry_ms) {
		start(negotiator, flow, server);
		return ADMISSION_AGAIN;
	}
	if (idle)
		negotiator_begin_at(negotiator, &flow->round, flow->retry_ms);
	return queue(negotiator, flow, framed, size);
}

static enum admission admit_lost(struct negotiator *negotiator, struct flow *flow, const void *framed, size_t size)
{
	if (round_is_idle(&flow->round)) /* the thread that cared for it is the parent's, or was ended */
		start(negotiator, flow, flow->round.demanded);
	return flow->now.phase == PHASE_READY ? ADMISSION_AGAIN : queue(negotiator, flow, framed, size);
}

static enum admission admit_ready(struct negotiator *negotiator, struct flow *flow, int *error)
{
	if (!(flow->now.flags & VIEW_UNWATCHED))
		return ADMISSION_AGAIN;
	enum outcome outcome = negotiator_watch(negotiator);
	*error = outcome_datagram_errno(outcome);
	return outcome == OUTCOME_OK ? ADMISSION_AGAIN : ADMISSION_FAILED;
}

/* One association a socket, and it is another server's. */
static bool is_bespoken(const struct flow *flow, int16_t server)
{
	bool chosen = flow->now.phase == PHASE_READY || flow->now.phase == PHASE_NEGOTIATING;
	int16_t own = flow->now.phase == PHASE_LOST ? flow->now.server : flow->round.association.server;
	return (chosen || flow->now.phase == PHASE_LOST) && server != ANY_SERVER && server != own;
}

static enum admission admit(struct negotiator *negotiator, struct flow *flow, const struct outgoing *outgoing,
			    const void *framed, size_t size, uint32_t *event, int *error)
{
	if (is_bespoken(flow, outgoing->server)) {
		*error = ENETUNREACH;
		return ADMISSION_FAILED;
	}
	switch ((enum phase)flow->now.phase) {
	case PHASE_FRESH:
		start(negotiator, flow, outgoing->server);
		return ADMISSION_AGAIN;
	case PHASE_NEGOTIATING:
		*event = atomic_load(&flow->event);
		return framed ? queue(negotiator, flow, framed, size) : ADMISSION_WAIT;
	case PHASE_READY:
		return admit_ready(negotiator, flow, error);
	case PHASE_LOST:
		return admit_lost(negotiator, flow, framed, size);
	case PHASE_FAILED:
		return admit_failed(negotiator, flow, outgoing->server, framed, size, error);
	}
	return ADMISSION_GONE;
}

enum admission engine_admit(struct negotiator *negotiator, int fd, flow_handle handle, const struct outgoing *outgoing,
			    const void *framed, size_t size, uint32_t *event, int *error)
{
	if (!engine_is_ours(negotiator)) {
		*error = ENETDOWN; /* a child of vfork, or of a raw clone: it has no thread, and our memory may not be
				      its own */
		return ADMISSION_FAILED;
	}
	enum admission admission = ADMISSION_GONE;
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = find_sound(negotiator, fd, handle);
	if (flow)
		do /* what has just begun may stand already, or have failed */
			admission = admit(negotiator, flow, outgoing, framed, size, event, error);
		while (admission == ADMISSION_AGAIN && flow->now.phase != PHASE_READY);
	negotiator_unlock(negotiator, mask);
	return admission;
}

enum admission engine_open(struct negotiator *negotiator, int fd, flow_handle handle, int *error)
{
	int answer = 0;
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = find_sound(negotiator, fd, handle);
	if (flow) {
		answer = flow_open(flow, negotiator->world);
		flow_publish(flow);
		if (answer < 0) { /* its port is gone, and with it the association */
			negotiator_discard(negotiator, flow);
			negotiator_lose(negotiator, flow);
		}
	}
	negotiator_unlock(negotiator, mask);
	*error = -answer;
	if (!flow)
		return ADMISSION_GONE;
	return answer < 0 ? ADMISSION_FAILED : ADMISSION_AGAIN;
}

/* The kernel forgets a port that it chose itself, and with it goes the association, which is tied to that port. */
static int dissolve(struct negotiator *negotiator, struct flow *flow)
{
	const struct world *world = negotiator->world;
	union socket_address local;
	socklen_t size = sizeof local;
	int answer = flow_dissolve(flow, world);
	if (answer < 0)
		return answer;
	bool kept = world->udp_local(flow->fd, &local, &size) == 0 && local.v4.sin_port != 0;
	if (kept) {
		flow->now.flags |= VIEW_OPEN;
		flow_publish(flow);
		return 0;
	}
	let_go(negotiator, flow);
	flow->now.flags &= (uint16_t) ~(VIEW_OPEN | VIEW_UNTOLD);
	flow_renounce(flow);
	flow_enter(flow, world, PHASE_FRESH);
	return 0;
}

static int connect_to(struct negotiator *negotiator, struct flow *flow, const struct endpoint *peer)
{
	struct decision decision = rules_decide(negotiator->settings->rules, peer, NULL, 0);
	int answer = 0;
	if (decision.action == ACTION_DIRECT) {
		answer = flow_connect_direct(flow, negotiator->world, peer);
	} else {
		struct endpoint guard = negotiator_guard(negotiator, decision.server);
		flow_connect_relayed(flow, negotiator->world, peer, &guard);
	}
	flow_publish(flow);
	return answer;
}

int engine_connect(struct negotiator *negotiator, int fd, flow_handle handle, const struct endpoint *peer)
{
	int answer = -EBADF;
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = find_sound(negotiator, fd, handle);
	if (flow)
		answer = peer->kind == ENDPOINT_NONE ? dissolve(negotiator, flow) : connect_to(negotiator, flow, peer);
	negotiator_unlock(negotiator, mask);
	return answer;
}

/* What the guard rail or a relay's connection has left: the host of a server, or the discard port here. */
static bool is_ours_to_hold(const struct negotiator *negotiator, const struct endpoint *peer)
{
	return servers_have_host(&negotiator->servers, peer) || flow_is_discard_port(peer);
}

void engine_inherit(struct negotiator *negotiator, int fd, flow_handle handle, const struct endpoint *peer)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = find_sound(negotiator, fd, handle);
	if (flow && !is_ours_to_hold(negotiator, peer))
		connect_to(negotiator, flow, peer);
	negotiator_unlock(negotiator, mask);
}

void engine_bound(struct negotiator *negotiator, flow_handle handle, const struct endpoint *local)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow) {
		flow->now.flags |= VIEW_BOUND;
		if (local->port)
			flow->now.flags |= VIEW_OPEN;
		if (!endpoint_is_unspecified(local))
			flow->now.flags |= VIEW_BOUND_ADDRESS;
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
}

void engine_heard(struct negotiator *negotiator, flow_handle handle, const struct endpoint *peer)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow && flow->now.link == LINK_NONE) {
		flow_heard(flow, negotiator->world, peer);
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
}

void engine_refused(struct negotiator *negotiator, flow_handle handle)
{
	enum { ENOUGH = 3 };
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow && flow->now.phase == PHASE_READY && flow->now.link != LINK_PEER && ++flow->refusals >= ENOUGH)
		negotiator_lose(negotiator, flow);
	negotiator_unlock(negotiator, mask);
}

void engine_watch(struct negotiator *negotiator)
{
	uint64_t mask = negotiator_lock(negotiator);
	negotiator_watch(negotiator);
	negotiator_unlock(negotiator, mask);
}

void engine_unreachable(struct negotiator *negotiator, flow_handle handle)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow && flow->now.phase == PHASE_READY)
		negotiator_lose(negotiator, flow);
	negotiator_unlock(negotiator, mask);
}

int engine_take_error(struct negotiator *negotiator, flow_handle handle)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	int error = flow ? flow_take_error(flow, negotiator->world) : 0;
	negotiator_unlock(negotiator, mask);
	return error;
}

void engine_note(struct negotiator *negotiator, flow_handle handle, unsigned flags, bool on)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow) {
		flow->now.flags = (uint16_t)(on ? flow->now.flags | flags : flow->now.flags & ~flags);
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
}

void engine_segment(struct negotiator *negotiator, flow_handle handle, uint16_t segment)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow) {
		flow->now.segment = segment;
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
}

bool engine_add(struct negotiator *negotiator, int fd, int family)
{
	struct flow *last = NULL;
	uint64_t cookie;
	uint64_t mask = negotiator_lock(negotiator);
	bool added = negotiator->world->udp_cookie(fd, &cookie) == 0 &&
		     flow_table_add(&negotiator->table, fd, family, cookie, &last);
	end(negotiator, last);
	negotiator_unlock(negotiator, mask);
	return added;
}

int engine_duplicate(struct negotiator *negotiator, const struct duplication *duplication, bool *covered)
{
	struct flow *last = NULL;
	uint64_t mask = negotiator_lock(negotiator);
	int copy = duplication->make(duplication);
	*covered = true;
	if (copy >= 0 && handle_is_flow(flow_table_find(&negotiator->table, duplication->fd)))
		*covered = flow_table_share(&negotiator->table, duplication->fd, copy, &last);
	else if (copy >= 0)
		last = flow_table_drop(&negotiator->table, copy, HANDLE_NONE);
	end(negotiator, last);
	negotiator_unlock(negotiator, mask);
	return copy;
}

int engine_close(struct negotiator *negotiator, int fd, int (*make)(int fd))
{
	uint64_t mask = negotiator_lock(negotiator);
	end(negotiator, flow_table_drop(&negotiator->table, fd, HANDLE_NONE));
	int answer = make(fd);
	negotiator_unlock(negotiator, mask);
	return answer;
}

void engine_closing(struct negotiator *negotiator, int fd)
{
	uint64_t mask = negotiator_lock(negotiator);
	end(negotiator, flow_table_drop(&negotiator->table, fd, HANDLE_CLOSING));
	negotiator_unlock(negotiator, mask);
}

void engine_closed(struct negotiator *negotiator, int fd)
{
	flow_table_closed(&negotiator->table, fd);
}

void engine_drop(struct negotiator *negotiator, int fd)
{
	uint64_t mask = negotiator_lock(negotiator);
	end(negotiator, flow_table_drop(&negotiator->table, fd, HANDLE_NONE));
	negotiator_unlock(negotiator, mask);
}

void engine_evict(struct negotiator *negotiator, int fd)
{
	uint64_t mask = negotiator_lock(negotiator);
	if (flow_table_find(&negotiator->table, fd) == HANDLE_OWN)
		negotiator_evict(negotiator, fd);
	negotiator_unlock(negotiator, mask);
}
