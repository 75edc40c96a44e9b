/* Threads that are cancelled while they wait for a datagram. */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

enum { WAY_RECV, WAY_LARGE, WAY_MESSAGE, WAY_MESSAGES, WAY_READ, WAY_VECTORS, WAYS };

struct waiter {
	pthread_t thread;
	int fd;
	int way;
	long got;
};

static atomic_int cleaned;

static void count_cleaning(void *unused)
{
	(void)unused;
	cleaned++;
}

static void receive(const struct waiter *waiter)
{
	static char bytes[65536];
	struct iovec piece = {bytes, sizeof bytes};
	struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &piece, .msg_iovlen = 1}},
				      {.msg_hdr = {.msg_iov = &piece, .msg_iovlen = 1}}};
	if (waiter->way == WAY_RECV)
		recv(waiter->fd, bytes, room(16), 0);
	else if (waiter->way == WAY_LARGE)
		recvfrom(waiter->fd, bytes, room(sizeof bytes), 0, NULL, NULL);
	else if (waiter->way == WAY_MESSAGE)
		(void)recvmsg(waiter->fd, &messages->msg_hdr, 0);
	else if (waiter->way == WAY_MESSAGES)
		recvmmsg(waiter->fd, messages, 2, 0, NULL);
	else if (waiter->way == WAY_READ)
		(void)!read(waiter->fd, bytes, room(16));
	else
		(void)!readv(waiter->fd, &piece, 1);
}

/* Waits for what does not come, until it is cancelled. */
static void *wait_in_vain(void *argument)
{
	pthread_cleanup_push(count_cleaning, NULL);
	receive(argument);
	pthread_cleanup_pop(0);
	return NULL;
}

static void observe_cancelled(const struct waiter *waiter)
{
	void *answer;
	pthread_cancel(waiter->thread);
	pthread_join(waiter->thread, &answer);
	observe("%d: %s, cleaned %d", waiter->way, answer == PTHREAD_CANCELED ? "cancelled" : "ended", cleaned);
}

/* A receive that waits is a cancellation point, also on a socket that is relayed. */
void case_cancelled(void)
{
	for (int way = 0; way < WAYS; way++) {
		struct waiter waiter = {.fd = udp(AF_INET, 0), .way = way};
		say(waiter.fd, &peer_a, "hello");
		hear(waiter.fd);
		pthread_create(&waiter.thread, NULL, wait_in_vain, &waiter);
		observe_cancelled(&waiter);
		say(waiter.fd, &peer_a, "again");
		hear(waiter.fd);
		close(waiter.fd);
	}
}

/* Also while it waits for the rest of its time, after it was woken by what is none of the program's. */
void case_cancelled_later(void)
{
	const struct timeval limit = {.tv_sec = 10};
	for (int way = 0; way < WAYS; way++) {
		struct waiter waiter = {.fd = udp(AF_INET, 0), .way = way};
		struct pollfd waits = {.fd = waiter.fd, .events = POLLIN};
		observe_result("connect", connect(waiter.fd, &peer_a.any, peer_a.size));
		setsockopt(waiter.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
		observe_result("send", send(waiter.fd, "!other dropped", 14, 0));
		settle(&peer_a);
		pthread_create(&waiter.thread, NULL, wait_in_vain, &waiter);
		while (poll(&waits, 1, 0) > 0) /* until it has seen that */
			sched_yield();
		observe_cancelled(&waiter);
		close(waiter.fd);
	}
}

enum { WAY_CONNECT, WAY_FIRST, WAY_AGAIN };

static atomic_int asked;

/* Its own cancellation is under way when it sends. */
static void *send_cancelled(void *argument)
{
	const struct waiter *waiter = argument;
	int state;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	while (!asked)
		sched_yield();
	pthread_setcancelstate(state, NULL);
	if (waiter->way == WAY_CONNECT)
		(void)!connect(waiter->fd, &peer_a.any, peer_a.size);
	else
		sendto(waiter->fd, "lost", 4, 0, &peer_a.any, peer_a.size);
	return NULL;
}

/* A send that makes an association, or a connect, is a cancellation point, and takes nothing with it that others
 * need. */
void case_cancelled_sender(void)
{
	for (int way = WAY_CONNECT; way <= WAY_AGAIN; way++) {
		struct waiter waiter = {.fd = udp(AF_INET, 0), .way = way};
		void *answer;
		asked = 0;
		if (way == WAY_AGAIN) {
			say(waiter.fd, &peer_a, "hello");
			hear(waiter.fd);
		}
		pthread_create(&waiter.thread, NULL, send_cancelled, &waiter);
		pthread_cancel(waiter.thread);
		asked = 1;
		pthread_join(waiter.thread, &answer);
		observe("%d: %s", way, answer == PTHREAD_CANCELED ? "cancelled" : "ended");
		say(waiter.fd, &peer_a, "hello");
		hear(waiter.fd);
		close(waiter.fd);
	}
}

static void *receive_by_number(void *argument)
{
	struct waiter *waiter = argument;
	static char bytes[16];
	waiter->got = syscall(SYS_recvfrom, waiter->fd, bytes, sizeof bytes, 0, NULL, NULL);
	return NULL;
}

/* syscall is none. */
void case_cancelled_by_number(void)
{
	struct waiter waiter = {.fd = udp(AF_INET, 0)};
	void *answer;
	say(waiter.fd, &peer_a, "hello");
	hear(waiter.fd);
	pthread_create(&waiter.thread, NULL, receive_by_number, &waiter);
	pthread_cancel(waiter.thread);
	say(waiter.fd, &peer_a, "again");
	pthread_join(waiter.thread, &answer);
	observe("%s, %ld", answer == PTHREAD_CANCELED ? "cancelled" : "ended", waiter.got);
	close(waiter.fd);
}

enum { CLEANED = 7 };

static void leave(void *unused)
{
	(void)unused;
	_exit(CLEANED);
}

static void cancel(union sigval value)
{
	pthread_cancel(*(pthread_t *)value.sival_ptr);
}

/* Waits for what does not come; a timer's function, which runs in a thread of libc's own, cancels it. */
static void be_cancelled_by_timer(int fd)
{
	pthread_t self = pthread_self();
	const struct itimerspec soon = {.it_value.tv_nsec = 1000000};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = cancel};
	timer_t timer;
	char bytes[16];
	event.sigev_value.sival_ptr = &self;
	pthread_cleanup_push(leave, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &soon, NULL) == 0)
		recv(fd, bytes, room(sizeof bytes), 0);
	pthread_cleanup_pop(0);
}

/* A program that makes no thread itself. */
void case_cancelled_by_timer(void)
{
	int status = -1;
	pid_t child = fork();
	if (child == 0) {
		int fd = udp(AF_INET, 0);
		for (int i = 0; i < 2; i++) {
			say(fd, &peer_a, "hello");
			hear(fd);
		}
		fflush(NULL);
		be_cancelled_by_timer(fd);
		_exit(0);
	}
	waitpid(child, &status, 0);
	observe("%s", WIFEXITED(status) && WEXITSTATUS(status) == CLEANED ? "cancelled" : "ended");
}
