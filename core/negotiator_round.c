#include "core/negotiator_round.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum { LINE = 512, BUSY_ENOUGH = 256, SPREAD_MS = 16, PIPELINE_GRACE_MS = 100, PIPELINE_PATIENCE = 4 };

static const char *label_of(const struct negotiator *negotiator, const struct round *round)
{
	int16_t server = round->association.server;
	return server >= 0 ? negotiator->settings->servers[server].label : "none";
}

void negotiator_say(const struct negotiator *negotiator, enum log_level level, const struct round *round,
		    const char *what)
{
	if (level > negotiator->settings->log_level)
		return;
	char line[LINE], address[ENDPOINT_TEXT_SIZE];
	const struct association *association = &round->association;
	const char *label = label_of(negotiator, round);
	endpoint_print(&association->peer, address, sizeof address);
	if (association->peer.kind == ENDPOINT_NONE || strcmp(label, address) == 0) /* its name says it all */
		snprintf(line, sizeof line, "server %s: %s", label, what);
	else
		snprintf(line, sizeof line, "server %s (%s): %s", label, address, what);
	negotiator->world->log(level, line);
}

void negotiator_record(const struct negotiator *negotiator, const struct round *round, struct event event)
{
	event.flow = round->owner->tag(round);
	event.server = label_of(negotiator, round);
	event.peer = round->association.peer;
	negotiator->world->record(&event);
}

static void say_failure(const struct negotiator *negotiator, enum log_level level, const struct round *round,
			enum outcome outcome)
{
	char what[LINE / 2];
	const char *step = association_step_text(&round->association);
	snprintf(what, sizeof what, "%s: %s", step, outcome_text(outcome));
	negotiator_say(negotiator, level, round, what);
	negotiator_record(negotiator, round, (struct event){.kind = EVENT_FAILED, .step = step, .outcome = outcome});
}

/* Handshakes: what only a negotiation needs. Their pages are given back when none is under way. */

struct handshake_slab {
	struct handshake_slab *next;
	size_t size;
	uint32_t cut; /* of them, so many were ever used: their pages alone are touched */
	struct handshake handshakes[];
};

/* The first one is for one: most processes negotiate once, or one after the other. */
enum { SLAB = 16 * 4096, SLAB_FIRST = sizeof(struct handshake_slab) + sizeof(struct handshake) };

static bool has_room(const struct handshake_slab *slab)
{
	return slab && offsetof(struct handshake_slab, handshakes[slab->cut + 1]) <= slab->size;
}

static bool add_slab(struct negotiator *negotiator)
{
	size_t size = negotiator->slabs ? SLAB : SLAB_FIRST;
	struct handshake_slab *slab = negotiator->world->map(size);
	if (!slab)
		return false;
	slab->size = size;
	slab->next = negotiator->slabs;
	negotiator->slabs = slab;
	return true;
}

void negotiator_init_rounds(struct negotiator *negotiator)
{
	add_slab(negotiator);
}

static struct handshake *cut_handshake(struct negotiator *negotiator)
{
	if (!has_room(negotiator->slabs) && !add_slab(negotiator))
		return NULL;
	return &negotiator->slabs->handshakes[negotiator->slabs->cut++];
}

static struct handshake *take_handshake(struct negotiator *negotiator)
{
	struct handshake *handshake = negotiator->pool;
	if (handshake)
		negotiator->pool = handshake->next;
	else
		handshake = cut_handshake(negotiator);
	negotiator->busy += handshake != NULL;
	return handshake;
}

static void give_handshake_back(struct negotiator *negotiator, struct association *association)
{
	struct handshake *handshake = association->handshake;
	if (!handshake)
		return;
	association->handshake = NULL;
	handshake->next = negotiator->pool;
	negotiator->pool = handshake;
	if (--negotiator->busy || !negotiator->slabs->next) /* one slab is kept for the next */
		return;
	negotiator->pool = NULL;
	while (negotiator->slabs) {
		struct handshake_slab *slab = negotiator->slabs;
		negotiator->slabs = slab->next;
		negotiator->world->unmap(slab, slab->size);
	}
}

