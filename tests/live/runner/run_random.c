/* Sequences of calls that seeds make, each run bare and preloaded: what they observe must be the same.
 *
 * usage: run_random PROGRAMS LIBRARY FIRST COUNT     (seeds FIRST to FIRST + COUNT - 1) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/live/runner/trial.h"

enum { WRONG_MAX = 3, LINES_BEFORE = 400 };

/* Where it began, and what went before: all that follows is a consequence. */
static void show_difference(const char *bare, const char *other)
{
	const char *line = bare, *start = bare;
	size_t at = 0;
	for (; bare[at] && bare[at] == other[at]; at++)
		if (bare[at] == '\n')
			line = bare + at + 1;
	for (int lines = 0; start < line && lines < LINES_BEFORE; lines++)
		for (line--; line > start && line[-1] != '\n';)
			line--;
	fprintf(stderr, "%.*s", (int)(bare + at - line), line);
	fprintf(stderr, "<<< bare: %.*s\n", (int)strcspn(bare + at, "\n"), bare + at);
	fprintf(stderr, ">>> preloaded: %.*s\n", (int)strcspn(other + at, "\n"), other + at);
}

/* Several worlds would be no better: one server and its peers see many programs come and go. */
static int seed_run(struct world *world, const char *programs, long seed)
{
	char name[32];
	struct trial bare = {.label = "bare", .program = "random_calls"};
	struct trial preloaded = {.label = "preloaded", .program = "random_calls", .preloaded = true};
	snprintf(name, sizeof name, "%ld", seed);
	if (!trial_run(&bare, world, programs, name) || !trial_run(&preloaded, world, programs, name)) {
		fprintf(stderr, "seed %s: cannot be run\n", name);
		return 1;
	}
	int wrong = trial_check(bare.run.status == 0, &bare, "the program itself failed");
	if (strcmp(bare.run.output, preloaded.run.output) != 0) {
		show_difference(bare.run.output, preloaded.run.output);
		wrong++;
	} else {
		wrong += trial_judge(&preloaded, &bare, name, NULL);
	}
	if (wrong)
		fprintf(stderr, "--- seed %s\n", name);
	trial_free(&bare);
	trial_free(&preloaded);
	return wrong != 0;
}

int main(int argc, char **argv)
{
	struct world world;
	if (argc != 5)
		return 2;
	long first = atol(argv[3]), count = atol(argv[4]), wrong = 0;
	struct world_options options = {.programs = argv[1], .library = argv[2]};
	bool open = world_open(&world, &options);
	for (long i = 0; open && i < count && wrong < WRONG_MAX; i++)
		wrong += seed_run(&world, argv[1], first + i);
	world_close(&world);
	printf("%ld seeds from %ld on: %ld wrong\n", count, first, wrong);
	return !open || wrong != 0;
}
