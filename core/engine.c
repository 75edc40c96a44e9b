#include "core/engine.h"

#include <errno.h>

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
	if (!flow->cookie)
		flow->cookie = cookie;
	return flow->cookie == cookie;
}

static struct flow *find_sound(struct negotiator *negotiator, int fd, flow_handle handle)
{
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow && is_same_socket(negotiator, flow, fd)) {
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

static enum admission admit_waiting(struct negotiator *negotiator, struct flow *flow, const void *framed, size_t size,
				    uint32_t *event)
{
	*event = atomic_load(&flow->event);
	if (!framed)
		return ADMISSION_WAIT;
	if (!queue_add(&flow->queue, negotiator->world, framed, size))
		atomic_fetch_add(&negotiator->dropped, 1);
	return ADMISSION_QUEUED;
}

static enum admission admit(struct negotiator *negotiator, struct flow *flow, const struct outgoing *outgoing,
			    const void *framed, size_t size, uint32_t *event, int *error)
{
	bool may_retry = negotiator->world->now_ms() >= flow->retry_ms;
	if (flow->now.phase == PHASE_READY && flow->now.flags & VIEW_UNWATCHED) {
		enum outcome outcome = negotiator_watch(negotiator);
		*error = outcome_errno(outcome);
		return outcome == OUTCOME_OK ? ADMISSION_AGAIN : ADMISSION_FAILED;
	}
	bool bespoken = flow->now.phase == PHASE_READY || flow->now.phase == PHASE_NEGOTIATING;
	if (bespoken && outgoing->server != ANY_SERVER && flow->association.server != outgoing->server) {
		*error = ENETUNREACH; /* one association a socket, and it is another server's */
		return ADMISSION_FAILED;
	}
	if (flow->now.phase == PHASE_READY)
		return ADMISSION_AGAIN;
	if (flow->now.phase != PHASE_NEGOTIATING && may_retry)
		start(negotiator, flow, outgoing->server);
	if (flow->now.phase == PHASE_NEGOTIATING)
		return admit_waiting(negotiator, flow, framed, size, event);
	*error = outcome_errno(flow->reason);
	return ADMISSION_FAILED;
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
		admission = admit(negotiator, flow, outgoing, framed, size, event, error);
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
			let_go(negotiator, flow);
			flow_enter(flow, negotiator->world, PHASE_LOST);
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
	flow->now.flags &= (uint16_t)~VIEW_OPEN;
	flow->now.relay = (struct endpoint){0};
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
	if (flow && flow->now.phase == PHASE_READY && flow->now.link != LINK_PEER && ++flow->refusals >= ENOUGH) {
		negotiator_dissociate(negotiator, flow);
		flow_enter(flow, negotiator->world, PHASE_LOST);
	}
	negotiator_unlock(negotiator, mask);
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
	struct flow *last;
	uint64_t mask = negotiator_lock(negotiator);
	bool added = flow_table_add(&negotiator->table, fd, family, 0, &last);
	end(negotiator, last);
	negotiator_unlock(negotiator, mask);
	return added;
}

bool engine_share(struct negotiator *negotiator, int fd, int copy)
{
	struct flow *last;
	uint64_t mask = negotiator_lock(negotiator);
	bool shared = flow_table_share(&negotiator->table, fd, copy, &last);
	end(negotiator, last);
	negotiator_unlock(negotiator, mask);
	return shared;
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
