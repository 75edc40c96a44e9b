/* How much the cases observe: runs each of them bare and counts its lines.
 *
 * usage: count_observations PROGRAMS LEAST     (fails with fewer than LEAST) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/live/runner/trial.h"

static long count_lines(const char *text)
{
	long lines = 0;
	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines;
}

/* -1: the case cannot be run. */
static long count_case(struct world *world, const char *programs, char *name)
{
	struct trial trial = {.label = "bare", .program = "cases"};
	if (!trial_run(&trial, world, programs, name))
		return -1;
	long lines = trial.run.status == 0 ? count_lines(trial.run.output) : -1;
	trial_free(&trial);
	return lines;
}

static char *list_cases(const char *programs)
{
	char path[256], option[] = "--list";
	struct program_run run = {0};
	snprintf(path, sizeof path, "%s/cases", programs);
	char *arguments[] = {path, option, NULL};
	if (!program_run(&run, arguments, NULL, 10))
		return NULL;
	free(run.errors);
	return run.output;
}

int main(int argc, char **argv)
{
	struct world world;
	if (argc != 3)
		return 2;
	struct world_options options = {.programs = argv[1]};
	char *list = list_cases(argv[1]), *rest = list, *name;
	bool open = world_open(&world, &options);
	long cases = 0, observations = 0, failed = 0;
	while (open && rest && (name = strsep(&rest, "\n"))) {
		if (!*name)
			continue;
		long lines = count_case(&world, argv[1], name);
		if (lines < 0)
			fprintf(stderr, "%s: cannot be run\n", name);
		failed += lines < 0;
		cases++;
		observations += lines > 0 ? lines : 0;
	}
	world_close(&world);
	free(list);
	printf("%ld cases, %ld observations\n", cases, observations);
	return failed || observations < atol(argv[2]);
}
