/* Departures: sockets that the program has closed while datagrams waited for their association. The kernel would have
 * sent those at once, so they leave all the same, by a socket of the library's own: the program's is closed, with its
 * number and its port, and the relay gives what leaves a port of its own anyway. */
#ifndef CORE_NEGOTIATOR_DEPARTURE_H
#define CORE_NEGOTIATOR_DEPARTURE_H

#include "core/negotiator.h"

enum { DEPARTURES = 1024 };

/* The flow's last descriptor is gone. False: nothing waits that still could leave, and the flow is the caller's to end.
 * True: it ends by itself when what waits has left, or was given up. Handles that were made for it find it no more. */
bool negotiator_depart(struct negotiator *negotiator, struct flow *flow);

/* Nothing waits in a departed flow any more: it is to end as soon as nobody is busy with it. */
void negotiator_depart_soon(struct negotiator *negotiator);

/* Ends those in which nothing waits; or all of them. */
void negotiator_end_departed(struct negotiator *negotiator);
void negotiator_end_departures(struct negotiator *negotiator);

/* A flow whose datagrams wait for an association that is being made, or NULL. */
struct flow *negotiator_find_waiting(struct negotiator *negotiator);

#endif
