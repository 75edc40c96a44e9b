#include "core/negotiator_spare.h"

#include "core/negotiator_bridge.h"
#include "core/negotiator_round.h"

/* Tags of spares have a bit that no slot of a flow reaches. */
#define TAG_SPARE UINT64_C(0x80000000)

_Static_assert(FLOWS_MAX <= TAG_SPARE, "a flow's handle is not taken for a spare's tag");

/* The first settings->preconnect of them are the pool; the others are one a server, to try it. */
struct spare {
	struct round round;
	struct endpoint relay;
	uint32_t generation;
	uint32_t index;
};

static struct spare *spare_of(const struct round *round)
{
	return (struct spare *)(void *)((char *)(uintptr_t)round - offsetof(struct spare, round));
}

static uint64_t tag(const struct round *round)
{
	const struct spare *spare = spare_of(round);
	return (uint64_t)spare->generation << 32 | TAG_SPARE | spare->index;
}

static bool is_wanted(struct negotiator *negotiator, struct round *round)
{
	(void)negotiator;
	(void)round;
	return true;
}

/* There is no socket yet: the settings allow no pool where one is to be announced. */
static void announce(struct negotiator *negotiator, struct round *round, struct announcement *announcement)
{
	(void)negotiator;
	(void)round;
	announcement->local = false;
}

static bool is_of_the_pool(const struct negotiator *negotiator, const struct spare *spare)
{
	return spare->index < negotiator->settings->preconnect;
}

static enum outcome established(struct negotiator *negotiator, struct round *round, const struct endpoint *relay)
{
	struct spare *spare = spare_of(round);
	spare->relay = *relay;
	round->backoff_ms = 0;
	if (!is_of_the_pool(negotiator, spare))
		negotiator_call_for_care(negotiator);
	return OUTCOME_OK;
}

static void failed(struct negotiator *negotiator, struct round *round, enum outcome outcome)
{
	(void)outcome;
	if (is_of_the_pool(negotiator, spare_of(round)))
		negotiator_back_off(negotiator, round);
	negotiator_call_for_care(negotiator);
}

/* Some servers end an association that nobody uses after a minute. */
static void lost(struct negotiator *negotiator, struct round *round)
{
	negotiator_end_round(negotiator, round);
	spare_of(round)->generation++;
	negotiator_call_for_care(negotiator);
}

static const struct round_owner owner = {tag, is_wanted, announce, established, failed, lost};

enum outcome negotiator_init_spares(struct negotiator *negotiator)
{
	const struct settings *settings = negotiator->settings;
	size_t count = settings->preconnect + (settings->server_count > 1 ? settings->server_count : 0);
	if (!settings->server_count || !count)
		return OUTCOME_OK;
	negotiator->spares = negotiator->world->map(count * sizeof *negotiator->spares);
	if (!negotiator->spares)
		return OUTCOME_NO_MEMORY;
	negotiator->spare_count = (uint32_t)count;
	for (uint32_t i = 0; i < count; i++) {
		struct spare *spare = &negotiator->spares[i];
		round_reset(&spare->round, &owner);
		spare->index = i;
		if (i >= settings->preconnect)
			spare->round.demanded = (int16_t)(i - settings->preconnect);
	}
	return OUTCOME_OK;
}

struct round *negotiator_find_spare(struct negotiator *negotiator, uint64_t wanted, bool *known)
{
	uint32_t index = (uint32_t)wanted & ~(uint32_t)TAG_SPARE;
	*known = wanted & TAG_SPARE;
	if (!*known || index >= negotiator->spare_count)
		return NULL;
	struct round *round = &negotiator->spares[index].round;
	return tag(round) == wanted ? round : NULL;
}

