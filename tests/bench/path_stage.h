/* Where the data path is measured: a network of its own, a relay, and the load program in each of its modes. */
#ifndef BENCH_PATH_STAGE_H
#define BENCH_PATH_STAGE_H

#include <stdbool.h>

#include "tests/bench/bench.h"
#include "tests/live/runner/process.h"

enum mode { DIRECT, BY_HAND, PRELOADED, SOCKSIFY, MODES };

/* "direct", "by hand", ... */
const char *mode_name(enum mode mode);

struct stage {
	const struct bench *bench;
	struct peer_process relay;
	char target[64]; /* ADDRESS@PORT of the destination */
	long room;       /* octets of the relay's receive buffers */
	bool watched;
	int settings; /* the library's; a file without a name */
	int dante;    /* likewise */
	char variables[5][512];
	char *environments[MODES][4];
};

struct stage_options {
	long rules;       /* that match nothing, before the one that relays */
	bool apart;       /* the relay runs on a processor of its own, if there is one */
	bool by_variable; /* the server is named by SOCKS5UDP_PROXY, as the wrapper names it, and not in a file */
	bool watched;     /* by hand, a thread of the client's watches the first control connection */
	const char *more; /* lines added to the settings; NULL: none */
};

/* The process enters a network of its own the first time, and runs on one processor from then on, as do the relay
 * and the clients: waking a sleeping processor would drown everything. */
void stage_open(struct stage *stage, const struct bench *bench, struct stage_options options);
void stage_close(struct stage *stage);

/* Dante's client, which need not be installed. */
bool stage_has_socksify(void);

void stage_client(struct stage *stage, enum mode mode, struct peer_process *client);

/* The settings by which the library relays, for a program that is no client; NULL at the end. */
char *const *stage_environment(struct stage *stage, enum mode mode);

#endif
