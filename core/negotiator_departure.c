#include "core/negotiator_departure.h"

static bool has_prospects(const struct flow *flow)
{
	return flow->queue.count && !round_is_idle(&flow->round);
}

/* The socket is another one: what was made known of the old one to the server, or to epoll, is told anew. */
static void introduce(struct negotiator *negotiator, struct flow *flow)
{
	struct association *association = &flow->round.association;
	negotiator_leave_to_thread(negotiator, flow);
	if (negotiator->settings->announce == ANNOUNCE_LOCAL && association->stage != STAGE_NONE) {
		int16_t demanded = flow->round.demanded;
		negotiator_dissociate(negotiator, flow);
		negotiator_associate(negotiator, flow, demanded, false);
	} else if (association->control >= 0) {
		negotiator->world->watch_change(negotiator->watch, association->control, flow_table_handle(flow),
						association->stage == STAGE_CONNECTING);
	} else if (flow->round.due == DUE_NAME) { /* the thread asks for the name, and would not know it again */
		negotiator_set_deadline(negotiator, &flow->round.deadline, negotiator->world->now_ms());
	}
}

bool negotiator_depart(struct negotiator *negotiator, struct flow *flow)
{
	const struct world *world = negotiator->world;
	uint64_t cookie;
	if (!has_prospects(flow) || negotiator->departed_count >= DEPARTURES)
		return false;
	int fd = world->udp_open(flow->now.family);
	if (fd < 0)
		return false;
	if (world->udp_cookie(fd, &cookie) < 0) {
		world->own_close(fd);
		return false;
	}
	flow->fd = fd;
	flow->cookie = cookie;
	flow->departed = true;
	flow->next = negotiator->departed;
	negotiator->departed = flow;
	negotiator->departed_count++;
	enum phase phase = (enum phase)flow->now.phase;
	flow->held = (struct endpoint){0};
	flow->now = (struct view){.generation = flow->now.generation + 2,
				  .family = flow->now.family,
				  .server = flow->now.server,
				  .relay = flow->now.relay};
	flow_enter(flow, world, phase); /* who waits to send more is told */
	introduce(negotiator, flow);
	return true;
}

void negotiator_depart_soon(struct negotiator *negotiator)
{
	negotiator_set_deadline(negotiator, &negotiator->departing, negotiator->world->now_ms());
}

static void end_those(struct negotiator *negotiator, bool all)
{
	struct flow **at = &negotiator->departed;
	while (*at) {
		struct flow *flow = *at;
		if (!all && has_prospects(flow)) {
			at = &flow->next;
			continue;
		}
		int fd = flow->fd;
		*at = flow->next;
		negotiator->departed_count--;
		negotiator_end_flow(negotiator, flow);
		negotiator->world->own_close(fd);
	}
}

void negotiator_end_departed(struct negotiator *negotiator)
{
	end_those(negotiator, false);
}

void negotiator_end_departures(struct negotiator *negotiator)
{
	end_those(negotiator, true);
	deadlines_clear(&negotiator->deadlines, &negotiator->departing);
}

/* One that rests before it asks again is not waited for: the server may be away for long. */
static bool is_under_way(const struct round *round)
{
	return round->association.stage == STAGE_CONNECTING || round->association.stage == STAGE_NEGOTIATING ||
	       round->due == DUE_NAME;
}

struct flow *negotiator_find_waiting(struct negotiator *negotiator)
{
	struct flow *flow = NULL;
	while ((flow = flow_table_next(&negotiator->table, flow)))
		if (flow->queue.count && is_under_way(&flow->round))
			break;
	return flow;
}
