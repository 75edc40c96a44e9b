/* What the first exchange on a fresh socket costs more than one on a socket that has its association, through a server
 * that is 50 ms away with every answer and every datagram: so many of the server's answers it has waited for; none
 * where associations are kept ready. */
#include <stdio.h>
#include <string.h>

#include "core/outcome.h"
#include "tests/bench/bench.h"
#include "tests/bench/figure.h"
#include "tests/bench/samples.h"

#define DELAY_MS    50
#define OLD         8
#define READY       8
#define PAIRS       40
#define PAIRS_SHORT 5

struct setting {
	const char *part;
	const char *script; /* added to the delays */
	const char *login;
	const char *keys; /* added to the settings */
	long ready;       /* associations that the library keeps beside those in use */
};

struct times {
	struct samples old;
	struct samples fresh;
};

static const char patient[] = "timeouts = { connect = 60.0; handshake = 60.0; retry_min = 0.02; retry_max = 0.05; };\n";

/* False: the library refuses the settings. Sends fail then, and in no other case here, for that reason. */
static bool open_old(const struct bench *bench, struct peer_process *client, const struct setting *setting)
{
	char refusal[64], why[128];
	const char *line = bench_try(client, "open %d", OLD);
	snprintf(refusal, sizeof refusal, "error exchange %s", strerrorname_np(outcome_errno(OUTCOME_BAD_SETTINGS)));
	if (strcmp(line, refusal) == 0 && *setting->keys) {
		snprintf(why, sizeof why, "settings refused: the library does not know \"%s\"", setting->keys);
		figure_missing(bench_name(bench, setting->part, "fresh"), why);
		return false;
	}
	if (strncmp(line, "ok", 2) != 0)
		bench_give_up("open", line);
	return true;
}

static void take(struct samples *samples, struct peer_process *client, const char *verb)
{
	samples_add(samples, (uint64_t)line_value(bench_ask(client, "%s", verb), "us"));
}

/* In turns, so that what disturbs the machine disturbs both. Associations that are kept ready are those that the
 * server has answered for, half the exchange on an old socket ago. */
static void exchange_in_turns(const struct bench *bench, struct world *world, struct peer_process *client, long ready,
			      struct times *times)
{
	int pairs = bench->brief ? PAIRS_SHORT : PAIRS;
	for (int i = 0; i < pairs; i++) {
		bench_ask(&world->server, "await open>=%ld", OLD + i + ready);
		take(&times->old, client, "old");
		take(&times->fresh, client, "fresh");
	}
}

static bool measure(const struct bench *bench, const struct setting *setting, struct times *times)
{
	struct world world;
	struct peer_process client;
	char script[256], more[512];
	snprintf(script, sizeof script, "delay=%d;relay_delay=%d;%s", DELAY_MS, DELAY_MS, setting->script);
	snprintf(more, sizeof more, "%s%s\n", patient, setting->keys);
	*times = (struct times){0};
	bench_world(bench, &world, (struct world_options){.script = script, .login = setting->login, .more = more});
	bench_client(bench, &world, &client, true);
	bool accepted = open_old(bench, &client, setting);
	if (accepted)
		exchange_in_turns(bench, &world, &client, setting->ready, times);
	peer_end(&client);
	world_close(&world);
	return accepted;
}

static void times_print(const struct bench *bench, const char *part, struct times *times)
{
	figure(bench_name(bench, part, "old"), (double)samples_at(&times->old, 0.5) / 1000, "ms");
	figure(bench_name(bench, part, "fresh"), (double)samples_at(&times->fresh, 0.5) / 1000, "ms");
}

static void times_free(struct times *times)
{
	samples_free(&times->old);
	samples_free(&times->fresh);
}

static void count_answers(const struct bench *bench, const struct setting *setting, double expected)
{
	struct times times;
	if (!measure(bench, setting, &times))
		return;
	times_print(bench, setting->part, &times);
	double more = (double)samples_at(&times.fresh, 0.5) - (double)samples_at(&times.old, 0.5);
	figure_bound(bench_name(bench, setting->part, "answers"), more / (DELAY_MS * 1000), "answers of the server",
		     ABOUT, expected);
	times_free(&times);
}

static void plain(const struct bench *bench)
{
	count_answers(bench, &(struct setting){.part = "plain", .script = "", .keys = ""}, 2);
}

static void login(const struct bench *bench)
{
	count_answers(bench,
		      &(struct setting){.part = "login", .script = "user=u;password=p", .login = "u:p", .keys = ""}, 3);
}

static void pipeline(const struct bench *bench)
{
	count_answers(bench, &(struct setting){.part = "pipeline", .script = "", .keys = "pipeline = true;"}, 1);
}

static void preconnect(const struct bench *bench)
{
	struct times times;
	const struct setting setting = {.part = "preconnect", .script = "", .keys = "preconnect = 8;", .ready = READY};
	if (!measure(bench, &setting, &times))
		return;
	times_print(bench, setting.part, &times);
	figure_bound(bench_name(bench, setting.part, "ratio"),
		     (double)samples_at(&times.fresh, 0.5) / (double)samples_at(&times.old, 0.5),
		     "times an exchange on an old socket", AT_MOST, 1.1);
	times_free(&times);
}

int main(int argc, char **argv)
{
	static const struct bench_part parts[] = {
	    {"plain", plain}, {"login", login}, {"pipeline", pipeline}, {"preconnect", preconnect}, {NULL, NULL}};
	struct bench bench = {.noun = "pool"};
	return bench_run(&bench, argc, argv, parts);
}
