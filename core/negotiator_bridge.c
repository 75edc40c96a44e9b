#include "core/negotiator_bridge.h"

/* Which end it is, in a word that else holds the slot of the flow. */
#define TAG_NEAR UINT64_C(0x40000000)
#define TAG_FAR  UINT64_C(0x20000000)
_Static_assert(FLOWS_MAX <= TAG_FAR, "a flow's handle is not taken for a bridge's tag");

enum outcome negotiator_watch_bridge(struct negotiator *negotiator, struct flow *flow)
{
	const struct world *world = negotiator->world;
	flow_handle handle = flow_table_handle(flow);
	if (!flow->bridge.stands || flow->bridge.watched)
		return OUTCOME_OK;
	enum outcome outcome = negotiator_run(negotiator);
	if (outcome == OUTCOME_OK &&
	    (world->watch_add(negotiator->watch, flow->bridge.near, handle | TAG_NEAR, false) < 0 ||
	     world->watch_add(negotiator->watch, flow->bridge.far, handle | TAG_FAR, false) < 0))
		outcome = OUTCOME_NO_DESCRIPTOR;
	flow->bridge.watched = outcome == OUTCOME_OK;
	return outcome;
}

/* Who shares the socket may hear the answer to the first datagram that leaves. */
static enum outcome make_ready(struct negotiator *negotiator, struct flow *flow, const struct endpoint *relay)
{
	if (negotiator->has_shared)
		correspondents_renew_of(negotiator->relays, flow->cookie, relay);
	return flow_ready(flow, negotiator->world, relay);
}

enum outcome negotiator_make_ready(struct negotiator *negotiator, struct flow *flow, const struct endpoint *relay)
{
	const struct world *world = negotiator->world;
	struct bridge former = flow->bridge;
	struct endpoint host, entrance;
	flow->bridge = (struct bridge){0};
	enum outcome outcome = OUTCOME_OK;
	if (flow_reaches(flow, world, relay, &host)) {
		outcome = make_ready(negotiator, flow, relay);
	} else {
		outcome = bridge_open(&flow->bridge, world, &host, relay, &entrance);
		if (outcome == OUTCOME_OK)
			outcome = negotiator_watch_bridge(negotiator, flow);
		if (outcome == OUTCOME_OK) {
			correspondents_renew(negotiator->relays, &entrance);
			outcome = make_ready(negotiator, flow, &entrance);
		}
		if (outcome != OUTCOME_OK)
			bridge_close(&flow->bridge, world);
	}
	bridge_close(&former, world);
	return outcome;
}

/* What is left after that is told once more, behind what others have to say. */
static void carry(struct negotiator *negotiator, struct flow *flow, bool outward, uint64_t tag)
{
	enum { TIMES = 4 };
	const struct world *world = negotiator->world;
	int from = outward ? flow->bridge.near : flow->bridge.far, to = outward ? flow->bridge.far : flow->bridge.near;
	bool more = true, refused = false, by_relay = false;
	for (int i = 0; i < TIMES && more; i++) {
		more = world->udp_pass(from, to, &refused);
		by_relay |= refused;
	}
	if (more)
		world->watch_change(negotiator->watch, from, tag, false);
	if (by_relay)
		negotiator_refused(negotiator, flow);
}

bool negotiator_cross(struct negotiator *negotiator, uint64_t tag)
{
	uint64_t end = tag & (TAG_NEAR | TAG_FAR);
	struct flow *flow = end ? flow_table_live(&negotiator->table, tag ^ end) : NULL;
	if (flow && flow->bridge.stands)
		carry(negotiator, flow, end == TAG_NEAR, tag);
	return end != 0;
}

void negotiator_move_bridge(struct negotiator *negotiator, struct flow *flow, int from, int to)
{
	struct bridge *bridge = &flow->bridge;
	flow_handle handle = flow_table_handle(flow);
	if (!bridge->stands || (bridge->near != from && bridge->far != from))
		return;
	bool near = bridge->near == from;
	*(near ? &bridge->near : &bridge->far) = to;
	negotiator->world->watch_add(negotiator->watch, to, handle | (near ? TAG_NEAR : TAG_FAR), false);
}
