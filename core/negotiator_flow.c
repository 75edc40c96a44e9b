/* The flows' side of the negotiator: a flow that wants an association, has one, loses it. */
#include "core/negotiator_bridge.h"
#include "core/negotiator_departure.h"
#include "core/negotiator_round.h"
#include "core/negotiator_spare.h"

static struct flow *flow_of(const struct round *round)
{
	return (struct flow *)(void *)((char *)(uintptr_t)round - offsetof(struct flow, round));
}

static uint64_t tag(const struct round *round)
{
	return flow_table_handle(flow_of(round));
}

/* Its socket may have been closed behind our back, and the number be another's by now. */
static bool is_wanted(struct negotiator *negotiator, struct round *round)
{
	struct flow *flow = flow_of(round);
	if (flow_table_settle(&negotiator->table, flow))
		return true;
	negotiator_discard(negotiator, flow);
	flow_enter(flow, negotiator->world, PHASE_FRESH);
	return false;
}

static void announce(struct negotiator *negotiator, struct round *round, struct announcement *announcement)
{
	const struct world *world = negotiator->world;
	struct flow *flow = flow_of(round);
	socklen_t size = sizeof announcement->address;
	announcement->local = negotiator->settings->announce == ANNOUNCE_LOCAL && flow_is_at(flow, world, flow->fd);
	if (!announcement->local)
		return;
	if (world->udp_local(flow->fd, &announcement->address, &size) == 0 && announcement->address.v4.sin_port == 0) {
		world->udp_bind(flow->fd, &announcement->address, size); /* announced, so it must be chosen now */
		world->udp_local(flow->fd, &announcement->address, &size);
	}
}

static enum outcome established(struct negotiator *negotiator, struct round *round, const struct endpoint *relay)
{
	struct flow *flow = flow_of(round);
	if (flow->now.phase != PHASE_LOST) /* how long it stood tells later (negotiator_lose) */
		round->backoff_ms = 0;
	flow->now.flags = (uint16_t)(round->attended ? flow->now.flags | VIEW_YOUNG : flow->now.flags & ~VIEW_YOUNG);
	/* Before anybody who waits for it goes on. */
	negotiator_record(negotiator, round, (struct event){.kind = EVENT_MADE, .relay = *relay});
	enum outcome outcome = negotiator_make_ready(negotiator, flow, relay);
	if (outcome == OUTCOME_OK && flow->departed)
		negotiator_depart_soon(negotiator);
	return outcome;
}

void negotiator_discard(struct negotiator *negotiator, struct flow *flow)
{
	statistics_add(&negotiator->statistics, STATISTIC_LOST_WAITING, flow->queue.count);
	queue_clear(&flow->queue, negotiator->world);
}

static void hold(struct negotiator *negotiator, struct flow *flow)
{
	struct endpoint guard = negotiator_guard(negotiator, flow->round.demanded);
	if (flow->now.link != LINK_PEER) /* connected to a direct peer, it hears that peer and names the relay */
		flow_hold(flow, negotiator->world, &guard);
}

/* What was sent to an association that once stood is lost, as datagrams are: the program is told nothing. */
static void failed(struct negotiator *negotiator, struct round *round, enum outcome outcome)
{
	struct flow *flow = flow_of(round);
	negotiator_discard(negotiator, flow);
	if (flow->departed) {
		flow_enter(flow, negotiator->world, PHASE_FAILED);
		negotiator_depart_soon(negotiator);
		return;
	}
	if (flow->now.phase == PHASE_LOST) {
		flow_enter(flow, negotiator->world, PHASE_LOST); /* who waits for what was queued is told */
		negotiator_begin_quietly(negotiator, round);
		return;
	}
	round->backoff_ms = servers_next_backoff(&negotiator->servers, round->backoff_ms);
	flow->retry_ms = servers_retry_ms(&negotiator->servers, round->backoff_ms);
	hold(negotiator, flow);
	flow_fail(flow, negotiator->world, outcome);
}

static void lost(struct negotiator *negotiator, struct round *round)
{
	if (!flow_of(round)->departed)
		negotiator_lose(negotiator, flow_of(round));
}

static const struct round_owner owner = {tag, is_wanted, announce, established, failed, lost};

static void note_rules(const struct negotiator *negotiator, struct flow *flow)
{
	flow->undecided = flow->now.family == AF_INET && rules_send_direct(negotiator->settings->rules);
}

void negotiator_associate(struct negotiator *negotiator, struct flow *flow, int16_t demanded, bool attended)
{
	note_rules(negotiator, flow);
	struct round *round = &flow->round;
	round->owner = &owner;
	round->demanded = demanded;
	round->attended = attended;
	if (negotiator->settings->preconnect && negotiator_run(negotiator) == OUTCOME_OK &&
	    negotiator_take_spare(negotiator, flow, demanded))
		return;
	/* While its sender attends, a socket that has neither peer nor port can neither send unframed nor hear. */
	if (!attended || flow->now.flags & (VIEW_BOUND | VIEW_V6ONLY))
		hold(negotiator, flow);
	if (flow->now.phase != PHASE_LOST)
		flow_enter(flow, negotiator->world, PHASE_NEGOTIATING);
	negotiator_begin(negotiator, round);
}

void negotiator_leave_to_thread(struct negotiator *negotiator, struct flow *flow)
{
	if (!flow->round.attended)
		return;
	if (flow_is_at(flow, negotiator->world, flow->fd))
		hold(negotiator, flow);
	flow_publish(flow);
	negotiator_entrust(negotiator, &flow->round);
}

