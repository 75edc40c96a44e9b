/* What a datagram costs a program: direct, by a program that speaks SOCKS5 by hand, preloaded, and under Dante's
 * socksify where that is installed. The modes take turns in blocks of a millisecond or so, and what is compared is
 * compared within a round.
 *
 * usage: bench_path [-s|--short] PROGRAMS LIBRARY [--json FILE] [--columns FILE] [PART...] */
#include <stdio.h>
#include <string.h>

#include "tests/bench/figure.h"
#include "tests/bench/path_fresh.h"
#include "tests/bench/path_point.h"
#include "tests/bench/path_report.h"

#define LOOSE       50.0 /* the bound where little is measured: something has gone wrong altogether */
#define GROWTH      1.05
#define TO_SOCKSIFY 0.10
#define FRESH       1.15 /* a fresh socket, of the processor */
#define POOLED      1.5  /* by the clock, of direct */
#define FIRST       1.3
#define TRUE_MORE   0.20 /* ms */

/* The least that could be reached: the program alone, which nobody relays, or where each datagram has an association of
 * its own a client by hand. */
static void print_least_of_socksify(const struct bench *bench, const struct point *point, const struct result *result)
{
	bool associates = point->limit == FRESH;
	figure(bench_name(bench, point->name, "socksify.least"),
	       result->ratio[associates ? BY_HAND : DIRECT].median / result->ratio[SOCKSIFY].median,
	       associates ? "times Dante's socksify, by hand" : "times Dante's socksify, the program alone");
}

static void print_socksify(const struct bench *bench, const struct point *point, const struct result *result)
{
	const char *name = bench_name(bench, point->name, "socksify");
	if (result->of_wall || result->baseline == DIRECT) {
		figure(name, result->to_socksify.median, "times Dante's socksify");
		return;
	}
	print_least_of_socksify(bench, point, result);
	figure_bound(name, result->to_socksify.median, "times Dante's socksify", AT_MOST,
		     bench->brief ? LOOSE : TO_SOCKSIFY);
}

static void print_result(const struct bench *bench, const struct point *point, const struct result *result)
{
	char unit[192];
	const struct spread *ratio = &result->ratio[PRELOADED];
	const struct spread *cost = point->wall ? result->wall : result->cpu;
	snprintf(unit, sizeof unit, "times %s, quartiles %.3f-%.3f, %.0f ns to %.0f", mode_name(result->baseline),
		 ratio->low, ratio->high, cost[PRELOADED].median, cost[result->baseline].median);
	const char *name = bench_name(bench, point->name, "preloaded");
	if (point->limit > 0)
		figure_bound(name, ratio->median, unit, AT_MOST, bench->brief ? LOOSE : point->limit);
	else
		figure(name, ratio->median, unit);
	if (result->known[SOCKSIFY])
		print_socksify(bench, point, result);
}

static void take(const struct bench *bench, struct stage *stage, const struct point *point, struct result *result)
{
	if (!point_measure(stage, point, result))
		return;
	print_result(bench, point, result);
	report_add(result, point->label);
}

static void measure_all(const struct bench *bench, const struct point *points, struct stage_options options)
{
	struct stage stage;
	struct result result;
	stage_open(&stage, bench, options);
	for (; points->name; points++)
		take(bench, &stage, points, &result);
	stage_close(&stage);
}

static double growth(const struct result *one, const struct result *many, enum mode mode)
{
	return many->cpu[mode].median / one->cpu[mode].median;
}

/* How much more many cost than one: what the kernel adds shows by hand too, and is taken off. */
static void print_growth(const struct bench *bench, const struct result *one, const struct result *many)
{
	if (!one->known[PRELOADED] || !many->known[PRELOADED])
		return;
	double own = many->ratio[PRELOADED].median / one->ratio[PRELOADED].median;
	figure(bench_name(bench, many->name, "growth.by_hand"), growth(one, many, BY_HAND),
	       "times what it is with one");
	figure(bench_name(bench, many->name, "growth.preloaded"), growth(one, many, PRELOADED),
	       "times what it is with one");
	figure_bound(bench_name(bench, many->name, "growth"), own, "times that of by hand", AT_MOST,
		     bench->brief ? LOOSE : GROWTH);
}

