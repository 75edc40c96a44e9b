#include "tests/live/socks_server/delayed.h"

#include <stdlib.h>
#include <string.h>

struct delayed {
	struct delayed *next;
	uint64_t due_ms;
	struct relay *relay;
	const struct watch *by;
	struct endpoint to;
	struct packet_marks marks;
	size_t size;
	uint8_t bytes[];
};

void delayed_add(struct relay *relay, const struct watch *by, const struct endpoint *to, const void *bytes, size_t size)
{
	struct server *server = relay->server;
	struct delayed *last = server->delayed_last;
	struct delayed *added = malloc(sizeof *added + size);
	if (!added)
		return;
	*added = (struct delayed){.due_ms = clock_ms() + (uint64_t)server->script.relay_delay_ms,
				  .relay = relay,
				  .by = by,
				  .to = *to,
				  .marks = relay->marks,
				  .size = size};
	memcpy(added->bytes, bytes, size);
	if (last && added->due_ms < last->due_ms) /* the script was given a shorter delay meanwhile */
		added->due_ms = last->due_ms;
	*(last ? &last->next : &server->delayed) = added;
	server->delayed_last = added;
}

void delayed_forget(struct server *server, const struct relay *relay)
{
	struct delayed **link = &server->delayed, *last = NULL;
	while (*link) {
		struct delayed *at = *link;
		if (at->relay != relay) {
			last = at;
			link = &at->next;
			continue;
		}
		*link = at->next;
		free(at);
	}
	server->delayed_last = last;
}

int delayed_next_due(const struct server *server)
{
	if (!server->delayed)
		return -1;
	uint64_t due = server->delayed->due_ms, now = clock_ms();
	return due > now ? (int)(due - now) : 0;
}

void delayed_send(struct server *server)
{
	uint64_t now = server->delayed ? clock_ms() : 0;
	while (server->delayed && server->delayed->due_ms <= now) {
		struct delayed *first = server->delayed;
		server->delayed = first->next;
		if (!server->delayed)
			server->delayed_last = NULL;
		relay_out(first->relay, first->by, &first->to, first->bytes, first->size, first->marks);
		free(first);
	}
}
