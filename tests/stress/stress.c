/* Sixty-four threads do everything with UDP sockets that a program can, at the same time.
 *
 * usage: stress SECONDS PEER PEER PEER      each ADDRESS@PORT of an echo_peer, the last one over IPv6
 *
 * Prints "ready", "tick" ten times a second, and "done"; what went wrong goes to the standard error. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/stress/payload.h"
#include "tests/stress/verdict.h"
#include "tests/stress/worker.h"

enum { TICK_NS = 100000000, TICKS_A_SECOND = 10, LAST_CALLS_SECONDS = 60, DESCRIPTORS = 1024 };

static const struct action {
	const char *name;
	void (*run)(struct worker *worker, struct mine *mine);
	uint32_t weight;
} actions[] = {
    {"close", mine_close, 30},
    {"connect", mine_connect, 20},
    {"dissolve", mine_dissolve, 5},
    {"shutdown", mine_shutdown, 2},
    {"getpeername", mine_peer, 20},
    {"send", mine_send, 400},
    {"receive", mine_receive, 300},
    {"dup", mine_copy, 30},
    {"contested dup2", contested_take, 40},
    {"contested close", contested_close, 30},
    {"contested send", contested_send, 100},
    {"contested receive", contested_receive, 60},
    {"raise", signal_raise, 20},
    {"handlers' receive", signal_receive, 40},
    {"fork", process_fork, 3},
    {"vfork", process_vfork, 3},
    {"posix_spawn", process_spawn, 2},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static struct worker workers[WORKERS];
static _Atomic bool finished;

uint32_t draw(struct worker *worker, uint32_t below)
{
	worker->random ^= worker->random << 13; /* xorshift64 */
	worker->random ^= worker->random >> 7;
	worker->random ^= worker->random << 17;
	return (uint32_t)(worker->random >> 32) % below;
}

static const struct action *choose(struct worker *worker)
{
	uint32_t all = 0;
	for (size_t i = 0; i < ACTIONS; i++)
		all += actions[i].weight;
	uint32_t at = draw(worker, all);
	const struct action *action = actions;
	while (at >= action->weight)
		at -= action++->weight;
	return action;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	while (!atomic_load(&finished)) {
		const struct action *action = choose(worker);
		struct mine *mine = &worker->mine[draw(worker, MINE)];
		if (mine->fd < 0) {
			atomic_store(&worker->doing, "open");
			mine_open(worker, mine);
		}
		atomic_store(&worker->doing, action->name);
		if (mine->fd >= 0)
			action->run(worker, mine);
	}
	atomic_store(&worker->doing, "end");
	return NULL;
}

static bool start_workers(pthread_t *threads)
{
	uint64_t seed = 0;
	if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
		return false;
	fprintf(stderr, "stress: seed %016llx\n", (unsigned long long)seed);
	for (uint32_t i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){.id = i, .random = (seed + i * GOLDEN) | 1};
		for (int at = 0; at < MINE; at++)
			workers[i].mine[at].fd = -1;
		if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
			return false;
	}
	return true;
}

/* The main thread takes no signals: it has to tell if the others hang. */
static void tick(long seconds)
{
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	for (long i = 0; i < seconds * TICKS_A_SECOND; i++) {
		struct timespec pause = {.tv_nsec = TICK_NS};
		while (clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, &pause) == EINTR)
			;
		printf("tick\n");
		fflush(stdout);
	}
	atomic_store(&finished, true);
}

/* false: some are still in a call that should long have returned */
static bool join_workers(const pthread_t *threads)
{
	struct timespec until;
	bool joined = true;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LAST_CALLS_SECONDS;
	for (int i = 0; i < WORKERS; i++)
		if (pthread_timedjoin_np(threads[i], NULL, &until) != 0) {
			fprintf(stderr, "stress: thread %d hangs in %s\n", i, atomic_load(&workers[i].doing));
			joined = false;
		}
	return joined;
}

static bool prepare(char **arguments)
{
	/* The library's own descriptors lie above the limit, and the contested ones below it. */
	struct rlimit limit = {DESCRIPTORS, DESCRIPTORS * 4};
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < PEERS; i++)
		if (!peer_parse(&peers[i], arguments[i]))
			return false;
	return contested_open() && signals_open();
}

int main(int argc, char **argv)
{
	static pthread_t threads[WORKERS];
	if (argc != 2 + PEERS || !prepare(argv + 2))
		return 2;
	printf("ready\n");
	fflush(stdout);
	if (!start_workers(threads))
		return 2;
	tick(atol(argv[1]));
	bool joined = join_workers(threads);
	int failures = verdict_report();
	printf("done\n");
	fflush(stdout);
	if (!joined)
		_exit(1);
	return failures ? 1 : 0;
}
