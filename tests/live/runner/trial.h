/* One run of a program that observes, bare or preloaded, and what its peers heard of it. */
#ifndef LIVE_RUNNER_TRIAL_H
#define LIVE_RUNNER_TRIAL_H

#include "tests/live/runner/compare.h"
#include "tests/live/runner/world.h"

struct trial {
	const char *label;
	const char *program;
	bool preloaded;
	struct program_run run;
	struct heard heard;
};

/* PROGRAMS/program NAME and the peers. False: it cannot be run. */
bool trial_run(struct trial *trial, struct world *world, const char *programs, char *name);

/* Answers how much is wrong, and prints it: what differs from the truth unexpectedly, datagrams that went another way,
 * words on the standard error. */
int trial_judge(const struct trial *trial, const struct trial *truth, const char *name,
		const struct differences *differences);

/* 0, or 1 and a line about the trial. */
int trial_check(bool right, const struct trial *trial, const char *what);
void trial_free(struct trial *trial);

#endif
