#include "tests/bench/bench.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/figure.h"

#define SECONDS_A_PART 120

static char asked[256] = "the world opens";

_Noreturn void bench_give_up(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

static void took_too_long(int number)
{
	static const char line[] = "bench: no end was to be seen of: ";
	(void)number;
	if (write(STDERR_FILENO, line, sizeof line - 1) < 0 || write(STDERR_FILENO, asked, strlen(asked)) < 0 ||
	    write(STDERR_FILENO, "\n", 1) < 0)
		_exit(2);
	_exit(1);
}

static bool is_chosen(const char *name, int count, char **names)
{
	for (int i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return count == 0;
}

static bool is_brief(const char *argument)
{
	return strcmp(argument, "-s") == 0 || strcmp(argument, "--short") == 0;
}

int bench_run(struct bench *bench, int argc, char **argv, const struct bench_part *parts)
{
	int at = 1, ran = 0;
	bench->brief = argc > at && is_brief(argv[at]);
	at += bench->brief;
	if (argc < at + 2)
		return 2;
	bench->programs = argv[at++];
	bench->library = argv[at++];
	signal(SIGALRM, took_too_long);
	for (; parts->name; parts++) {
		if (!is_chosen(parts->name, argc - at, argv + at))
			continue;
		alarm(SECONDS_A_PART);
		parts->run(bench);
		ran++;
	}
	return ran ? figure_status() : 2;
}

void bench_world(const struct bench *bench, struct world *world, struct world_options options)
{
	options.programs = bench->programs;
	options.library = bench->library;
	if (!world_open(world, &options))
		exit(1);
}

void bench_client(const struct bench *bench, struct world *world, struct peer_process *client, bool preloaded)
{
	char path[256];
	char *arguments[] = {path, world->peers[0], world->peers[1], NULL};
	snprintf(path, sizeof path, "%s/%s_client", bench->programs, bench->noun);
	if (!peer_start(client, arguments, preloaded ? world->environment : NULL))
		bench_give_up(path, "cannot be started");
}

__attribute__((format(printf, 2, 0))) static const char *ask(struct peer_process *peer, const char *format,
							     va_list arguments)
{
	vsnprintf(asked, sizeof asked, format, arguments);
	const char *answer = peer_ask(peer, asked);
	if (!answer)
		bench_give_up(asked, "the process has gone");
	return answer;
}

const char *bench_try(struct peer_process *peer, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	const char *answer = ask(peer, format, arguments);
	va_end(arguments);
	return answer;
}

const char *bench_ask(struct peer_process *peer, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	const char *answer = ask(peer, format, arguments);
	va_end(arguments);
	if (strncmp(answer, "ok", 2) != 0)
		bench_give_up(asked, answer);
	return answer;
}

const char *bench_name(const struct bench *bench, const char *part, const char *what)
{
	static char names[8][128];
	static unsigned turn;
	char *name = names[turn++ % 8];
	snprintf(name, sizeof names[0], "%s.%s.%s", bench->noun, part, what);
	return name;
}
