#include "tests/live/cases/observe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE     512
#define PAYLOAD_SHOWN 40

struct peer peer_a = {.name = "A"}, peer_b = {.name = "B"}, peer_6 = {.name = "6"}, peer_mapped = {.name = "mapped A"},
	    peer_link = {.name = "link"};

static int peer_set(struct peer *peer, const char *text)
{
	char host[INET6_ADDRSTRLEN];
	unsigned port;
	if (sscanf(text, "%45[^@]@%u", host, &port) != 2)
		return -1;
	if (inet_pton(AF_INET, host, &peer->v4.sin_addr) == 1) {
		peer->v4.sin_family = AF_INET;
		peer->v4.sin_port = htons((in_port_t)port);
		peer->size = sizeof peer->v4;
		return 0;
	}
	peer->v6.sin6_family = AF_INET6;
	peer->v6.sin6_port = htons((in_port_t)port);
	peer->size = sizeof peer->v6;
	if (inet_pton(AF_INET6, host, &peer->v6.sin6_addr) != 1)
		return -1;
	if (IN6_IS_ADDR_LINKLOCAL(&peer->v6.sin6_addr))
		peer->v6.sin6_scope_id = if_nametoindex("lo");
	return 0;
}

static void map_peer(void)
{
	peer_mapped.size = sizeof peer_mapped.v6;
	peer_mapped.v6.sin6_family = AF_INET6;
	peer_mapped.v6.sin6_port = peer_a.v4.sin_port;
	memset(peer_mapped.v6.sin6_addr.s6_addr + 10, 0xff, 2);
	memcpy(peer_mapped.v6.sin6_addr.s6_addr + 12, &peer_a.v4.sin_addr, 4);
}

int peers_set(char **texts)
{
	if (peer_set(&peer_a, texts[0]) < 0 || peer_set(&peer_b, texts[1]) < 0 || peer_set(&peer_6, texts[2]) < 0)
		return -1;
	map_peer();
	return texts[3] ? peer_set(&peer_link, texts[3]) : 0;
}

void observe(const char *format, ...)
{
	char line[LINE_SIZE];
	int error = errno;
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(line, sizeof line - 1, format, arguments);
	va_end(arguments);
	if (length > (int)sizeof line - 2)
		length = sizeof line - 2;
	line[length] = '\n';
	if (write(STDOUT_FILENO, line, (size_t)length + 1) < 0)
		_exit(3);
	errno = error;
}

ssize_t observe_result(const char *what, ssize_t result)
{
	if (result < 0)
		observe("%s: %zd %s", what, result, strerrorname_np(errno));
	else
		observe("%s: %zd", what, result);
	return result;
}

const char *address_name(const void *address, socklen_t size)
{
	static _Thread_local char texts[8][INET6_ADDRSTRLEN + 32];
	static _Thread_local unsigned turn;
	static const struct peer *const peers[] = {&peer_a, &peer_b, &peer_6, &peer_mapped, &peer_link};
	char *text = texts[turn++ % 8];
	char host[INET6_ADDRSTRLEN] = "";
	const struct sockaddr_in *v4 = address;
	const struct sockaddr_in6 *v6 = address;
	for (size_t i = 0; i < sizeof peers / sizeof *peers; i++)
		if (size == peers[i]->size && memcmp(address, &peers[i]->any, size) == 0)
			return peers[i]->name;
	if (size < sizeof(sa_family_t) || (v4->sin_family != AF_INET && v4->sin_family != AF_INET6)) {
		snprintf(texts[0], sizeof texts[0], "%u octets", size);
		return texts[0];
	}
	int six = v4->sin_family == AF_INET6;
	in_port_t port = six ? v6->sin6_port : v4->sin_port;
	inet_ntop(v4->sin_family, six ? (const void *)&v6->sin6_addr : &v4->sin_addr, host, sizeof host);
	snprintf(text, sizeof texts[0], "%s %s", host, port ? "port" : "0");
	return text;
}

