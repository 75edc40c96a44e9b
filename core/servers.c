#include "core/servers.h"

#include <string.h>

enum outcome servers_init(struct servers *servers, const struct world *world, const struct settings *settings)
{
	size_t count = settings->server_count ? settings->server_count : 1;

	*servers = (struct servers){.world = world, .settings = settings};
	if (settings->server_count > SERVERS_MAX)
		return OUTCOME_NO_ROOM;
	servers->states = world->map(count * sizeof *servers->states);
	if (!servers->states)
		return OUTCOME_NO_MEMORY;
	for (size_t i = 0; i < settings->server_count; i++)
		if (settings->servers[i].control.kind != ENDPOINT_NAME)
			servers_resolved(servers, (int)i, &settings->servers[i].control, 1);
	return OUTCOME_OK;
}

/* The lower, the sooner it is asked: by policy those that are well, then the others in the order of their rests. */
static uint64_t rank(const struct servers *servers, int server)
{
	const uint64_t unwell = UINT64_C(1) << 62;
	const struct server_state *state = &servers->states[server];
	uint32_t count = (uint32_t)servers->settings->server_count;

	if (state->backoff_ms)
		return unwell + state->rests_until_ms;
	switch (servers->settings->policy) {
	case POLICY_ROUND_ROBIN:
		return ((uint32_t)server + count - servers->turn % count) % count;
	case POLICY_FASTEST:
		return (uint64_t)state->took_us * SERVERS_MAX + (uint32_t)server;
	case POLICY_FAILOVER:
		break;
	}
	return (uint32_t)server;
}

int servers_choose(const struct servers *servers, int16_t demanded, uint64_t tried)
{
	int best = -1;

	if (demanded != ANY_SERVER)
		return tried & UINT64_C(1) << demanded ? -1 : demanded;
	for (int i = 0; i < (int)servers->settings->server_count; i++)
		if (!(tried & UINT64_C(1) << i) && (best < 0 || rank(servers, i) < rank(servers, best)))
			best = i;
	return best;
}

void servers_take_turn(struct servers *servers)
{
	servers->turn++;
}

struct endpoint servers_address(const struct servers *servers, int server)
{
	const struct server_state *state = &servers->states[server];

	return state->count ? state->addresses[state->cursor] : (struct endpoint){0};
}

bool servers_have_host(const struct servers *servers, const struct endpoint *host)
{
	for (size_t i = 0; i < servers->settings->server_count; i++)
		for (unsigned j = 0; j < servers->states[i].count; j++)
			if (endpoint_same_host(&servers->states[i].addresses[j], host))
				return true;
	return false;
}

void servers_resolved(struct servers *servers, int server, const struct endpoint *addresses, size_t count)
{
	struct server_state *state = &servers->states[server];

	memcpy(state->addresses, addresses, count * sizeof *addresses);
	state->count = (uint8_t)count;
	state->cursor = 0;
}

uint32_t servers_next_backoff(const struct servers *servers, uint32_t backoff_ms)
{
	const struct settings *settings = servers->settings;

	if (!backoff_ms)
		return settings->retry_min_ms;
	return backoff_ms < settings->retry_max_ms / 2 ? backoff_ms * 2 : settings->retry_max_ms;
}

uint64_t servers_retry_ms(const struct servers *servers, uint32_t backoff_ms)
{
	const struct world *world = servers->world;

	return world->now_ms() + backoff_ms / 2 + world->random() % (backoff_ms / 2 + 1);
}

bool servers_is_news(const struct servers *servers, int server, enum outcome reason)
{
	const struct server_state *state = &servers->states[server];

	return !state->backoff_ms || state->reason != reason;
}

uint64_t servers_soon_ms(const struct servers *servers, uint32_t backoff_ms)
{
	enum { PATIENCE = 8 };
	uint32_t longest_ms = servers->settings->retry_min_ms * PATIENCE;

	return servers_retry_ms(servers, backoff_ms < longest_ms ? backoff_ms : longest_ms);
}

bool servers_failed(struct servers *servers, int server, enum outcome reason, unsigned attempts)
{
	struct server_state *state = &servers->states[server];

	state->reason = (uint8_t)reason;
	if (state->count > 1)
		state->cursor = (uint8_t)((state->cursor + 1) % state->count);
	if (attempts < state->count)
		return true;
	if (servers->settings->servers[server].control.kind == ENDPOINT_NAME)
		state->count = 0; /* the name may have moved: it is asked again */
	/* Many flows fail at once: that is one failure of the server. */
	if (state->backoff_ms && state->rests_until_ms > servers->world->now_ms())
		return false;
	state->backoff_ms = servers_next_backoff(servers, state->backoff_ms);
	state->rests_until_ms = servers_retry_ms(servers, state->backoff_ms);
	state->asked_until_ms = servers_soon_ms(servers, state->backoff_ms);
	return false;
}

bool servers_succeeded(struct servers *servers, int server, uint64_t took_us)
{
	struct server_state *state = &servers->states[server];
	bool unwell = state->backoff_ms != 0;
	uint32_t sample = took_us < UINT32_MAX / 8 ? (uint32_t)took_us + 1 : UINT32_MAX / 8;

	state->backoff_ms = 0;
	state->took_us = state->took_us ? (state->took_us * 7 + sample) / 8 : sample;
	return unwell;
}

bool servers_has_rested(const struct servers *servers, int server)
{
	const struct server_state *state = &servers->states[server];

	return state->backoff_ms && state->rests_until_ms <= servers->world->now_ms();
}

uint64_t servers_next_rested_ms(const struct servers *servers)
{
	uint64_t next_ms = UINT64_MAX;

	for (int i = 0; i < (int)servers->settings->server_count; i++) {
		const struct server_state *state = &servers->states[i];

		if (state->backoff_ms && !servers_has_rested(servers, i) && state->rests_until_ms < next_ms)
			next_ms = state->rests_until_ms;
	}
	return next_ms;
}

uint64_t servers_may_ask(struct servers *servers, int server)
{
	struct server_state *state = &servers->states[server];

	if (!state->backoff_ms)
		return 0;
	if (state->asked_until_ms > servers->world->now_ms())
		return state->asked_until_ms;
	state->asked_until_ms = servers_soon_ms(servers, state->backoff_ms);
	return 0;
}