/* Each is compared with the first. */
static void measure_growth(const struct bench *bench, const struct point *points)
{
	struct stage stage;
	struct result one = {0}, many = {0};
	stage_open(&stage, bench, (struct stage_options){0});
	take(bench, &stage, points, &one);
	for (points++; points->name; points++) {
		take(bench, &stage, points, &many);
		print_growth(bench, &one, &many);
	}
	stage_close(&stage);
}

static void send_part(const struct bench *bench)
{
	static const struct point points[] = {
	    {.name = "sendto", .label = "sendto", .verb = "sendto", .limit = 0.95},
	    {.name = "sendmsg", .label = "sendmsg", .verb = "sendmsg", .limit = 0.95},
	    {.name = "send", .label = "send", .verb = "send", .connected = true, .limit = 1.03},
	    {.name = "sendmmsg.32",
	     .label = "sendmmsg\\nof 32",
	     .verb = "sendmmsg",
	     .batch = 32,
	     .limit = 0.40,
	     .no_socksify = true},
	    {.name = "sendmmsg.4", .verb = "sendmmsg", .batch = 4, .limit = 0.65, .no_socksify = true},
	    {.name = "sendmmsg.32.targets",
	     .verb = "sendmmsg",
	     .batch = 32,
	     .destinations = 32,
	     .limit = 0.40,
	     .no_socksify = true},
	    {.name = "sendmmsg.4.targets",
	     .verb = "sendmmsg",
	     .batch = 4,
	     .destinations = 4,
	     .limit = 0.65,
	     .no_socksify = true},
	    {.name = "segments.32",
	     .label = "UDP_SEGMENT\\nof 32",
	     .verb = "segments",
	     .batch = 32,
	     .limit = 1.05,
	     .no_socksify = true},
	    {0}};
	measure_all(bench, points, (struct stage_options){0});
}

static void receive_part(const struct bench *bench)
{
	static const struct point points[] = {
	    {.name = "recvfrom", .label = "recvfrom", .verb = "recvfrom", .traffic = FROM_FULL, .limit = 0.95},
	    {.name = "recv", .label = "recv", .verb = "recv", .traffic = FROM_FULL, .connected = true, .limit = 1.03},
	    {.name = "recvmmsg.32",
	     .label = "recvmmsg\\nof 32",
	     .verb = "recvmmsg",
	     .traffic = FROM_FULL,
	     .batch = 32,
	     .limit = 1.00,
	     .no_socksify = true},
	    {0}};
	measure_all(bench, points, (struct stage_options){0});
}

static void exchange_part(const struct bench *bench)
{
	static const struct point points[] = {
	    {.name = "ping", .label = "ping-pong", .verb = "ping", .traffic = ECHOED, .limit = 0.97},
	    {.name = "ping_connected",
	     .label = "ping-pong,\\nconnected",
	     .verb = "ping_connected",
	     .traffic = ECHOED,
	     .connected = true,
	     .limit = 1.03},
	    {.name = "window.32",
	     .label = "window\\nof 32",
	     .verb = "window",
	     .traffic = ECHOED,
	     .batch = 32,
	     .limit = 0.97},
	    {0}};
	measure_all(bench, points, (struct stage_options){0});
}

/* By hand as it takes to find out that the association has ended: with a second thread, which the library has as well.
 * The kernel charges each call on a descriptor more then, and libc each that may be cancelled. */
static void watched_part(const struct bench *bench)
{
	static const struct point points[] = {
	    {.name = "watched.sendto", .verb = "sendto", .no_socksify = true},
	    {.name = "watched.send", .verb = "send", .connected = true, .no_socksify = true},
	    {.name = "watched.recvfrom", .verb = "recvfrom", .traffic = FROM_FULL, .no_socksify = true},
	    {.name = "watched.recv", .verb = "recv", .traffic = FROM_FULL, .connected = true, .no_socksify = true},
	    {.name = "watched.ping", .verb = "ping", .traffic = ECHOED, .no_socksify = true},
	    {.name = "watched.ping_connected",
	     .verb = "ping_connected",
	     .traffic = ECHOED,
	     .connected = true,
	     .no_socksify = true},
	    {0}};
	measure_all(bench, points, (struct stage_options){.watched = true});
}

