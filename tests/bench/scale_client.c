/* Many sockets, and the limits of the process that has them.
 *
 *	open N               opens N more sockets
 *	round FIRST WINDOW   exchanges one datagram on each socket from FIRST on, WINDOW of them at a time
 *	hole                 closes the first socket
 *	raise SOFT           sets the soft limit of descriptors
 *	state                limits, the lowest free descriptor, threads, memory of its own in KiB */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/client.h"
#include "tests/bench/samples.h"

#define SOCKETS_MOST 10000
#define EVENTS       64
#define PATIENT_MS   5000 /* an answer that does not come */

static int sockets[SOCKETS_MOST];
static long count;
static int watch;

static void open_more(long wanted, long unused)
{
	(void)unused;
	for (; wanted > 0 && count < SOCKETS_MOST; wanted--, count++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)count};
		sockets[count] = client_socket();
		if (sockets[count] < 0 || epoll_ctl(watch, EPOLL_CTL_ADD, sockets[count], &event) < 0) {
			client_error("socket");
			return;
		}
	}
	printf("ok count=%ld\n", count);
}

/* Every other socket has the other peer. */
static int send_on(long at)
{
	const struct sockaddr_in *peer = &client_peers[at % CLIENT_PEERS];
	return sendto(sockets[at], &at, sizeof at, 0, (const struct sockaddr *)peer, sizeof *peer) == sizeof at ? 0
														: -1;
}

static int receive_on(long at)
{
	long back;
	return recv(sockets[at], &back, sizeof back, 0) == sizeof back && back == at;
}

/* Answers how many exchanges came to their end: those that are asked for, or fewer. */
static long exchange_all(long first, long window)
{
	struct epoll_event events[EVENTS];
	long next = first, done = 0;
	while (done < count - first) {
		for (; next < count && next - first - done < window; next++)
			if (send_on(next) < 0)
				return done;
		int ready = epoll_wait(watch, events, EVENTS, PATIENT_MS);
		if (ready <= 0)
			return done;
		for (int i = 0; i < ready; i++)
			done += receive_on((long)events[i].data.u64);
	}
	return done;
}

static void exchange_round(long first, long window)
{
	uint64_t started = clock_ns();
	errno = 0;
	long done = exchange_all(first, window);
	printf("ok missing=%ld us=%" PRIu64 " errno=%s\n", count - first - done, (clock_ns() - started) / 1000,
	       strerrorname_np(errno));
}

static void hole(long unused, long unused_too)
{
	(void)unused;
	(void)unused_too;
	printf("%s\n", close(sockets[0]) == 0 ? "ok" : "error close");
}

static void raise_limit(long soft, long unused)
{
	(void)unused;
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)soft;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		client_error("setrlimit");
	else
		printf("ok\n");
}

/* The number that stands behind a name in one of the files about this process, or -1. */
static long number_in(const char *path, const char *name)
{
	char line[256];
	long number = -1;
	FILE *file = fopen(path, "re");
	while (file && number < 0 && fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0)
			number = strtol(line + strlen(name), NULL, 10);
	if (file)
		fclose(file);
	return number;
}

static void state(long unused, long unused_too)
{
	(void)unused;
	(void)unused_too;
	struct rlimit limit = {0};
	getrlimit(RLIMIT_NOFILE, &limit);
	int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(lowest);
	printf("ok soft=%ju hard=%ju lowest=%d threads=%ld dirty=%ld\n", (uintmax_t)limit.rlim_cur,
	       (uintmax_t)limit.rlim_max, lowest, number_in("/proc/self/status", "Threads:"),
	       number_in("/proc/self/smaps_rollup", "Private_Dirty:"));
}

int main(int argc, char **argv)
{
	static const struct client_verb verbs[] = {{"open", open_more},    {"round", exchange_round}, {"hole", hole},
						   {"raise", raise_limit}, {"state", state},          {NULL, NULL}};
	watch = epoll_create1(EPOLL_CLOEXEC);
	return client_run(argc, argv, verbs);
}
