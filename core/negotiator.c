#include "core/negotiator.h"

#include <stddef.h>
#include <sys/epoll.h>

#include "core/negotiator_admission.h"
#include "core/negotiator_bridge.h"
#include "core/negotiator_departure.h"
#include "core/negotiator_round.h"
#include "core/negotiator_spare.h"

enum { EVENTS = 64 };

enum outcome negotiator_init(struct negotiator *negotiator, const struct world *world, const struct settings *settings)
{
	negotiator->world = world;
	negotiator->settings = settings;
	negotiator->watch = -1;
	negotiator->alarm = -1;
	enum outcome outcome = servers_init(&negotiator->servers, world, settings);
	if (outcome == OUTCOME_OK)
		outcome = negotiator_init_spares(negotiator);
	negotiator_init_rounds(negotiator);
	negotiator->relays = correspondents_new_large(world);
	if (outcome == OUTCOME_OK && !negotiator->relays)
		outcome = OUTCOME_NO_MEMORY;
	if (outcome != OUTCOME_OK)
		return outcome;
	pthread_mutex_init(&negotiator->mutex, NULL);
	flow_table_init(&negotiator->table, world);
	negotiator->process = world->process();
	negotiator->statistics.wanted = settings->statistics != STATISTICS_OFF;
	return OUTCOME_OK;
}

static enum outcome start(struct negotiator *negotiator);

uint64_t negotiator_lock(struct negotiator *negotiator)
{
	uint64_t mask = negotiator->world->block_signals();
	negotiator_take(negotiator);
	return mask;
}

void negotiator_take(struct negotiator *negotiator)
{
	pthread_mutex_lock(&negotiator->mutex);
}

bool negotiator_lock_soon(struct negotiator *negotiator, uint64_t *mask)
{
	enum { TRIES = 500 };
	*mask = negotiator->world->block_signals();
	bool locked = pthread_mutex_trylock(&negotiator->mutex) == 0;
	for (int i = 0; i < TRIES && !locked; i++)
		locked = pthread_mutex_trylock(&negotiator->mutex) == 0;
	if (!locked)
		negotiator->world->restore_signals(*mask);
	return locked;
}

/* True: the thread is to be started. */
static bool let_go(struct negotiator *negotiator)
{
	bool starts = negotiator->starting;
	negotiator->starting = false;
	pthread_mutex_unlock(&negotiator->mutex);
	return starts;
}

/* Either the one who puts in gets the lock after that, or the one who has it looks after having let go of it. True: the
 * thread is to be started. */
static bool let_in(struct negotiator *negotiator)
{
	bool starts = false;
	intake_ring(&negotiator->intake);
	while (!intake_is_empty(&negotiator->intake) && pthread_mutex_trylock(&negotiator->mutex) == 0) {
		negotiator_take_in(negotiator);
		starts |= let_go(negotiator);
		intake_ring(&negotiator->intake);
	}
	return starts;
}

void negotiator_call_in(struct negotiator *negotiator)
{
	uint64_t mask = negotiator->world->block_signals();
	if (let_in(negotiator))
		start(negotiator);
	negotiator->world->restore_signals(mask);
}

enum outcome negotiator_release(struct negotiator *negotiator)
{
	bool starts = let_go(negotiator);
	starts |= let_in(negotiator);
	return starts ? start(negotiator) : OUTCOME_OK;
}

void negotiator_unlock(struct negotiator *negotiator, uint64_t mask)
{
	negotiator_release(negotiator);
	negotiator->world->restore_signals(mask);
}

/* The thread, its descriptors and its alarm */

static void run(void *argument)
{
	while (negotiator_turn(argument))
		;
}

enum outcome negotiator_set_deadline(struct negotiator *negotiator, struct deadline *deadline, uint64_t at_ms)
{
	enum outcome outcome = deadlines_set(&negotiator->deadlines, negotiator->world, deadline, at_ms);
	if (outcome != OUTCOME_OK || negotiator->alarm < 0 || at_ms >= negotiator->alarm_ms)
		return outcome;
	negotiator->alarm_ms = at_ms;
	negotiator->world->alarm_set(negotiator->alarm, at_ms);
	return OUTCOME_OK;
}

