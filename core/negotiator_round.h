/* Rounds (round.h), as the negotiator drives them. */
#ifndef CORE_NEGOTIATOR_ROUND_H
#define CORE_NEGOTIATOR_ROUND_H

#include "core/negotiator.h"
#include "core/round.h"

/* Room for the first negotiation, which so lies beside what else that needs; where there is none it is asked for then.
 */
void negotiator_init_rounds(struct negotiator *negotiator);

/* Begins a round, with nothing under way. Its owner may be told of its failure before this returns. */
void negotiator_begin(struct negotiator *negotiator, struct round *round);

/* It has failed for want of something here, which is no server's fault, and is logged. */
void negotiator_give_up(struct negotiator *negotiator, struct round *round, enum outcome outcome);

/* The same for an owner that nobody waits for: at a later hour where too much is under way already. */
void negotiator_begin_quietly(struct negotiator *negotiator, struct round *round);

/* A new round begins by itself, at that time. */
void negotiator_begin_at(struct negotiator *negotiator, struct round *round, uint64_t at_ms);

/* After a failed round, the hour of the next. */
void negotiator_back_off(struct negotiator *negotiator, struct round *round);

/* Ends what there is of a round or of its association. */
void negotiator_end_round(struct negotiator *negotiator, struct round *round);

/* Its control connection has something to say, or may have. */
void negotiator_hear_round(struct negotiator *negotiator, struct round *round);

/* The thread drives it from now on, for whoever attended to it does so no longer. Its owner may be told of its failure
 * before this returns. */
void negotiator_entrust(struct negotiator *negotiator, struct round *round);

/* The thread, which runs, watches its association from now on, which stands. */
bool negotiator_have_watched(struct negotiator *negotiator, struct round *round);

/* Its deadline has come. May let go of the lock, and takes it again: *mask. */
void negotiator_round_is_due(struct negotiator *negotiator, struct round *round, uint64_t *mask);

/* The control connection `from`, if it is this one's, has another number, and is watched under it. */
void negotiator_move_control(struct negotiator *negotiator, struct round *round, int from, int to);

/* The event of a round's association is recorded; whose it is, and of which server, is filled in. */
void negotiator_record(const struct negotiator *negotiator, const struct round *round, struct event event);

/* A line for the log: about the round's server, or the step and the reason of a failure. */
void negotiator_say(const struct negotiator *negotiator, enum log_level level, const struct round *round,
		    const char *what);

#endif
