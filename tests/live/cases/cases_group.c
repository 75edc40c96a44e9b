/* Sockets that have one port in common (SO_REUSEPORT): an answer comes to any of them. */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

enum { MEMBERS = 6 };

#define NEWCOMER 40 /* the number of a newcomer's end of the line to the first member */

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

/* By its number: one that the kernel chooses is a client's, which the kernel connects to its relay. */
static int founder(in_port_t *port)
{
	int probe = member(port), fd = member(port);
	close(probe);
	return fd;
}

/* The kernel gives all that comes to the group to the member that joined as that. */
static void give_all_to(int fd, unsigned number)
{
	struct sock_filter choice = {.code = BPF_RET | BPF_K, .k = number};
	struct sock_fprog program = {.len = 1, .filter = &choice};
	observe_result("SO_ATTACH_REUSEPORT_CBPF",
		       setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program));
}

/* One at a time: what both observe is in order. */
static void pass_word(int line)
{
	if (write(line, "", 1) != 1)
		observe("nobody to pass the word to");
}

static void await_word(int line)
{
	char word;
	if (read(line, &word, 1) != 1)
		observe("nobody has the word");
}

static void join_as_newcomer(in_port_t port)
{
	int fd = member(&port);
	observe("joined");
	pass_word(NEWCOMER);
	await_word(NEWCOMER);
	hear(fd); /* the other one's answers, before it has sent anything itself */
	hear(fd);
	say(fd, &peer_b, "of the newcomer");
	hear(fd);
	pass_word(NEWCOMER);
	await_word(NEWCOMER);
	say(fd, &peer_a, "of the newcomer"); /* which the other one hears */
	pass_word(NEWCOMER);
	await_word(NEWCOMER);
	hear(fd);
	close(fd);
}

/* Two programs that share a port, and no past: the second one is executed. */
void case_group_of_programs(void)
{
	int line[2];
	in_port_t port = 0;
	char text[8], *joined = getenv("GROUP_PORT");
	if (joined) {
		join_as_newcomer((in_port_t)atoi(joined));
		return;
	}
	int fd = founder(&port);
	snprintf(text, sizeof text, "%u", port);
	setenv("GROUP_PORT", text, 1);
	observe_result("socketpair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line));
	pid_t child = fork();
	if (child == 0) {
		close(fd);
		dup2(line[1], NEWCOMER);
		execv("/proc/self/exe", again_arguments);
		_exit(1);
	}
	close(line[1]);
	await_word(line[0]);
	give_all_to(fd, 1);
	say(fd, &peer_a, "of the first");
	say(fd, &peer_b, "of the first");
	pass_word(line[0]);
	await_word(line[0]);
	give_all_to(fd, 0);
	pass_word(line[0]);
	await_word(line[0]);
	hear(fd);
	say(fd, &peer_b, "of the first");
	hear(fd);
	give_all_to(fd, 1);
	say(fd, &peer_a, "of the first");
	pass_word(line[0]);
	observe_result("child", waitpid(child, NULL, 0) == child);
	close(fd);
}

enum { THREADS = 4, QUESTIONS = 24 };

struct asker {
	pthread_t thread;
	int fd, number;
};

static _Atomic int answers[THREADS][QUESTIONS];
static _Atomic int answered, wrong;
static int all_answered[2]; /* a pipe that hangs up then */

static const struct peer *whom_to_ask(int question)
{
	return question % 2 ? &peer_a : &peer_b;
}

static bool is_from(const struct sockaddr_in *from, const struct peer *peer)
{
	return from->sin_addr.s_addr == peer->v4.sin_addr.s_addr && from->sin_port == peer->v4.sin_port;
}

static void take_answer(int fd)
{
	char bytes[32] = "";
	int number, question;
	struct sockaddr_in from = {0};
	socklen_t size = sizeof from;
	ssize_t got = recvfrom(fd, bytes, room(sizeof bytes - 1), 0, (struct sockaddr *)&from, &size);
	bool right = got > 0 && sscanf(bytes, "thread %d asks %d.", &number, &question) == 2 && number < THREADS &&
		     question < QUESTIONS && is_from(&from, whom_to_ask(question));
	if (right)
		answers[number][question]++;
	else
		wrong++;
	if (++answered == THREADS * QUESTIONS)
		close(all_answered[1]);
}

static void *ask(void *argument)
{
	struct asker *asker = argument;
	struct pollfd awaited[] = {{.fd = asker->fd, .events = POLLIN}, {.fd = all_answered[0]}};
	char text[32];
	for (int i = 0; i < QUESTIONS; i++) {
		const struct peer *peer = whom_to_ask(i);
		int size = snprintf(text, sizeof text, "thread %d asks %d.", asker->number, i);
		wrong += sendto(asker->fd, text, (size_t)size, 0, &peer->any, peer->size) != size;
		if (poll(awaited, 1, 0) == 1)
			take_answer(asker->fd);
	}
	while (poll(awaited, 2, 5000) > 0 && !awaited[1].revents)
		take_answer(asker->fd);
	return NULL;
}

/* Each has a socket of its own, and hears what any of them has asked. */
void case_group_of_threads(void)
{
	struct asker askers[THREADS];
	in_port_t port = 0;
	int once = 0;
	observe_result("pipe", pipe(all_answered));
	for (int i = 0; i < THREADS; i++)
		askers[i] = (struct asker){.fd = i ? member(&port) : founder(&port), .number = i};
	for (int i = 0; i < THREADS; i++)
		pthread_create(&askers[i].thread, NULL, ask, &askers[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(askers[i].thread, NULL);
	for (int i = 0; i < THREADS; i++) {
		for (int j = 0; j < QUESTIONS; j++)
			once += answers[i][j] == 1;
		observe_result("recv", recv(askers[i].fd, (char[8]){0}, room(8), MSG_DONTWAIT));
		close(askers[i].fd);
	}
	observe("once %d, wrong %d", once, wrong);
}
