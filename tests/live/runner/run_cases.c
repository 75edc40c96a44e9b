/* Runs one case bare and preloaded, from the plain and the fortified binary, and compares what it observed.
 *
 * usage: run_cases PROGRAMS CASE [LIBRARY DIFFERENCES [ADDRESS]]     (ADDRESS: the server's)
 *
 * The bare run of the plain binary is the truth. Without a library only the two binaries are compared. The echo peer's
 * log must show that bare runs came directly and that of the preloaded ones every datagram came from the relay, the
 * server's account that it was sent nothing but whole SOCKS5 datagrams. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/live/runner/compare.h"
#include "tests/live/runner/world.h"

#define SECONDS_A_RUN 15

struct trial {
	const char *label;
	const char *program;
	bool preloaded;
	struct program_run run;
	struct heard heard;
};

static bool trial_run(struct trial *trial, struct world *world, const char *programs, char *name)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", programs, trial->program);
	char *arguments[] = {path, name, world->peers[0], world->peers[1], world->peers[2], NULL};
	return program_run(&trial->run, arguments, trial->preloaded ? world->environment : NULL, SECONDS_A_RUN) &&
	       world_heard(world, &trial->heard);
}

static int check(bool right, const struct trial *trial, const char *what)
{
	if (right)
		return 0;
	fprintf(stderr, "%s: %s (heard %ld, from the relay %ld, raw %ld)\n", trial->label, what, trial->heard.count,
		trial->heard.relayed, trial->heard.raw);
	return 1;
}

/* What arrived at the peer is an observation like those of the program. */
static char *observations(const struct trial *trial)
{
	size_t size = strlen(trial->run.output) + 128;
	char *text = malloc(size);
	if (text)
		snprintf(text, size, "%sarrived: %ld, %s\nstatus: %#x\n", trial->run.output, trial->heard.count,
			 trial->heard.digest, (unsigned)trial->run.status);
	return text;
}

static int trial_judge(const struct trial *trial, const struct trial *truth, const char *name,
		       const struct differences *differences)
{
	char *bare = observations(truth), *other = observations(trial);
	int wrong = 0;
	if (!bare || !other)
		wrong = 1;
	else
		wrong = compare(name, bare, other, trial->preloaded ? differences : NULL);
	if (wrong)
		fprintf(stderr, "%s: not as in the bare run\n", trial->label);
	wrong += check(trial->heard.relayed == (trial->preloaded ? trial->heard.count : 0), trial,
		       trial->preloaded ? "LEAK: a datagram went around the relay" : "not direct");
	wrong += check(trial->heard.raw == 0, trial, "octets at the relay that were no SOCKS5 datagram");
	wrong += check(*trial->run.errors == '\0', trial, "something on the standard error");
	fputs(trial->run.errors, stderr);
	free(bare);
	free(other);
	return wrong;
}

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
	wrong += check(trials[0].run.status == 0, &trials[0], "the case itself failed");
	if (wrong && trials[0].run.output)
		fprintf(stderr, "The bare run:\n%s", trials[0].run.output);
	for (size_t i = 0; i < count; i++)
		program_run_free(&trials[i].run);
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