static void size_part(const struct bench *bench)
{
	static const struct point points[] = {
	    {.name = "sendto.64", .verb = "sendto", .payload = 64, .limit = 0.95},
	    {.name = "sendto.1400", .verb = "sendto", .payload = 1400, .limit = 0.95},
	    {.name = "sendto.8192", .verb = "sendto", .payload = 8192, .limit = 0.95},
	    {.name = "sendmmsg.32.64",
	     .verb = "sendmmsg",
	     .batch = 32,
	     .payload = 64,
	     .limit = 0.40,
	     .no_socksify = true},
	    {.name = "sendmmsg.32.1400",
	     .verb = "sendmmsg",
	     .batch = 32,
	     .payload = 1400,
	     .limit = 0.40,
	     .no_socksify = true},
	    {.name = "sendmmsg.32.8192",
	     .verb = "sendmmsg",
	     .batch = 32,
	     .payload = 8192,
	     .limit = 0.40,
	     .no_socksify = true},
	    {.name = "recvfrom.64", .verb = "recvfrom", .traffic = FROM_FULL, .payload = 64, .limit = 0.95},
	    {.name = "recvfrom.1400", .verb = "recvfrom", .traffic = FROM_FULL, .payload = 1400, .limit = 0.95},
	    {.name = "recvfrom.8192", .verb = "recvfrom", .traffic = FROM_FULL, .payload = 8192, .limit = 0.95},
	    {0}};
	measure_all(bench, points, (struct stage_options){0});
}

static void threads_part(const struct bench *bench)
{
	static const struct point points[] = {
	    {.name = "threads.2", .verb = "sendto", .threads = 2, .flows = 2, .no_socksify = true},
	    {.name = "threads.2.shared", .verb = "sendto", .threads = 2, .shared = true, .no_socksify = true},
	    {.name = "recvfrom.threads.2.shared",
	     .verb = "recvfrom",
	     .traffic = FROM_FULL,
	     .threads = 2,
	     .shared = true,
	     .no_socksify = true},
	    {0}};
	measure_all(bench, points, (struct stage_options){0});
}

static void flows_part(const struct bench *bench)
{
	static const struct point points[] = {
	    {.name = "flows.1", .verb = "sendto", .no_socksify = true},
	    {.name = "flows.100", .verb = "sendto", .flows = 100, .no_socksify = true},
	    {.name = "flows.5000", .verb = "sendto", .flows = 5000, .no_socksify = true},
	    {0}};
	/* The library connects its sockets. Many of these cost the kernel more than as many that are not connected,
	 * for each has a route of its own: that shows by hand here. */
	static const struct point connected[] = {
	    {.name = "flows.1.connected", .verb = "send", .connected = true, .no_socksify = true},
	    {.name = "flows.5000.connected", .verb = "send", .flows = 5000, .connected = true, .no_socksify = true},
	    {0}};
	measure_growth(bench, points);
	measure_growth(bench, connected);
}

static void flows_ping_part(const struct bench *bench)
{
	static const struct point points[] = {
	    {.name = "flows.1.ping", .verb = "ping", .traffic = ECHOED, .no_socksify = true},
	    {.name = "flows.5000.ping", .verb = "ping", .traffic = ECHOED, .flows = 5000, .no_socksify = true},
	    {0}};
	measure_growth(bench, points);
}

static void destinations_part(const struct bench *bench)
{
	static const struct point points[] = {
	    {.name = "destinations.1", .verb = "sendto", .no_socksify = true},
	    {.name = "destinations.10", .verb = "sendto", .destinations = 10, .no_socksify = true},
	    {.name = "destinations.1000", .verb = "sendto", .destinations = 1000, .no_socksify = true},
	    {0}};
	measure_growth(bench, points);
}

static void rules_part(const struct bench *bench)
{
	static const struct {
		long rules;
		struct point point;
	} rows[] = {
	    {0, {.name = "rules.0", .verb = "sendto", .no_socksify = true}},
	    {10, {.name = "rules.10", .verb = "sendto", .no_socksify = true}},
	    {10000, {.name = "rules.10000", .verb = "sendto", .no_socksify = true}},
	    {10000,
	     {.name = "rules.10000.destinations.1000", .verb = "sendto", .destinations = 1000, .no_socksify = true}},
	};
	struct result results[sizeof rows / sizeof *rows] = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct stage stage;
		stage_open(&stage, bench, (struct stage_options){.rules = rows[i].rules});
		take(bench, &stage, &rows[i].point, &results[i]);
		stage_close(&stage);
		if (i)
			print_growth(bench, &results[0], &results[i]);
	}
}

