/* Ten thousand relayed sockets in one process: how fast their associations are made, what each costs in memory, and
 * that the process looks to the program as it does without the library. The same program runs without the library
 * before, for what is its own share.
 *
 * Each association takes a descriptor of the process as well, and three of the server: there are two servers, each for
 * one of the peers, and no more sockets than the hard limit has room for. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/figure.h"

#define SOCKETS       10000
#define SOCKETS_SHORT 1000
#define WINDOW        256
#define EARLY         WINDOW /* made before anything is counted, for what the library needs once */
#define ROUNDS        3
#define SPARE         100 /* descriptors that are neither sockets nor associations */
#define SOFT          1024
#define HARD          65536
#define SECOND        "127.0.0.1:1081"
#define SCRIPT        "hold=request"

struct state {
	long soft;
	long hard;
	long lowest; /* free descriptor */
	long threads;
	long dirty; /* KiB */
};

struct stage {
	struct world world;
	struct peer_process second;
};

/* What one run of the program saw. */
struct account {
	struct state early; /* with the first sockets */
	struct state late;  /* with all of them */
	double first_us;    /* the first round on all but the early ones */
	double round_us;    /* the fastest one afterwards */
	long missing;       /* exchanges that did not come to their end */
	long hole;          /* the lowest free descriptor once the first socket is closed */
};

static struct state state_of(struct peer_process *client)
{
	const char *line = bench_ask(client, "state");
	return (struct state){.soft = line_value(line, "soft"),
			      .hard = line_value(line, "hard"),
			      .lowest = line_value(line, "lowest"),
			      .threads = line_value(line, "threads"),
			      .dirty = line_value(line, "dirty")};
}

static double count_round(const char *line, struct account *account)
{
	long missing = line ? line_value(line, "missing") : -1;
	if (missing < 0)
		bench_give_up("round", line ? line : "the process has gone");
	account->missing += missing;
	if (missing)
		fprintf(stderr, "bench: round: %s\n", line);
	return (double)line_value(line, "us");
}

static double exchange_round(struct peer_process *client, long first, struct account *account)
{
	return count_round(bench_ask(client, "round %ld %d", first, WINDOW), account);
}

static void let_go(struct peer_process *server)
{
	bench_ask(server, "await held>=%d", EARLY / 2);
	bench_ask(server, "release");
}

/* The servers answer once all of them are asked, so that the library has as much under way as it ever will. */
static void exchange_early(struct stage *stage, struct peer_process *client, bool relayed, struct account *account)
{
	char command[64];
	snprintf(command, sizeof command, "round 0 %d", WINDOW);
	if (!peer_tell(client, command))
		bench_give_up(command, "the process has gone");
	if (relayed) {
		let_go(&stage->world.server);
		let_go(&stage->second);
	}
	count_round(peer_line(client), account);
}

static void account_take(struct account *account, struct peer_process *client, long count)
{
	bench_ask(client, "open %ld", count - EARLY);
	account->first_us = exchange_round(client, EARLY, account);
	for (int i = 0; i < ROUNDS; i++) {
		double took = exchange_round(client, 0, account);
		if (i == 0 || took < account->round_us)
			account->round_us = took;
	}
	account->late = state_of(client);
	bench_ask(client, "hole");
	account->hole = state_of(client).lowest;
}

static void print_limits(const struct bench *bench, const char *part, const struct account *bare,
			 const struct account *relayed)
{
	figure_bound(bench_name(bench, part, "lowest.early"), (double)relayed->early.lowest,
		     "is the lowest free descriptor", EXACTLY, (double)bare->early.lowest);
	figure_bound(bench_name(bench, part, "lowest.hole"), (double)relayed->hole, "is that of a closed socket",
		     EXACTLY, (double)bare->hole);
	figure_bound(bench_name(bench, part, "soft.early"), (double)relayed->early.soft, "is the soft limit", EXACTLY,
		     (double)bare->early.soft);
	figure_bound(bench_name(bench, part, "soft.late"), (double)relayed->late.soft, "is the soft limit", EXACTLY,
		     (double)bare->late.soft);
	figure_bound(bench_name(bench, part, "threads"), (double)relayed->late.threads, "threads", AT_MOST,
		     (double)bare->late.threads + 1);
}

static double octets_each(const struct account *account, long count)
{
	return (double)(account->late.dirty - account->early.dirty) * 1024 / (double)count;
}

