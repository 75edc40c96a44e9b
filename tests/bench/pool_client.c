/* Sockets that exchange one datagram at a time.
 *
 *	open N   N sockets, the old ones, and an exchange on each
 *	old      an exchange on the next of them
 *	fresh    the first exchange on a new socket, which stays open
 *
 * The last two answer how long it took, from socket() on, in microseconds. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "tests/bench/client.h"
#include "tests/bench/samples.h"

#define OLD_MOST   64
#define PATIENT_MS 10000

static int sockets[OLD_MOST];
static long count, turn;

static int exchange(int fd)
{
	char bytes[16];
	struct pollfd awaited = {.fd = fd, .events = POLLIN};
	if (sendto(fd, "exchange", 8, 0, (struct sockaddr *)&client_peers[0], sizeof client_peers[0]) != 8)
		return -1;
	ssize_t got;
	do {
		if (poll(&awaited, 1, PATIENT_MS) != 1) {
			errno = ETIME;
			return -1;
		}
		got = recv(fd, bytes, sizeof bytes, 0);
	} while (got < 0 && errno == EAGAIN); /* readable, and then not: select(2), under BUGS */
	return got == 8 ? 0 : -1;
}

static void answer(int result, uint64_t started)
{
	if (result < 0)
		client_error("exchange");
	else
		printf("ok us=%" PRIu64 "\n", (clock_ns() - started) / 1000);
}

static void open_old(long wanted, long unused)
{
	(void)unused;
	uint64_t started = clock_ns();
	int result = 0;
	for (count = 0; count < wanted && count < OLD_MOST && result == 0; count++) {
		sockets[count] = client_socket();
		result = exchange(sockets[count]);
	}
	answer(result, started);
}

static void old(long unused, long unused_too)
{
	(void)unused;
	(void)unused_too;
	uint64_t started = clock_ns();
	answer(exchange(sockets[turn++ % count]), started);
}

static void fresh(long unused, long unused_too)
{
	(void)unused;
	(void)unused_too;
	uint64_t started = clock_ns();
	answer(exchange(client_socket()), started);
}

int main(int argc, char **argv)
{
	static const struct client_verb verbs[] = {{"open", open_old}, {"old", old}, {"fresh", fresh}, {NULL, NULL}};
	return client_run(argc, argv, verbs);
}
