/* What a lookup through the tunnel costs, against the same query by dig under the library: whole programs, in turns. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/figure.h"
#include "tests/bench/samples.h"

#define SERVER      "127.0.0.3"
#define PORT        5300
#define NAME        "name.test."
#define TURNS       200
#define TURNS_SHORT 20

extern char **environ;

/* Every name has this address. */
static size_t answer(unsigned char *message, size_t size, size_t room)
{
	static const unsigned char record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 1};
	size_t end = 12;
	while (end < size && message[end])
		end += 1U + message[end];
	end += 5;
	if (end > size || end + sizeof record > room)
		return 0;
	memcpy(message + 2, "\x85\x80\0\1\0\1\0\0\0\0", 10);
	memcpy(message + end, record, sizeof record);
	return end + sizeof record;
}

_Noreturn static void serve(int fd)
{
	unsigned char message[512];
	struct sockaddr_storage asker;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		socklen_t length = sizeof asker;
		ssize_t size = recvfrom(fd, message, sizeof message, 0, (struct sockaddr *)&asker, &length);
		size_t full = size < 12 ? 0 : answer(message, (size_t)size, sizeof message);
		if (full)
			sendto(fd, message, full, 0, (struct sockaddr *)&asker, length);
	}
}

static pid_t start_nameserver(void)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET, SERVER, &name.sin_addr);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) < 0)
		bench_give_up("the nameserver", "cannot be started");
	pid_t pid = fork();
	if (pid == 0)
		serve(fd);
	close(fd);
	return pid;
}

/* What the library needs to be told, and of this process' environment what programs are found by. */
static void prepare_environment(const struct world *world, char **environment)
{
	size_t at = 0;
	for (char *const *entry = world->environment; *entry; entry++)
		environment[at++] = *entry;
	for (char **entry = environ; *entry; entry++)
		if (strncmp(*entry, "PATH=", 5) == 0)
			environment[at++] = *entry;
	environment[at] = NULL;
}

static uint64_t time_of(char *const *arguments, char *const *environment)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	uint64_t started = clock_ns();
	if (posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environment) != 0 ||
	    waitpid(pid, &status, 0) < 0 || status != 0)
		bench_give_up(arguments[0], "is not there, or finds nothing");
	uint64_t ended = clock_ns();
	posix_spawn_file_actions_destroy(&actions);
	return ended - started;
}

struct times {
	struct samples lookup;
	struct samples dig;
	struct samples ratio; /* of each turn, in thousandths */
};

static void take_turns(const struct bench *bench, char *const *environment, struct times *times)
{
	char *lookup[] = {(char[]){"getent"}, (char[]){"ahostsv4"}, (char[]){NAME}, NULL};
	char *dig[] = {(char[]){"dig"},
		       (char[]){"@" SERVER},
		       (char[]){"-p"},
		       (char[]){"5300"},
		       (char[]){"+short"},
		       (char[]){NAME},
		       NULL};
	int turns = bench->brief ? TURNS_SHORT : TURNS;
	for (int i = 0; i < turns; i++) {
		uint64_t by_dig = i % 2 ? time_of(dig, environment) : 0;
		uint64_t taken = time_of(lookup, environment);
		if (!by_dig)
			by_dig = time_of(dig, environment);
		samples_add(&times->lookup, taken);
		samples_add(&times->dig, by_dig);
		samples_add(&times->ratio, taken * 1000 / by_dig);
	}
}

static void print_spread(const struct bench *bench, const char *what, struct samples *samples, double unit,
			 const char *name)
{
	static const struct {
		const char *name;
		double share;
	} shares[] = {{"p10", 0.1}, {"p50", 0.5}, {"p90", 0.9}};
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
		char full[64];
		snprintf(full, sizeof full, "%s.%s", what, shares[i].name);
		figure(bench_name(bench, "tunnel", full), (double)samples_at(samples, shares[i].share) / unit, name);
	}
}

static void tunnel(const struct bench *bench)
{
	struct world world;
	struct times times = {0};
	char *environment[16], more[128];
	snprintf(more, sizeof more, "dns = { mode = \"tunnel\"; server = [ \"%s:%d\" ]; };\n", SERVER, PORT);
	bench_world(bench, &world, (struct world_options){.more = more});
	pid_t nameserver = start_nameserver();
	prepare_environment(&world, environment);
	take_turns(bench, environment, &times);
	print_spread(bench, "lookup", &times.lookup, 1e6, "ms");
	print_spread(bench, "dig", &times.dig, 1e6, "ms");
	print_spread(bench, "turn", &times.ratio, 1e3, "times the same by dig");
	figure_bound(bench_name(bench, "tunnel", "ratio"), (double)samples_at(&times.ratio, 0.5) / 1000,
		     "times the same by dig", AT_MOST, 1.2);
	samples_free(&times.lookup);
	samples_free(&times.dig);
	samples_free(&times.ratio);
	kill(nameserver, SIGKILL);
	waitpid(nameserver, NULL, 0);
	world_close(&world);
}

int main(int argc, char **argv)
{
	static const struct bench_part parts[] = {{"tunnel", tunnel}, {NULL, NULL}};
	struct bench bench = {.noun = "names"};
	return bench_run(&bench, argc, argv, parts);
}