/* The flow takes over the control connection; the spare begins anew. */
static bool hand_over(struct negotiator *negotiator, struct spare *spare, struct flow *flow)
{
	const struct world *world = negotiator->world;
	struct endpoint relay = spare->relay;
	flow->round.association = spare->round.association;
	flow->round.since_us = world->now_us();
	flow->round.attended = false;
	flow->round.watched = spare->round.watched;
	flow->now.flags |= VIEW_YOUNG;
	spare->round.watched = false;
	association_reset(&spare->round.association);
	spare->generation++;
	negotiator_record(negotiator, &flow->round, (struct event){.kind = EVENT_MADE, .relay = relay});
	if (world->watch_change(negotiator->watch, flow->round.association.control, flow_table_handle(flow), false) ==
		0 &&
	    negotiator_make_ready(negotiator, flow, &relay) == OUTCOME_OK)
		return true;
	negotiator_end_round(negotiator, &flow->round);
	return false;
}

/* Nothing is ready, and nothing under way. */
static bool is_empty(const struct negotiator *negotiator)
{
	for (uint32_t i = 0; i < negotiator->settings->preconnect && i < negotiator->spare_count; i++)
		if (!round_is_idle(&negotiator->spares[i].round))
			return false;
	return true;
}

/* Made at once, the next one would take its time from the exchange that the last one is for, and from those behind it.
 */
static void refill(struct negotiator *negotiator, bool taken)
{
	uint64_t at_ms = negotiator->world->now_ms();
	if (taken || !is_empty(negotiator))
		at_ms += TICK_MS;
	if (!negotiator->care.place || negotiator->care.at_ms > at_ms)
		negotiator_set_deadline(negotiator, &negotiator->care, at_ms);
}

bool negotiator_take_spare(struct negotiator *negotiator, struct flow *flow, int16_t demanded)
{
	bool taken = false;
	for (uint32_t i = 0; i < negotiator->settings->preconnect && i < negotiator->spare_count && !taken; i++) {
		struct spare *spare = &negotiator->spares[i];
		const struct association *association = &spare->round.association;
		if (association->stage != STAGE_ESTABLISHED ||
		    (demanded != ANY_SERVER && association->server != demanded))
			continue;
		if (association_has_ended(&spare->round.association, negotiator->world))
			lost(negotiator, &spare->round);
		else
			taken = hand_over(negotiator, spare, flow);
	}
	refill(negotiator, taken);
	return taken;
}

static void tend(struct negotiator *negotiator, struct spare *spare)
{
	struct round *round = &spare->round;
	bool in_pool = is_of_the_pool(negotiator, spare);
	if (!in_pool && round->association.stage == STAGE_ESTABLISHED)
		negotiator_end_round(negotiator, round); /* it has told what it was made to find out */
	if (!round_is_idle(round) || (!in_pool && !servers_has_rested(&negotiator->servers, round->demanded)))
		return;
	spare->generation++;
	negotiator_begin_quietly(negotiator, round);
}

void negotiator_tend_spares(struct negotiator *negotiator)
{
	if (!negotiator->table.live) /* the next flow asks again */
		return;
	for (uint32_t i = 0; i < negotiator->spare_count; i++)
		tend(negotiator, &negotiator->spares[i]);
	uint64_t next_ms = servers_next_rested_ms(&negotiator->servers);
	if (negotiator->settings->server_count > 1 && next_ms != NEVER && !negotiator->care.place)
		negotiator_set_deadline(negotiator, &negotiator->care, next_ms);
}

void negotiator_call_for_care(struct negotiator *negotiator)
{
	if (negotiator->spare_count && negotiator_run(negotiator) == OUTCOME_OK)
		negotiator_set_deadline(negotiator, &negotiator->care, negotiator->world->now_ms());
}

void negotiator_hasten_spares(struct negotiator *negotiator)
{
	for (uint32_t i = 0; i < negotiator->spare_count; i++)
		if (negotiator->spares[i].round.due == DUE_RETRY)
			negotiator_begin_at(negotiator, &negotiator->spares[i].round, negotiator->world->now_ms());
}

void negotiator_move_spare(struct negotiator *negotiator, int from, int to)
{
	for (uint32_t i = 0; i < negotiator->spare_count; i++)
		negotiator_move_control(negotiator, &negotiator->spares[i].round, from, to);
}

void negotiator_abandon_spares(struct negotiator *negotiator)
{
	for (uint32_t i = 0; i < negotiator->spare_count; i++) {
		negotiator_end_round(negotiator, &negotiator->spares[i].round);
		negotiator->spares[i].generation++;
	}
}
