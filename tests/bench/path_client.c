/* The load program: the same calls direct, preloaded, and under another library; or, told so, as a program makes them
 * that speaks SOCKS5 itself.
 *
 *	by_hand PORT         from now on, through the server at 127.0.0.1:PORT
 *	watch                a thread waits for the end of a control connection, as it takes to know of that
 *	payload OCTETS
 *	destinations N       the targets that sends take in turn
 *	cores FIRST SECOND   where the threads run
 *	threads N SHARED     SHARED: on the same sockets; else each has its part of them
 *	open N CONNECTED     opens N more sockets and sends one datagram on each
 *	close                all of them
 *	PATTERN COUNT BATCH  COUNT datagrams, BATCH a call or window where that is part of the pattern
 *	pipe COUNT           one octet in and out, so many times; file: the same
 *
 * The last ones answer "ok timed=N cpu=NS wall=NS": the last N of the datagrams (the first ones warm the caches), the
 * processor time of the threads that made them as getrusage counts it, but to the nanosecond, and the time it took. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/client.h"
#include "tests/bench/path_lane.h"
#include "tests/bench/samples.h"

#define SOCKETS_MOST 5000
#define THREADS_MOST 2
#define ROOM         (8 << 20)
#define WARM_SHARE   8 /* one datagram of so many warms up */

struct load load = {.destinations = 1, .payload = 512};

static int sockets[SOCKETS_MOST], controls[SOCKETS_MOST];
static long socket_count;
static long threads = 1;
static bool shared;
static int cores[THREADS_MOST];
static struct lane lanes[THREADS_MOST];
static pthread_barrier_t start_line;

struct span {
	uint64_t cpu;
	uint64_t wall;
	long timed;
};

struct work {
	const struct pattern *pattern;
	struct lane *lane;
	long count;
	int core;
	struct span span;
	int error; /* errno, or 0 */
};

