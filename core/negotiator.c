#include "core/negotiator.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum { EVENTS = 64, LINE = 512 };

enum outcome negotiator_init(struct negotiator *negotiator, const struct world *world, const struct settings *settings)
{
	size_t count = settings->server_count ? settings->server_count : 1;
	*negotiator = (struct negotiator){.world = world, .settings = settings, .watch = -1, .alarm = -1};
	if (settings->server_count > NEGOTIATOR_SERVERS)
		return OUTCOME_NO_ROOM;
	negotiator->servers = world->map(count * sizeof *negotiator->servers);
	if (!negotiator->servers)
		return OUTCOME_NO_MEMORY;
	for (size_t i = 0; i < settings->server_count; i++) {
		const struct endpoint *control = &settings->servers[i].control;
		if (control->kind == ENDPOINT_NAME)
			continue;
		negotiator->servers[i].addresses[0] = *control;
		negotiator->servers[i].count = 1;
	}
	pthread_mutex_init(&negotiator->mutex, NULL);
	flow_table_init(&negotiator->table, world);
	negotiator->process = world->process();
	return OUTCOME_OK;
}

uint64_t negotiator_lock(struct negotiator *negotiator)
{
	uint64_t mask = negotiator->world->block_signals();
	pthread_mutex_lock(&negotiator->mutex);
	return mask;
}

void negotiator_unlock(struct negotiator *negotiator, uint64_t mask)
{
	pthread_mutex_unlock(&negotiator->mutex);
	negotiator->world->restore_signals(mask);
}

/* The log */

static void say(const struct negotiator *negotiator, enum log_level level, const struct flow *flow, const char *what)
{
	if (level > negotiator->settings->log_level)
		return;
	char line[LINE], address[ENDPOINT_TEXT_SIZE];
	const struct association *association = &flow->association;
	const char *label = "none";
	if (association->server >= 0)
		label = negotiator->settings->servers[association->server].label;
	snprintf(line, sizeof line, "server %s (%s): %s", label,
		 endpoint_print(&association->peer, address, sizeof address), what);
	negotiator->world->log(level, line);
}

static void say_failure(const struct negotiator *negotiator, const struct flow *flow, const char *step,
			enum outcome outcome)
{
	char what[LINE / 2];
	snprintf(what, sizeof what, "%s: %s", step, outcome_text(outcome));
	say(negotiator, LOG_LEVEL_WARN, flow, what);
}

/* The thread, its descriptors and its alarm */

static void run(void *argument)
{
	while (negotiator_turn(argument))
		;
}

static enum outcome set_deadline(struct negotiator *negotiator, struct flow *flow, uint64_t at_ms)
{
	enum outcome outcome = deadlines_set(&negotiator->deadlines, negotiator->world, &flow->deadline, at_ms);
	if (outcome != OUTCOME_OK || at_ms >= negotiator->alarm_ms)
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
}

static enum outcome ensure_running(struct negotiator *negotiator)
{
	const struct world *world = negotiator->world;
	if (negotiator->watch >= 0)
		return OUTCOME_OK;
	negotiator->watch = world->watch_open();
	negotiator->alarm = world->alarm_open();
	negotiator->alarm_ms = NEVER;
	enum outcome outcome = OUTCOME_NO_DESCRIPTOR;
	if (negotiator->watch >= 0 && negotiator->alarm >= 0 &&
	    world->watch_add(negotiator->watch, negotiator->alarm, HANDLE_OWN) == 0)
		outcome = world->start_thread(run, negotiator) == 0 ? OUTCOME_OK : OUTCOME_NO_THREAD;
	if (outcome != OUTCOME_OK)
		stop_running(negotiator);
	return outcome;
}

/* Rounds and attempts */

static struct handshake *take_handshake(struct negotiator *negotiator)
{
	enum { PAGES = 16 * 4096 };
	if (!negotiator->pool) {
		struct handshake *fresh = negotiator->world->map(PAGES);
		for (size_t i = 0; fresh && i < PAGES / sizeof *fresh; i++) {
			fresh[i].next = negotiator->pool;
			negotiator->pool = &fresh[i];
		}
	}
	struct handshake *handshake = negotiator->pool;
	if (handshake)
		negotiator->pool = handshake->next;
	return handshake;
}

static void give_handshake_back(struct negotiator *negotiator, struct flow *flow)
{
	struct handshake *handshake = flow->association.handshake;
	if (!handshake)
		return;
	flow->association.handshake = NULL;
	handshake->next = negotiator->pool;
	negotiator->pool = handshake;
}

void negotiator_dissociate(struct negotiator *negotiator, struct flow *flow)
{
	deadlines_clear(&negotiator->deadlines, &flow->deadline);
	give_handshake_back(negotiator, flow);
	association_close(&flow->association, negotiator->world);
}

