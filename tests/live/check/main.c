/* Has socks5udp-check try scripted servers, and compares what it says of them.
 *
 * usage: run_check PROGRAMS CHECK [ROW]     (without: all of them, some at a time, for they mostly wait) */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/runner/world.h"

enum { SECONDS_A_ROW = 60, AT_A_TIME = 6, ARGUMENTS_MAX = 16, TEXT_SIZE = 128 };

struct row {
	const char *name;
	const char *script;   /* of the server */
	const char *commands; /* to it, before the check begins */
	const char *login;
	const char *listen;
	const char *more;         /* of the settings */
	const char *proxy;        /* another server than that */
	const char *target;       /* instead of the echo peer */
	const char *other_target; /* beside it, instead of the one over IPv6 */
	const char *stun;         /* the mode of a STUN server; NULL: none */
	const char *arguments[2];
	bool second;       /* a correct server comes after */
	bool names_target; /* the echo peer by a name, too */
	bool target_ipv6;  /* the echo peer over IPv6 is the first target */
	bool impatient;    /* something is awaited in vain */
	bool usable;
	const char *found;
};

static const struct row rows[] = {
#define ROW(row, ...) {.name = #row, __VA_ARGS__},
#include "tests/live/check/rows.def"
#undef ROW
};

#define PATIENT   "timeouts = { connect = 10.0; handshake = 10.0; };\n"
#define IMPATIENT "timeouts = { connect = 0.4; handshake = 0.6; };\n"

static const char *playing = "";

static void expect(bool condition, const char *what, const char *text)
{
	if (condition)
		return;
	fprintf(stderr, "%s: %s: %s\n", playing, what, text);
	exit(1);
}

/* What check is started with; the texts are its own. */
struct command_line {
	char texts[ARGUMENTS_MAX][TEXT_SIZE];
	char *arguments[ARGUMENTS_MAX + 1];
	int count;
};

static void add(struct command_line *line, const char *text)
{
	snprintf(line->texts[line->count], TEXT_SIZE, "%s", text);
	line->arguments[line->count] = line->texts[line->count];
	line->count++;
}

/* ADDRESS@PORT as echo:ADDRESS:PORT; host: instead of the address, or NULL. */
static void add_peer(struct command_line *line, const char *peer, const char *host)
{
	char address[64], text[TEXT_SIZE];
	const char *port = strchr(peer, '@') + 1;
	bool six = strchr(peer, ':') != NULL;
	snprintf(address, sizeof address, "%.*s", (int)(port - peer) - 1, peer);
	snprintf(text, sizeof text, "echo:%s%s%s:%s", six ? "[" : "", host ? host : address, six ? "]" : "", port);
	add(line, "--check-target");
	add(line, text);
}

static void add_targets(struct command_line *line, const struct row *row, const struct world *world)
{
	if (row->target) {
		add(line, "--check-target");
		add(line, row->target);
		return;
	}
	add_peer(line, world->peers[row->target_ipv6 ? 2 : 0], NULL);
	if (row->names_target)
		add_peer(line, world->peers[0], "peer.invalid");
	if (row->other_target) {
		add(line, "--check-target");
		add(line, row->other_target);
	} else {
		add_peer(line, world->peers[2], NULL);
	}
}

/* Of a finding that has one. */
static void note_diagnosis(char *found, size_t size, const char *step, const char *end)
{
	static const char key[] = "\"diagnosis\": \"";
	const char *diagnosis = strstr(step, key);
	size_t used = strlen(found);
	if (!diagnosis || diagnosis > end)
		return;
	diagnosis += strlen(key);
	snprintf(found + used, size - used, "%s%.*s:%.*s", used ? " " : "", (int)strcspn(step, "\""), step,
		 (int)strcspn(diagnosis, "\""), diagnosis);
}

static void collect(char *found, size_t size, const char *json)
{
	static const char key[] = "\"step\": \"";
	*found = '\0';
	for (const char *step = json; (step = strstr(step, key));) {
		step += strlen(key);
		note_diagnosis(found, size, step, step + strcspn(step, "}"));
	}
}

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* The server's diagnosis is that of what failed, which is the last step that has one. */
static void compare(const struct row *row, const struct program_run *run)
{
	char found[512], summary[128];
	const char *last = strrchr(row->found, ':');
	bool failed = last && (!row->usable || row->second);
	collect(found, sizeof found, run->output);
	expect(WIFEXITED(run->status), "ended by a signal", run->output);
	expect(strcmp(found, row->found) == 0, found, run->output);
	expect(WEXITSTATUS(run->status) == !row->usable, *run->errors ? run->errors : "exit status", run->output);
	snprintf(summary, sizeof summary, "\"usable\": %s, \"diagnosis\": \"%s\"", failed ? "false" : "true",
		 failed ? last + 1 : "none");
	expect(has(run->output, summary), summary, run->output);
	expect(!last || has(run->output, failed ? "\"mark\": \"failed\"" : "\"mark\": \"remark\""), "mark",
	       run->output);
	expect(failed == has(run->output, "\"mark\": \"failed\""), "mark", run->output);
	expect(!has(run->output, "secret") && !has(run->errors, "secret"), "a secret is told", run->output);
	expect(*run->errors == '\0', "standard error", run->errors);
}

