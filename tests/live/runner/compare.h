/* Comparing what a program observed with and without the library. */
#ifndef LIVE_RUNNER_COMPARE_H
#define LIVE_RUNNER_COMPARE_H

#include <stdbool.h>

/* Differences that no relay can avoid, one a line: case | bare observation | relayed observation | reason. */
struct differences {
	char *text;
	const char *path;
};

/* path NULL: none are expected. false: the file cannot be read. */
bool differences_read(struct differences *differences, const char *path);
void differences_free(struct differences *differences);

/* Compares line by line; prints, to the standard error, what differs and is not expected of this case, and what is
 * expected but did not come. Answers how many lines these were. expected NULL: no difference is allowed. */
int compare(const char *name, const char *bare, const char *other, const struct differences *expected);

#endif
