/* All results of a run, as a table, as JSON, and as columns for the plot. */
#ifndef BENCH_PATH_REPORT_H
#define BENCH_PATH_REPORT_H

#include "tests/bench/path_result.h"

/* Keeps a copy. label: under which the plot shows it; NULL: it does not. */
void report_add(const struct result *result, const char *label);

/* Nothing where there are no results. */
void report_table(void);

/* False: errno says why. */
bool report_json(const char *path);
bool report_columns(const char *path);

#endif
