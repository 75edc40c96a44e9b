/* A round: attempts to make one association, with one server after the other, until one grants it or all have failed.
 *
 * Who wants the association, a flow or the pool of spare ones, has a round as a part of itself, and is told of its
 * end through its struct round_owner. */
#ifndef CORE_ROUND_H
#define CORE_ROUND_H

#include "core/association.h"
#include "core/deadlines.h"

struct negotiator;
struct round;

/* Every function is called with the negotiator's lock held. */
struct round_owner {
	/* Finds the round again when its control connection is ready; another one once its owner has ended. */
	uint64_t (*tag)(const struct round *round);
	/* Asked before an association is handed over, and before the owner is told of a failure. False: the owner has
	 * no use for it any more, and the round is ended without a word. */
	bool (*is_wanted)(struct negotiator *negotiator, struct round *round);
	void (*announce)(struct negotiator *negotiator, struct round *round, struct announcement *announcement);
	/* What makes an association of no use for this owner is no fault of the server's. */
	enum outcome (*established)(struct negotiator *negotiator, struct round *round, const struct endpoint *relay);
	void (*failed)(struct negotiator *negotiator, struct round *round, enum outcome outcome);
	void (*lost)(struct negotiator *negotiator, struct round *round); /* one that stood */
};

/* What the deadline is of. */
enum round_due {
	DUE_NOTHING,
	DUE_NAME,  /* the thread is to resolve the server's name, at once */
	DUE_STEP,  /* the attempt must have come further by then */
	DUE_RETRY, /* a new round begins then */
};

struct round {
	const struct round_owner *owner;
	struct association association;
	struct deadline deadline;
	uint64_t tried;    /* servers tried in this round, a bit each */
	uint64_t since_us; /* the attempt's beginning; the connection's; and then the association's */
	uint32_t backoff_ms;
	int16_t demanded;  /* the only server that will do, or ANY_SERVER */
	uint8_t due : 6;   /* enum round_due */
	bool attended : 1; /* driven by who waits for it (negotiator_attendance.h); else by the thread */
	bool watched : 1;  /* the thread hears its control connection */
	uint8_t attempts;  /* with this server */
};

/* Nothing is under way, nothing stands, and nothing is going to begin by itself. */
static inline bool round_is_idle(const struct round *round)
{
	return round->association.stage == STAGE_NONE && round->due == DUE_NOTHING;
}

static inline void round_reset(struct round *round, const struct round_owner *owner)
{
	*round = (struct round){.owner = owner, .demanded = ANY_SERVER};
	association_reset(&round->association);
}

#endif
