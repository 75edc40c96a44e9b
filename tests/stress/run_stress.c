/* Runs the stress program in a world of its own, whose server ends all associations all the while.
 *
 * usage: run_stress PROGRAMS STRESS SECONDS [LIBRARY]
 *
 * Fails if the program does, or if the peer heard of anybody but the relay, or the relay of anything but whole
 * datagrams. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/runner/world.h"

static bool stress(struct world *world, char **arguments, int *status)
{
	struct peer_process program;
	char *command[] = {arguments[2], arguments[3], world->peers[0], world->peers[1], world->peers[2], NULL};
	const char *line = peer_start(&program, command, world->environment);
	while (line && strcmp(line, "done") != 0) {
		if (!peer_ask(&world->server, "kill-associations"))
			return false;
		line = peer_line(&program);
	}
	bool done = line != NULL;
	if (program.pid > 0)
		waitpid(program.pid, status, 0);
	return done;
}

static bool judge_world(struct world *world)
{
	struct heard heard;
	if (!world_heard(world, &heard)) {
		fprintf(stderr, "run_stress: the server or the peer has ended\n");
		return false;
	}
	fprintf(stderr, "run_stress: %ld datagrams heard, %ld relayed, %ld unframed\n", heard.count, heard.relayed,
		heard.raw);
	return heard.count > 0 && heard.count == heard.relayed && heard.raw == 0;
}

int main(int argc, char **argv)
{
	struct world world;
	int status = -1;
	if (argc < 4 || argc > 5)
		return 2;
	if (!world_open(
		&world,
		&(struct world_options){
		    .programs = argv[1],
		    .library = argc == 5 ? argv[4] : NULL,
		    .script = "apart=1", /* what comes late to a relay's port comes to nobody else */
		    .more = "timeouts = { retry_min = 0.05; retry_max = 0.2; };\nlog = { level = \"error\"; };\n",
		}))
		return 1;
	if (argc == 4) { /* the library is part of the program */
		snprintf(world.settings_variable, sizeof world.settings_variable, "SOCKS5UDP_CONFIG=/proc/%d/fd/%d",
			 (int)getpid(), world.settings);
		world.environment[0] = world.settings_variable;
	}
	bool done = stress(&world, argv, &status);
	if (!done || status != 0)
		fprintf(stderr, "run_stress: the program ended with wait status %#x%s\n", (unsigned)status,
			done ? "" : " before it was done");
	bool good = judge_world(&world) && done && status == 0;
	world_close(&world);
	return good ? 0 : 1;
}
