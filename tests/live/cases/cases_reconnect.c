/* A datagram belongs to the peer that the socket had when it came, not to the one it has when it is read. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static void connect_to(int fd, const struct peer *peer)
{
	static const struct sockaddr none = {.sa_family = AF_UNSPEC};
	observe_result(peer ? peer->name : "nowhere",
		       connect(fd, peer ? &peer->any : &none, peer ? peer->size : sizeof none));
}

static void hear_all(int fd)
{
	char bytes[64];
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	ssize_t got;
	while ((got = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &size)) >= 0)
		observe_datagram("waited", got, bytes, &from, size);
	observe_result("nothing more", got);
}

/* From anybody, while it was connected to nobody. */
void case_reconnect_from_none(void)
{
	int fd = udp(AF_INET, 0);
	say(fd, &peer_b, "to b");
	settle(&peer_b);
	connect_to(fd, &peer_a);
	observe_result("send", send(fd, "to a", 4, 0));
	settle(&peer_a);
	hear_all(fd);
	close(fd);
}

/* From the former peer; what the others sent was never let in. */
static void reconnect(int fd, const struct peer *next)
{
	connect_to(fd, &peer_a);
	observe_result("send", send(fd, "first", 5, 0));
	say(fd, &peer_b, "not for us");
	settle(&peer_b);
	settle(&peer_a);
	connect_to(fd, next);
	say(fd, &peer_b, "for us");
	settle(&peer_b);
	hear_all(fd);
}

void case_reconnect_to_another(void)
{
	int fd = udp(AF_INET, 0);
	reconnect(fd, &peer_b);
	reconnect(fd, &peer_b);
	close(fd);
}

void case_reconnect_to_none(void)
{
	int fd = udp(AF_INET, 0);
	struct sockaddr_in any = {.sin_family = AF_INET};
	observe_result("bind", bind(fd, (struct sockaddr *)&any, sizeof any));
	reconnect(fd, NULL);
	reconnect(fd, NULL);
	close(fd);
}

/* More often than anything is read. */
void case_reconnect_often(void)
{
	int fd = udp(AF_INET, 0);
	for (int i = 0; i < 4; i++) {
		const struct peer *peer = i % 2 ? &peer_b : &peer_a;
		connect_to(fd, peer);
		observe_result("send", send(fd, "hello", 5, 0));
		settle(peer);
	}
	char bytes[8];
	observe_datagram("peek", recv(fd, bytes, room(sizeof bytes), MSG_PEEK), bytes, NULL, 0);
	hear_all(fd);
	observe_result("send", send(fd, "after", 5, 0));
	settle(&peer_b);
	hear_all(fd);
	close(fd);
}

void case_reconnect_v6(void)
{
	int fd = udp(AF_INET6, 0);
	connect_to(fd, &peer_6);
	observe_result("send", send(fd, "first", 5, 0));
	settle(&peer_6);
	connect_to(fd, NULL);
	connect_to(fd, &peer_mapped);
	observe_result("send", send(fd, "second", 6, 0));
	settle(&peer_a);
	hear_all(fd);
	close(fd);
}
