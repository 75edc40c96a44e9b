#include "core/engine.h"

#include <errno.h>

#include "core/negotiator_departure.h"

static void let_go(struct negotiator *negotiator, struct flow *flow)
{
	negotiator_dissociate(negotiator, flow);
	negotiator_discard(negotiator, flow);
}

static void end(struct negotiator *negotiator, struct flow *flow)
{
	if (flow && !negotiator_depart(negotiator, flow))
		negotiator_end_flow(negotiator, flow);
}

bool engine_is_ours(const struct negotiator *negotiator)
{
	return negotiator->process && negotiator->world->process() == negotiator->process;
}

bool engine_is_socket_of(struct negotiator *negotiator, int fd, flow_handle handle)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	bool same = flow && flow_is_at(flow, negotiator->world, fd);
	negotiator_unlock(negotiator, mask);
	return same;
}

static struct flow *find_sound(struct negotiator *negotiator, int fd, flow_handle handle)
{
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow && flow_is_at(flow, negotiator->world, fd)) {
		/* The one known longest is the least likely to be replaced under the negotiator's hands. */
		if (flow->fd != fd && !flow_is_at(flow, negotiator->world, flow->fd))
			flow->fd = fd;
		return flow;
	}
	if (flow && flow_table_find(&negotiator->table, fd) == handle) /* else another thread knows better by now */
		end(negotiator, flow_table_drop(&negotiator->table, fd, HANDLE_NONE));
	return NULL;
}

/* Where the caller knows no number. NULL also where all that are known are others' by now: nothing is done to those. */
static struct flow *find_settled(struct negotiator *negotiator, flow_handle handle)
{
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	return flow && flow_table_settle(&negotiator->table, flow) ? flow : NULL;
}

/* Nothing is done to the socket of a sender that attends before the end of the way, where it is looked at (is_wanted).
 */
static bool is_looked_at_later(const struct negotiator *negotiator, const struct flow *flow,
			       const struct applicant *applicant)
{
	const struct settings *settings = negotiator->settings;
	return flow && flow->now.phase == PHASE_FRESH && !applicant->framed && !applicant->again &&
	       !(flow->now.flags & (VIEW_BOUND | VIEW_V6ONLY)) && !settings->preconnect &&
	       settings->announce != ANNOUNCE_LOCAL;
}

enum admission engine_admit(struct negotiator *negotiator, const struct applicant *applicant,
			    struct attendance *attendance, int *error)
{
	enum admission admission = ADMISSION_GONE;
	uint64_t mask;
	if (applicant->sleeps || !negotiator_lock_soon(negotiator, &mask)) {
		if (!applicant->sleeps && negotiator_put_in(negotiator, applicant)) {
			negotiator_call_in(negotiator);
			return ADMISSION_QUEUED;
		}
		mask = negotiator_lock(negotiator);
	}
	negotiator_take_in(negotiator); /* whatever was sent before goes before */
	struct flow *flow = flow_table_live(&negotiator->table, applicant->handle);
	if (!is_looked_at_later(negotiator, flow, applicant))
		flow = find_sound(negotiator, applicant->fd, applicant->handle);
	bool stands = flow && flow->now.phase == PHASE_READY;
	if (flow)
		admission = negotiator_admit(negotiator, flow, applicant, attendance, error);
	bool attends = admission == ADMISSION_WAIT && attendance->control >= 0;
	if (attends)
		attendance->mask = mask;
	enum outcome outcome = negotiator_release(negotiator);
	if (!attends)
		negotiator->world->restore_signals(mask);
	/* What has no thread by now, and needs it, is told here: what waits elsewhere is woken, and told then. */
	if (outcome != OUTCOME_OK && (admission == ADMISSION_QUEUED || (admission == ADMISSION_AGAIN && stands))) {
		engine_take_error(negotiator, applicant->handle);
		*error = outcome_datagram_errno(outcome);
		admission = ADMISSION_FAILED;
	}
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
	flow_renounce(flow, world);
	flow_enter(flow, world, PHASE_FRESH);
	return 0;
}

/* What may not be sent to is held like what is relayed: it is refused when something is sent. */
static struct decision decide_on_peer(const struct negotiator *negotiator, const struct endpoint *peer)
{
	struct alias alias;
	enum alias_kind kind = negotiator->resolve_alias ? negotiator->resolve_alias(peer, &alias) : ALIAS_NONE;
	if (kind == ALIAS_BARRED)
		return (struct decision){ACTION_RELAY, ANY_SERVER, NO_RULE};
	return rules_decide(negotiator->settings->rules, kind == ALIAS_TARGET ? &alias.target : peer, NULL, 0);
}

