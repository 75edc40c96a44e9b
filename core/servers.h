/* The servers as they are found to be: their addresses, their health and speed, and which of them to ask next.
 *
 * A server is well until an attempt fails. From then on it comes after all that are well, rests before it is tried
 * for its own sake, twice as long after each further failure, and is well again with the first association it makes.
 * Everything here expects the negotiator's lock. */
#ifndef CORE_SERVERS_H
#define CORE_SERVERS_H

#include "core/settings.h"
#include "core/world.h"

enum { SERVER_ADDRESSES = 4, SERVERS_MAX = 64 };

struct server_state {
	struct endpoint addresses[SERVER_ADDRESSES];
	uint8_t count;       /* of addresses; 0: its name is not resolved */
	uint8_t cursor;      /* the address to use */
	bool serial;         /* it loses what comes ahead of its answers: never pipelined to again */
	uint8_t reason;      /* enum outcome: of its last failure */
	uint8_t unsuitable;  /* enum outcome: why a socket could not use its relay, as was said last */
	bool bespoken;       /* it was said that a socket which is another server's was sent by it */
	uint32_t backoff_ms; /* of its last rest; 0: it is well */
	uint64_t rests_until_ms;
	uint64_t asked_until_ms; /* while it is not well: nobody asks again before, unless a program waits for it */
	uint32_t took_us;        /* a negotiation with it, smoothed; 0: not known */
};

struct servers {
	const struct world *world;
	const struct settings *settings;
	struct server_state *states;
	uint32_t turn; /* POLICY_ROUND_ROBIN: whose it is */
};

/* OUTCOME_NO_MEMORY; OUTCOME_NO_ROOM: more than SERVERS_MAX. */
enum outcome servers_init(struct servers *servers, const struct world *world, const struct settings *settings);

/* The server to ask, of those that are not in tried (a bit each), or -1. demanded: the only one in question, or
 * ANY_SERVER. */
int servers_choose(const struct servers *servers, int16_t demanded, uint64_t tried);

/* A new association is asked for: the next one is another server's turn. */
void servers_take_turn(struct servers *servers);

/* ENDPOINT_NONE: its name is not resolved. */
struct endpoint servers_address(const struct servers *servers, int server);
bool servers_have_host(const struct servers *servers, const struct endpoint *host); /* the port does not count */
void servers_resolved(struct servers *servers, int server, const struct endpoint *addresses, size_t count);

/* The reason is not known already from the last failure: worth a word to the user. */
bool servers_is_news(const struct servers *servers, int server, enum outcome reason);

/* An attempt failed, the attempts-th with this server in its round. True: another of its addresses is due before any
 * other server. */
bool servers_failed(struct servers *servers, int server, enum outcome reason, unsigned attempts);

/* An association was made, in so many microseconds. True: the server had not been well. */
bool servers_succeeded(struct servers *servers, int server, uint64_t took_us);

/* It is not well, but has rested. */
bool servers_has_rested(const struct servers *servers, int server);
/* When the next of those that rest will have; UINT64_MAX: none rests. */
uint64_t servers_next_rested_ms(const struct servers *servers);

/* For a round that nobody waits for. 0: it may begin now, and then counts as the one that asks; else not before that
 * time. Of the thousands that a server which went away has left behind, one at a time finds out whether it is back. */
uint64_t servers_may_ask(struct servers *servers, int server);

/* After a failure of what had backoff_ms (0: the first one): the next one, and an hour to try again, half of which is
 * jitter, so that the flows of a process do not come back all at once. */
uint32_t servers_next_backoff(const struct servers *servers, uint32_t backoff_ms);
uint64_t servers_retry_ms(const struct servers *servers, uint32_t backoff_ms);
/* The same for whoever once had an association, and is not to wait for retry_max when the server is back. */
uint64_t servers_soon_ms(const struct servers *servers, uint32_t backoff_ms);

#endif
