/* The call pairs that most programs use, and the addresses they give. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static int connected(const struct peer *peer)
{
	int fd = udp(peer->any.sa_family, 0);
	observe_result("connect", connect(fd, &peer->any, peer->size));
	return fd;
}

void case_unconnected(void)
{
	int fd = udp(AF_INET, 0);
	observe_names(fd);
	for (int i = 0; i < 3; i++) {
		say(fd, &peer_a, "hello");
		hear(fd);
	}
	observe_names(fd);
	observe_result("close", close(fd));
	observe_result("close again", close(fd));
}

void case_connected(void)
{
	int fd = connected(&peer_a);
	char bytes[64];
	observe_names(fd);
	for (int i = 0; i < 3; i++) {
		observe_result("send", send(fd, "hello", 5, 0));
		observe_datagram("recv", recv(fd, bytes, room(sizeof bytes), 0), bytes, NULL, 0);
	}
	observe_result("send", send(fd, "again", 5, 0));
	hear(fd);
	observe_result("sendto no name", sendto(fd, "null", 4, 0, NULL, 0));
	hear(fd);
	observe_names(fd);
	close(fd);
}

void case_sendto_recv(void)
{
	int fd = udp(AF_INET, 0);
	char bytes[64];
	say(fd, &peer_a, "one");
	observe_datagram("recv", recv(fd, bytes, room(sizeof bytes), 0), bytes, NULL, 0);
	say(fd, &peer_a, "two");
	observe_datagram("read", read(fd, bytes, room(sizeof bytes)), bytes, NULL, 0);
	close(fd);
}

void case_read_write(void)
{
	int fd = connected(&peer_a);
	char bytes[64];
	observe_result("write", write(fd, "hello", 5));
	observe_datagram("read", read(fd, bytes, room(sizeof bytes)), bytes, NULL, 0);
	observe_result("write", write(fd, "", 0));
	observe_result("write", write(fd, "after nothing", 13));
	/* An empty write sends an empty datagram, which comes back first. */
	observe_datagram("read", read(fd, bytes, room(sizeof bytes)), bytes, NULL, 0);
	observe_datagram("read", read(fd, bytes, room(sizeof bytes)), bytes, NULL, 0);
	close(fd);
}

void case_vectors(void)
{
	int fd = connected(&peer_a);
	char first[4], second[4], third[64];
	struct iovec out[] = {{(char[]){"one,"}, 4}, {NULL, 0}, {(char[]){"two,"}, 4}, {(char[]){"three"}, 5}};
	struct iovec in[] = {{first, sizeof first}, {second, sizeof second}, {third, sizeof third}};
	observe_result("writev", writev(fd, out, 4));
	ssize_t got = readv(fd, in, 3);
	observe("readv: %zd %.4s|%.4s|%.5s", got, first, second, third);
	observe_result("writev", writev(fd, out, 3));
	observe_result("readv into less", readv(fd, in, 1));
	observe("%.4s", first);
	observe_result("writev of none", writev(fd, out, 0));
	observe_result("writev of -1", writev(fd, out, (int)room((size_t)-1)));
	observe_result("readv of 2000", readv(fd, in, (int)room(2000)));
	close(fd);
}

void case_zero_length(void)
{
	int fd = udp(AF_INET, 0);
	char bytes[8];
	observe_result("sendto", sendto(fd, "", 0, 0, &peer_a.any, peer_a.size));
	hear(fd);
	observe_result("sendto NULL", sendto(fd, NULL, 0, 0, &peer_a.any, peer_a.size));
	hear(fd);
	say(fd, &peer_a, "!empty");
	hear(fd);
	say(fd, &peer_a, "into nothing");
	observe_result("recv 0", recv(fd, bytes, room(0), 0));
	observe_result("recv 0 again", recv(fd, bytes, room(0), MSG_DONTWAIT));
	close(fd);
}

void case_two_destinations(void)
{
	int fd = udp(AF_INET, 0);
	for (int i = 0; i < 3; i++) {
		say(fd, &peer_a, "to a");
		hear(fd);
		say(fd, &peer_b, "to b");
		hear(fd);
	}
	observe_names(fd);
	close(fd);
}

void case_other_port(void)
{
	int fd = udp(AF_INET, 0);
	say(fd, &peer_a, "!other hello");
	hear(fd);
	close(fd);
}