void negotiator_end_round(struct negotiator *negotiator, struct round *round)
{
	deadlines_clear(&negotiator->deadlines, &round->deadline);
	round->due = DUE_NOTHING;
	give_handshake_back(negotiator, &round->association);
	association_close(&round->association, negotiator->world);
	round->watched = false;
}

void negotiator_move_control(struct negotiator *negotiator, struct round *round, int from, int to)
{
	if (round->association.control != from)
		return;
	round->association.control = to;
	if (round->watched)
		negotiator->world->watch_add(negotiator->watch, to, round->owner->tag(round),
					     round->association.stage == STAGE_CONNECTING);
}

static enum outcome expect(struct negotiator *negotiator, struct round *round, enum round_due due, uint64_t at_ms)
{
	round->due = (uint8_t)due;
	return negotiator_set_deadline(negotiator, &round->deadline, at_ms);
}

/* One attempt */

struct hearing {
	struct association_listener listener;
	const struct negotiator *negotiator;
	const struct round *round;
};

static void say_message(const struct association_listener *listener, bool sent, size_t size)
{
	const struct hearing *hearing = (const struct hearing *)(const void *)listener;
	char what[LINE / 2];
	snprintf(what, sizeof what, "%s: %zu octets %s", association_step_text(&hearing->round->association), size,
		 sent ? "sent" : "received");
	negotiator_say(hearing->negotiator, LOG_LEVEL_DEBUG, hearing->round, what);
}

static enum outcome expect_step(struct negotiator *negotiator, struct round *round, uint64_t now_ms)
{
	const struct settings *settings = negotiator->settings;
	bool connecting = round->association.stage == STAGE_CONNECTING;
	return expect(negotiator, round, DUE_STEP,
		      now_ms + (connecting ? settings->connect_ms : settings->handshake_ms));
}

/* With a server nearby the connection stands at once. What is answered, and what fails, is for who drives it to hear.
 */
static enum outcome greet(struct negotiator *negotiator, struct round *round)
{
	struct hearing hearing = {{say_message}, negotiator, round};
	bool heard = negotiator->settings->log_level >= LOG_LEVEL_DEBUG;
	association_greet(&round->association, negotiator->world, heard ? &hearing.listener : NULL);
	return expect_step(negotiator, round, round->since_us / 1000);
}

static enum outcome have_watched(struct negotiator *negotiator, struct round *round)
{
	const struct association *association = &round->association;
	bool connecting = association->stage == STAGE_CONNECTING;
	round->watched = negotiator->world->watch_add(negotiator->watch, association->control, round->owner->tag(round),
						      connecting) == 0;
	return round->watched ? OUTCOME_OK : OUTCOME_NO_DESCRIPTOR;
}

/* Names are resolved by the thread. */
static enum outcome await_name(struct negotiator *negotiator, struct round *round)
{
	round->attended = false;
	enum outcome outcome = negotiator_run(negotiator);
	return outcome == OUTCOME_OK ? expect(negotiator, round, DUE_NAME, negotiator->world->now_ms()) : outcome;
}

static enum outcome open_control(struct negotiator *negotiator, struct round *round)
{
	const struct world *world = negotiator->world;
	struct association *association = &round->association;
	int16_t index = association->server;
	const struct server *server = &negotiator->settings->servers[index];
	struct association_terms terms = {
	    .credentials = server->has_credentials ? &server->credentials : NULL,
	    .pipeline = negotiator->settings->pipeline && !negotiator->servers.states[index].serial,
	};
	association->peer = servers_address(&negotiator->servers, index);
	if (association->peer.kind == ENDPOINT_NONE)
		return await_name(negotiator, round);
	struct handshake *handshake = take_handshake(negotiator);
	if (!handshake)
		return OUTCOME_NO_MEMORY;
	association->handshake = handshake;
	round->since_us = world->now_us();
	round->attempts++;
	round->owner->announce(negotiator, round, &terms.announcement);
	enum outcome outcome = association_open(association, world, &association->peer, handshake, &terms);
	if (outcome == OUTCOME_OK)
		outcome = greet(negotiator, round);
	if (outcome == OUTCOME_OK && !round->attended)
		outcome = have_watched(negotiator, round);
	return outcome;
}

static void try_next(struct negotiator *negotiator, struct round *round, enum outcome last);