static void stop_running(struct negotiator *negotiator)
{
	if (negotiator->alarm >= 0)
		negotiator->world->own_close(negotiator->alarm);
	if (negotiator->watch >= 0)
		negotiator->world->own_close(negotiator->watch);
	negotiator->alarm = -1;
	negotiator->watch = -1;
	negotiator->starting = false;
}

static void set_alarm(struct negotiator *negotiator)
{
	negotiator->alarm_ms = deadlines_first(&negotiator->deadlines);
	if (negotiator->alarm_ms != NEVER)
		negotiator->world->alarm_set(negotiator->alarm, negotiator->alarm_ms);
}

enum outcome negotiator_run(struct negotiator *negotiator)
{
	const struct world *world = negotiator->world;
	if (negotiator->watch >= 0)
		return OUTCOME_OK;
	negotiator->watch = world->watch_open();
	negotiator->alarm = world->alarm_open();
	negotiator->starting = negotiator->watch >= 0 && negotiator->alarm >= 0 &&
			       world->watch_add(negotiator->watch, negotiator->alarm, HANDLE_OWN, false) == 0;
	if (!negotiator->starting) {
		stop_running(negotiator);
		return OUTCOME_NO_DESCRIPTOR;
	}
	set_alarm(negotiator);
	return OUTCOME_OK;
}

/* What the thread does when something happens */

static void handle_event(struct negotiator *negotiator, const struct epoll_event *event)
{
	uint64_t tag = event->data.u64;
	bool is_spare;
	if (negotiator_cross(negotiator, tag))
		return;
	struct round *round = negotiator_find_spare(negotiator, tag, &is_spare);
	struct flow *flow = is_spare ? NULL : flow_table_live(&negotiator->table, tag);
	if (flow)
		round = &flow->round;
	if (round)
		negotiator_hear_round(negotiator, round);
}

static void close_partings(struct negotiator *negotiator, struct partings *partings)
{
	uint64_t next_ms = partings_close_due(partings, negotiator->world);
	if (next_ms != NEVER && negotiator_set_deadline(negotiator, &partings->deadline, next_ms) != OUTCOME_OK)
		partings_close_all(partings, negotiator->world);
}

static void handle_one_due(struct negotiator *negotiator, struct deadline *due, uint64_t *mask)
{
	if (due == &negotiator->unanswered.deadline)
		close_partings(negotiator, &negotiator->unanswered);
	else if (due == &negotiator->answered.deadline)
		close_partings(negotiator, &negotiator->answered);
	else if (due == &negotiator->departing)
		negotiator_end_departed(negotiator);
	else if (due == &negotiator->care)
		negotiator_tend_spares(negotiator);
	else
		negotiator_round_is_due(negotiator,
					(struct round *)(void *)((char *)due - offsetof(struct round, deadline)), mask);
}

/* Thousands may be due at once: between them the lock is let go, for a sender may be waiting for it. */
static void handle_due(struct negotiator *negotiator, uint64_t *mask)
{
	const struct world *world = negotiator->world;
	struct deadline *due;
	while ((due = deadlines_take_due(&negotiator->deadlines, world->now_ms()))) {
		handle_one_due(negotiator, due, mask);
		negotiator_unlock(negotiator, *mask);
		*mask = negotiator_lock(negotiator);
	}
	if (negotiator->alarm_ms <= world->now_ms())
		set_alarm(negotiator);
}

/* Nobody watches any more. Established associations live on, unwatched; what is under way is abandoned, and begins
 * anew on next use. */
static void abandon_flow(struct negotiator *negotiator, struct flow *flow)
{
	flow->bridge.watched = false;
	switch ((enum phase)flow->now.phase) {
	case PHASE_FRESH:
		break;
	case PHASE_READY:
		flow->round.watched = false;
		flow->now.flags |= VIEW_YOUNG;
		flow_publish(flow);
		break;
	case PHASE_NEGOTIATING:
		negotiator_dissociate(negotiator, flow);
		queue_clear(&flow->queue, negotiator->world);
		flow_enter(flow, negotiator->world, PHASE_FRESH);
		break;
	case PHASE_LOST:
	case PHASE_FAILED:
		negotiator_dissociate(negotiator, flow);
		queue_clear(&flow->queue, negotiator->world);
		break;
	}
}

static void end_partings(struct negotiator *negotiator, struct partings *partings)
{
	deadlines_clear(&negotiator->deadlines, &partings->deadline);
	partings_close_all(partings, negotiator->world);
}

