/* How long a call of a non-blocking program takes while its server is of no help: one that accepts and says nothing,
 * and one whose host drops the SYNs. The same program without the library takes turns with it, so that what the
 * machine itself adds is seen. */
#include <stdio.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/figure.h"

#define PASSES       40 /* of 256 calls of sendto each: 10,240 */
#define PASSES_SHORT 8
#define WAIT_MS      20 /* an event loop's timer; the answers that would end the wait do not come */
#define MOST_US      1000
#define RUNS         3

/* Attempts that end within the run, so that calls meet every state of a flow: waiting, failed, tried again. */
static const char settings[] =
    "timeouts = { connect = 0.2; handshake = 0.2; retry_min = 0.1; retry_max = 0.2; }; log = { level = \"error\"; };\n";

static double microseconds(const char *report, const char *name)
{
	return (double)line_value(report, name) / 1000;
}

static void print_time(const struct bench *bench, const char *part, const char *name, double took, double bare)
{
	char what[32];
	figure(bench_name(bench, part, name), took, "us");
	snprintf(what, sizeof what, "%s.ratio", name);
	figure(bench_name(bench, part, what), took / bare, "times what it is without the library");
}

static void print_report(const struct bench *bench, const char *part, const char *report, const char *bare)
{
	static const char *const names[] = {"p50", "p99", "p99.9", "max"};
	char slowest[32] = "", unit[64];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		print_time(bench, part, names[i], microseconds(report, names[i]), microseconds(bare, names[i]));
	sscanf(strstr(report, "slowest="), "slowest=%31s", slowest);
	snprintf(unit, sizeof unit, "us, the slowest call, of %s", slowest);
	figure(bench_name(bench, part, "slowest"), microseconds(report, "max"), unit);
	figure_bound(bench_name(bench, part, "p99.9.kept"), microseconds(report, "kept"),
		     "us, of the calls in which nobody else was given the core", AT_MOST, MOST_US);
	figure(bench_name(bench, part, "preempted"), (double)line_value(report, "preempted"), "calls");
	figure(bench_name(bench, part, "sendto"), (double)line_value(report, "sendto"), "calls");
	figure(bench_name(bench, part, "all"), (double)line_value(report, "calls"), "calls");
	figure(bench_name(bench, part, "failed"), (double)line_value(report, "failed"), "sends");
}

struct reports {
	char bare[LINE_MAX_SIZE];
	char preloaded[LINE_MAX_SIZE];
};

static void run(const struct bench *bench, const char *script, struct reports *reports)
{
	struct world world;
	struct peer_process bare, preloaded;
	bench_world(bench, &world, (struct world_options){.script = script, .more = settings});
	bench_client(bench, &world, &bare, false);
	bench_client(bench, &world, &preloaded, true);
	for (int i = 0; i < (bench->brief ? PASSES_SHORT : PASSES); i++) {
		bench_ask(&bare, "pass %d", WAIT_MS);
		bench_ask(&preloaded, "pass %d", WAIT_MS);
	}
	strcpy(reports->bare, bench_ask(&bare, "report"));
	strcpy(reports->preloaded, bench_ask(&preloaded, "report"));
	peer_end(&bare);
	peer_end(&preloaded);
	world_close(&world);
}

/* What the library does it does in every run; what else the machine does, it may do in one. */
static void measure(const struct bench *bench, const char *part, const char *script)
{
	struct reports reports;
	int runs = 0;
	do
		run(bench, script, &reports);
	while (++runs < RUNS && microseconds(reports.preloaded, "kept") > MOST_US);
	print_report(bench, part, reports.preloaded, reports.bare);
	figure(bench_name(bench, part, "runs"), runs, "runs until one was within the bound, or the last of three");
}

static void silent(const struct bench *bench)
{
	measure(bench, "silent", "hold=greeting");
}

static void deaf(const struct bench *bench)
{
	measure(bench, "deaf", "deaf=1");
}

int main(int argc, char **argv)
{
	static const struct bench_part parts[] = {{"silent", silent}, {"deaf", deaf}, {NULL, NULL}};
	struct bench bench = {.noun = "stall"};
	return bench_run(&bench, argc, argv, parts);
}