void negotiator_discard(struct negotiator *negotiator, struct flow *flow)
{
	atomic_fetch_add(&negotiator->dropped, flow->queue.count);
	queue_clear(&flow->queue, negotiator->world);
}

static bool is_resting(const struct negotiator *negotiator, int server, uint64_t now_ms)
{
	return negotiator->servers[server].rests_until_ms > now_ms;
}

/* The next server of this round: the preferred one, then the others in order; those that rest come last. */
static int choose_server(const struct negotiator *negotiator, int16_t demanded, uint64_t tried)
{
	int count = (int)negotiator->settings->server_count;
	uint64_t now_ms = negotiator->world->now_ms();
	int resting = -1;
	if (demanded != ANY_SERVER)
		return tried & UINT64_C(1) << demanded ? -1 : demanded;
	for (int i = -1; i < count && i < NEGOTIATOR_SERVERS; i++) {
		int server = i < 0 ? negotiator->preferred : i;
		if (server >= count || tried & UINT64_C(1) << server)
			continue;
		if (!is_resting(negotiator, server, now_ms))
			return server;
		if (resting < 0)
			resting = server;
	}
	return resting;
}

struct endpoint negotiator_guard(const struct negotiator *negotiator, int16_t demanded)
{
	int server = choose_server(negotiator, demanded, 0);
	if (server < 0 || !negotiator->servers[server].count)
		return (struct endpoint){0};
	return negotiator->servers[server].addresses[negotiator->servers[server].cursor];
}

static uint32_t next_backoff(const struct settings *settings, uint32_t backoff_ms)
{
	if (!backoff_ms)
		return settings->retry_min_ms;
	return backoff_ms < settings->retry_max_ms / 2 ? backoff_ms * 2 : settings->retry_max_ms;
}

/* Half of the backoff is jitter, so that the flows of a process do not come back all at once. */
static void fail_round(struct negotiator *negotiator, struct flow *flow, enum outcome outcome)
{
	const struct world *world = negotiator->world;
	flow->reason = (uint8_t)outcome;
	flow->backoff_ms = next_backoff(negotiator->settings, flow->backoff_ms);
	flow->retry_ms = world->now_ms() + flow->backoff_ms / 2 + world->random() % (flow->backoff_ms / 2 + 1);
	negotiator_discard(negotiator, flow);
	flow_enter(flow, world, PHASE_FAILED);
}

static enum outcome open_control(struct negotiator *negotiator, struct flow *flow)
{
	const struct world *world = negotiator->world;
	struct association *association = &flow->association;
	int16_t index = association->server;
	const struct server *server = &negotiator->settings->servers[index];
	struct server_state *state = &negotiator->servers[index];
	if (!state->count) /* the thread resolves the name */
		return set_deadline(negotiator, flow, world->now_ms());
	association->peer = state->addresses[state->cursor];
	struct handshake *handshake = take_handshake(negotiator);
	if (!handshake)
		return OUTCOME_NO_MEMORY;
	association->handshake = handshake;
	enum outcome outcome = association_open(association, world, &association->peer, handshake,
						server->has_credentials ? &server->credentials : NULL);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (world->watch_add(negotiator->watch, association->control, flow_table_handle(flow)) < 0)
		return OUTCOME_NO_DESCRIPTOR;
	return set_deadline(negotiator, flow, world->now_ms() + negotiator->settings->connect_ms);
}

static void try_next(struct negotiator *negotiator, struct flow *flow, enum outcome last);

static void attempt_failed(struct negotiator *negotiator, struct flow *flow, enum outcome outcome)
{
	int16_t index = flow->association.server;
	struct server_state *state = &negotiator->servers[index];
	say_failure(negotiator, flow, association_step_text(&flow->association), outcome);
	negotiator_dissociate(negotiator, flow);
	state->rests_until_ms = negotiator->world->now_ms() + negotiator->settings->retry_min_ms;
	if (state->count > 1)
		state->cursor = (uint8_t)((state->cursor + 1) % state->count);
	if (negotiator->settings->servers[index].control.kind == ENDPOINT_NAME && state->cursor == 0)
		state->count = 0; /* every address was tried: the name may have moved */
	else if (state->count > 1)
		flow->tried &= ~(UINT64_C(1) << index); /* its next address is due first */
	try_next(negotiator, flow, outcome);
}

