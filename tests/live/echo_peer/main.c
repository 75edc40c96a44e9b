/* A UDP peer for tests: answers each datagram with its payload.
 *
 * usage: echo_peer ADDRESS[@PORT]...     (no port: a free one)
 *
 * A link-local address is the loopback interface's. Prints "ready ADDRESS@PORT ..." and serves until its standard input
 * ends or SIGTERM comes. Each address has a second socket on another port, the outsider. A payload that starts with '!'
 * asks for something else:
 *
 *	!who            the text of the source, ADDRESS@PORT
 *	!marks          hop limit and traffic class that it came with, as a text with the same ones
 *	!repeat N TEXT  TEXT, N times
 *	!size N         N octets
 *	!segments N M L N times M octets, and L, in one call (UDP_SEGMENT): the kernel hands them over joined to UDP_GRO
 *	!empty          no octets
 *	!silent         no answer
 *	!other TEXT     TEXT, from the outsider
 *	!call HOST PORT the outsider writes "call" to HOST PORT
 *
 * Commands on the standard input, answered by one line: "sources" and "outsiders", what each kind of socket has heard
 * since the last such command (sources.h); "quit". */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/live/echo_peer/sources.h"
#include "tests/live/marked/marked.h"

#define ENDPOINT_MAX   16
#define SOCKET_BUFFER  (16 << 20)
#define DATAGRAM_SIZE  65536
#define REPETITION_MAX 1000

struct peer {
	int fd;
	int outsider;
};

struct arrival {
	int fd;
	int outsider;
	struct sockaddr_storage from;
	socklen_t from_size;
	struct packet_marks marks;
	size_t size;
	char bytes[DATAGRAM_SIZE + 1];
};

static struct sources sources, outsiders;

static void finish(int number)
{
	(void)number;
	_exit(0);
}

static socklen_t address_of(const char *host, unsigned port, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (void *)address;
	struct sockaddr_in6 *v6 = (void *)address;
	memset(address, 0, sizeof *address);
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return sizeof *v4;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
		return 0;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
		v6->sin6_scope_id = if_nametoindex("lo");
	return sizeof *v6;
}

static void address_text(const struct sockaddr_storage *address, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "";
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	bool six = address->ss_family == AF_INET6;
	inet_ntop(address->ss_family, six ? (const void *)&v6->sin6_addr : &v4->sin_addr, host, sizeof host);
	snprintf(text, size, "%s@%u", host, ntohs(six ? v6->sin6_port : v4->sin_port));
}

