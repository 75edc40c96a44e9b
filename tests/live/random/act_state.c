/* What a socket is: its names and options. */
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>

#include "tests/live/random/actions.h"
#include "tests/live/random/chance.h"

void act_connect(struct subject *subject)
{
	static const socklen_t sizes[] = {1, 2, 8, 15, 16, 24, 27, 28, 128};
	const struct peer *peer = some_peer(subject->peers);
	if (subject->joins || subject->peers == PEERS_MIXED)
		return;
	struct sockaddr_storage name = peer->storage;
	socklen_t size = peer->size;
	const char *text = peer->name;
	if (once_in(4)) {
		name.ss_family = AF_UNSPEC;
		text = "nowhere";
	}
	if (once_in(12))
		size = ONE_OF(sizes);
	observe("connect to %s (%u)", text, size);
	observe_result("connect", connect(subject->fd, (struct sockaddr *)&name, size));
	observe_names(subject->fd);
}

/* An IPv6 socket to no IPv6 address: from there no IPv4 relay is reached. */
void act_bind(struct subject *subject)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(once_in(2) ? INADDR_ANY : INADDR_LOOPBACK)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
	bool six = subject->family == AF_INET6;
	if (once_in(8))
		six = !six;
	socklen_t size = six ? sizeof v6 : sizeof v4;
	if (once_in(10))
		size = 7;
	observe("bind, %s (%u)", six ? "IPv6" : "IPv4", size);
	observe_result("bind", bind(subject->fd, six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4, size));
	observe_names(subject->fd);
}

void act_names(struct subject *subject)
{
	static const socklen_t sizes[] = {0, 1, 2, 7, 16, 28, 128};
	struct sockaddr_storage name;
	socklen_t size = ONE_OF(sizes);
	observe_names(subject->fd);
	observe_result("getpeername", getpeername(subject->fd, (struct sockaddr *)&name, &size));
	observe("  %u", size);
	size = ONE_OF(sizes);
	observe_result("getsockname", getsockname(subject->fd, (struct sockaddr *)&name, &size));
	observe("  %u", size);
}

struct option {
	const char *name;
	int level;
	int number;
};

#define OPTION(level, name)                                                                                            \
	{                                                                                                              \
#name, level, name                                                                                     \
	}

static const struct option socket_options[] = {
    OPTION(SOL_SOCKET, SO_BROADCAST),
    OPTION(SOL_SOCKET, SO_REUSEADDR),
    OPTION(SOL_SOCKET, SO_PRIORITY),
    OPTION(SOL_SOCKET, SO_RCVLOWAT),
    OPTION(SOL_SOCKET, SO_TIMESTAMP),
    OPTION(SOL_SOCKET, SO_TIMESTAMPNS),
    OPTION(SOL_SOCKET, SO_RXQ_OVFL),
    OPTION(SOL_SOCKET, SO_PEEK_OFF),
    OPTION(SOL_SOCKET, SO_KEEPALIVE),
    OPTION(SOL_SOCKET, SO_DONTROUTE),
    OPTION(SOL_SOCKET, SO_ERROR),
    OPTION(SOL_SOCKET, SO_TYPE),
    OPTION(SOL_SOCKET, SO_PROTOCOL),
    OPTION(SOL_SOCKET, SO_BUSY_POLL),
    OPTION(SOL_SOCKET, SO_SELECT_ERR_QUEUE),
    OPTION(SOL_SOCKET, SO_ACCEPTCONN),
    OPTION(SOL_SOCKET, SO_PASSCRED),
    OPTION(SOL_SOCKET, SO_REUSEPORT),
    OPTION(IPPROTO_UDP, UDP_CORK),
    OPTION(IPPROTO_UDP, UDP_SEGMENT),
    OPTION(IPPROTO_UDP, UDP_GRO),
    OPTION(IPPROTO_UDP, UDP_NO_CHECK6_RX),
    OPTION(IPPROTO_IP, IP_TTL),
    OPTION(IPPROTO_IP, IP_TOS),
    OPTION(IPPROTO_IP, IP_PKTINFO),
    OPTION(IPPROTO_IP, IP_RECVTTL),
    OPTION(IPPROTO_IP, IP_RECVTOS),
    OPTION(IPPROTO_IP, IP_RECVERR),
    OPTION(IPPROTO_IP, IP_MTU_DISCOVER),
    OPTION(IPPROTO_IP, IP_FREEBIND),
    OPTION(IPPROTO_IP, IP_RECVOPTS),
    OPTION(IPPROTO_IP, IP_RECVORIGDSTADDR),
    OPTION(IPPROTO_IP, IP_MULTICAST_TTL),
    OPTION(IPPROTO_IP, IP_MULTICAST_LOOP),
    OPTION(IPPROTO_IP, IP_MINTTL),
};

static const struct option six_options[] = {
    OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS), OPTION(IPPROTO_IPV6, IPV6_RECVPKTINFO),
    OPTION(IPPROTO_IPV6, IPV6_RECVHOPLIMIT), OPTION(IPPROTO_IPV6, IPV6_RECVTCLASS),
    OPTION(IPPROTO_IPV6, IPV6_TCLASS),       OPTION(IPPROTO_IPV6, IPV6_RECVERR),
    OPTION(IPPROTO_IPV6, IPV6_MTU_DISCOVER), OPTION(IPPROTO_IPV6, IPV6_DONTFRAG),
    OPTION(IPPROTO_IPV6, IPV6_FREEBIND),     OPTION(IPPROTO_IPV6, IPV6_AUTOFLOWLABEL),
    OPTION(IPPROTO_IPV6, IPV6_2292HOPLIMIT),
};

static const struct option *some_option(const struct subject *subject)
{
	if (subject->family == AF_INET6 && once_in(2))
		return &ONE_OF(six_options);
	return &ONE_OF(socket_options);
}

void act_set(struct subject *subject)
{
	static const int values[] = {0, 1, 1, 1, 2, 3, 32, -1, 100000};
	static const socklen_t sizes[] = {0, 1, 2, 3, 8};
	const struct option *option = some_option(subject);
	int value[2] = {ONE_OF(values), 0};
	socklen_t size = once_in(10) ? ONE_OF(sizes) : sizeof *value;
	bool of_joining = option->number == UDP_CORK, of_cutting = option->number == UDP_SEGMENT;
	if (option->level == IPPROTO_UDP && (subject->joins ? of_cutting : of_joining))
		return;
	/* What an IPv4 relay sends comes to no IPv6 address. */
	if (subject->family == AF_INET6 && strcmp(option->name, "IPV6_RECVPKTINFO") == 0)
		return;
	observe("set %s to %d (%u)", option->name, value[0], size);
	observe_result("setsockopt", setsockopt(subject->fd, option->level, option->number, value, size));
}

void act_get(struct subject *subject)
{
	static const socklen_t sizes[] = {0, 1, 2, 3, 8, 40};
	const struct option *option = some_option(subject);
	int value[10] = {-99};
	socklen_t size = once_in(5) ? ONE_OF(sizes) : sizeof *value;
	observe("get %s (%u)", option->name, size);
	observe_result("getsockopt", getsockopt(subject->fd, option->level, option->number, value, &size));
	observe("  %d (%u)", value[0], size);
}

void act_shutdown(struct subject *subject)
{
	int how = (int)below(4);
	observe("shutdown %d", how);
	observe_result("shutdown", shutdown(subject->fd, how));
	observe_names(subject->fd);
}
