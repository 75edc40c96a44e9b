/* What a datagram costs a program: direct, by a program that speaks SOCKS5 by hand, preloaded, and under Dante's
 * socksify where that is installed. The modes take turns in blocks of a millisecond or so, and what is compared is
 * compared within a round.
 *
 * usage: bench_path [-s|--short] PROGRAMS LIBRARY [--json FILE] [--columns FILE] [PART...] */
#include <stdio.h>
#include <string.h>

#include "tests/bench/figure.h"
#include "tests/bench/path_point.h"
#include "tests/bench/path_report.h"

#define LOOSE       5.0 /* the bound where little is measured */
#define TO_SOCKSIFY 0.10

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
	if (result->known[SOCKSIFY] && !bench->brief)
		figure_bound(bench_name(bench, point->name, "socksify"), result->to_socksify.median,
			     "times Dante's socksify", AT_MOST, TO_SOCKSIFY);
}

static void measure_all(const struct bench *bench, const struct point *points)
{
	struct stage stage;
	stage_open(&stage, bench, (struct stage_options){0});
	for (; points->name; points++) {
		struct result result;
		if (!point_measure(&stage, points, &result))
			continue;
		print_result(bench, points, &result);
		report_add(&result, points->label);
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
	measure_all(bench, points);
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
	measure_all(bench, points);
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
	measure_all(bench, points);
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
	static const struct bench_part parts[] = {
	    {"send", send_part}, {"receive", receive_part}, {"exchange", exchange_part}, {NULL, NULL}};
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