static void give_up(struct negotiator *negotiator, struct round *round, enum outcome outcome)
{
	negotiator_end_round(negotiator, round);
	round->attended = false;
	if (round->owner->is_wanted(negotiator, round))
		round->owner->failed(negotiator, round, outcome);
}

void negotiator_give_up(struct negotiator *negotiator, struct round *round, enum outcome outcome)
{
	say_failure(negotiator, LOG_LEVEL_WARN, round, outcome);
	give_up(negotiator, round, outcome);
}

/* It was sent everything at once, and did not make sense of it, or not in time: it may do so step by step. */
static bool retries_serially(struct negotiator *negotiator, struct round *round, enum outcome outcome)
{
	const struct association *association = &round->association;
	bool said_no = outcome == OUTCOME_LOGIN_REFUSED ||
		       (outcome >= OUTCOME_REPLY_GENERAL_FAILURE && outcome <= OUTCOME_REPLY_UNASSIGNED);
	if (association->stage != STAGE_NEGOTIATING || !association->handshake->order.pipeline || said_no)
		return false;
	negotiator->servers.states[association->server].serial = true;
	negotiator_say(negotiator, LOG_LEVEL_INFO, round, "does not take pipelined messages: asked step by step");
	round->attempts--;
	return true;
}

/* As long as another of its addresses is left to try, nothing has failed that its user had to know. */
static bool server_failed(struct negotiator *negotiator, struct round *round, enum outcome outcome)
{
	struct servers *servers = &negotiator->servers;
	int16_t server = round->association.server;
	bool news = servers_is_news(servers, server, outcome);
	bool again = servers_failed(servers, server, outcome, round->attempts);
	say_failure(negotiator, news && !again ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, round, outcome);
	statistics_failed(&negotiator->statistics, outcome);
	negotiator_call_for_care(negotiator);
	return again;
}

static void attempt_failed(struct negotiator *negotiator, struct round *round, enum outcome outcome)
{
	int16_t server = round->association.server;
	if (retries_serially(negotiator, round, outcome) || server_failed(negotiator, round, outcome))
		round->tried &= ~(UINT64_C(1) << server); /* it is due once more, before any other */
	else
		round->attempts = 0;
	negotiator_end_round(negotiator, round);
	try_next(negotiator, round, outcome);
}

static bool is_our_own(enum outcome outcome)
{
	return outcome == OUTCOME_NO_DESCRIPTOR || outcome == OUTCOME_NO_MEMORY;
}

static void try_next(struct negotiator *negotiator, struct round *round, enum outcome last)
{
	int server = servers_choose(&negotiator->servers, round->demanded, round->tried);
	if (server < 0) {
		give_up(negotiator, round, negotiator->settings->server_count ? last : OUTCOME_BAD_SETTINGS);
		return;
	}
	round->tried |= UINT64_C(1) << server;
	round->association.server = (int16_t)server;
	enum outcome outcome = open_control(negotiator, round);
	if (is_our_own(outcome)) /* no server's fault */
		negotiator_give_up(negotiator, round, outcome);
	else if (outcome != OUTCOME_OK)
		attempt_failed(negotiator, round, outcome);
}

/* Beginnings */

void negotiator_begin(struct negotiator *negotiator, struct round *round)
{
	round->tried = 0;
	round->attempts = 0;
	round->due = DUE_NOTHING;
	enum outcome outcome = round->attended ? OUTCOME_OK : negotiator_run(negotiator);
	if (outcome != OUTCOME_OK) {
		negotiator_give_up(negotiator, round, outcome);
		return;
	}
	servers_take_turn(&negotiator->servers);
	try_next(negotiator, round, OUTCOME_NO_SERVER);
}

void negotiator_begin_at(struct negotiator *negotiator, struct round *round, uint64_t at_ms)
{
	round->attended = false;
	if (negotiator_run(negotiator) != OUTCOME_OK || expect(negotiator, round, DUE_RETRY, at_ms) != OUTCOME_OK)
		round->due = DUE_NOTHING; /* whoever has need of it next begins it */
}

/* A server that comes back is not to meet thousands of flows in one instant: its backlog has no room for them, and
 * what is under way takes memory. */
