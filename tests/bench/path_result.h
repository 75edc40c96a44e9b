/* What one point of the measurement came to. */
#ifndef BENCH_PATH_RESULT_H
#define BENCH_PATH_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/path_stage.h"
#include "tests/bench/samples.h"

/* Median and quartiles. */
struct spread {
	double low;
	double median;
	double high;
};

struct result {
	char name[64];
	bool of_wall;       /* the ratios are those of the time it took; else of the processor's */
	enum mode baseline; /* whose ratio is 1 */
	bool known[MODES];
	struct spread cpu[MODES];   /* ns a datagram */
	struct spread wall[MODES];  /* ns a datagram */
	struct spread ratio[MODES]; /* to the baseline, round by round */
	struct spread to_socksify;  /* the preloaded mode's, where socksify is known */
};

/* What it is made from: a value a round and mode. */
struct series {
	struct samples cpu[MODES];
	struct samples wall[MODES];
	struct samples ratio[MODES];
	struct samples to_socksify;
};

/* Picoseconds a datagram; 0 where the mode took no part. */
struct round {
	uint64_t cpu[MODES];
	uint64_t wall[MODES];
};

void series_add(struct series *series, const struct round *round, const struct result *result);

/* result has its name, baseline and of_wall. Frees the series. */
void series_end(struct series *series, struct result *result);

#endif
