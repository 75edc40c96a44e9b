/* A bridge: two sockets of the library's own between a program's socket and a relay whose family it cannot speak. The
 * near one, of the program's family and on this host, is what the program's socket takes for its relay; the far one is
 * connected to the relay. Datagrams cross as they are. The near one is connected to the program's socket: nobody else
 * on this host can send by it. */
#ifndef CORE_BRIDGE_H
#define CORE_BRIDGE_H

#include "core/world.h"

struct bridge {
	bool stands;
	bool watched; /* by this process's thread; the processes of a family may carry over one, each what it finds */
	int near;
	int far;
};

/* The near end's address for IPv4: nobody else's, so that whoever finds a socket connected to it knows why. */
struct endpoint bridge_host(void);
bool bridge_is_at(const struct endpoint *endpoint);

/* The address that a socket of none in particular sends to the near end from. */
struct endpoint bridge_visitor(const struct endpoint *entrance);

/* host: the near end's address, of the program's family; *entrance: the same with its port. OUTCOME_NO_DESCRIPTOR, or
 * why the relay cannot be reached from here. */
enum outcome bridge_open(struct bridge *bridge, const struct world *world, const struct endpoint *host,
			 const struct endpoint *relay, struct endpoint *entrance);

/* The program's socket is at that address. What came before is nobody's that we know. */
enum outcome bridge_face(const struct bridge *bridge, const struct world *world, const struct endpoint *socket);

/* The program's socket is closed, or has another bridge: what it has sent still leaves. */
void bridge_empty(const struct bridge *bridge, const struct world *world);

void bridge_close(struct bridge *bridge, const struct world *world);

#endif