static void try_next(struct negotiator *negotiator, struct flow *flow, enum outcome last)
{
	int server = choose_server(negotiator, flow->demanded, flow->tried);
	if (server < 0) {
		fail_round(negotiator, flow, negotiator->settings->server_count ? last : OUTCOME_BAD_SETTINGS);
		return;
	}
	flow->tried |= UINT64_C(1) << server;
	flow->association.server = (int16_t)server;
	enum outcome outcome = open_control(negotiator, flow);
	if (outcome == OUTCOME_NO_DESCRIPTOR || outcome == OUTCOME_NO_MEMORY) { /* no server's fault */
		say_failure(negotiator, flow, "opening", outcome);
		negotiator_dissociate(negotiator, flow);
		fail_round(negotiator, flow, outcome);
	} else if (outcome != OUTCOME_OK) {
		attempt_failed(negotiator, flow, outcome);
	}
}

void negotiator_associate(struct negotiator *negotiator, struct flow *flow, int16_t demanded)
{
	flow->demanded = demanded;
	flow->tried = 0;
	enum outcome outcome = ensure_running(negotiator);
	if (outcome != OUTCOME_OK) {
		say_failure(negotiator, flow, "starting", outcome);
		fail_round(negotiator, flow, outcome);
		return;
	}
	flow_enter(flow, negotiator->world, PHASE_NEGOTIATING);
	try_next(negotiator, flow, OUTCOME_NO_SERVER);
}

/* What the thread does when something happens */

static struct announcement announcement_of(const struct negotiator *negotiator, struct flow *flow)
{
	struct announcement announcement = {.local = negotiator->settings->announce == ANNOUNCE_LOCAL};
	if (!announcement.local || flow->association.stage != STAGE_CONNECTING)
		return announcement;
	const struct world *world = negotiator->world;
	socklen_t size = sizeof announcement.address;
	if (world->udp_local(flow->fd, &announcement.address, &size) == 0 && announcement.address.v4.sin_port == 0) {
		world->udp_bind(flow->fd, &announcement.address, size); /* announced, so it must be chosen now */
		world->udp_local(flow->fd, &announcement.address, &size);
	}
	return announcement;
}

static void established(struct negotiator *negotiator, struct flow *flow, const struct endpoint *bound)
{
	struct endpoint relay;
	enum outcome outcome =
	    rendezvous_address(&relay, bound, &flow->association.peer, negotiator->settings->relay_address);
	if (outcome == OUTCOME_OK)
		outcome = flow_ready(flow, negotiator->world, &relay);
	if (outcome != OUTCOME_OK) {
		attempt_failed(negotiator, flow, outcome);
		return;
	}
	deadlines_clear(&negotiator->deadlines, &flow->deadline);
	give_handshake_back(negotiator, flow);
	negotiator->preferred = flow->association.server;
	negotiator->servers[flow->association.server].rests_until_ms = 0;
	if (negotiator->settings->log_level >= LOG_LEVEL_INFO) {
		char text[ENDPOINT_TEXT_SIZE], what[ENDPOINT_TEXT_SIZE + 32];
		snprintf(what, sizeof what, "association made, relay %s", endpoint_print(&relay, text, sizeof text));
		say(negotiator, LOG_LEVEL_INFO, flow, what);
	}
}

static void drive(struct negotiator *negotiator, struct flow *flow)
{
	struct endpoint bound;
	struct announcement announcement = announcement_of(negotiator, flow);
	uint8_t stage = flow->association.stage;
	enum outcome outcome = association_drive(&flow->association, negotiator->world, &announcement, &bound);
	if (outcome == OUTCOME_OK)
		established(negotiator, flow, &bound);
	else if (outcome != OUTCOME_NEED_MORE)
		attempt_failed(negotiator, flow, outcome);
	else if (stage == STAGE_CONNECTING && flow->association.stage == STAGE_NEGOTIATING)
		set_deadline(negotiator, flow, negotiator->world->now_ms() + negotiator->settings->handshake_ms);
}

static void watch_established(struct negotiator *negotiator, struct flow *flow)
{
	if (!association_has_ended(&flow->association, negotiator->world))
		return;
	say(negotiator, LOG_LEVEL_INFO, flow, "association ended by the server");
	negotiator_dissociate(negotiator, flow);
	flow_enter(flow, negotiator->world, PHASE_LOST);
}

