/* What the parts of the scripted server share: the loop, the script in force, the connections and the counters. */
#ifndef LIVE_SOCKS_SERVER_SERVER_H
#define LIVE_SOCKS_SERVER_SERVER_H

#include <stdbool.h>

#include "core/endpoint.h"
#include "tests/live/socks_server/loop.h"
#include "tests/live/socks_server/script.h"

struct control;
struct delayed;

struct counters {
	long accepted;     /* control connections, ever */
	long connected;    /* control connections open now */
	long associations; /* successful replies, ever */
	long open;         /* associations open now */
	long held;         /* answers held back now */
	long up;           /* datagrams relayed to peers */
	long down;         /* datagrams relayed to clients */
	long raw;          /* datagrams at a relay that were no whole SOCKS5 datagram */
	long foreign;      /* datagrams at a relay from another port than the association's client */
	long late;         /* control connections that carried octets after the reply */
	long malformed;    /* control messages that were none */
};

struct server {
	int loop;
	struct watch listener;
	struct endpoint address; /* with the port in use */
	struct endpoint relay_from_v4;
	struct endpoint relay_from_v6;
	struct script script;
	struct counters counters;
	struct control *controls;
	struct control *busy; /* those that a sweep has to look at */
	struct delayed *delayed;
	struct delayed *delayed_last;
	int filler; /* the connection that fills the queue of a deaf server's listener; else -1 */
	bool finished;
};

/* Listens on server->address, whose port may be 0 and is then filled in. false: errno says why. */
bool server_listen(struct server *server);
void server_stop(struct server *server); /* the listener and every control connection */

#endif