static int connect_to(struct negotiator *negotiator, struct flow *flow, const struct endpoint *peer)
{
	struct decision decision = decide_on_peer(negotiator, peer);
	int answer = 0;
	if (decision.action == ACTION_DIRECT) {
		answer = flow_connect_direct(flow, negotiator->world, peer);
	} else {
		struct endpoint guard = negotiator_guard(negotiator, decision.server);
		if (negotiator_is_bespoken(flow, decision.server)) /* whom it had by that one it hears no more */
			negotiator_begin_anew(negotiator, flow);
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
	if (flow) {
		flow_note_backlog(flow, negotiator->world);
		bool first = !view_is_connected(&flow->now) || peer->kind == ENDPOINT_NONE;
		answer = peer->kind == ENDPOINT_NONE ? dissolve(negotiator, flow) : connect_to(negotiator, flow, peer);
		if (answer == 0 && (peer->scope || peer->kind == ENDPOINT_NONE))
			atomic_store(&flow->device, peer->scope);
		if (first && answer == 0) {
			flow->first_peer = *peer;
			if (!(flow->now.flags & VIEW_BOUND_ADDRESS))
				flow->now.source = peer->kind;
			flow_publish(flow);
		}
	}
	negotiator_unlock(negotiator, mask);
	return answer;
}

void engine_note_too_long(struct negotiator *negotiator, flow_handle handle, const struct endpoint *to)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	struct seldom *seldom = flow && to->kind != ENDPOINT_NAME ? flow_seldom(flow, negotiator->world) : NULL;
	if (seldom)
		seldom->too_long = *to;
	negotiator_unlock(negotiator, mask);
}

struct endpoint engine_too_long(struct negotiator *negotiator, flow_handle handle)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	struct endpoint to = flow && flow->seldom ? flow->seldom->too_long : (struct endpoint){0};
	negotiator_unlock(negotiator, mask);
	return to;
}

struct endpoint engine_first_peer(struct negotiator *negotiator, flow_handle handle)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	struct endpoint peer = flow ? flow->first_peer : (struct endpoint){0};
	negotiator_unlock(negotiator, mask);
	return peer;
}

/* What the guard rail or a relay's connection has left: the host of a server, a bridge, or the discard port here. */
static bool is_ours_to_hold(const struct negotiator *negotiator, const struct endpoint *peer)
{
	return servers_have_host(&negotiator->servers, peer) || bridge_is_at(peer) || flow_is_discard_port(peer);
}

bool engine_is_host_of_relays(struct negotiator *negotiator, const struct endpoint *from)
{
	struct endpoint host = *from;
	host.port = 0;
	if (correspondents_have(negotiator->relays, &host))
		return true;
	uint64_t mask = negotiator_lock(negotiator);
	bool have = servers_have_host(&negotiator->servers, &host);
	negotiator_unlock(negotiator, mask);
	return have;
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
		if (!endpoint_is_unspecified(local)) {
			flow->now.flags |= VIEW_BOUND_ADDRESS;
			flow->now.source = local->kind;
		}
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
}

void engine_heard(struct negotiator *negotiator, flow_handle handle, const struct endpoint *peer)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = find_settled(negotiator, handle);
	if (flow && flow->now.link == LINK_NONE) {
		flow_heard(flow, negotiator->world, peer);
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
}

void engine_told(struct negotiator *negotiator, flow_handle handle, int error)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = find_settled(negotiator, handle);
	if (flow) {
		flow_told(flow, negotiator->world);
		flow_publish(flow);
	}
	if (flow && error == ECONNREFUSED)
		negotiator_refused(negotiator, flow);
	negotiator_unlock(negotiator, mask);
}

void engine_unalert(struct negotiator *negotiator, flow_handle handle)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = find_settled(negotiator, handle);
	if (flow) {
		flow_unalert(flow, negotiator->world);
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
}

void engine_watch(struct negotiator *negotiator, flow_handle handle)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = find_settled(negotiator, handle);
	if (flow)
		negotiator_watch(negotiator, flow);
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

void engine_settled(struct negotiator *negotiator, flow_handle handle, const struct endpoint *relay)
{
	uint64_t mask;
	if (!negotiator_lock_soon(negotiator, &mask)) /* another time */
		return;
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow && flow->now.link == LINK_RELAY && endpoint_equal(&flow->now.relay, relay)) {
		flow->now.flags |= VIEW_SETTLED;
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
}

