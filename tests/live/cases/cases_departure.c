/* Sockets that are closed, processes that end and images that are replaced right after a send that did not wait: what
 * was sent is on its way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static int bound(struct sockaddr_in *name)
{
	int fd = udp(AF_INET, SOCK_NONBLOCK);
	observe_result("bind", bind(fd, (struct sockaddr *)name, sizeof *name));
	return fd;
}

/* The number and the port are free at once, and whoever takes them is another socket. */
void case_depart_closed(void)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof name;
	int first = bound(&name);
	getsockname(first, (struct sockaddr *)&name, &size);
	say(first, &peer_a, "!silent one");
	say(first, &peer_b, "!silent two");
	close(first);
	int second = bound(&name);
	observe("%s number", second == first ? "the same" : "another");
	say(second, &peer_a, "!silent three");
	close(second);
	for (int i = 0; i < 20; i++) {
		int fd = udp(i % 2 ? AF_INET : AF_INET6, SOCK_NONBLOCK);
		say(fd, i % 2 ? &peer_b : &peer_6, "!silent of many");
		close(fd);
	}
	int last = bound(&name);
	say(last, &peer_a, "heard");
	await_readable(last);
	hear(last);
	close(last);
}

/* By every call that closes, and by a copy in its place. */
void case_depart_ways(void)
{
	int other = dup(STDOUT_FILENO), fds[5];
	for (int i = 0; i < 5; i++) {
		fds[i] = udp(AF_INET, SOCK_NONBLOCK);
		observe_result("connect", connect(fds[i], &peer_a.any, peer_a.size));
		observe_result("send", send(fds[i], "!silent 12345", 9 + (size_t)i, 0));
	}
	observe_result("dup2", dup2(other, fds[0]) == fds[0] ? 0 : -1);
	close(fds[0]);
	observe_result("close_range", close_range((unsigned)fds[1], (unsigned)fds[2], 0));
	observe_result("SYS_close", syscall(SYS_close, fds[3]));
	FILE *stream = fdopen(fds[4], "r");
	observe_result("fclose", fclose(stream));
	close(other);
}

static void observe_child(pid_t child)
{
	int status = -1;
	waitpid(child, &status, 0);
	observe("child: %#x", (unsigned)status);
}

static void speak(void)
{
	int fd = udp(AF_INET, SOCK_NONBLOCK);
	say(fd, &peer_a, "!silent last words");
}

static void by_exit(void)
{
	exit(1);
}

static void by_exit_at_once(void)
{
	_exit(2);
}

static void by_exit_of_c(void)
{
	_Exit(3);
}

static void by_number(void)
{
	syscall(SYS_exit_group, 4);
}

static void by_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

void case_depart_ended(void)
{
	static void (*const ends[])(void) = {by_exit, by_exit_at_once, by_exit_of_c, by_number, by_exec};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		pid_t child = fork();
		if (child == 0) {
			speak();
			ends[i]();
		}
		observe_child(child);
	}
	speak();
}

/* The socket goes on in a child, and its association is the child's. */
void case_depart_shared(void)
{
	int told[2];
	int fd = udp(AF_INET, SOCK_NONBLOCK);
	if (pipe(told) < 0)
		return;
	say(fd, &peer_a, "!silent of the parent");
	pid_t child = fork();
	if (child == 0) {
		if (read(told[0], (char[1]){0}, 1) < 0)
			_exit(3);
		say(fd, &peer_a, "of the child");
		await_readable(fd);
		hear(fd);
		_exit(0);
	}
	close(fd);
	if (write(told[1], "", 1) == 1)
		observe_child(child);
	close(told[0]);
	close(told[1]);
}