/* The kernel gives a connected socket nothing from anybody but its peer. */
void case_connected_filter(void)
{
	int fd = connected(&peer_a);
	say(fd, &peer_b, "to b, whose answer is not for us");
	observe_result("send", send(fd, "!other filtered", 15, 0));
	observe_result("send", send(fd, "mine", 4, 0));
	hear(fd);
	observe_result("recv", recv(fd, (char[8]){0}, 8, MSG_DONTWAIT));
	observe_names(fd);
	close(fd);
}

void case_connect_twice(void)
{
	int fd = connected(&peer_a);
	observe_result("send", send(fd, "to a", 4, 0));
	hear(fd);
	observe_result("connect", connect(fd, &peer_b.any, peer_b.size));
	observe_names(fd);
	observe_result("send", send(fd, "to b", 4, 0));
	hear(fd);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("send", send(fd, "to a again", 10, 0));
	hear(fd);
	close(fd);
}

void case_dissolve(void)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = connected(&peer_a);
	observe_result("send", send(fd, "to a", 4, 0));
	hear(fd);
	observe_result("connect nowhere", connect(fd, &none, sizeof none));
	observe_names(fd);
	observe_result("send", send(fd, "nowhere", 7, 0));
	say(fd, &peer_b, "to b");
	hear(fd);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("send", send(fd, "to a", 4, 0));
	hear(fd);
	close(fd);
}

/* What came before the connection was dissolved, or moved, is still there to be read. */
void case_dissolve_unread(void)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = connected(&peer_a);
	observe_result("send", send(fd, "one", 3, 0));
	await_readable(fd);
	observe_result("connect nowhere", connect(fd, &none, sizeof none));
	hear(fd);
	say(fd, &peer_a, "two");
	await_readable(fd);
	say(fd, &peer_b, "to b");
	hear(fd);
	hear(fd);
	close(fd);
}

/* Programs connect a datagram socket only to learn their address, and expect no traffic for it. */
void case_connect_unsent(void)
{
	int fd = connected(&peer_a);
	observe_names(fd);
	close(fd);
	fd = connected(&peer_6);
	observe_names(fd);
	close(fd);
}

static in_port_t local_port(int fd)
{
	struct sockaddr_in name = {0};
	socklen_t size = sizeof name;
	getsockname(fd, (struct sockaddr *)&name, &size);
	return name.sin_port;
}

/* Once a socket has a port, it keeps it. */
void case_local_port(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	int fd = udp(AF_INET, 0);
	observe_names(fd);
	observe_result("bind", bind(fd, (struct sockaddr *)&any, sizeof any));
	observe_names(fd);
	in_port_t port = local_port(fd);
	say(fd, &peer_a, "hello");
	hear(fd);
	observe("after sendto: %s", local_port(fd) == port ? "same" : "another");
	observe_names(fd);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe("after connect: %s", local_port(fd) == port ? "same" : "another");
	observe_names(fd);
	observe_result("send", send(fd, "hello", 5, 0));
	hear(fd);
	observe_result("bind again", bind(fd, (struct sockaddr *)&any, sizeof any));
	close(fd);
	fd = udp(AF_INET, 0);
	say(fd, &peer_a, "unbound");
	port = local_port(fd);
	hear(fd);
	say(fd, &peer_b, "unbound");
	hear(fd);
	observe("after two: %s", local_port(fd) == port ? "same" : "another");
	close(fd);
}

void case_bind_loopback(void)
{
	struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = udp(AF_INET, 0);
	observe_result("bind", bind(fd, (struct sockaddr *)&loopback, sizeof loopback));
	in_port_t port = local_port(fd);
	observe_names(fd);
	say(fd, &peer_a, "hello");
	hear(fd);
	observe_names(fd);
	observe("port: %s", local_port(fd) == port ? "same" : "another");
	close(fd);
}

/* What was sent arrives, however soon the socket is closed. */
void case_close_after_send(void)
{
	for (int i = 0; i < 10; i++) {
		int fd = udp(AF_INET, 0);
		say(fd, &peer_a, "!silent the last words");
		close(fd);
	}
	int fd = udp(AF_INET, 0);
	say(fd, &peer_a, "and that they have come");
	hear(fd);
	close(fd);
}
