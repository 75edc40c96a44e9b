/* Sockets that have one port in common (SO_REUSEPORT): an answer comes to any of them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

enum { MEMBERS = 6 };

/* *port: the group's; 0: it is the first of one. */
static int member(in_port_t *port)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = *port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof name;
	int fd = udp(AF_INET, 0), on = 1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0 ||
	    bind(fd, (struct sockaddr *)&name, size) < 0 || getsockname(fd, (struct sockaddr *)&name, &size) < 0)
		observe_result("bind", -1);
	*port = name.sin_port;
	return fd;
}

static void hear_any(struct pollfd *members)
{
	observe_result("poll", poll(members, MEMBERS, 5000));
	for (int i = 0; i < MEMBERS; i++)
		if (members[i].revents)
			hear(members[i].fd);
}

void case_group(void)
{
	struct pollfd members[MEMBERS];
	char text[8];
	in_port_t port = 0;
	for (int i = 0; i < MEMBERS; i++)
		members[i] = (struct pollfd){.fd = member(&port), .events = POLLIN};
	for (int i = 0; i < MEMBERS; i++) {
		snprintf(text, sizeof text, "no. %d", i);
		say(members[i].fd, &peer_a, text);
		hear_any(members);
		say(members[i].fd, &peer_b, text);
		hear_any(members);
	}
	for (int i = 0; i < MEMBERS; i++)
		close(members[i].fd);
}

/* Answers what it hears for the others, until they hang up. */
static void work(int fd, int own, int others)
{
	char bytes[64];
	struct sockaddr_storage from;
	struct pollfd awaited[] = {{.fd = fd, .events = POLLIN}, {.fd = own, .events = POLLIN}};
	while (poll(awaited, 2, -1) > 0 && !(awaited[1].revents & POLLHUP)) {
		if (awaited[1].revents && read(own, bytes, 1) == 1)
			sendto(fd, "worker", 6, 0, &peer_a.any, peer_a.size);
		socklen_t size = sizeof from;
		ssize_t got = awaited[0].revents
				  ? recvfrom(fd, bytes, room(sizeof bytes), 0, (struct sockaddr *)&from, &size)
				  : -1;
		if (got < 0)
			continue;
		int length = snprintf(bytes + got, sizeof bytes - (size_t)got, " from %s", address_name(&from, size));
		if (write(others, bytes, (size_t)(got + length)) < 0)
			break;
	}
	_exit(0);
}

/* Each worker has a socket of its own. Whichever of them, or their parent, hears an answer tells it. */
void case_group_of_processes(void)
{
	enum { WORKERS = 4 };
	int wishes[WORKERS][2], heard[2];
	in_port_t port = 0;
	char bytes[64];
	int fd = member(&port);
	observe_result("pipe", pipe(heard));
	for (int i = 0; i < WORKERS; i++) {
		observe_result("pipe", pipe(wishes[i]));
		if (fork() == 0) {
			for (int other = 0; other <= i; other++)
				close(wishes[other][1]);
			work(member(&port), wishes[i][0], heard[1]);
		}
		close(wishes[i][0]);
	}
	for (int i = 0; i < WORKERS; i++) {
		struct pollfd awaited[] = {{.fd = heard[0], .events = POLLIN}, {.fd = fd, .events = POLLIN}};
		observe_result("wish", write(wishes[i][1], "", 1));
		observe_result("poll", poll(awaited, 2, 5000));
		if (awaited[1].revents) {
			struct sockaddr_storage from;
			socklen_t size = sizeof from;
			ssize_t got = recvfrom(fd, bytes, room(sizeof bytes), 0, (struct sockaddr *)&from, &size);
			observe("%.*s from %s", (int)got, bytes, address_name(&from, size));
		} else if (awaited[0].revents) {
			observe("%.*s", (int)read(heard[0], bytes, sizeof bytes), bytes);
		}
	}
	for (int i = 0; i < WORKERS; i++)
		close(wishes[i][1]);
	while (wait(NULL) > 0)
		;
	close(fd);
}
