/* Waiting: non-blocking sockets, readiness by every call that tells it, timeouts and signals. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static void observe_poll(int fd, short events, int timeout)
{
	struct pollfd awaited[2] = {{.fd = fd, .events = events}};
	int ready = poll(awaited, room(1), timeout);
	observe("poll: %d %#x", ready, (unsigned)awaited[0].revents);
}

void case_nonblocking(void)
{
	int fd = udp(AF_INET, SOCK_NONBLOCK);
	char bytes[64];
	observe_result("recv", recv(fd, bytes, room(sizeof bytes), 0));
	observe_poll(fd, POLLIN | POLLOUT, 0);
	for (int i = 0; i < 3; i++) {
		say(fd, &peer_a, "hello");
		observe_poll(fd, POLLIN, -1);
		hear(fd);
	}
	observe_result("recv", recv(fd, bytes, room(sizeof bytes), 0));
	observe("%s", fcntl(fd, F_GETFL) & O_NONBLOCK ? "still non-blocking" : "blocking");
	close(fd);
}

/* The first datagrams of a socket, before anything is known of the way they go, arrive all and in order. */
void case_nonblocking_burst(void)
{
	int fd = udp(AF_INET, SOCK_NONBLOCK);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	for (const char *digit = "0123456789"; *digit; digit++)
		observe_result("send", send(fd, digit, 1, 0));
	for (int i = 0; i < 10; i++) {
		await_readable(fd);
		hear(fd);
	}
	close(fd);
}

void case_nonblocking_connected(void)
{
	int fd = udp(AF_INET, 0);
	char bytes[64];
	observe_result("fcntl", fcntl(fd, F_SETFL, O_NONBLOCK));
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("read", read(fd, bytes, room(sizeof bytes)));
	observe_result("write", write(fd, "hello", 5));
	observe_poll(fd, POLLIN, -1);
	observe_datagram("read", read(fd, bytes, room(sizeof bytes)), bytes, NULL, 0);
	observe_result("MSG_DONTWAIT", recv(fd, bytes, room(sizeof bytes), MSG_DONTWAIT));
	close(fd);
}

void case_dontwait(void)
{
	int fd = udp(AF_INET, 0);
	char bytes[64];
	observe_result("recv", recv(fd, bytes, room(sizeof bytes), MSG_DONTWAIT));
	observe_result("sendto", sendto(fd, "hello", 5, MSG_DONTWAIT, &peer_a.any, peer_a.size));
	hear(fd);
	observe_result("recv", recv(fd, bytes, room(sizeof bytes), MSG_DONTWAIT));
	close(fd);
}

static int epoll_of(int fd, unsigned events)
{
	int queue = epoll_create1(0);
	struct epoll_event event = {.events = events, .data.fd = 77};
	observe_result("epoll_ctl", epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event));
	return queue;
}

static void observe_epoll(int queue, int timeout)
{
	struct epoll_event event = {0};
	int ready = epoll_wait(queue, &event, 1, timeout);
	observe("epoll_wait: %d %#x %d", ready, event.events, event.data.fd);
}

void case_epoll_level(void)
{
	int fd = udp(AF_INET, SOCK_NONBLOCK);
	int queue = epoll_of(fd, EPOLLIN);
	observe_epoll(queue, 0);
	say(fd, &peer_a, "hello");
	observe_epoll(queue, -1);
	observe_epoll(queue, 0);
	hear(fd);
	observe_epoll(queue, 0);
	close(queue);
	close(fd);
}

void case_epoll_edge(void)
{
	int fd = udp(AF_INET, SOCK_NONBLOCK);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	int queue = epoll_of(fd, EPOLLIN | EPOLLET);
	observe_epoll(queue, 0);
	for (int i = 0; i < 3; i++) {
		observe_result("send", send(fd, "hello", 5, 0));
		observe_epoll(queue, -1);
		observe_epoll(queue, 0);
		hear(fd);
		hear(fd);
	}
	close(queue);
	close(fd);
}

