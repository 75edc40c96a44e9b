/* Options and shutdown, and a socket that is a server as well as a client. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static void observe_option(int fd, const char *what, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof value;
	observe_result(what, getsockopt(fd, level, name, &value, &size));
	observe("  %d (%u)", value, size);
}

static void set_option(int fd, const char *what, int level, int name, int value)
{
	observe_result(what, setsockopt(fd, level, name, &value, sizeof value));
	observe_option(fd, what, level, name);
}

static void observe_all(int fd)
{
	observe_option(fd, "SO_TYPE", SOL_SOCKET, SO_TYPE);
	observe_option(fd, "SO_DOMAIN", SOL_SOCKET, SO_DOMAIN);
	observe_option(fd, "SO_PROTOCOL", SOL_SOCKET, SO_PROTOCOL);
	observe_option(fd, "SO_ERROR", SOL_SOCKET, SO_ERROR);
	observe_option(fd, "SO_ACCEPTCONN", SOL_SOCKET, SO_ACCEPTCONN);
	observe_option(fd, "SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR);
	observe_option(fd, "SO_BROADCAST", SOL_SOCKET, SO_BROADCAST);
	observe_option(fd, "SO_RCVBUF", SOL_SOCKET, SO_RCVBUF);
	observe_option(fd, "SO_SNDBUF", SOL_SOCKET, SO_SNDBUF);
	observe_option(fd, "SO_TIMESTAMP", SOL_SOCKET, SO_TIMESTAMP);
	observe_option(fd, "IP_MTU_DISCOVER", IPPROTO_IP, IP_MTU_DISCOVER);
	observe_option(fd, "IP_TTL", IPPROTO_IP, IP_TTL);
	observe_option(fd, "IP_PKTINFO", IPPROTO_IP, IP_PKTINFO);
	observe_option(fd, "IP_RECVERR", IPPROTO_IP, IP_RECVERR);
	observe_option(fd, "UDP_SEGMENT", IPPROTO_UDP, UDP_SEGMENT);
	observe_option(fd, "UDP_GRO", IPPROTO_UDP, UDP_GRO);
}

static void observe_peer_option(int fd, socklen_t size)
{
	struct sockaddr_storage peer = {0};
	if (observe_result("SO_PEERNAME", getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &peer, &size)) == 0)
		observe("  %s (%u)", address_name(&peer, size), size);
}

/* Another way to ask for it. */
void case_peer_option(void)
{
	int fd = udp(AF_INET, 0);
	observe_peer_option(fd, 16);
	say(fd, &peer_a, "hello");
	hear(fd);
	observe_peer_option(fd, 16);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_peer_option(fd, 16);
	observe_peer_option(fd, 17);
	observe_peer_option(fd, 4);
	observe_peer_option(fd, 0);
	observe_result("NULL", getsockopt(fd, SOL_SOCKET, SO_PEERNAME, NULL, &(socklen_t){16}));
	close(fd);
}

/* What the program did not set must not be set, before and after the first datagram. */
void case_options(void)
{
	int fd = udp(AF_INET, 0);
	observe_all(fd);
	say(fd, &peer_a, "hello");
	hear(fd);
	observe_all(fd);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("send", send(fd, "hello", 5, 0));
	hear(fd);
	observe_all(fd);
	close(fd);
}

