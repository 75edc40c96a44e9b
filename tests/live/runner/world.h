/* The world that a live test runs in: a network of its own, an echo peer, a scripted server, and the settings by which
 * the library relays everything through it. */
#ifndef LIVE_RUNNER_WORLD_H
#define LIVE_RUNNER_WORLD_H

#include "tests/live/runner/process.h"

/* Where relayed datagrams come from. A datagram from anywhere else went around the relay. */
#define RELAY_FROM_V4 "127.0.0.9"
#define RELAY_FROM_V6 "fd00:5::9"

/* An address that is neither private nor loopback, for a server that seems far away. */
#define PUBLIC_V4 "192.0.2.1"

/* In the test's own network a link-local address belongs to the loopback interface. */
#define LINK_V6 "fe80::7"

#define PEER_COUNT 4

struct world {
	struct peer_process echo;
	struct peer_process server;
	char peers[PEER_COUNT][64]; /* ADDRESS@PORT: two hosts, one over IPv6, and one that is link-local */
	char proxy[64];             /* HOST:PORT */
	int settings; /* a file without a name, reached by /proc: nothing stays behind however the test ends */
	char preload[512];
	char settings_variable[128];
	long raw;             /* what the server had heard by the last account */
	char *environment[8]; /* for a preloaded program */
};

struct world_options {
	const char *programs; /* where echo_peer and socks_server are */
	const char *library;  /* NULL: nothing is preloaded */
	const char *peer_b;   /* the second peer's address; NULL: 127.0.0.3 */
	const char *listen;   /* the server's address; NULL: 127.0.0.1 */
	const char *script;   /* of the server; NULL: a correct one */
	const char *servers;  /* more of them, a comma before each; NULL: none */
	const char *rules;    /* the list of rules; NULL: everything is relayed */
	const char *more;     /* lines added to the settings; NULL: none */
	const char *login;    /* "user:password" in the proxy's URL; NULL: none */
};

/* false: a line on the standard error says why. */
bool world_open(struct world *world, const struct world_options *options);
void world_close(struct world *world);

/* The value of NAME in a line of NAME=VALUE, or -1. */
long line_value(const char *line, const char *name);

/* What the echo peer has heard since the last time: count and how many came from the relay. After the server's
 * own account, so that what was under way has arrived. */
struct heard {
	long count;
	long relayed;
	long raw; /* at the server: not whole SOCKS5 datagrams */
	char digest[24];
};
bool world_heard(struct world *world, struct heard *heard);

#endif