static void apart_part(const struct bench *bench)
{
	static const struct point points[] = {
	    {.name = "apart.ping", .verb = "ping", .traffic = ECHOED, .wall = true},
	    {.name = "apart.window.32", .verb = "window", .traffic = ECHOED, .batch = 32, .wall = true},
	    {0}};
	measure_all(bench, points, (struct stage_options){.apart = true});
}

static void fresh_part(const struct bench *bench)
{
	enum { BURST = 6 };
	static const struct point points[] = {{.name = "fresh",
					       .label = "fresh socket\\neach",
					       .verb = "fresh",
					       .traffic = ECHOED,
					       .count = 64,
					       .limit = FRESH},
					      {0}};
	static const struct point pooled = {.name = "fresh.pooled", .wall = true, .limit = POOLED};
	static const struct point burst = {.name = "fresh.pooled.6", .wall = true};
	static const struct point first = {.name = "first", .wall = true, .limit = FIRST};
	static const struct point first_file = {.name = "first.file", .wall = true}; /* libconfig is loaded for it */
	struct result result;
	measure_all(bench, points, (struct stage_options){0});
	fresh_pooled(bench, 1, &result);
	print_result(bench, &pooled, &result);
	report_add(&result, NULL);
	fresh_pooled(bench, BURST, &result);
	print_result(bench, &burst, &result);
	report_add(&result, NULL);
	fresh_first(bench, true, &result);
	print_result(bench, &first, &result);
	report_add(&result, NULL);
	fresh_first(bench, false, &result);
	print_result(bench, &first_file, &result);
	report_add(&result, NULL);
}

static void local_part(const struct bench *bench)
{
	static const struct point points[] = {
	    {.name = "pipe", .verb = "pipe", .traffic = NONE, .count = 2000, .limit = 1.02},
	    {.name = "file", .verb = "file", .traffic = NONE, .count = 2000, .limit = 1.02},
	    /* With the thread that cares for the association; any program with a second thread pays as much. */
	    {.name = "pipe.relaying", .verb = "pipe", .traffic = NONE, .flows = 1, .count = 2000},
	    {.name = "file.relaying", .verb = "file", .traffic = NONE, .flows = 1, .count = 2000},
	    {0}};
	measure_all(bench, points, (struct stage_options){0});
}

static void start_part(const struct bench *bench)
{
	static const struct point point = {.name = "true", .wall = true};
	struct result result;
	struct more more;
	fresh_true(bench, &result, &more);
	print_result(bench, &point, &result);
	figure(bench_name(bench, point.name, "more.empty"), more.empty / 1e6, "ms, with a library that does nothing");
	figure_bound(bench_name(bench, point.name, "more"), more.preloaded / 1e6, "ms", AT_MOST,
		     bench->brief ? LOOSE : TRUE_MORE);
	report_add(&result, NULL);
}

/* Takes the options that come after the two paths out of the arguments. */
static const char *take_option(int *argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < *argc; i++) {
		if (strcmp(argv[i], name) != 0)
			continue;
		const char *value = argv[i + 1];
		memmove(argv + i, argv + i + 2, (size_t)(*argc - i - 1) * sizeof *argv);
		*argc -= 2;
		return value;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct bench_part parts[] = {{"send", send_part},
						  {"receive", receive_part},
						  {"exchange", exchange_part},
						  {"watched", watched_part},
						  {"size", size_part},
						  {"threads", threads_part},
						  {"flows", flows_part},
						  {"flows_ping", flows_ping_part},
						  {"destinations", destinations_part},
						  {"rules", rules_part},
						  {"apart", apart_part},
						  {"fresh", fresh_part},
						  {"local", local_part},
						  {"start", start_part},
						  {NULL, NULL}};
	struct bench bench = {.noun = "path"};
	const char *json = take_option(&argc, argv, "--json"), *columns = take_option(&argc, argv, "--columns");
	int status = bench_run(&bench, argc, argv, parts);
	report_table();
	if (json && !report_json(json))
		bench_give_up(json, "cannot be written");
	if (columns && !report_columns(columns))
		bench_give_up(columns, "cannot be written");
	return status;
}