static int bound_socket(const char *host, unsigned port)
{
	struct sockaddr_storage address;
	socklen_t size = address_of(host, port, &address);
	int fd = size ? socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;
	int room = SOCKET_BUFFER;
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
	marked_ask(fd, address.ss_family);
	if (bind(fd, (struct sockaddr *)&address, size) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool peer_open(struct peer *peer, char *where)
{
	char text[INET6_ADDRSTRLEN + 8];
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	const char *host = strsep(&where, "@");
	peer->fd = bound_socket(host, where ? (unsigned)atoi(where) : 0);
	peer->outsider = bound_socket(host, 0);
	if (peer->fd < 0 || peer->outsider < 0 || getsockname(peer->fd, (struct sockaddr *)&address, &size) < 0)
		return false;
	address_text(&address, text, sizeof text);
	printf(" %s", text);
	return true;
}

static void answer(const struct arrival *to, int fd, const void *bytes, size_t size)
{
	sendto(fd, bytes, size, MSG_NOSIGNAL, (const struct sockaddr *)&to->from, to->from_size);
}

static void answer_who(const struct arrival *to)
{
	char text[INET6_ADDRSTRLEN + 8];
	address_text(&to->from, text, sizeof text);
	answer(to, to->fd, text, strlen(text));
}

static void answer_marks(const struct arrival *to)
{
	char text[64];
	int size = snprintf(text, sizeof text, "hops %d, class %d", to->marks.hops, to->marks.traffic_class);
	marked_send(to->fd, text, (size_t)size, (const struct sockaddr *)&to->from, to->from_size, to->marks);
}

static void answer_repeat(const struct arrival *to)
{
	char *text;
	long times = strtol(to->bytes + strlen("!repeat "), &text, 10);
	text += *text == ' ';
	for (long i = 0; i < times && i < REPETITION_MAX; i++)
		answer(to, to->fd, text, strlen(text));
}

static void answer_size(const struct arrival *to)
{
	static char bytes[DATAGRAM_SIZE];
	long size = atol(to->bytes + strlen("!size "));
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)('a' + i % 26);
	if (size >= 0 && size <= DATAGRAM_SIZE)
		answer(to, to->fd, bytes, (size_t)size);
}

static void call(const struct arrival *from)
{
	char host[64];
	unsigned port;
	struct sockaddr_storage address;
	if (sscanf(from->bytes, "!call %63s %u", host, &port) != 2)
		return;
	socklen_t size = address_of(host, port, &address);
	sendto(from->outsider, "call", 4, MSG_NOSIGNAL, (struct sockaddr *)&address, size);
}

/* Each of another letter. */
static void answer_segments(const struct arrival *to)
{
	static char bytes[DATAGRAM_SIZE];
	unsigned count, size, last;
	if (sscanf(to->bytes, "!segments %u %u %u", &count, &size, &last) != 3 || (count + 1) * size > sizeof bytes)
		return;
	for (unsigned i = 0; i <= count; i++)
		memset(bytes + i * size, 'a' + (int)i % 26, i < count ? size : last);
	setsockopt(to->fd, SOL_UDP, UDP_SEGMENT, &(int){(int)size}, sizeof(int));
	answer(to, to->fd, bytes, count * size + last);
	setsockopt(to->fd, SOL_UDP, UDP_SEGMENT, &(int){0}, sizeof(int));
}

static bool asks(const struct arrival *arrival, const char *word)
{
	return strncmp(arrival->bytes, word, strlen(word)) == 0;
}

static void arrival_answer(const struct arrival *arrival)
{
	if (asks(arrival, "!who"))
		answer_who(arrival);
	else if (asks(arrival, "!marks"))
		answer_marks(arrival);
	else if (asks(arrival, "!repeat "))
		answer_repeat(arrival);
	else if (asks(arrival, "!size "))
		answer_size(arrival);
	else if (asks(arrival, "!segments "))
		answer_segments(arrival);
	else if (asks(arrival, "!empty"))
		answer(arrival, arrival->fd, "", 0);
	else if (asks(arrival, "!other "))
		answer(arrival, arrival->outsider, arrival->bytes + strlen("!other "),
		       arrival->size - strlen("!other "));
	else if (asks(arrival, "!call "))
		call(arrival);
	else if (!asks(arrival, "!silent"))
		answer(arrival, arrival->fd, arrival->bytes, arrival->size);
}

static ssize_t receive(int fd, struct arrival *arrival)
{
	_Alignas(struct cmsghdr) char control[MARKED_CONTROL];
	struct iovec piece = {arrival->bytes, DATAGRAM_SIZE};
	struct msghdr message = {.msg_name = &arrival->from,
				 .msg_namelen = sizeof arrival->from,
				 .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof control};
	ssize_t got = recvmsg(fd, &message, 0);
	if (got < 0)
		return got;
	arrival->from_size = message.msg_namelen;
	arrival->marks = marked_read(&message);
	return got;
}

static void hear(int fd, int outsider, struct sources *log)
{
	static struct arrival arrival;
	for (;;) {
		ssize_t got = receive(fd, &arrival);
		/* An ICMP error for an earlier answer is no end of data. */
		if (got < 0 && (errno == ECONNREFUSED || errno == EINTR))
			continue;
		if (got < 0)
			return;
		arrival.fd = fd;
		arrival.outsider = outsider;
		arrival.size = (size_t)got;
		arrival.bytes[got] = '\0';
		/* "!call" holds a port, which differs from run to run */
		bool call_for = asks(&arrival, "!call ");
		sources_add(log, &arrival.from, arrival.bytes, call_for ? strlen("!call") : arrival.size);
		arrival_answer(&arrival);
	}
}

static void hear_all(const struct peer *peers, int count)
{
	for (int i = 0; i < count; i++) {
		hear(peers[i].fd, peers[i].outsider, &sources);
		hear(peers[i].outsider, peers[i].fd, &outsiders);
	}
}

/* false: no more commands */
static bool command(const struct peer *peers, int count)
{
	char line[64];
	if (!fgets(line, sizeof line, stdin) || strcmp(line, "quit\n") == 0)
		return false;
	hear_all(peers, count);
	sources_report(strcmp(line, "outsiders\n") == 0 ? &outsiders : &sources);
	return true;
}

static void serve(const struct peer *peers, int count)
{
	struct pollfd awaited[2 * ENDPOINT_MAX + 1] = {{.fd = STDIN_FILENO, .events = POLLIN}};
	for (int i = 0; i < count; i++) {
		awaited[1 + 2 * i] = (struct pollfd){.fd = peers[i].fd, .events = POLLIN};
		awaited[2 + 2 * i] = (struct pollfd){.fd = peers[i].outsider, .events = POLLIN};
	}
	for (;;) {
		if (poll(awaited, 2 * (nfds_t)count + 1, -1) < 0 && errno != EINTR)
			return;
		hear_all(peers, count);
		if (awaited[0].revents && !command(peers, count))
			return;
	}
}

int main(int argc, char **argv)
{
	struct peer peers[ENDPOINT_MAX];
	int count = argc - 1;
	if (count < 1 || count > ENDPOINT_MAX)
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0); /* poll must see what is left to read */
	signal(SIGTERM, finish);
	printf("ready");
	for (int i = 0; i < count; i++) {
		if (peer_open(&peers[i], argv[i + 1]))
			continue;
		fprintf(stderr, "echo_peer: %s: %s\n", argv[i + 1], strerror(errno));
		return 1;
	}
	printf("\n");
	fflush(stdout);
	serve(peers, count);
	return 0;
}
