/* What a seed makes of a sequence of calls: the same in every run. */
#ifndef LIVE_RANDOM_CHANCE_H
#define LIVE_RANDOM_CHANCE_H

#include <stddef.h>

#include "tests/live/cases/observe.h"
#include "tests/unit/pseudo_random.h"

extern uint64_t chance;

static inline size_t below(size_t limit)
{
	return random_below(&chance, limit);
}

/* One time in so many. */
static inline int once_in(size_t times)
{
	return below(times) == 0;
}

#define ONE_OF(list) ((list)[below(sizeof(list) / sizeof *(list))])

/* Of an IPv6 socket that has been connected to one family the kernel keeps half of its state, and hears nobody of the
 * other: such a socket has peers of one family only, or is never connected. */
enum peers { PEERS_IPV4, PEERS_MAPPED, PEERS_IPV6, PEERS_MIXED };

static inline const struct peer *some_peer(enum peers peers)
{
	static const struct peer *const four[] = {&peer_a, &peer_a, &peer_b, &peer_a, &peer_b, &peer_6};
	static const struct peer *const mapped[] = {&peer_mapped, &peer_mapped, &peer_a};
	static const struct peer *const mixed[] = {&peer_mapped, &peer_6, &peer_a};
	switch (peers) {
	case PEERS_IPV4:
		return ONE_OF(four);
	case PEERS_MAPPED:
		return ONE_OF(mapped);
	case PEERS_IPV6:
		break;
	case PEERS_MIXED:
		return ONE_OF(mixed);
	}
	return &peer_6;
}

#endif
