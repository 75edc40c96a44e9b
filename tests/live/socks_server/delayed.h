/* Datagrams that are on their way for script.relay_delay milliseconds, in the order in which they came. */
#ifndef LIVE_SOCKS_SERVER_DELAYED_H
#define LIVE_SOCKS_SERVER_DELAYED_H

#include "tests/live/socks_server/relay.h"

/* by: the relay's watch whose socket is to send it. What finds no memory is lost, as datagrams are. */
void delayed_add(struct relay *relay, const struct watch *by, const struct endpoint *to, const void *bytes,
		 size_t size);

/* Those of a relay that closes. */
void delayed_forget(struct server *server, const struct relay *relay);

/* Milliseconds until the next is due; -1: there is none. */
int delayed_next_due(const struct server *server);

/* Once a round: sends what is due. */
void delayed_send(struct server *server);

#endif
