/* A program whose system calls are counted while it says that they are to be. */
#ifndef LIVE_STEADY_TRACE_H
#define LIVE_STEADY_TRACE_H

#include <stdbool.h>

#define TRACE_ROWS 64

/* Of one row: calls of the program, and the fewest and most system calls that one of them made. */
struct trace_row {
	long calls;
	long fewest;
	long most;
};

struct trace {
	struct trace_row rows[TRACE_ROWS];
	int count;
	int status;   /* as waitpid gives it */
	char *output; /* the caller frees it */
};

/* environment: NAME=VALUE, added to this process' own, NULL at the end; or NULL. Only the program's first thread is
 * counted. False: errno says why it could not be. */
bool trace_run(struct trace *trace, char *const *arguments, char *const *environment);

#endif
