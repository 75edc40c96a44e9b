/* One point of the measurement: a call pattern under one load, in every mode, in turns. */
#ifndef BENCH_PATH_POINT_H
#define BENCH_PATH_POINT_H

#include "tests/bench/path_result.h"
#include "tests/bench/path_stage.h"

enum traffic {
	TO_SINK,   /* what the client sends is counted afterwards */
	FROM_FULL, /* the client drains a receive buffer that was filled before */
	ECHOED,    /* the relay answers */
	NONE,      /* no datagrams at all */
};

struct point {
	const char *name;
	const char *label; /* in the plot; NULL: it is not there */
	const char *verb;  /* of path_client */
	enum traffic traffic;
	bool connected;
	bool no_socksify;  /* it cannot do this: it leaks, or what it delivers is wrong */
	long batch;        /* 0: 1 */
	long payload;      /* 0: 512 */
	long threads;      /* 0: 1 */
	bool shared;       /* by the threads: one socket */
	long flows;        /* 0: 1 */
	long destinations; /* 0: 1 */
	long count;        /* datagrams a block; 0: as many as fit, at most 512 */
	bool wall;         /* what counts is the time it takes */
	double limit;      /* of the preloaded mode, in times of the baseline; 0: none */
};

/* False: something was not relayed, or failed; it has been said. */
bool point_measure(struct stage *stage, const struct point *point, struct result *result);

#endif
