/* Runs one case bare and preloaded, from the plain and the fortified binary, and compares what it observed.
 *
 * usage: run_cases PROGRAMS CASE [LIBRARY DIFFERENCES [ADDRESS]]     (ADDRESS: the server's)
 *
 * The bare run of the plain binary is the truth. Without a library only the two binaries are compared. The echo peer's
 * log must show that bare runs came directly and that of the preloaded ones every datagram came from the relay, the
 * server's account that it was sent nothing but whole SOCKS5 datagrams. */
#include <stdio.h>

#include "tests/live/runner/trial.h"

static int case_run(struct world *world, const char *programs, char *name, const struct differences *differences)
{
	struct trial trials[] = {
	    {.label = "bare", .program = "cases"},
	    {.label = "bare, fortified", .program = "cases_fortified"},
	    {.label = "preloaded", .program = "cases", .preloaded = true},
	    {.label = "preloaded, fortified", .program = "cases_fortified", .preloaded = true},
	};
	size_t count = world->environment[0] ? 4 : 2;
	int wrong = 0;
	for (size_t i = 0; i < count; i++) {
		if (!trial_run(&trials[i], world, programs, name)) {
			fprintf(stderr, "%s: cannot be run\n", trials[i].label);
			wrong++;
			continue;
		}
		wrong += trial_judge(&trials[i], &trials[0], name, differences);
	}
	wrong += trial_check(trials[0].run.status == 0, &trials[0], "the case itself failed");
	if (wrong && trials[0].run.output)
		fprintf(stderr, "The bare run:\n%s", trials[0].run.output);
	for (size_t i = 0; i < count; i++)
		trial_free(&trials[i]);
	return wrong;
}

int main(int argc, char **argv)
{
	struct world world;
	struct differences differences;
	if (argc != 3 && argc != 5 && argc != 6)
		return 2;
	struct world_options options = {
	    .programs = argv[1], .library = argc > 3 ? argv[3] : NULL, .listen = argc == 6 ? argv[5] : NULL};
	if (!differences_read(&differences, argc > 3 ? argv[4] : NULL)) {
		perror(argv[4]);
		return 2;
	}
	int wrong = world_open(&world, &options) ? case_run(&world, argv[1], argv[2], &differences) : 1;
	world_close(&world);
	differences_free(&differences);
	return wrong != 0;
}