void observe_datagram(const char *what, ssize_t result, const void *bytes, const struct sockaddr_storage *from,
		      socklen_t from_size)
{
	char shown[PAYLOAD_SHOWN + 1] = "";
	if (result < 0) {
		observe_result(what, result);
		return;
	}
	if (result <= PAYLOAD_SHOWN)
		memcpy(shown, bytes, (size_t)result);
	else
		snprintf(shown, sizeof shown, "%.8s...%.8s", (const char *)bytes, (const char *)bytes + result - 8);
	observe("%s: %zd %s%s%s", what, result, shown, from ? " from " : "", from ? address_name(from, from_size) : "");
}

void observe_names(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	memset(&address, 0, sizeof address);
	if (observe_result("getsockname", getsockname(fd, (struct sockaddr *)&address, &size)) == 0)
		observe("  %s (%u)", address_name(&address, size), size);
	size = sizeof address;
	memset(&address, 0, sizeof address);
	if (observe_result("getpeername", getpeername(fd, (struct sockaddr *)&address, &size)) == 0)
		observe("  %s (%u)", address_name(&address, size), size);
}

int udp(int family, int type)
{
	int fd = socket(family, SOCK_DGRAM | type, 0);
	if (fd >= 0)
		return fd;
	observe_result("socket", fd);
	exit(3);
}

void say(int fd, const struct peer *to, const char *text)
{
	char what[32];
	snprintf(what, sizeof what, "sendto %s", to->name);
	observe_result(what, sendto(fd, text, strlen(text), 0, &to->any, to->size));
}

void hear(int fd)
{
	char bytes[64];
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	ssize_t got = recvfrom(fd, bytes, room(sizeof bytes), 0, (struct sockaddr *)&from, &size);
	observe_datagram("recvfrom", got, bytes, &from, size);
}

void await_readable(int fd)
{
	struct pollfd awaited = {.fd = fd, .events = POLLIN};
	while (poll(&awaited, 1, -1) < 0 && errno == EINTR)
		;
}

/* Twice: on its way back a datagram may be looked at in the same turn as one that was answered before it. */
void settle_by(int fd, const struct peer *peer)
{
	char bytes[8];
	for (int i = 0; i < 2; i++) {
		sendto(fd, "settle", 6, 0, &peer->any, peer->size);
		recv(fd, bytes, room(sizeof bytes), 0);
	}
}

void settle(const struct peer *peer)
{
	int fd = udp(peer->any.sa_family, 0);
	settle_by(fd, peer);
	close(fd);
}

size_t room(size_t size)
{
	static volatile size_t hidden;
	hidden = size;
	return hidden;
}

int server_socket(unsigned *port)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof name;
	int probe = udp(AF_INET, 0), fd = udp(AF_INET, 0);
	if (bind(probe, (struct sockaddr *)&name, sizeof name) < 0)
		observe("bind: -1");
	getsockname(probe, (struct sockaddr *)&name, &size);
	close(probe);
	observe_result("bind to a port", bind(fd, (struct sockaddr *)&name, sizeof name));
	*port = ntohs(name.sin_port);
	return fd;
}

/* Asks the peer to write to us as a stranger, and hears and answers it. */
void serve_once(int fd, unsigned port)
{
	char wish[64], bytes[64];
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	int length = snprintf(wish, sizeof wish, "!call 127.0.0.1 %u", port);
	int caller = udp(AF_INET, 0);
	sendto(caller, wish, (size_t)length, 0, &peer_a.any, peer_a.size);
	ssize_t got = recvfrom(fd, bytes, room(sizeof bytes), 0, (struct sockaddr *)&from, &size);
	observe_datagram("called", got, bytes, &from, size);
	observe_result("answer", sendto(fd, "answer", 6, 0, (struct sockaddr *)&from, size));
	got = recvfrom(fd, bytes, room(sizeof bytes), 0, (struct sockaddr *)&from, &size);
	observe_datagram("echoed", got, bytes, &from, size);
	close(caller);
}
