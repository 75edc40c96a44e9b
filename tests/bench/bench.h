/* What the measuring programs share: their command line, the world that they measure in, and its clients.
 *
 * usage: bench_NOUN [-s|--short] PROGRAMS LIBRARY [PART...]     (no part: all of them)
 *
 * What cannot be measured ends the program with a line that says why. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>

#include "tests/live/runner/world.h"

struct bench {
	const char *noun;
	const char *programs;
	const char *library;
	bool brief;
};

struct bench_part {
	const char *name;
	void (*run)(const struct bench *bench);
};

/* Answers the exit status: 0 if every figure was within its bound. The last part has no name. */
int bench_run(struct bench *bench, int argc, char **argv, const struct bench_part *parts);

void bench_world(const struct bench *bench, struct world *world, struct world_options options);

/* tests/bench/NOUN_client.c, with or without the library. */
void bench_client(const struct bench *bench, struct world *world, struct peer_process *client, bool preloaded);

/* The answer, valid until the next question; it begins with "ok". */
const char *bench_ask(struct peer_process *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a question that may be answered otherwise. */
const char *bench_try(struct peer_process *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "NOUN.PART.WHAT"; valid until the eighth call after it. */
const char *bench_name(const struct bench *bench, const char *part, const char *what);

_Noreturn void bench_give_up(const char *what, const char *why);

#endif