static void abandon(struct negotiator *negotiator)
{
	struct flow *flow = NULL;
	while ((flow = flow_table_next(&negotiator->table, flow)))
		abandon_flow(negotiator, flow);
	negotiator_end_departures(negotiator);
	negotiator_abandon_spares(negotiator);
	deadlines_clear(&negotiator->deadlines, &negotiator->care);
	end_partings(negotiator, &negotiator->unanswered);
	end_partings(negotiator, &negotiator->answered);
	stop_running(negotiator);
}

/* Without the lock. What has come to rely on the thread meanwhile fails with it. */
static enum outcome start(struct negotiator *negotiator)
{
	struct flow *flow = NULL;
	if (negotiator->world->start_thread(run, negotiator) == 0)
		return OUTCOME_OK;
	negotiator_take(negotiator);
	while ((flow = flow_table_next(&negotiator->table, flow)))
		if (flow->now.phase == PHASE_NEGOTIATING && !flow->round.attended)
			negotiator_give_up(negotiator, &flow->round, OUTCOME_NO_THREAD);
	abandon(negotiator);
	negotiator_release(negotiator);
	return OUTCOME_NO_THREAD;
}

bool negotiator_turn(struct negotiator *negotiator)
{
	struct epoll_event events[EVENTS];
	int count = negotiator->world->watch_wait(negotiator->watch, events, EVENTS);
	uint64_t mask = negotiator_lock(negotiator);
	for (int i = 0; i < count; i++) {
		handle_event(negotiator, &events[i]);
		negotiator_unlock(negotiator, mask);
		mask = negotiator_lock(negotiator);
	}
	if (count >= 0)
		handle_due(negotiator, &mask);
	else
		abandon(negotiator);
	negotiator_unlock(negotiator, mask);
	return count >= 0;
}

/* Descriptors that must make room, and fork */

void negotiator_evict(struct negotiator *negotiator, int fd)
{
	const struct world *world = negotiator->world;
	int moved = world->own_move(fd);
	if (moved < 0)
		return;
	struct flow *flow = NULL;
	while ((flow = flow_table_next(&negotiator->table, flow))) {
		negotiator_move_control(negotiator, &flow->round, fd, moved);
		negotiator_move_bridge(negotiator, flow, fd, moved);
		if (flow->fd == fd) /* a flow of our own */
			flow->fd = moved;
	}
	negotiator_move_spare(negotiator, fd, moved);
	partings_move(&negotiator->unanswered, fd, moved);
	partings_move(&negotiator->answered, fd, moved);
	if (negotiator->watch == fd)
		negotiator->watch = moved;
	if (negotiator->alarm == fd) {
		negotiator->alarm = moved;
		world->watch_add(negotiator->watch, moved, HANDLE_OWN, false);
	}
	world->own_close(fd);
}

/* One that the other process would connect, without this one's knowledge, could hear nothing else any more. */
static void connect_young(struct negotiator *negotiator)
{
	struct flow *flow = NULL;
	while ((flow = flow_table_next(&negotiator->table, flow))) {
		bool young = flow->now.flags & VIEW_YOUNG && flow->now.phase == PHASE_READY;
		if (!young || flow->now.link != LINK_NONE || !flow_table_settle(&negotiator->table, flow))
			continue;
		flow_face_relay(flow, negotiator->world);
		flow_publish(flow);
	}
}

void negotiator_forking(struct negotiator *negotiator)
{
	struct correspondents *shared = NULL;
	connect_young(negotiator);
	if (!negotiator->has_shared && negotiator->relays)
		shared = correspondents_share(negotiator->relays);
	if (!shared)
		return;
	negotiator->relays = shared;
	negotiator->has_shared = true;
}

/* The thread is gone, and its epoll instance is the parent's. Established associations belong to both processes, which
 * hold their control connections and use the same sockets; negotiations are the parent's, with what waits for them. */
void negotiator_forked(struct negotiator *negotiator)
{
	pthread_mutex_init(&negotiator->mutex, NULL);
	negotiator->process = negotiator->world->process();
	statistics_clear(&negotiator->statistics);
	negotiator_drop_intake(negotiator);
	struct flow *flow = NULL;
	while ((flow = flow_table_next(&negotiator->table, flow)))
		atomic_store(&flow->unanswered, 0); /* what was sent is the parent's care */
	abandon(negotiator);
}
