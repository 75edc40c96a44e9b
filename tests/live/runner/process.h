/* Processes of a test: peers that are asked by lines, and programs whose output is kept. */
#ifndef LIVE_RUNNER_PROCESS_H
#define LIVE_RUNNER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LINE_MAX_SIZE 4096

/* A peer: says "ready ...", then answers each line on its standard input with a line. Dies with its parent. */
struct peer_process {
	pid_t pid;
	int to;
	int from;
	size_t used;
	char text[LINE_MAX_SIZE];
};

/* environment: NAME=VALUE, added to this process' own, NULL at the end; or NULL.
 * Answers what follows "ready " on the first line, or NULL. Valid until the next line is read. */
const char *peer_start(struct peer_process *peer, char *const *arguments, char *const *environment);

/* Answers the line, without its end, or NULL if the peer has gone. Valid until the next line is read. */
const char *peer_ask(struct peer_process *peer, const char *command);

/* The two halves of peer_ask, for a test that acts meanwhile. false: the peer has gone. */
bool peer_tell(struct peer_process *peer, const char *command);
const char *peer_line(struct peer_process *peer);

/* Harmless on a peer that was not started. */
void peer_end(struct peer_process *peer);

struct program_run {
	int status;   /* as waitpid gives it */
	char *output; /* standard output; the caller frees both */
	char *errors; /* standard error */
};

/* environment: as above. seconds: SIGALRM ends it then. false: it could not be started. */
bool program_run(struct program_run *run, char *const *arguments, char *const *environment, unsigned seconds);
void program_run_free(struct program_run *run);

#endif
