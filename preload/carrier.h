/* The carrier: datagrams from one of our sockets to another, as they are (core/bridge.h). What comes joined (UDP_GRO)
 * leaves so, where the way allows it. */
#ifndef PRELOAD_CARRIER_H
#define PRELOAD_CARRIER_H

#include <stdbool.h>

/* As udp_pass of core/world.h. One at a time: with the negotiator's lock held. */
bool carrier_pass(int from, int to, bool *refused);

#endif
