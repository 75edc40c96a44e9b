/* IPv6 sockets that reach nothing over IPv4, while the relay may be there. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static int bound(int type, const struct in6_addr *to, in_port_t port, int only)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_addr = *to, .sin6_port = port};
	int fd = udp(AF_INET6, type);
	observe_result("IPV6_V6ONLY", setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only));
	observe_result("bind", bind(fd, (struct sockaddr *)&name, sizeof name));
	return fd;
}

static in_port_t free_port(void)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6};
	socklen_t size = sizeof name;
	int fd = udp(AF_INET6, 0);
	if (bind(fd, (struct sockaddr *)&name, size) < 0 || getsockname(fd, (struct sockaddr *)&name, &size) < 0)
		observe("no port");
	close(fd);
	return name.sin6_port;
}

static void exchange(int fd)
{
	for (int i = 0; i < 3; i++) {
		say(fd, &peer_6, "hello");
		await_readable(fd);
		hear(fd);
	}
	observe_names(fd);
}

void case_v6_bound(void)
{
	int fd = bound(0, &in6addr_loopback, 0, 0);
	exchange(fd);
	close(fd);
	fd = bound(SOCK_NONBLOCK, &in6addr_loopback, free_port(), 1);
	exchange(fd);
	close(fd);
	fd = bound(SOCK_NONBLOCK, &in6addr_any, 0, 1);
	exchange(fd);
	close(fd);
	fd = bound(0, &in6addr_any, free_port(), 1);
	exchange(fd);
	close(fd);
}

/* From such an address no IPv4 is reached. */
void case_v6_bound_mapped(void)
{
	int fd = bound(0, &in6addr_loopback, 0, 0);
	say(fd, &peer_mapped, "not so");
	observe_result("connect", connect(fd, &peer_mapped.any, peer_mapped.size));
	exchange(fd);
	say(fd, &peer_mapped, "not so");
	observe_result("connect", connect(fd, &peer_6.any, peer_6.size));
	say(fd, &peer_mapped, "not so");
	observe_names(fd);
	close(fd);
}

void case_v6_bound_connected(void)
{
	static char bytes[32768];
	int fd = bound(0, &in6addr_loopback, 0, 1);
	observe_result("connect", connect(fd, &peer_6.any, peer_6.size));
	memset(bytes, 'x', sizeof bytes);
	for (size_t size = 1; size <= sizeof bytes; size *= 8) {
		observe_result("send", send(fd, bytes, size, 0));
		observe_datagram("recv", recv(fd, bytes, room(sizeof bytes), 0), bytes, NULL, 0);
	}
	observe_names(fd);
	observe_result("send", send(fd, "!repeat 50 answer", 17, 0));
	for (int i = 0; i < 50; i++)
		hear(fd);
	observe_result("connect", connect(fd, &(struct sockaddr){AF_UNSPEC}, sizeof(struct sockaddr)));
	exchange(fd);
	close(fd);
}

/* What was sent last is on its way, and what a child sends goes the same one. */
void case_v6_bound_departed(void)
{
	int fd = bound(SOCK_NONBLOCK, &in6addr_loopback, 0, 1);
	say(fd, &peer_6, "!silent one");
	close(fd);
	fd = bound(0, &in6addr_loopback, 0, 1);
	exchange(fd);
	pid_t child = fork();
	if (child == 0) {
		exchange(fd);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	exchange(fd);
	say(fd, &peer_6, "!silent the last");
	close(fd);
}
