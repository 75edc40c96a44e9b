#include "core/check/resolve.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/check/patience.h"

/* What a lookup reads and writes: it cannot be stopped, so it may outlive the wait for it. */
struct lookup {
	struct gaicb request;
	struct addrinfo hints;
	char name[256];
};

static struct lookup *begin(const struct endpoint *host)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (!lookup)
		return NULL;
	memcpy(lookup->name, host->name, host->name_length);
	lookup->hints.ai_socktype = SOCK_STREAM;
	lookup->request.ar_name = lookup->name;
	lookup->request.ar_request = &lookup->hints;
	if (getaddrinfo_a(GAI_NOWAIT, (struct gaicb *[]){&lookup->request}, 1, NULL) == 0)
		return lookup;
	free(lookup);
	return NULL;
}

/* The state of the lookup, EAI_INPROGRESS where the time was over first. */
static int await(struct lookup *lookup, uint32_t patience_ms)
{
	const struct gaicb *requests[] = {&lookup->request};
	uint64_t until = now_us() + patience_ms * 1000ULL;

	while (gai_error(&lookup->request) == EAI_INPROGRESS && now_us() < until) {
		struct timespec span = span_until(until);

		gai_suspend(requests, 1, &span);
	}
	return gai_error(&lookup->request);
}

static void take(const struct addrinfo *found, uint16_t port, struct endpoint *addresses, size_t room, size_t *count)
{
	for (; found && *count < room; found = found->ai_next) {
		if (endpoint_from_sockaddr(&addresses[*count], found->ai_addr, found->ai_addrlen) != OUTCOME_OK)
			continue;
		addresses[(*count)++].port = port;
	}
}

enum outcome resolve_host(const struct endpoint *host, struct endpoint *addresses, size_t room, size_t *count,
			  uint32_t patience_ms)
{
	struct lookup *lookup;
	int state;

	*count = 0;
	if (host->kind != ENDPOINT_NAME) {
		addresses[(*count)++] = *host;
		return OUTCOME_OK;
	}
	lookup = begin(host);
	if (!lookup)
		return OUTCOME_NO_MEMORY;
	state = await(lookup, patience_ms);
	if (state == EAI_INPROGRESS)
		return OUTCOME_TIMED_OUT;
	if (state == 0) {
		take(lookup->request.ar_result, host->port, addresses, room, count);
		freeaddrinfo(lookup->request.ar_result);
	}
	free(lookup);
	if (state == EAI_AGAIN)
		return OUTCOME_TIMED_OUT;
	return *count ? OUTCOME_OK : OUTCOME_UNRESOLVED;
}