void engine_backlog(struct negotiator *negotiator, flow_handle handle, uint32_t behind, struct view *view)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow && flow->seldom)
		backlog_apply(&flow->seldom->backlog, behind, view);
	negotiator_unlock(negotiator, mask);
}

void engine_backlog_taken(struct negotiator *negotiator, flow_handle handle)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow && flow->seldom && !backlog_take(&flow->seldom->backlog)) {
		flow->now.flags &= (uint16_t)~VIEW_BACKLOG;
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
}

void engine_backlog_over(struct negotiator *negotiator, flow_handle handle)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow && flow->seldom) {
		flow->seldom->backlog.count = 0;
		flow->now.flags &= (uint16_t)~VIEW_BACKLOG;
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
}

bool engine_is_unanswered(struct negotiator *negotiator)
{
	struct flow *flow = NULL;
	uint64_t mask = negotiator_lock(negotiator);
	bool unanswered = negotiator->unanswered.count > 0;
	while (!unanswered && (flow = flow_table_next(&negotiator->table, flow)))
		unanswered = flow->now.phase == PHASE_READY && atomic_load(&flow->unanswered);
	negotiator_unlock(negotiator, mask);
	return unanswered;
}

void engine_await_departures(struct negotiator *negotiator, uint64_t deadline_ms)
{
	int answer = 0;
	while (answer != -ETIMEDOUT) {
		uint64_t mask = negotiator_lock(negotiator);
		negotiator_take_in(negotiator);
		struct flow *flow = negotiator_find_waiting(negotiator);
		uint32_t event = flow ? atomic_load(&flow->event) : 0;
		negotiator_unlock(negotiator, mask);
		if (!flow)
			return;
		answer = flow_sleep(flow, negotiator->world, event, deadline_ms);
	}
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

unsigned engine_mark(struct negotiator *negotiator, flow_handle handle, unsigned wishes, bool on)
{
	unsigned now = 0;
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow) {
		now = on ? flow->now.marks | wishes : flow->now.marks & ~wishes;
		flow->now.marks = (uint8_t)now;
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
	return now;
}

void engine_join(struct negotiator *negotiator, flow_handle handle, bool on)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow) {
		flow_join(flow, negotiator->world, on);
		flow_publish(flow);
	}
	negotiator_unlock(negotiator, mask);
}

bool engine_add(struct negotiator *negotiator, int fd, int family)
{
	struct flow *last = NULL, *left;
	uint64_t cookie;
	if (flow_table_add_ready(&negotiator->table, fd, family, &left))
		return true;
	uint64_t mask = negotiator_lock(negotiator);
	bool added = negotiator->world->udp_cookie(fd, &cookie) == 0 &&
		     flow_table_add(&negotiator->table, fd, family, cookie, &last);
	if (left)
		flow_table_recycle(&negotiator->table, left);
	end(negotiator, last);
	negotiator_unlock(negotiator, mask);
	return added;
}

static struct flow *share_or_add(struct negotiator *negotiator, int fd, int family, uint64_t cookie, bool *news)
{
	struct flow *last = NULL, *flow = flow_table_of_socket(&negotiator->table, cookie);
	*news = flow == NULL;
	if (!flow)
		flow = flow_table_add(&negotiator->table, fd, family, cookie, &last);
	else if (!flow_table_share(&negotiator->table, flow->fd, fd, &last))
		flow = NULL;
	end(negotiator, last);
	return flow;
}

enum learning engine_learn(struct negotiator *negotiator, int fd, int family, uint64_t cookie, flow_handle *handle)
{
	uint64_t present, mask = negotiator_lock(negotiator);
	bool same = negotiator->world->udp_cookie(fd, &present) == 0 && present == cookie, news = false;
	struct flow *flow = same ? flow_table_live(&negotiator->table, flow_table_find(&negotiator->table, fd)) : NULL;
	if (same && (!flow || flow->cookie != cookie))
		flow = share_or_add(negotiator, fd, family, cookie, &news);
	*handle = flow ? flow_table_handle(flow) : HANDLE_NONE;
	negotiator_unlock(negotiator, mask);
	if (!same)
		return LEARNING_AGAIN;
	if (!flow)
		return LEARNING_FAILED;
	return news ? LEARNING_NEW : LEARNING_OK;
}

flow_handle engine_add_own(struct negotiator *negotiator, int fd, int family)
{
	struct flow *last = NULL, *flow = NULL;
	uint64_t cookie;
	uint64_t mask = negotiator_lock(negotiator);
	if (negotiator->world->udp_cookie(fd, &cookie) == 0)
		flow = flow_table_add(&negotiator->table, fd, family, cookie, &last);
	flow_table_own(&negotiator->table, fd);
	end(negotiator, last);
	flow_handle handle = flow ? flow_table_handle(flow) : HANDLE_NONE;
	negotiator_unlock(negotiator, mask);
	return handle;
}