static void tell_server(struct world *world, const char *commands)
{
	size_t length = commands ? strlen(commands) : 0;
	expect(!commands || write(world->server.to, commands, length) == (ssize_t)length, "server", "is gone");
}

static void add_stun(struct command_line *line, const struct row *row, const char *programs, struct peer_process *stun)
{
	char path[256], mode[16], address[] = "127.0.0.2", other[] = "127.0.0.3", text[TEXT_SIZE];
	snprintf(path, sizeof path, "%s/stun_peer", programs);
	snprintf(mode, sizeof mode, "%s", row->stun);
	const char *ready = peer_start(stun, (char *[]){path, address, other, mode, NULL}, NULL);
	expect(ready != NULL, "no STUN server", path);
	snprintf(text, sizeof text, "%s", ready);
	*strchr(text, '@') = ':';
	add(line, "--check-stun");
	add(line, text);
}

/* Where a correct server comes after the one in question. */
#define SECOND_AT "127.0.0.1:1080"

static void start_second(struct peer_process *second, const char *programs)
{
	char path[256], listen[] = "--listen", at[] = SECOND_AT;
	snprintf(path, sizeof path, "%s/socks_server", programs);
	expect(peer_start(second, (char *[]){path, listen, at, NULL}, NULL) != NULL, "no second server", path);
}

static void open_world(struct world *world, const struct row *row, const char *programs)
{
	char more[256];
	snprintf(more, sizeof more, "%s%s", row->impatient ? IMPATIENT : PATIENT, row->more ? row->more : "");
	struct world_options options = {.programs = programs,
					.script = row->script,
					.login = row->login,
					.listen = row->listen,
					.more = more,
					.servers = row->second ? ", { url = \"socks5://" SECOND_AT "\"; }" : NULL};
	expect(world_open(world, &options), "no world", row->name);
}

static void run_check(const struct row *row, const struct world *world, struct command_line *line)
{
	char proxy[128], settings[128];
	struct program_run run;
	snprintf(settings, sizeof settings, "SOCKS5UDP_CONFIG=/proc/%d/fd/%d", (int)getpid(), world->settings);
	snprintf(proxy, sizeof proxy, "SOCKS5UDP_PROXY=%s", row->proxy ? row->proxy : "");
	expect(program_run(&run, line->arguments, (char *[]){settings, proxy, NULL}, SECONDS_A_ROW), "not started",
	       line->arguments[0]);
	compare(row, &run);
	program_run_free(&run);
}

static void play(const struct row *row, const char *programs, const char *check)
{
	struct world world;
	struct peer_process stun = {.pid = -1}, second = {.pid = -1};
	struct command_line line = {.count = 0};
	open_world(&world, row, programs);
	if (row->second)
		start_second(&second, programs);
	add(&line, check);
	add(&line, "--json");
	add_targets(&line, row, &world);
	if (row->stun)
		add_stun(&line, row, programs, &stun);
	for (int i = 0; i < 2 && row->arguments[i]; i++)
		add(&line, row->arguments[i]);
	tell_server(&world, row->commands);
	run_check(row, &world, &line);
	peer_end(&stun);
	peer_end(&second);
	world_close(&world);
}

/* The processes that play rows, by row; 0: not begun, or over. */
static pid_t players[sizeof rows / sizeof *rows];

static void begin(size_t row, const char *programs, const char *check)
{
	players[row] = fork();
	expect(players[row] >= 0, "no process", rows[row].name);
	if (players[row] > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	playing = rows[row].name;
	alarm(SECONDS_A_ROW);
	play(&rows[row], programs, check);
	exit(0);
}

/* Whether the row that ends next was as it should be. */
static bool end_one(void)
{
	int status = -1;
	pid_t ended = wait(&status);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (players[i] != ended)
			continue;
		if (status != 0)
			fprintf(stderr, "%s: failed\n", rows[i].name);
		players[i] = 0;
	}
	return ended > 0 && status == 0;
}

static bool play_all(const char *programs, const char *check)
{
	size_t count = sizeof rows / sizeof *rows;
	bool good = true;
	for (size_t i = 0; i < count + AT_A_TIME; i++) {
		if (i >= AT_A_TIME)
			good &= end_one();
		if (i < count)
			begin(i, programs, check);
	}
	return good;
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return !play_all(argv[1], argv[2]);
	for (size_t i = 0; argc == 4 && i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(rows[i].name, argv[3]) != 0)
			continue;
		begin(i, argv[1], argv[2]);
		return !end_one();
	}
	fputs("usage: run_check PROGRAMS CHECK [ROW]\n", stderr);
	return 2;
}
