#include "tests/bench/path_fresh.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS       200
#define ROUNDS_SHORT 3
#define READY        8
#define POOL         "preconnect = 8;\n"

static int round_count(const struct bench *bench)
{
	return bench->brief ? ROUNDS_SHORT : ROUNDS;
}

static bool takes_part(enum mode mode)
{
	return mode != SOCKSIFY || stage_has_socksify();
}

static bool exchange(struct peer_process *client, enum mode mode, int count, struct round *round)
{
	const char *line = bench_try(client, "fresh %d 1", count);
	if (strncmp(line, "ok", 2) != 0 && mode == SOCKSIFY)
		return false;
	if (strncmp(line, "ok", 2) != 0)
		bench_give_up("fresh", line);
	uint64_t timed = (uint64_t)line_value(line, "timed");
	round->cpu[mode] = (uint64_t)line_value(line, "cpu") * 1000 / timed;
	round->wall[mode] = (uint64_t)line_value(line, "wall") * 1000 / timed;
	return true;
}

static void must_have_arrived(struct stage *stage, enum mode mode, int count)
{
	const char *line = bench_ask(&stage->relay, "count %d", count);
	if (line_value(line, mode == DIRECT ? "plain" : "relayed") != count)
		bench_give_up(mode_name(mode), line);
}

/* The next exchange has to wait until as many are ready again. */
static void pooled_round(struct stage *stage, struct peer_process *clients, int count, long granted,
			 struct round *round)
{
	for (enum mode mode = DIRECT; mode <= PRELOADED; mode++) {
		if (mode == BY_HAND)
			continue;
		exchange(&clients[mode], mode, count, round);
		must_have_arrived(stage, mode, count);
	}
	bench_ask(&stage->relay, "await %ld", granted);
}

void fresh_pooled(const struct bench *bench, int count, struct result *result)
{
	struct stage stage;
	struct peer_process clients[MODES] = {0};
	struct series series = {0};
	*result = (struct result){.name = "fresh.pooled", .baseline = DIRECT, .of_wall = true};
	if (count > 1)
		snprintf(result->name, sizeof result->name, "fresh.pooled.%d", count);
	stage_open(&stage, bench, (struct stage_options){.more = POOL});
	stage_client(&stage, DIRECT, &clients[DIRECT]);
	stage_client(&stage, PRELOADED, &clients[PRELOADED]);
	/* a socket that stays, for a process that has none lets its pool be as it is */
	bench_ask(&clients[PRELOADED], "open 1 0");
	must_have_arrived(&stage, PRELOADED, 1);
	bench_ask(&stage.relay, "await %d", 1 + READY);
	bench_ask(&stage.relay, "echo");
	for (int i = 0; i < round_count(bench); i++) {
		struct round round = {0};
		pooled_round(&stage, clients, count, 1 + READY + (long)count * (i + 1), &round);
		series_add(&series, &round, result);
	}
	peer_end(&clients[DIRECT]);
	peer_end(&clients[PRELOADED]);
	stage_close(&stage);
	series_end(&series, result);
}

static void first_round(struct stage *stage, struct round *round)
{
	for (enum mode mode = DIRECT; mode < MODES; mode++) {
		struct peer_process client;
		if (!takes_part(mode))
			continue;
		stage_client(stage, mode, &client);
		if (exchange(&client, mode, 1, round))
			must_have_arrived(stage, mode, 1);
		peer_end(&client);
	}
}

void fresh_first(const struct bench *bench, bool by_variable, struct result *result)
{
	struct stage stage;
	struct series series = {0};
	*result = (struct result){.name = "first", .baseline = BY_HAND, .of_wall = true};
	if (!by_variable)
		strcpy(result->name, "first.file");
	stage_open(&stage, bench, (struct stage_options){.by_variable = by_variable});
	bench_ask(&stage.relay, "echo");
	for (int i = 0; i < round_count(bench); i++) {
		struct round round = {0};
		first_round(&stage, &round);
		series_add(&series, &round, result);
	}
	stage_close(&stage);
	series_end(&series, result);
}

static void run_true(char *const *environment, enum mode mode, struct round *round)
{
	char *arguments[] = {(char[]){"true"}, NULL};
	struct rusage usage;
	pid_t pid;
	int status;
	uint64_t started = clock_ns();
	if (posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environment) != 0 ||
	    wait4(pid, &status, 0, &usage) < 0 || status != 0)
		bench_give_up("/bin/true", "cannot be run");
	round->wall[mode] = (clock_ns() - started) * 1000;
	round->cpu[mode] = (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000000;
}

static void add_more(struct samples *samples, uint64_t value, uint64_t base)
{
	samples_add(samples, value > base ? value - base : 0);
}

static double median_ns(struct samples *samples)
{
	double median = (double)samples_at(samples, 0.5) / 1000;
	samples_free(samples);
	return median;
}

/* The empty library takes the turn of by hand, which there is none of. */
static void true_round(struct stage *stage, char *const *empty, struct round *round)
{
	for (enum mode mode = DIRECT; mode < MODES; mode++)
		if (takes_part(mode))
			run_true(mode == BY_HAND ? empty : stage_environment(stage, mode), mode, round);
}

void fresh_true(const struct bench *bench, struct result *result, struct more *more)
{
	struct stage stage;
	struct series series = {0};
	struct samples preloaded = {0}, empty = {0};
	char preload[512];
	char *environment[] = {preload, NULL};
	*result = (struct result){.name = "true", .baseline = DIRECT, .of_wall = true};
	snprintf(preload, sizeof preload, "LD_PRELOAD=%s/libpath_empty.so", bench->programs);
	stage_open(&stage, bench, (struct stage_options){0});
	for (int i = 0; i < round_count(bench); i++) {
		struct round round = {0};
		true_round(&stage, environment, &round);
		add_more(&preloaded, round.wall[PRELOADED], round.wall[DIRECT]);
		add_more(&empty, round.wall[BY_HAND], round.wall[DIRECT]);
		round.wall[BY_HAND] = 0;
		series_add(&series, &round, result);
	}
	stage_close(&stage);
	series_end(&series, result);
	*more = (struct more){.preloaded = median_ns(&preloaded), .empty = median_ns(&empty)};
}
