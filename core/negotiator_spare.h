/* Spare associations: made before a socket asks for them, so that its first datagram leaves at once; and the same
 * without a use, to find out whether a server that failed is well again. */
#ifndef CORE_NEGOTIATOR_SPARE_H
#define CORE_NEGOTIATOR_SPARE_H

#include "core/negotiator.h"
#include "core/round.h"

/* OUTCOME_NO_MEMORY. Without a pool, and with one server alone, there are none. */
enum outcome negotiator_init_spares(struct negotiator *negotiator);

/* The round that this tag of a control connection stands for, or NULL where it is not a spare's; *known is false then.
 */
struct round *negotiator_find_spare(struct negotiator *negotiator, uint64_t wanted, bool *known);

/* A ready association for the flow, which is READY then. False: there is none that will do. */
bool negotiator_take_spare(struct negotiator *negotiator, struct flow *flow, int16_t demanded);

/* Begins what is due: makes up for spares that were taken or lost, and tries servers that have rested. */
void negotiator_tend_spares(struct negotiator *negotiator);

/* A server has come back: those that wait for their hour begin now. */
void negotiator_hasten_spares(struct negotiator *negotiator);

/* A control connection has another number. */
void negotiator_move_spare(struct negotiator *negotiator, int from, int to);

/* Closes all of them: they are the parent's, or nobody watches them. */
void negotiator_abandon_spares(struct negotiator *negotiator);

#endif
