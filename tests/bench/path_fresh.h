/* What is measured exchange by exchange: sockets that have just been made. */
#ifndef BENCH_PATH_FRESH_H
#define BENCH_PATH_FRESH_H

#include "tests/bench/path_result.h"

/* With associations kept ready, one of them for each exchange. Against direct, by the clock. */
void fresh_pooled(const struct bench *bench, struct result *result);

/* The first exchange of a process, each in a new one. By the clock. */
void fresh_first(const struct bench *bench, struct result *result);

/* From the start of /bin/true to its end: bare, with a library that does nothing, preloaded, and under socksify, in
 * the places of direct, by hand, and so on. By the clock. extra: what the preloaded one takes more than the bare one,
 * in ns. */
void fresh_true(const struct bench *bench, struct result *result, double *extra);

#endif