void case_options_set(void)
{
	int fd = udp(AF_INET, 0);
	set_option(fd, "IP_MTU_DISCOVER", IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
	set_option(fd, "IP_TTL", IPPROTO_IP, IP_TTL, 33);
	set_option(fd, "IP_TOS", IPPROTO_IP, IP_TOS, 0x10);
	set_option(fd, "SO_BROADCAST", SOL_SOCKET, SO_BROADCAST, 1);
	set_option(fd, "SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1);
	set_option(fd, "SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, 3);
	set_option(fd, "UDP_GRO", IPPROTO_UDP, UDP_GRO, 1);
	set_option(fd, "IP_RECVERR", IPPROTO_IP, IP_RECVERR, 1);
	say(fd, &peer_a, "hello");
	hear(fd);
	observe_result("ERRQUEUE", recv(fd, (char[8]){0}, 8, MSG_ERRQUEUE));
	observe_option(fd, "IP_TTL", IPPROTO_IP, IP_TTL);
	observe_option(fd, "IP_MTU_DISCOVER", IPPROTO_IP, IP_MTU_DISCOVER);
	observe_result("unknown option", setsockopt(fd, IPPROTO_UDP, 9999, &fd, sizeof fd));
	observe_result("getsockopt NULL", getsockopt(fd, SOL_SOCKET, SO_TYPE, NULL, NULL));
	close(fd);
}

/* The path's room for a payload, which programs that probe it compare with what they can send. */
void case_path_mtu(void)
{
	int fd = udp(AF_INET, 0);
	observe_option(fd, "IP_MTU", IPPROTO_IP, IP_MTU);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_option(fd, "IP_MTU", IPPROTO_IP, IP_MTU);
	observe_result("send", send(fd, "hello", 5, 0));
	hear(fd);
	observe_option(fd, "IP_MTU", IPPROTO_IP, IP_MTU);
	close(fd);
}

void case_shutdown(void)
{
	int fd = udp(AF_INET, 0);
	char bytes[8];
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("send", send(fd, "hello", 5, 0));
	hear(fd);
	observe_result("shutdown WR", shutdown(fd, SHUT_WR));
	observe_result("send", send(fd, "hello", 5, MSG_NOSIGNAL));
	observe_result("shutdown RD", shutdown(fd, SHUT_RD));
	observe_result("recv", recv(fd, bytes, room(sizeof bytes), 0));
	observe_result("shutdown 9", shutdown(fd, 9));
	close(fd);
}

void case_shutdown_unsent(void)
{
	int fd = udp(AF_INET, 0);
	char bytes[8];
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("shutdown RDWR", shutdown(fd, SHUT_RDWR));
	observe_result("recv", recv(fd, bytes, room(sizeof bytes), 0));
	observe_result("send", send(fd, "hello", 5, MSG_NOSIGNAL));
	close(fd);
}

/* Fails, and shuts it down all the same. */
void case_shutdown_unconnected(void)
{
	int fd = udp(AF_INET, 0);
	observe_result("shutdown", shutdown(fd, SHUT_WR));
	observe_result("sendto", sendto(fd, "hello", 5, MSG_NOSIGNAL, &peer_a.any, peer_a.size));
	close(fd);
	fd = udp(AF_INET, 0);
	observe_result("shutdown", shutdown(fd, SHUT_WR));
	observe_result("sendto", sendto(fd, "hello", 5, MSG_NOSIGNAL | MSG_DONTWAIT, &peer_a.any, peer_a.size));
	close(fd);
}

/* A stranger that writes to a server's port directly is heard and answered, also while the socket is a client. */
void case_server(void)
{
	unsigned port;
	int fd = server_socket(&port);
	serve_once(fd, port);
	say(fd, &peer_a, "as a client");
	hear(fd);
	serve_once(fd, port);
	say(fd, &peer_b, "as a client");
	hear(fd);
	observe_names(fd);
	close(fd);
}

void case_server_after_client(void)
{
	unsigned port;
	int fd = server_socket(&port);
	say(fd, &peer_a, "as a client");
	hear(fd);
	serve_once(fd, port);
	say(fd, &peer_a, "as a client");
	hear(fd);
	close(fd);
}

/* Bound to a port of the kernel's choice: a server all the same, if it is called before it sends. */
void case_server_any_port(void)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof name;
	int fd = udp(AF_INET, 0);
	observe_result("bind", bind(fd, (struct sockaddr *)&name, sizeof name));
	getsockname(fd, (struct sockaddr *)&name, &size);
	serve_once(fd, ntohs(name.sin_port));
	say(fd, &peer_a, "as a client");
	hear(fd);
	serve_once(fd, ntohs(name.sin_port));
	close(fd);
}