/* A connection in progress is writable when it stands or has failed; anything else is a spurious wake-up. */
static void handle_event(struct negotiator *negotiator, const struct epoll_event *event)
{
	flow_handle handle = event->data.u64;
	struct flow *flow = flow_table_live(&negotiator->table, handle);
	if (!flow)
		return;
	switch ((enum stage)flow->association.stage) {
	case STAGE_NONE:
		break;
	case STAGE_CONNECTING:
		if (event->events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
			drive(negotiator, flow);
		break;
	case STAGE_NEGOTIATING:
		drive(negotiator, flow);
		break;
	case STAGE_ESTABLISHED:
		watch_established(negotiator, flow);
		break;
	}
}

/* Name resolution may take seconds: the lock is let go, and the flow is looked up again after it. */
static void resolve(struct negotiator *negotiator, struct flow *flow, uint64_t *mask)
{
	int16_t index = flow->association.server;
	struct server_state *state = &negotiator->servers[index];
	uint64_t tag = flow_table_handle(flow);
	if (!state->count) {
		struct endpoint addresses[SERVER_ADDRESSES];
		negotiator_unlock(negotiator, *mask);
		size_t count = negotiator->world->resolve(&negotiator->settings->servers[index].control, addresses,
							  SERVER_ADDRESSES);
		*mask = negotiator_lock(negotiator);
		memcpy(state->addresses, addresses, count * sizeof *addresses);
		state->count = (uint8_t)count;
		state->cursor = 0;
	}
	if (flow_table_handle(flow) != tag || flow->association.stage != STAGE_NONE ||
	    flow->now.phase != PHASE_NEGOTIATING)
		return;
	enum outcome outcome = state->count ? open_control(negotiator, flow) : OUTCOME_UNRESOLVED;
	if (outcome != OUTCOME_OK)
		attempt_failed(negotiator, flow, outcome);
}

static void handle_due(struct negotiator *negotiator, uint64_t *mask)
{
	const struct world *world = negotiator->world;
	struct deadline *due;
	while ((due = deadlines_take_due(&negotiator->deadlines, world->now_ms()))) {
		struct flow *flow = (struct flow *)(void *)((char *)due - offsetof(struct flow, deadline));
		if (flow->association.stage == STAGE_NONE)
			resolve(negotiator, flow, mask);
		else
			attempt_failed(negotiator, flow, OUTCOME_TIMED_OUT);
	}
	if (negotiator->alarm_ms > world->now_ms())
		return;
	negotiator->alarm_ms = deadlines_first(&negotiator->deadlines);
	if (negotiator->alarm_ms != NEVER)
		world->alarm_set(negotiator->alarm, negotiator->alarm_ms);
}

/* Established associations live on, unwatched; negotiations under way are abandoned, and begin anew on next use. */
static void abandon(struct negotiator *negotiator)
{
	struct flow *flow = NULL;
	while ((flow = flow_table_next(&negotiator->table, flow))) {
		if (flow->now.phase == PHASE_NEGOTIATING) {
			negotiator_dissociate(negotiator, flow);
			queue_clear(&flow->queue, negotiator->world);
			flow_enter(flow, negotiator->world, PHASE_FRESH);
		} else if (flow->now.phase == PHASE_READY) {
			flow->now.flags |= VIEW_UNWATCHED;
			flow_publish(flow);
		}
	}
	stop_running(negotiator);
}

bool negotiator_turn(struct negotiator *negotiator)
{
	struct epoll_event events[EVENTS];
	int count = negotiator->world->watch_wait(negotiator->watch, events, EVENTS);
	uint64_t mask = negotiator_lock(negotiator);
	for (int i = 0; i < count; i++)
		handle_event(negotiator, &events[i]);
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
	while ((flow = flow_table_next(&negotiator->table, flow)))
		if (flow->association.control == fd) {
			flow->association.control = moved;
			world->watch_add(negotiator->watch, moved, flow_table_handle(flow));
		}
	if (negotiator->watch == fd)
		negotiator->watch = moved;
	if (negotiator->alarm == fd) {
		negotiator->alarm = moved;
		world->watch_add(negotiator->watch, moved, HANDLE_OWN);
	}
	world->own_close(fd);
}

enum outcome negotiator_watch(struct negotiator *negotiator)
{
	enum outcome outcome = ensure_running(negotiator);
	if (outcome != OUTCOME_OK)
		return outcome;
	struct flow *flow = NULL;
	while ((flow = flow_table_next(&negotiator->table, flow))) {
		if (!(flow->now.flags & VIEW_UNWATCHED))
			continue;
		flow->now.flags &= (uint16_t)~VIEW_UNWATCHED;
		/* Edge-triggered readiness is reported once on adding, so an end that came earlier is seen too. */
		if (negotiator->world->watch_add(negotiator->watch, flow->association.control,
						 flow_table_handle(flow)) == 0) {
			flow_publish(flow);
			continue;
		}
		negotiator_dissociate(negotiator, flow);
		flow_enter(flow, negotiator->world, PHASE_LOST);
	}
	return OUTCOME_OK;
}

/* The thread is gone, and its epoll instance is the parent's. Established associations belong to both processes, which
 * hold their control connections and use the same sockets; negotiations are the parent's, with what waits for them. */
void negotiator_forked(struct negotiator *negotiator)
{
	pthread_mutex_init(&negotiator->mutex, NULL);
	negotiator->process = negotiator->world->process();
	abandon(negotiator);
}