void negotiator_begin_quietly(struct negotiator *negotiator, struct round *round)
{
	const struct world *world = negotiator->world;
	int server = servers_choose(&negotiator->servers, round->demanded, 0);
	uint64_t later_ms = server < 0 ? 0 : servers_may_ask(&negotiator->servers, server);
	if (!later_ms && negotiator->busy >= BUSY_ENOUGH)
		later_ms = world->now_ms() + 1;
	if (later_ms)
		negotiator_begin_at(negotiator, round, later_ms + world->random() % SPREAD_MS);
	else
		negotiator_begin(negotiator, round);
}

void negotiator_back_off(struct negotiator *negotiator, struct round *round)
{
	round->backoff_ms = servers_next_backoff(&negotiator->servers, round->backoff_ms);
	negotiator_begin_at(negotiator, round, servers_retry_ms(&negotiator->servers, round->backoff_ms));
}

/* Progress */

static void say_established(const struct negotiator *negotiator, const struct round *round,
			    const struct endpoint *relay)
{
	char text[ENDPOINT_TEXT_SIZE], what[ENDPOINT_TEXT_SIZE + 32];
	if (negotiator->settings->log_level < LOG_LEVEL_INFO)
		return;
	snprintf(what, sizeof what, "association made, relay %s", endpoint_print(relay, text, sizeof text));
	negotiator_say(negotiator, LOG_LEVEL_INFO, round, what);
}

static void watch_established(struct negotiator *negotiator, struct round *round)
{
	if (!association_has_ended(&round->association, negotiator->world))
		return;
	negotiator_say(negotiator, LOG_LEVEL_INFO, round, "association ended by the server");
	round->owner->lost(negotiator, round);
}

/* It is the socket that cannot use it, bound to an address that does not reach the relay, say; others may. */
static void unsuitable(struct negotiator *negotiator, struct round *round, enum outcome outcome)
{
	struct server_state *state = &negotiator->servers.states[round->association.server];
	say_failure(negotiator, state->unsuitable == outcome ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, round, outcome);
	state->unsuitable = (uint8_t)outcome;
	statistics_failed(&negotiator->statistics, outcome);
	round->attempts = 0;
	negotiator_end_round(negotiator, round);
	try_next(negotiator, round, outcome);
}

/* Its host as well, where relays of processes that this one knows nothing of are. */
static void note_relay(struct negotiator *negotiator, const struct endpoint *relay)
{
	struct endpoint host = *relay;
	host.port = 0;
	correspondents_renew(negotiator->relays, relay);
	correspondents_renew(negotiator->relays, &host);
}

static void established(struct negotiator *negotiator, struct round *round, const struct endpoint *bound)
{
	struct endpoint relay;
	if (!round->owner->is_wanted(negotiator, round)) {
		negotiator_end_round(negotiator, round);
		return;
	}
	uint64_t now_us = negotiator->world->now_us(), took_us = now_us - round->since_us;
	enum outcome outcome =
	    rendezvous_address(&relay, bound, &round->association.peer, negotiator->settings->relay_address);
	if (outcome != OUTCOME_OK) {
		attempt_failed(negotiator, round, outcome);
		return;
	}
	note_relay(negotiator, &relay);
	outcome = round->owner->established(negotiator, round, &relay);
	if (outcome != OUTCOME_OK) {
		unsuitable(negotiator, round, outcome);
		return;
	}
	deadlines_clear(&negotiator->deadlines, &round->deadline);
	round->due = DUE_NOTHING;
	round->since_us = now_us;
	give_handshake_back(negotiator, &round->association);
	statistics_made(&negotiator->statistics, took_us);
	say_established(negotiator, round, &relay);
	if (servers_succeeded(&negotiator->servers, round->association.server, took_us))
		negotiator_hasten(negotiator);
	if (round->attended)
		return;
	negotiator->world->control_keepalive(round->association.control, negotiator->settings->keepalive_ms);
	/* An end that came together with the reply is no event of its own. */
	watch_established(negotiator, round);
}

static bool has_method(const struct association *association)
{
	return association->stage == STAGE_NEGOTIATING && association->handshake->negotiation.step > STEP_METHOD;
}

/* What a pipelined negotiation lacks behind its first answer is under way already, or was thrown away: the time that
 * it took to come so far tells how long to wait for the rest. */