static void print_account(const struct bench *bench, const char *part, long count, const struct account *bare,
			  const struct account *relayed)
{
	double rate = (double)(count - EARLY) / relayed->first_us * 1e6;
	double octets = octets_each(relayed, count - EARLY) - octets_each(bare, count - EARLY);
	figure(bench_name(bench, part, "sockets"), (double)count, "relayed sockets in one process");
	figure_bound(bench_name(bench, part, "missing"), (double)relayed->missing, "exchanges that did not succeed",
		     EXACTLY, 0);
	if (bench->brief)
		figure(bench_name(bench, part, "rate"), rate, "associations a second");
	else
		figure_bound(bench_name(bench, part, "rate"), rate, "associations a second", AT_LEAST, 3000);
	/* What a process has once, a buffer or two of it, weighs more where the flows are few. */
	figure_bound(bench_name(bench, part, "memory"), octets, "octets a flow, besides the kernel's", AT_MOST,
		     bench->brief ? 640 : 512);
	figure(bench_name(bench, part, "exchange"), relayed->round_us / (double)count,
	       "us an exchange, on each in turn");
	figure(bench_name(bench, part, "exchange.bare"), bare->round_us / (double)count,
	       "us without relay and library");
	print_limits(bench, part, bare, relayed);
}

/* The hard limit, raised if that is allowed. */
static long hard_limit(void)
{
	struct rlimit limit = {HARD, HARD};
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		getrlimit(RLIMIT_NOFILE, &limit);
	return (long)limit.rlim_max;
}

static void set_soft_limit(long soft)
{
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)soft;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Of this network namespace: a socket of the program, and one of the server on the same address, for each flow. */
static void use_all_ports(void)
{
	static const char range[] = "1024 65535";
	int fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, range, sizeof range - 1) < 0)
		bench_give_up("ip_local_port_range", "cannot be written");
	close(fd);
}

static void second_server(const struct bench *bench, struct peer_process *server)
{
	char path[256];
	char options[][16] = {"--listen", SECOND, "--relay-from", RELAY_FROM_V4, "-s", SCRIPT};
	char *arguments[] = {path, options[0], options[1], options[2], options[3], options[4], options[5], NULL};
	snprintf(path, sizeof path, "%s/socks_server", bench->programs);
	if (!peer_start(server, arguments, NULL))
		bench_give_up(path, "cannot be started");
}

static struct account account_run(const struct bench *bench, struct stage *stage, long count, long soft, bool preloaded)
{
	struct peer_process client;
	struct account account = {0};
	set_soft_limit(soft);
	bench_client(bench, &stage->world, &client, preloaded);
	bench_ask(&client, "open %d", EARLY);
	exchange_early(stage, &client, preloaded, &account);
	account.early = state_of(&client);
	if (soft == SOFT)
		bench_ask(&client, "raise %ld", count + EARLY + SPARE);
	account_take(&account, &client, count);
	peer_end(&client);
	return account;
}

static void stage_open(const struct bench *bench, struct stage *stage)
{
	bench_world(bench, &stage->world,
		    (struct world_options){
			.script = SCRIPT,
			.servers = ", { name = \"second\"; url = \"socks5://" SECOND "\"; }",
			.rules = "{ to = [ \"127.0.0.2\" ]; via = \"scripted\"; action = \"relay\"; }, "
				 "{ to = [ \"127.0.0.3\" ]; via = \"second\"; action = \"relay\"; }",
		    });
	use_all_ports();
	second_server(bench, &stage->second);
}

static void measure(const struct bench *bench, const char *part, bool starts_low)
{
	struct stage stage;
	long hard = hard_limit(), count = bench->brief ? SOCKETS_SHORT : SOCKETS;
	if (count > hard / 2 - SPARE)
		count = hard / 2 - SPARE;
	stage_open(bench, &stage);
	struct account bare = account_run(bench, &stage, count, starts_low ? SOFT : hard, false);
	struct account relayed = account_run(bench, &stage, count, starts_low ? SOFT : hard, true);
	print_account(bench, part, count, &bare, &relayed);
	peer_end(&stage.second);
	world_close(&stage.world);
}

static void plain(const struct bench *bench)
{
	measure(bench, "plain", false);
}

static void raised(const struct bench *bench)
{
	measure(bench, "raised", true);
}

int main(int argc, char **argv)
{
	static const struct bench_part parts[] = {{"plain", plain}, {"raised", raised}, {NULL, NULL}};
	struct bench bench = {.noun = "scale"};
	return bench_run(&bench, argc, argv, parts);
}
