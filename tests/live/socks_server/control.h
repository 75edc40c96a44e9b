/* A control connection: from accept, by the messages of RFC 1928 and 1929, to the end of its association. */
#ifndef LIVE_SOCKS_SERVER_CONTROL_H
#define LIVE_SOCKS_SERVER_CONTROL_H

#include "core/message.h"
#include "tests/live/socks_server/relay.h"
#include "tests/live/socks_server/server.h"

#define CONTROL_OUTPUT_SIZE (REPLY_SIZE_MAX + 64)

struct control {
	struct watch connection;
	struct server *server;
	struct control *next;
	struct control **link; /* what points to it in the server's list */
	struct control *next_busy;
	struct relay relay; /* in use while relaying */
	enum step awaiting; /* the message that comes next; AT_NONE once the reply is out */
	bool relaying;
	bool held;
	bool last;       /* close once the output is out */
	bool busy;       /* has output, or has ended */
	uint64_t due_ms; /* no output before; 0: at once */
	size_t in_used;
	size_t out_used;
	size_t out_sent;
	uint8_t in[LOGIN_SIZE_MAX + REQUEST_SIZE_MAX];
	uint8_t out[CONTROL_OUTPUT_SIZE];
};

/* Takes over fd. false: out of memory; fd is closed. */
bool control_accept(struct server *server, int fd);

/* Ends the connection and its association. The memory stays until controls_sweep. */
void control_end(struct control *control);

/* Sends what is due. */
void control_flush(struct control *control);

/* Milliseconds until the next output or the end of a silence is due; -1: nothing waits for the clock. */
int controls_next_due(const struct server *server);

/* Once a round: ends what has been silent for too long, sends what is due and frees what has ended. */
void controls_sweep(struct server *server);

#endif
