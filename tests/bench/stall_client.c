/* An event loop over many datagram sockets, every call of which is timed.
 *
 *	pass MS   each socket in turn: sendto, and every now and then the other calls; then waits for events, MS at most
 *	report    what the calls took, in nanoseconds; preempted: in how many of them the kernel gave the core to
 *	          somebody else, though the call did not wait; kept: what the others took, of which one in a thousand
 *	          took longer */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/client.h"
#include "tests/bench/samples.h"

#define SOCKETS    256
#define POLLED     16
#define PAYLOAD    64
#define RECEIVES_A 2 /* one after every second sendto, and so on */
#define POLLS_A    4
#define RENEWALS_A 16

enum call { CALL_SOCKET, CALL_CONNECT, CALL_SENDTO, CALL_SEND, CALL_RECV, CALL_POLL, CALL_CLOSE };

static const char *const call_names[] = {"socket", "connect", "sendto", "send", "recv", "poll", "close"};

static struct pollfd sockets[SOCKETS];
static struct samples samples, kept;
static struct rusage before;
static uint64_t slowest, started;
static enum call slowest_call;
static unsigned long sends, failed, steps;

/* A call that fails has been timed like one that does not: what a program does about it is its own affair. */
static void begin(void)
{
	getrusage(RUSAGE_THREAD, &before);
	started = clock_ns();
}

static bool was_preempted(void)
{
	struct rusage after;
	getrusage(RUSAGE_THREAD, &after);
	return after.ru_nivcsw != before.ru_nivcsw && after.ru_nvcsw == before.ru_nvcsw;
}

static void end(enum call call)
{
	uint64_t took = clock_ns() - started;
	samples_add(&samples, took);
	if (!was_preempted())
		samples_add(&kept, took);
	if (took <= slowest)
		return;
	slowest = took;
	slowest_call = call;
}

static void open_socket(struct pollfd *slot, bool connected)
{
	begin();
	slot->fd = client_socket();
	end(CALL_SOCKET);
	slot->events = POLLIN;
	if (!connected)
		return;
	begin();
	(void)connect(slot->fd, (struct sockaddr *)&client_peers[1], sizeof client_peers[1]);
	end(CALL_CONNECT);
}

static void renew(struct pollfd *slot, bool connected)
{
	begin();
	close(slot->fd);
	end(CALL_CLOSE);
	open_socket(slot, connected);
	if (!connected)
		return;
	begin();
	ssize_t sent = send(slot->fd, "renewed", 7, 0);
	end(CALL_SEND);
	failed += sent < 0;
}

static void send_one(int fd)
{
	char payload[PAYLOAD] = "what an event loop sends";
	begin();
	ssize_t sent =
	    sendto(fd, payload, sizeof payload, 0, (struct sockaddr *)&client_peers[0], sizeof client_peers[0]);
	end(CALL_SENDTO);
	sends++;
	failed += sent < 0;
}

static void receive_one(int fd)
{
	char bytes[PAYLOAD];
	begin();
	recv(fd, bytes, sizeof bytes, 0);
	end(CALL_RECV);
}

static void look(size_t first)
{
	begin();
	poll(&sockets[first], POLLED, 0);
	end(CALL_POLL);
}

static void step(size_t at)
{
	steps++;
	send_one(sockets[at].fd);
	if (steps % RECEIVES_A == 0)
		receive_one(sockets[at].fd);
	if (steps % POLLS_A == 0)
		look(at < SOCKETS - POLLED ? at : 0);
	if (steps % RENEWALS_A == 0)
		renew(&sockets[at], steps % (2 * RENEWALS_A) == 0);
}

static void pass(long wait_ms, long unused)
{
	(void)unused;
	for (size_t i = 0; !steps && i < SOCKETS; i++)
		open_socket(&sockets[i], false);
	for (size_t i = 0; i < SOCKETS; i++)
		step(i);
	steps++; /* so that it is not the same sockets every time */
	poll(sockets, SOCKETS, (int)wait_ms);
	printf("ok\n");
}

static void report(long unused, long unused_too)
{
	(void)unused;
	(void)unused_too;
	printf("ok sendto=%lu calls=%zu failed=%lu p50=%" PRIu64 " p99=%" PRIu64 " p99.9=%" PRIu64 " max=%" PRIu64
	       " slowest=%s preempted=%zu kept=%" PRIu64 "\n",
	       sends, samples.count, failed, samples_at(&samples, 0.5), samples_at(&samples, 0.99),
	       samples_at(&samples, 0.999), samples_at(&samples, 1), call_names[slowest_call],
	       samples.count - kept.count, samples_at(&kept, 0.999));
}

int main(int argc, char **argv)
{
	static const struct client_verb verbs[] = {{"pass", pass}, {"report", report}, {NULL, NULL}};
	return client_run(argc, argv, verbs);
}
