/* What a call costs on a socket that has been used before: no allocation, no lock, and the one system call that the
 * program would have made without the library.
 *
 * usage: run_steady PROGRAMS LIBRARY single|multiple|scattered
 *
 * The program runs bare first, which shows that it makes one system call each time itself; preloaded, every
 * socket has to take locks until its first datagram has left, and the first of them to allocate, which shows that both
 * are seen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/live/runner/world.h"
#include "tests/live/steady/trace.h"

#define SECONDS 60

struct expected {
	const char *label;
	bool relayed;
};

static int complain(const struct expected *expected, const char *line, const struct trace_row *row)
{
	fprintf(stderr, "%s: %s; %ld calls made %ld to %ld system calls\n", expected->label, line, row->calls,
		row->fewest, row->most);
	return 1;
}

static int judge_row(const struct expected *expected, const char *line, const struct trace_row *row)
{
	long calls = line_value(line, "calls"), locks = line_value(line, "first_locks");
	bool right = calls > 0 && row->calls == calls && row->fewest == 1 && row->most == 1 &&
		     line_value(line, "allocations") == 0 && line_value(line, "locks") == 0 &&
		     (expected->relayed ? locks > 0 : locks == 0);
	return right ? 0 : complain(expected, line, row);
}

static int judge(const struct expected *expected, struct trace *trace)
{
	int wrong = 0, at = 0;
	long allocated = 0;
	for (char *rest = trace->output, *line; (line = strsep(&rest, "\n")) && *line; at++) {
		allocated += line_value(line, "first_allocations");
		wrong += at < trace->count ? judge_row(expected, line, &trace->rows[at])
					   : complain(expected, line, &(struct trace_row){0});
	}
	if (trace->status != 0 || at == 0 || at != trace->count || (allocated > 0) != expected->relayed) {
		fprintf(stderr, "%s: ended with status %#x after %d rows, %ld allocations at first\n", expected->label,
			(unsigned)trace->status, at, allocated);
		wrong++;
	}
	return wrong;
}

static int run(struct world *world, char *const *arguments, bool preloaded)
{
	struct trace trace;
	struct heard heard;
	const struct expected expected = {preloaded ? "preloaded" : "bare", preloaded};
	if (!trace_run(&trace, arguments, preloaded ? world->environment : NULL)) {
		perror("run_steady");
		return 1;
	}
	int wrong = judge(&expected, &trace);
	free(trace.output);
	if (!world_heard(world, &heard) || heard.raw != 0 || heard.relayed != (preloaded ? heard.count : 0)) {
		fprintf(stderr, "%s: heard %ld, relayed %ld, raw %ld\n", expected.label, heard.count, heard.relayed,
			heard.raw);
		wrong++;
	}
	return wrong;
}

int main(int argc, char **argv)
{
	char path[256];
	struct world world;
	if (argc != 4)
		return 2;
	alarm(SECONDS);
	struct world_options options = {.programs = argv[1], .library = argv[2]};
	if (!world_open(&world, &options))
		return 2;
	snprintf(path, sizeof path, "%s/steady_client", argv[1]);
	char *arguments[] = {path, argv[3], world.peers[0], world.peers[1], NULL};
	int wrong = run(&world, arguments, false) + run(&world, arguments, true);
	world_close(&world);
	return wrong > 0;
}