void negotiator_adopt(struct negotiator *negotiator, struct flow *flow, const struct association *association)
{
	note_rules(negotiator, flow);
	round_reset(&flow->round, &owner);
	flow->round.association = *association;
	flow->round.since_us = negotiator->world->now_us();
	flow->now.server = association->server;
	flow->now.flags |= VIEW_YOUNG;
	correspondents_renew(negotiator->relays, &flow->now.relay);
}

enum outcome negotiator_watch(struct negotiator *negotiator, struct flow *flow)
{
	if (!(flow->now.flags & VIEW_YOUNG) || flow->now.phase != PHASE_READY)
		return OUTCOME_OK;
	enum outcome outcome = negotiator_run(negotiator);
	if (outcome != OUTCOME_OK)
		return outcome;
	flow->now.flags &= (uint16_t)~VIEW_YOUNG;
	bool faces = flow->now.link != LINK_NONE || flow_face_relay(flow, negotiator->world) == 0;
	flow_publish(flow);
	if (faces && negotiator_watch_bridge(negotiator, flow) == OUTCOME_OK &&
	    negotiator_have_watched(negotiator, &flow->round))
		negotiator_hear_round(negotiator, &flow->round); /* its end may have come before */
	else
		negotiator_lose(negotiator, flow);
	return OUTCOME_OK;
}

/* One that ended as soon as it stood is asked for again at ever greater intervals, as one that was refused. */
void negotiator_lose(struct negotiator *negotiator, struct flow *flow)
{
	struct round *round = &flow->round;
	uint64_t stood_ms = (negotiator->world->now_us() - round->since_us) / 1000;
	bool brief = stood_ms < negotiator->settings->retry_min_ms;
	int16_t demanded = round->demanded;
	round->owner = &owner;
	negotiator_record(negotiator, round, (struct event){.kind = EVENT_LOST});
	negotiator_end_round(negotiator, round);
	round->demanded = demanded;
	round->attended = false;
	flow->now.flags &= (uint16_t)~VIEW_YOUNG;
	statistics_add(&negotiator->statistics, STATISTIC_LOST, 1);
	flow_enter(flow, negotiator->world, PHASE_LOST);
	if (brief) {
		round->backoff_ms = servers_next_backoff(&negotiator->servers, round->backoff_ms);
		negotiator_begin_at(negotiator, round, servers_soon_ms(&negotiator->servers, round->backoff_ms));
	} else {
		round->backoff_ms = 0;
		negotiator_begin_quietly(negotiator, round);
	}
}

void negotiator_refused(struct negotiator *negotiator, struct flow *flow)
{
	enum { ENOUGH = 3 };
	if (flow->now.phase == PHASE_READY && flow->now.link != LINK_PEER && ++flow->refusals >= ENOUGH)
		negotiator_lose(negotiator, flow);
}

void negotiator_dissociate(struct negotiator *negotiator, struct flow *flow)
{
	bridge_empty(&flow->bridge, negotiator->world);
	bridge_close(&flow->bridge, negotiator->world);
	negotiator_end_round(negotiator, &flow->round);
}

/* NULL: its control connection is closed with it. */
static struct partings *partings_of(struct negotiator *negotiator, const struct flow *flow)
{
	if (flow->round.association.stage != STAGE_ESTABLISHED)
		return NULL;
	if (atomic_load_explicit(&flow->unanswered, memory_order_relaxed))
		return &negotiator->unanswered;
	return negotiator->settings->preconnect ? &negotiator->answered : NULL;
}

static void part(struct negotiator *negotiator, struct flow *flow)
{
	struct association *association = &flow->round.association;
	struct partings *partings = partings_of(negotiator, flow);
	if (!partings || negotiator_run(negotiator) != OUTCOME_OK)
		return;
	uint64_t stay_ms = partings == &negotiator->unanswered ? UNANSWERED_MS : ANSWERED_MS;
	uint64_t next_ms = partings->count ? partings->list[0].until_ms : negotiator->world->now_ms() + stay_ms;
	if (negotiator_set_deadline(negotiator, &partings->deadline, next_ms) != OUTCOME_OK)
		return;
	partings_add(partings, negotiator->world, association->control, stay_ms);
	association_reset(association);
}

void negotiator_begin_anew(struct negotiator *negotiator, struct flow *flow)
{
	part(negotiator, flow);
	negotiator_dissociate(negotiator, flow);
	negotiator_discard(negotiator, flow);
	flow_renounce(flow, negotiator->world);
	flow_enter(flow, negotiator->world, PHASE_FRESH);
}

void negotiator_end_flow(struct negotiator *negotiator, struct flow *flow)
{
	part(negotiator, flow);
	negotiator_dissociate(negotiator, flow);
	negotiator_discard(negotiator, flow);
	flow_forget(flow, negotiator->world);
	flow_table_recycle(&negotiator->table, flow);
}

struct endpoint negotiator_guard(const struct negotiator *negotiator, int16_t demanded)
{
	int server = servers_choose(&negotiator->servers, demanded, 0);
	if (server < 0)
		return (struct endpoint){0};
	return servers_address(&negotiator->servers, server);
}

void negotiator_hasten(struct negotiator *negotiator)
{
	enum { WITHIN_MS = 50 };
	const struct world *world = negotiator->world;
	struct flow *flow = NULL;
	while ((flow = flow_table_next(&negotiator->table, flow))) {
		flow->retry_ms = 0;
		if (flow->round.due == DUE_RETRY)
			negotiator_begin_at(negotiator, &flow->round, world->now_ms() + world->random() % WITHIN_MS);
	}
	negotiator_hasten_spares(negotiator);
}
