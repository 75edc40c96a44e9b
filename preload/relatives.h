/* Processes that share a socket since a fork: each relays by it as it sees fit, and the others' views know nothing of
 * that. The kernel's socket does. */
#ifndef PRELOAD_RELATIVES_H
#define PRELOAD_RELATIVES_H

#include "core/flow.h"

/* A relative may have connected it to a relay of its own: what comes from where it is connected comes from that, unless
 * it is the direct peer. */
bool relatives_relay_by(int fd, const struct view *view, const struct endpoint *from);

/* That is, or was, the relay of a relative for this very socket: its answers come to all who have that. */
bool relatives_had_relay(int fd, const struct endpoint *from);

/* What the kernel tells of the way by this socket is told of a relay: this process's, or a relative's. */
bool relatives_hear_of_relay(const struct flow *flow, const struct view *view);

#endif
