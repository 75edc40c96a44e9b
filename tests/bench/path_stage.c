#include "tests/bench/path_stage.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/bench/path_wire.h"
#include "tests/live/runner/network.h"

#define SERVER_PORT 1081 /* of this network namespace, where nobody else is */

const char *mode_name(enum mode mode)
{
	static const char *const names[MODES] = {
	    [DIRECT] = "direct", [BY_HAND] = "by hand", [PRELOADED] = "preloaded", [SOCKSIFY] = "socksify"};
	return names[mode];
}

bool stage_has_socksify(void)
{
	return access("/usr/bin/socksify", X_OK) == 0;
}

static int cores[2] = {-1, -1};

static void bind_to(pid_t process, int core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(core, &set);
	sched_setaffinity(process, sizeof set, &set);
}

/* The last processor of those that are allowed: interrupts come to the first ones. */
static void use_one_core(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof set, &set) < 0)
		bench_give_up("sched_getaffinity", "no processor");
	for (int core = CPU_SETSIZE - 1; core >= 0 && cores[1] < 0; core--)
		if (CPU_ISSET(core, &set))
			cores[cores[0] >= 0] = core;
	if (cores[1] < 0)
		cores[1] = cores[0];
	bind_to(0, cores[0]);
}

static void enter(void)
{
	static bool entered;
	struct rlimit limit;
	if (entered)
		return;
	entered = true;
	signal(SIGPIPE, SIG_IGN);
	if (!network_enter(PUBLIC_V4, (const char *[]){RELAY_FROM_V6, NULL}))
		bench_give_up("network", "no network namespace");
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	use_one_core();
}

static void start_relay(struct stage *stage, struct stage_options options)
{
	char path[256], port[16];
	snprintf(path, sizeof path, "%s/path_relay", stage->bench->programs);
	snprintf(port, sizeof port, "%d", SERVER_PORT);
	const char *ready = peer_start(&stage->relay, (char *[]){path, port, NULL}, NULL);
	if (!ready)
		bench_give_up(path, "cannot be started");
	snprintf(stage->target, sizeof stage->target, "%s@%ld", options.by_variable ? PUBLIC_V4 : "127.0.0.1",
		 line_value(ready, "plain"));
	stage->room = line_value(ready, "room");
}

/* Loopback goes direct unless a rule names it; the public address is relayed by default. */
static void write_settings(struct stage *stage, struct stage_options options)
{
	dprintf(stage->settings,
		"servers = ( { name = \"measured\"; url = \"socks5://127.0.0.1:%d\"; } );\nrules = (\n", SERVER_PORT);
	for (long i = 0; i < options.rules; i++)
		dprintf(stage->settings, "{ to = [ \"10.%ld.%ld.0/24\" ]; action = \"direct\"; },\n", i >> 8 & 255,
			i & 255);
	dprintf(stage->settings, "{ to = [ \"127.0.0.0/8\" ]; action = \"relay\"; } );\ndefault = \"relay\";\n%s\n",
		options.more ? options.more : "");
}

static void write_dante(struct stage *stage)
{
	dprintf(stage->dante,
		"route { from: 0.0.0.0/0 to: 0.0.0.0/0 via: 127.0.0.1 port = %d\n"
		"protocol: udp\nproxyprotocol: socks_v5\nmethod: none }\n",
		SERVER_PORT);
}

static void set_variables(struct stage *stage, struct stage_options options)
{
	int pid = (int)getpid();
	char(*set)[512] = stage->variables;
	snprintf(set[0], sizeof set[0], "LD_PRELOAD=%s", stage->bench->library);
	if (options.by_variable)
		snprintf(set[1], sizeof set[1], "SOCKS5UDP_PROXY=socks5://127.0.0.1:%d", SERVER_PORT);
	else
		snprintf(set[1], sizeof set[1], "SOCKS5UDP_CONFIG=/proc/%d/fd/%d", pid, stage->settings);
	snprintf(set[2], sizeof set[2], "LD_PRELOAD=libdsocksd.so.0");
	snprintf(set[3], sizeof set[3], "SOCKS_CONF=/proc/%d/fd/%d", pid, stage->dante);
	/* without this, Dante holds loopback for its own network, and the figure would be that of a leak */
	snprintf(set[4], sizeof set[4], "SOCKS_AUTOADD_LANROUTES=no");
	for (int i = 0; i < 2; i++)
		stage->environments[PRELOADED][i] = set[i];
	for (int i = 0; i < 3; i++)
		stage->environments[SOCKSIFY][i] = set[2 + i];
}

void stage_open(struct stage *stage, const struct bench *bench, struct stage_options options)
{
	*stage = (struct stage){.bench = bench, .watched = options.watched};
	enter();
	stage->settings = memfd_create("settings", MFD_CLOEXEC);
	stage->dante = memfd_create("dante", MFD_CLOEXEC);
	start_relay(stage, options);
	if (options.apart)
		bind_to(stage->relay.pid, cores[1]);
	write_settings(stage, options);
	write_dante(stage);
	set_variables(stage, options);
}

void stage_close(struct stage *stage)
{
	peer_end(&stage->relay);
	close(stage->settings);
	close(stage->dante);
}

void stage_client(struct stage *stage, enum mode mode, struct peer_process *client)
{
	char path[256];
	snprintf(path, sizeof path, "%s/path_client", stage->bench->programs);
	if (!peer_start(client, (char *[]){path, stage->target, stage->target, NULL}, stage->environments[mode]))
		bench_give_up(path, "cannot be started");
	bench_ask(client, "begin");
	if (mode == BY_HAND)
		bench_ask(client, "by_hand %d", SERVER_PORT);
	if (mode == BY_HAND && stage->watched)
		bench_ask(client, "watch");
	bench_ask(client, "cores %d %d", cores[0], cores[1]);
}

char *const *stage_environment(struct stage *stage, enum mode mode)
{
	return stage->environments[mode];
}
