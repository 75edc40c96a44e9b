/* What is measured exchange by exchange: sockets that have just been made. */
#ifndef BENCH_PATH_FRESH_H
#define BENCH_PATH_FRESH_H

#include "tests/bench/path_result.h"

/* With associations kept ready, of which each exchange takes one, as long as there are some: count exchanges in a row,
 * and time to make up for them. Against direct, by the clock. */
void fresh_pooled(const struct bench *bench, int count, struct result *result);

/* The first exchange of a process, each in a new one. By the clock. */
void fresh_first(const struct bench *bench, bool by_variable, struct result *result);

/* What a start of /bin/true takes more than the bare one, in ns. */
struct more {
	double preloaded;
	double empty; /* with a library that does nothing */
};

/* From the start of /bin/true to its end: bare, preloaded, and under socksify. Against bare, by the clock. */
void fresh_true(const struct bench *bench, struct result *result, struct more *more);

#endif