static uint64_t clock_of(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void span_begin(struct span *span, clockid_t clock)
{
	span->wall = clock_ns();
	span->cpu = clock_of(clock);
}

static void span_end(struct span *span, clockid_t clock, long timed)
{
	span->cpu = clock_of(clock) - span->cpu;
	span->wall = clock_ns() - span->wall;
	span->timed = timed;
}

static void say_span(const struct span *span)
{
	printf("ok timed=%ld cpu=%" PRIu64 " wall=%" PRIu64 "\n", span->timed, span->cpu, span->wall);
}

/* Whole batches. Answers how many datagrams it was, or -1. */
static long step_through(const struct work *work, long count)
{
	lane_step *step = load.by_hand ? work->pattern->by_hand : work->pattern->program;
	long done = 0;
	while (done < count) {
		long now = step(work->lane);
		if (now <= 0)
			return -1;
		done += now;
	}
	return done;
}

static void work_do(struct work *work, clockid_t clock)
{
	long warm = work->count / WARM_SHARE / work->lane->batch * work->lane->batch;
	errno = 0;
	if (step_through(work, warm) >= 0) {
		span_begin(&work->span, clock);
		long timed = step_through(work, work->count - warm);
		span_end(&work->span, clock, timed);
		if (timed == work->count - warm)
			return;
	}
	work->error = errno ? errno : EBADMSG;
}

static void *work_in_thread(void *argument)
{
	struct work *work = argument;
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(work->core, &set);
	sched_setaffinity(0, sizeof set, &set);
	pthread_barrier_wait(&start_line);
	work_do(work, CLOCK_THREAD_CPUTIME_ID);
	return NULL;
}

static void work_together(struct work *works)
{
	pthread_t ids[THREADS_MOST];
	pthread_barrier_init(&start_line, NULL, (unsigned)threads);
	for (long i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, work_in_thread, &works[i]) != 0)
			exit(1);
	for (long i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	pthread_barrier_destroy(&start_line);
}

static void lane_set(struct lane *lane, long part, long parts, long batch)
{
	lane->sockets = sockets + part * socket_count / parts;
	lane->count = (part + 1) * socket_count / parts - part * socket_count / parts;
	lane->batch = batch < 1 ? 1 : batch > LANE_BATCH ? LANE_BATCH : batch;
	if (lane->turn >= lane->count)
		lane->turn = 0;
	if (lane->destination >= load.destinations)
		lane->destination = 0;
}

static void say_all(const struct work *works)
{
	struct span sum = {0};
	for (long i = 0; i < threads; i++) {
		if (works[i].error) {
			printf("error %s %s\n", works[i].pattern->name, strerrorname_np(works[i].error));
			return;
		}
		sum.cpu += works[i].span.cpu;
		sum.timed += works[i].span.timed;
		if (works[i].span.wall > sum.wall)
			sum.wall = works[i].span.wall;
	}
	say_span(&sum);
}

static void run(const struct pattern *pattern, long count, long batch)
{
	struct work works[THREADS_MOST] = {0};
	for (long i = 0; i < threads; i++) {
		lane_set(&lanes[i], shared ? 0 : i, shared ? 1 : threads, batch);
		if (pattern->prepare)
			pattern->prepare(&lanes[i], load.by_hand ? WIRE_HEADER : 0);
		works[i] = (struct work){pattern, &lanes[i], count / threads, cores[i], {0}, 0};
	}
	if (threads == 1)
		work_do(&works[0], CLOCK_PROCESS_CPUTIME_ID);
	else
		work_together(works);
	say_all(works);
}

#define RUN(name)                                                                                                      \
	static void run_##name(long count, long batch)                                                                 \
	{                                                                                                              \
		run(pattern_named(#name), count, batch);                                                               \
	}
RUN(sendto)
RUN(send)
RUN(sendmsg)
RUN(sendmmsg)
RUN(segments)
RUN(recvfrom)
RUN(recv)
RUN(recvmmsg)
RUN(ping)
RUN(ping_connected)
RUN(window)
RUN(fresh)

static void by_hand(long port, long unused)
{
	(void)unused;
	load.by_hand = true;
	load.server = wire_loopback((in_port_t)port);
	printf("ok\n");
}

static void *wait_for_the_end(void *control)
{
	struct pollfd end = {.fd = *(int *)control, .events = POLLRDHUP};
	poll(&end, 1, -1);
	return NULL;
}

static void watch(long unused, long unused_too)
{
	static int control;
	pthread_t watcher;
	(void)unused;
	(void)unused_too;
	control = hand_associate();
	if (control < 0 || pthread_create(&watcher, NULL, wait_for_the_end, &control) != 0)
		client_error("watch");
	else
		printf("ok\n");
}

static void set_payload(long octets, long unused)
{
	(void)unused;
	load.payload = octets < 0 || octets > LANE_PAYLOAD ? LANE_PAYLOAD : (size_t)octets;
	printf("ok\n");
}

static void set_destinations(long count, long unused)
{
	(void)unused;
	load.destinations = count < 1 ? 1 : count > LANE_DESTINATIONS ? LANE_DESTINATIONS : count;
	printf("ok\n");
}

static void set_cores(long first, long second)
{
	cores[0] = (int)first;
	cores[1] = (int)second;
	printf("ok\n");
}

static void set_threads(long count, long is_shared)
{
	threads = count < 1 ? 1 : count > THREADS_MOST ? THREADS_MOST : count;
	shared = is_shared;
	printf("ok\n");
}

/* By hand there is an association before; for everybody the socket is then used once, which opens every way. */
static bool make_ready(int fd, int *control, bool connected)
{
	struct sockaddr_in peer = load.targets[0];
	uint8_t hello[WIRE_HEADER + 5] = {0};
	size_t at = load.by_hand ? 0 : WIRE_HEADER;
	*control = load.by_hand ? hand_associate() : -1;
	if (load.by_hand && *control < 0)
		return false;
	if (load.by_hand)
		peer = load.relay;
	wire_put_header(hello, &load.targets[0]);
	wire_make_room(fd, ROOM);
	if (connected && connect(fd, (struct sockaddr *)&peer, sizeof peer) < 0)
		return false;
	return sendto(fd, hello + at, sizeof hello - at, 0, connected ? NULL : (struct sockaddr *)&peer,
		      connected ? 0 : sizeof peer) == (ssize_t)(sizeof hello - at);
}

static void open_more(long wanted, long connected)
{
	for (; wanted > 0 && socket_count < SOCKETS_MOST; wanted--, socket_count++) {
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		sockets[socket_count] = fd;
		if (fd < 0 || !make_ready(fd, &controls[socket_count], connected)) {
			client_error("open");
			return;
		}
	}
	printf("ok room=%ld\n", wire_room(sockets[0]));
}

static void close_all(long unused, long unused_too)
{
	(void)unused;
	(void)unused_too;
	for (; socket_count > 0; socket_count--) {
		close(sockets[socket_count - 1]);
		if (controls[socket_count - 1] >= 0)
			close(controls[socket_count - 1]);
	}
	printf("ok\n");
}

static void one_octet(int in, int out, long count)
{
	struct span span;
	char octet = 1;
	bool done = true;
	span_begin(&span, CLOCK_PROCESS_CPUTIME_ID);
	for (long i = 0; i < count; i++)
		done &= write(out, &octet, 1) == 1 && read(in, &octet, 1) == 1;
	span_end(&span, CLOCK_PROCESS_CPUTIME_ID, count);
	if (done)
		say_span(&span);
	else
		client_error("read");
	close(in);
	close(out);
}

static void run_pipe(long count, long unused)
{
	(void)unused;
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		client_error("pipe");
	else
		one_octet(ends[0], ends[1], count);
}

static void run_file(long count, long unused)
{
	(void)unused;
	char name[64];
	int out = memfd_create("octets", MFD_CLOEXEC);
	snprintf(name, sizeof name, "/proc/self/fd/%d", out);
	one_octet(open(name, O_RDONLY | O_CLOEXEC), out, count);
}

static void use_all_descriptors(void)
{
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* The first target is the first peer; the others are hosts beside it, where the same port is listened on. */
static void set_targets(void)
{
	for (uint32_t i = 0; i < LANE_DESTINATIONS; i++) {
		load.targets[i] = client_peers[0];
		if (i)
			load.targets[i].sin_addr.s_addr = htonl(0x7f010000 + i);
	}
}

/* The peers are known before the first verb only: each of these needs them. */
static void begin(long unused, long unused_too)
{
	(void)unused;
	(void)unused_too;
	set_targets();
	use_all_descriptors();
	printf("ok\n");
}

int main(int argc, char **argv)
{
	static const struct client_verb verbs[] = {{"begin", begin},
						   {"by_hand", by_hand},
						   {"watch", watch},
						   {"payload", set_payload},
						   {"destinations", set_destinations},
						   {"cores", set_cores},
						   {"threads", set_threads},
						   {"open", open_more},
						   {"close", close_all},
						   {"sendto", run_sendto},
						   {"send", run_send},
						   {"sendmsg", run_sendmsg},
						   {"sendmmsg", run_sendmmsg},
						   {"segments", run_segments},
						   {"recvfrom", run_recvfrom},
						   {"recv", run_recv},
						   {"recvmmsg", run_recvmmsg},
						   {"ping", run_ping},
						   {"ping_connected", run_ping_connected},
						   {"window", run_window},
						   {"fresh", run_fresh},
						   {"pipe", run_pipe},
						   {"file", run_file},
						   {NULL, NULL}};
	return client_run(argc, argv, verbs);
}
