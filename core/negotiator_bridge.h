/* The flows' bridges (bridge.h), over which the negotiator's thread carries. */
#ifndef CORE_NEGOTIATOR_BRIDGE_H
#define CORE_NEGOTIATOR_BRIDGE_H

#include "core/negotiator.h"

/* As flow_ready, by a bridge where there must be one. */
enum outcome negotiator_make_ready(struct negotiator *negotiator, struct flow *flow, const struct endpoint *relay);

/* The thread carries over the flow's bridge, if there is one. OUTCOME_NO_DESCRIPTOR. */
enum outcome negotiator_watch_bridge(struct negotiator *negotiator, struct flow *flow);

/* Carries across what has come to that end. False: the tag is of no bridge. */
bool negotiator_cross(struct negotiator *negotiator, uint64_t tag);

/* An end of the flow's bridge, if it is one, has another number. */
void negotiator_move_bridge(struct negotiator *negotiator, struct flow *flow, int from, int to);

#endif