void case_epoll_before_connect(void)
{
	int fd = udp(AF_INET, SOCK_NONBLOCK);
	int queue = epoll_of(fd, EPOLLIN | EPOLLOUT);
	observe_epoll(queue, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("send", send(fd, "hello", 5, 0));
	await_readable(fd);
	observe_epoll(queue, -1);
	hear(fd);
	observe_epoll(queue, -1);
	close(queue);
	close(fd);
}

void case_select(void)
{
	int fd = udp(AF_INET, 0);
	fd_set set;
	FD_ZERO(&set);
	FD_SET(fd, &set);
	struct timeval none = {0, 0};
	observe_result("select", select(fd + 1, &set, NULL, NULL, &none));
	say(fd, &peer_a, "hello");
	FD_SET(fd, &set);
	observe_result("select", select(fd + 1, &set, NULL, NULL, NULL));
	observe("%s", FD_ISSET(fd, &set) ? "readable" : "not readable");
	hear(fd);
	FD_SET(fd, &set);
	observe_result("select to write", select(fd + 1, NULL, &set, NULL, NULL));
	close(fd);
}

void case_ppoll(void)
{
	int fd = udp(AF_INET, 0);
	struct pollfd awaited[2] = {{.fd = fd, .events = POLLIN}};
	observe_result("ppoll", ppoll(awaited, room(1), &(struct timespec){0, 0}, NULL));
	say(fd, &peer_a, "hello");
	observe_result("ppoll", ppoll(awaited, room(1), NULL, NULL));
	hear(fd);
	close(fd);
}

static void set_timeout(int fd, int milliseconds)
{
	struct timeval time = {milliseconds / 1000, milliseconds % 1000 * 1000};
	observe_result("SO_RCVTIMEO", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
}

void case_receive_timeout(void)
{
	int fd = udp(AF_INET, 0);
	struct timeval time = {0};
	socklen_t size = sizeof time;
	set_timeout(fd, 30);
	hear(fd);
	say(fd, &peer_a, "!silent");
	hear(fd);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	/* what is dropped on the way must not end the wait, nor make it longer */
	observe_result("send", send(fd, "!other dropped", 14, 0));
	hear(fd);
	observe_result("getsockopt", getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &size));
	observe("  %d ms", (int)(time.tv_sec * 1000 + time.tv_usec / 1000));
	set_timeout(fd, 10000);
	observe_result("send", send(fd, "in time", 7, 0));
	hear(fd);
	close(fd);
}

static void ignore(int number)
{
	(void)number;
}

struct interruption {
	pthread_t whom;
	int fd;
	atomic_int over;
};

/* Signals again and again: the first may come before the call that it is to interrupt. */
static void *interrupt(void *argument)
{
	struct interruption *interruption = argument;
	while (!interruption->over) {
		pthread_kill(interruption->whom, SIGUSR1);
		sched_yield();
	}
	return NULL;
}

static void hear_interrupted(int fd, int flags, int timeout)
{
	struct sigaction action = {.sa_handler = ignore, .sa_flags = flags};
	struct interruption interruption = {.whom = pthread_self(), .fd = fd};
	pthread_t thread;
	sigaction(SIGUSR1, &action, NULL);
	if (timeout)
		set_timeout(fd, timeout);
	pthread_create(&thread, NULL, interrupt, &interruption);
	hear(fd);
	interruption.over = 1;
	pthread_join(thread, NULL);
}

void case_interrupted(void)
{
	int fd = udp(AF_INET, 0);
	say(fd, &peer_a, "!silent");
	hear_interrupted(fd, 0, 0);
	say(fd, &peer_a, "after it");
	hear(fd);
	/* SA_RESTART does not restart a receive that has a timeout: signal(7) */
	hear_interrupted(fd, SA_RESTART, 5000);
	say(fd, &peer_a, "after it");
	hear(fd);
	close(fd);
}

static void *answer_soon(void *argument)
{
	struct interruption *interruption = argument;
	for (int i = 0; i < 50; i++)
		pthread_kill(interruption->whom, SIGUSR1);
	sendto(interruption->fd, "restarted", 9, 0, &peer_a.any, peer_a.size);
	return NULL;
}

void case_restarted(void)
{
	struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};
	int fd = udp(AF_INET, 0);
	struct interruption interruption = {.whom = pthread_self(), .fd = fd};
	pthread_t thread;
	sigaction(SIGUSR1, &action, NULL);
	say(fd, &peer_a, "!silent");
	pthread_create(&thread, NULL, answer_soon, &interruption);
	hear(fd);
	pthread_join(thread, NULL);
	close(fd);
}