void engine_end_own(struct negotiator *negotiator, flow_handle handle)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (flow)
		negotiator_end_flow(negotiator, flow);
	negotiator_unlock(negotiator, mask);
}

int engine_duplicate(struct negotiator *negotiator, const struct duplication *duplication, bool *covered)
{
	struct flow *last = NULL;
	uint64_t mask = negotiator_lock(negotiator);
	negotiator_take_in(negotiator);
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
	negotiator_take_in(negotiator);
	end(negotiator, flow_table_drop(&negotiator->table, fd, HANDLE_NONE));
	int answer = make(fd);
	negotiator_unlock(negotiator, mask);
	return answer;
}

bool engine_hand_over(struct negotiator *negotiator, flow_handle handle, struct handover *handover, int *control)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	bool any = flow && handover_from_flow(handover, flow);
	bool stands = any && flow->now.phase == PHASE_READY && flow->round.association.stage == STAGE_ESTABLISHED &&
		      !flow->bridge.stands; /* which stays behind */
	*control = stands ? flow->round.association.control : -1;
	negotiator_unlock(negotiator, mask);
	return any;
}

/* The settings may be others here; the server is known by its address where that is known. */
static int16_t server_of(const struct negotiator *negotiator, const struct handover *handover)
{
	size_t count = negotiator->settings->server_count;
	for (size_t i = 0; i < count; i++) {
		struct endpoint address = servers_address(&negotiator->servers, (int)i);
		if (address.kind != ENDPOINT_NONE && endpoint_equal(&address, &handover->address))
			return (int16_t)i;
	}
	bool possible = handover->server >= 0 && (size_t)handover->server < count;
	return possible ? handover->server : -1;
}

static void take_over(struct negotiator *negotiator, struct flow *flow, const struct handover *handover, int control)
{
	struct view *now = &flow->now;
	uint32_t generation = now->generation;
	*now = handover->view;
	now->generation = generation;
	now->server = ANY_SERVER;
	flow->held = handover->held;
	atomic_store(&flow->device, now->peer.scope);
	struct association association = {.control = control,
					  .stage = STAGE_ESTABLISHED,
					  .server = server_of(negotiator, handover),
					  .peer = handover->address};
	if (control >= 0)
		negotiator_adopt(negotiator, flow, &association);
	else if (now->phase == PHASE_READY)
		now->phase = PHASE_LOST;
	flow_publish(flow);
}

bool engine_adopt(struct negotiator *negotiator, int fd, const struct handover *handover, int control)
{
	struct flow *last = NULL, *flow = NULL;
	uint64_t cookie, mask = negotiator_lock(negotiator);
	bool usable = control < 0 || server_of(negotiator, handover) >= 0;
	if (usable && negotiator->world->udp_cookie(fd, &cookie) == 0 && cookie == handover->cookie)
		flow = flow_table_add(&negotiator->table, fd, handover->view.family, cookie, &last);
	end(negotiator, last);
	if (flow)
		take_over(negotiator, flow, handover, control);
	negotiator_unlock(negotiator, mask);
	return flow != NULL;
}

bool engine_recognise(struct negotiator *negotiator, int fd)
{
	struct flow *last = NULL;
	bool shared = false;
	uint64_t cookie, mask = negotiator_lock(negotiator);
	struct flow *flow = NULL;
	if (negotiator->world->udp_cookie(fd, &cookie) == 0)
		flow = flow_table_of_socket(&negotiator->table, cookie);
	if (flow)
		shared = flow_table_share(&negotiator->table, flow->fd, fd, &last);
	end(negotiator, last);
	negotiator_unlock(negotiator, mask);
	return shared;
}

void engine_closing(struct negotiator *negotiator, int fd)
{
	uint64_t mask = negotiator_lock(negotiator);
	negotiator_take_in(negotiator);
	end(negotiator, flow_table_drop(&negotiator->table, fd, HANDLE_CLOSING));
	negotiator_unlock(negotiator, mask);
}

void engine_closed(struct negotiator *negotiator, int fd)
{
	flow_table_closed(&negotiator->table, fd);
}

/* Whoever found something else under the number may be late: another thread has put a socket there since. */
void engine_drop(struct negotiator *negotiator, int fd)
{
	uint64_t mask = negotiator_lock(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, flow_table_find(&negotiator->table, fd));
	if (!flow || !flow_is_at(flow, negotiator->world, fd))
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
