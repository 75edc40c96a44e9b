/* One association's relay: a socket towards the client, and one towards the peers for each family. */
#ifndef LIVE_SOCKS_SERVER_RELAY_H
#define LIVE_SOCKS_SERVER_RELAY_H

#include "tests/live/marked/marked.h"
#include "tests/live/socks_server/server.h"

struct relay {
	struct server *server;
	struct watch client_side;
	struct watch peers_v4;
	struct watch peers_v6;
	struct endpoint bound;  /* where the client is to send */
	struct endpoint client; /* ENDPOINT_NONE until its first datagram */
	int spoofer;            /* another port of the relay's host */
	int stranger;           /* another host */
	long answers;
	long heard;                             /* datagrams of the client */
	struct packet_marks marks;              /* of the datagram that was received last */
	uint64_t used_ms;                       /* when it last was */
	void (*exhausted)(struct relay *relay); /* the association is to end */
};

/* Sends a datagram by the socket of one of the relay's watches, and counts it. */
void relay_out(struct relay *relay, const struct watch *by, const struct endpoint *to, const void *bytes, size_t size,
	       struct packet_marks marks);

/* false: errno says why, and nothing is left open. */
bool relay_open(struct relay *relay, struct server *server);
void relay_close(struct relay *relay);

/* Takes what has already arrived, so that counters asked for afterwards are complete. */
void relay_drain(struct relay *relay);

#endif
