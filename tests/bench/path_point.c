#include "tests/bench/path_point.h"

#include <stdio.h>
#include <string.h>

#include "tests/bench/figure.h"

#define COUNT_MOST           256
#define COUNT_SHORT          64
#define FLOWS_AT_ONCE        100
#define OVERHEAD             1024 /* of a datagram in a receive buffer, besides that its room is a power of two */
#define NANOSECONDS          1000000000ul
#define BUDGET               (2 * NANOSECONDS)
#define ROUNDS_LEAST         15
#define ROUNDS_MOST          400
#define ROUNDS_SHORT         3
#define SOCKSIFY_SHARE       8 /* of the datagrams of a block: it takes its time */
#define OR(value, otherwise) ((value) ? (value) : (otherwise))

struct run {
	struct stage *stage;
	const struct point *point;
	struct peer_process clients[MODES];
	bool plays[MODES];
	long count;
};

static bool fail(struct run *run, enum mode mode, const char *what, const char *line)
{
	char why[LINE_MAX_SIZE];
	run->plays[mode] = false;
	if (mode == SOCKSIFY)
		return false;
	snprintf(why, sizeof why, "%s: %s: %.2000s", mode_name(mode), what, line);
	figure_missing(bench_name(run->stage->bench, run->point->name, mode_name(mode)), why);
	return false;
}

/* So many datagrams have arrived where those of this mode belong, and none elsewhere. */
static bool have_arrived(struct run *run, enum mode mode, long count)
{
	const char *line = bench_ask(&run->stage->relay, "count %ld", count);
	long plain = mode == DIRECT ? count : 0;
	if (line_value(line, "plain") == plain && line_value(line, "relayed") == count - plain &&
	    line_value(line, "raw") == 0)
		return true;
	return fail(run, mode, "not what was sent", line);
}

static const char *ask(struct run *run, enum mode mode, const char *verb, long a, long b)
{
	const char *line = bench_try(&run->clients[mode], "%s %ld %ld", verb, a, b);
	if (strncmp(line, "ok", 2) == 0)
		return line;
	fail(run, mode, verb, line);
	return NULL;
}

static bool open_sockets(struct run *run, enum mode mode)
{
	const struct point *point = run->point;
	for (long left = OR(point->flows, 1); left > 0; left -= FLOWS_AT_ONCE) {
		long now = left < FLOWS_AT_ONCE ? left : FLOWS_AT_ONCE;
		const char *line = ask(run, mode, "open", now, point->connected);
		if (!line)
			return false;
		long room = line_value(line, "room");
		if (room < run->stage->room)
			run->stage->room = room;
		if (!have_arrived(run, mode, now))
			return false;
	}
	bench_ask(&run->stage->relay, "mark %d", mode);
	return true;
}

static void start(struct run *run, enum mode mode)
{
	const struct point *point = run->point;
	run->plays[mode] = true;
	stage_client(run->stage, mode, &run->clients[mode]);
	bench_ask(&run->clients[mode], "payload %ld", OR(point->payload, 512));
	bench_ask(&run->clients[mode], "destinations %ld", OR(point->destinations, 1));
	bench_ask(&run->clients[mode], "threads %ld %d", OR(point->threads, 1), point->shared);
	if (point->traffic != NONE || point->flows)
		open_sockets(run, mode);
}

static bool takes_part(const struct run *run, enum mode mode)
{
	if (mode == BY_HAND)
		return run->point->traffic != NONE;
	if (mode == SOCKSIFY)
		return !run->point->no_socksify && stage_has_socksify();
	return true;
}

/* Whole batches for every thread, no more of them than receive buffers take; 0: they do not take one. */
static long count_that_fits(const struct run *run)
{
	const struct point *point = run->point;
	long batch = OR(point->batch, 1) * OR(point->threads, 1);
	long most = OR(point->count, run->stage->bench->brief ? COUNT_SHORT : COUNT_MOST);
	long fits = run->stage->room / (2 * (OR(point->payload, 512) + OVERHEAD));
	bool all_lie_there = point->traffic == TO_SINK || point->traffic == FROM_FULL;
	return (all_lie_there && fits < most ? fits : most) / batch * batch;
}

static long block_count(const struct run *run, enum mode mode)
{
	long batch = OR(run->point->batch, 1), count = run->count;
	if (mode == SOCKSIFY && count / SOCKSIFY_SHARE >= batch)
		count = count / SOCKSIFY_SHARE / batch * batch;
	return count;
}

static void block(struct run *run, enum mode mode, struct round *round)
{
	const struct point *point = run->point;
	long count = block_count(run, mode);
	if (point->traffic == FROM_FULL)
		bench_ask(&run->stage->relay, "fill %d %ld %ld", mode, count, OR(point->payload, 512));
	const char *line = ask(run, mode, point->verb, count, OR(point->batch, 1));
	if (!line)
		return;
	long timed = line_value(line, "timed");
	uint64_t cpu = (uint64_t)line_value(line, "cpu"), wall = (uint64_t)line_value(line, "wall");
	if (!have_arrived(run, mode, point->traffic == TO_SINK || point->traffic == ECHOED ? count : 0))
		return;
	round->cpu[mode] = cpu * 1000 / (uint64_t)timed;
	round->wall[mode] = wall * 1000 / (uint64_t)timed;
}

/* Each round begins with another mode, so that none is always the one that runs after the slowest. */
static void rounds(struct run *run, struct series *series, const struct result *result)
{
	bool brief = run->stage->bench->brief;
	uint64_t end = clock_ns() + BUDGET;
	for (int i = 0; i < (brief ? ROUNDS_SHORT : ROUNDS_MOST); i++) {
		struct round round = {0};
		if (i >= ROUNDS_LEAST && clock_ns() > end)
			break;
		for (int k = 0; k < MODES; k++) {
			enum mode mode = (enum mode)((i + k) % MODES);
			if (run->plays[mode])
				block(run, mode, &round);
		}
		series_add(series, &round, result);
	}
}

static bool all_played(const struct run *run)
{
	for (enum mode mode = DIRECT; mode < SOCKSIFY; mode++)
		if (takes_part(run, mode) && !run->plays[mode])
			return false;
	return true;
}

static void play(struct run *run, struct result *result)
{
	struct series series = {0};
	struct peer_process *relay = &run->stage->relay;
	bench_ask(relay, run->point->traffic == ECHOED ? "echo" : "sink");
	rounds(run, &series, result);
	bench_ask(relay, "sink");
	series_end(&series, result);
	if (!run->plays[SOCKSIFY])
		result->known[SOCKSIFY] = false;
}

bool point_measure(struct stage *stage, const struct point *point, struct result *result)
{
	struct run run = {.stage = stage, .point = point};
	*result = (struct result){.baseline = point->traffic == NONE ? DIRECT : BY_HAND, .of_wall = point->wall};
	snprintf(result->name, sizeof result->name, "%s", point->name);
	for (enum mode mode = DIRECT; mode < MODES; mode++)
		if (takes_part(&run, mode))
			start(&run, mode);
	run.count = count_that_fits(&run);
	if (run.count > 0)
		play(&run, result);
	else /* larger buffers are the superuser's: nothing has failed */
		printf("%s: none: a batch is more than receive buffers take\n",
		       bench_name(stage->bench, point->name, "all"));
	for (enum mode mode = DIRECT; mode < MODES; mode++)
		peer_end(&run.clients[mode]);
	return run.count > 0 && all_played(&run);
}
