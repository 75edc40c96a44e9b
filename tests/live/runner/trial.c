#include "tests/live/runner/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_A_RUN 15

bool trial_run(struct trial *trial, struct world *world, const char *programs, char *name)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", programs, trial->program);
	char *arguments[] = {path, name, world->peers[0], world->peers[1], world->peers[2], world->peers[3], NULL};
	return program_run(&trial->run, arguments, trial->preloaded ? world->environment : NULL, SECONDS_A_RUN) &&
	       world_heard(world, &trial->heard);
}

int trial_check(bool right, const struct trial *trial, const char *what)
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

int trial_judge(const struct trial *trial, const struct trial *truth, const char *name,
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
	wrong += trial_check(trial->heard.relayed == (trial->preloaded ? trial->heard.count : 0), trial,
			     trial->preloaded ? "LEAK: a datagram went around the relay" : "not direct");
	wrong += trial_check(trial->heard.raw == 0, trial, "octets at the relay that were no SOCKS5 datagram");
	wrong += trial_check(*trial->run.errors == '\0', trial, "something on the standard error");
	fputs(trial->run.errors, stderr);
	free(bare);
	free(other);
	return wrong;
}

void trial_free(struct trial *trial)
{
	program_run_free(&trial->run);
}