static uint64_t grace_ms(const struct negotiator *negotiator, const struct round *round)
{
	uint64_t took_us = negotiator->world->now_us() - round->since_us;
	uint64_t grace = PIPELINE_GRACE_MS + took_us * PIPELINE_PATIENCE / 1000;
	return grace < negotiator->settings->handshake_ms ? grace : negotiator->settings->handshake_ms;
}

static void drive(struct negotiator *negotiator, struct round *round)
{
	struct association *association = &round->association;
	struct hearing hearing = {{say_message}, negotiator, round};
	bool heard = negotiator->settings->log_level >= LOG_LEVEL_DEBUG;
	struct endpoint bound;
	bool was_connecting = association->stage == STAGE_CONNECTING, had_method = has_method(association);
	enum outcome outcome =
	    association_drive(association, negotiator->world, heard ? &hearing.listener : NULL, &bound);
	if (outcome == OUTCOME_OK) {
		established(negotiator, round, &bound);
		return;
	}
	if (outcome != OUTCOME_NEED_MORE) {
		attempt_failed(negotiator, round, outcome);
		return;
	}
	if (was_connecting && association->stage == STAGE_NEGOTIATING)
		expect_step(negotiator, round, negotiator->world->now_ms());
	if (!had_method && has_method(association) && association->handshake->order.pipeline)
		expect(negotiator, round, DUE_STEP, negotiator->world->now_ms() + grace_ms(negotiator, round));
}

void negotiator_hear_round(struct negotiator *negotiator, struct round *round)
{
	switch ((enum stage)round->association.stage) {
	case STAGE_NONE:
		break;
	case STAGE_CONNECTING:
	case STAGE_NEGOTIATING:
		drive(negotiator, round);
		break;
	case STAGE_ESTABLISHED:
		watch_established(negotiator, round);
		break;
	}
}

void negotiator_entrust(struct negotiator *negotiator, struct round *round)
{
	if (!round->attended)
		return;
	round->attended = false;
	enum outcome outcome = negotiator_run(negotiator);
	if (outcome == OUTCOME_OK)
		outcome = have_watched(negotiator, round);
	if (outcome != OUTCOME_OK)
		negotiator_give_up(negotiator, round, outcome);
}

bool negotiator_have_watched(struct negotiator *negotiator, struct round *round)
{
	if (round->watched) /* it is of the pool */
		return true;
	if (have_watched(negotiator, round) != OUTCOME_OK)
		return false;
	negotiator->world->control_keepalive(round->association.control, negotiator->settings->keepalive_ms);
	return true;
}

/* Name resolution may take seconds: the lock is let go, and the round is looked at again after it. */
static void resolve(struct negotiator *negotiator, struct round *round, uint64_t *mask)
{
	struct servers *servers = &negotiator->servers;
	int16_t server = round->association.server;
	uint64_t tag = round->owner->tag(round);
	if (servers_address(servers, server).kind == ENDPOINT_NONE) {
		struct endpoint addresses[SERVER_ADDRESSES];
		negotiator_unlock(negotiator, *mask);
		size_t count = negotiator->world->resolve(&negotiator->settings->servers[server].control, addresses,
							  SERVER_ADDRESSES);
		*mask = negotiator_lock(negotiator);
		servers_resolved(servers, server, addresses, count);
	}
	if (round->owner->tag(round) != tag || round->due != DUE_NAME || round->association.server != server)
		return;
	bool resolved = servers_address(servers, server).kind != ENDPOINT_NONE;
	enum outcome outcome = resolved ? open_control(negotiator, round) : OUTCOME_UNRESOLVED;
	if (outcome != OUTCOME_OK)
		attempt_failed(negotiator, round, outcome);
}

void negotiator_round_is_due(struct negotiator *negotiator, struct round *round, uint64_t *mask)
{
	switch ((enum round_due)round->due) {
	case DUE_NOTHING:
		break;
	case DUE_NAME:
		resolve(negotiator, round, mask);
		break;
	case DUE_STEP:
		attempt_failed(negotiator, round, OUTCOME_TIMED_OUT);
		break;
	case DUE_RETRY:
		negotiator_begin_quietly(negotiator, round);
		break;
	}
}
