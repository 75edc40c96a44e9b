/* Many threads, many sockets, and signal handlers. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

#define THREADS      8
#define A_THREAD     20 /* all fit into the receive buffer, should nobody read */
#define SOCKETS      1000
#define MANY_ANSWERS 100

struct worker {
	pthread_t thread;
	int fd;
	int number;
	int count;
};

/* Blocked in recv from before the first datagram until all have come back. */
static void *read_all(void *argument)
{
	struct worker *worker = argument;
	char bytes[64];
	for (int i = 0; i < MANY_ANSWERS; i++)
		worker->count += recv(worker->fd, bytes, room(sizeof bytes), 0) == 5;
	return NULL;
}

static void read_while_writing(int fd, const struct peer *to)
{
	struct worker reader = {.fd = fd};
	int sent = 0;
	pthread_create(&reader.thread, NULL, read_all, &reader);
	for (int i = 0; i < MANY_ANSWERS; i++)
		sent += (to ? sendto(fd, "hello", 5, 0, &to->any, to->size) : send(fd, "hello", 5, 0)) == 5;
	pthread_join(reader.thread, NULL);
	observe("sent %d, heard %d", sent, reader.count);
}

void case_reader_and_writer(void)
{
	int fd = udp(AF_INET, 0);
	struct sockaddr_in any = {.sin_family = AF_INET};
	observe_result("bind", bind(fd, (struct sockaddr *)&any, sizeof any));
	read_while_writing(fd, &peer_a);
	close(fd);
}

void case_reader_and_writer_connected(void)
{
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	read_while_writing(fd, NULL);
	close(fd);
}

void case_reader_elsewhere(void)
{
	int fd = udp(AF_INET, 0), other = udp(AF_INET, 0);
	struct worker reader = {.fd = other};
	say(other, &peer_a, "!silent");
	pthread_create(&reader.thread, NULL, read_all, &reader);
	for (int i = 0; i < 5; i++) {
		say(fd, &peer_a, "while another thread is blocked");
		hear(fd);
	}
	say(other, &peer_a, "!repeat 100 hello");
	pthread_join(reader.thread, NULL);
	observe("heard %d", reader.count);
}

static void *write_some(void *argument)
{
	struct worker *worker = argument;
	for (int i = 0; i < A_THREAD; i++) {
		char bytes[32];
		int size = snprintf(bytes, sizeof bytes, "%d from %d", i, worker->number);
		worker->count += sendto(worker->fd, bytes, (size_t)size, 0, &peer_a.any, peer_a.size) == size;
	}
	return NULL;
}

static int heard_from(int fd, int *next)
{
	char bytes[32] = "";
	int number, thread;
	ssize_t got = recv(fd, bytes, room(sizeof bytes - 1), 0);
	if (got < 0 || sscanf(bytes, "%d from %d", &number, &thread) != 2 || number != next[thread])
		return 0;
	next[thread]++;
	return 1;
}

/* Eight writers on one socket; each one's datagrams come back in its order. */
void case_threads_one_socket(void)
{
	int fd = udp(AF_INET, 0), next[THREADS] = {0}, heard = 0, sent = 0;
	struct worker workers[THREADS];
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.fd = fd, .number = i};
		pthread_create(&workers[i].thread, NULL, write_some, &workers[i]);
	}
	for (int i = 0; i < THREADS * A_THREAD; i++)
		heard += heard_from(fd, next);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		sent += workers[i].count;
	}
	observe("sent %d, heard in order %d", sent, heard);
	close(fd);
}

static void *own_sockets(void *argument)
{
	struct worker *worker = argument;
	for (int i = 0; i < 10; i++) {
		char bytes[32];
		int fd = udp(AF_INET, 0);
		for (int j = 0; j < 5; j++) {
			sendto(fd, "own", 3, 0, &peer_a.any, peer_a.size);
			worker->count += recv(fd, bytes, room(sizeof bytes), 0) == 3;
		}
		close(fd);
	}
	return NULL;
}

void case_threads_own_sockets(void)
{
	struct worker workers[THREADS] = {{0}};
	int heard = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&workers[i].thread, NULL, own_sockets, &workers[i]);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		heard += workers[i].count;
	}
	observe("heard %d", heard);
}

void case_thousand_sockets(void)
{
	static int fds[SOCKETS];
	struct rlimit limit;
	int good = 0;
	char bytes[16];
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < SOCKETS; i++)
		fds[i] = udp(AF_INET, 0);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < SOCKETS; i++) {
			int size = snprintf(bytes, sizeof bytes, "%d", i);
			sendto(fds[i], bytes, (size_t)size, 0, &peer_a.any, peer_a.size);
			char back[16] = "";
			good += recv(fds[i], back, room(sizeof back), 0) == size && strcmp(back, bytes) == 0;
		}
	}
	observe("%d sockets, %d right answers", SOCKETS, good);
	for (int i = 0; i < SOCKETS; i++)
		close(fds[i]);
}

static int handler_fd;

static void send_in_handler(int number)
{
	(void)number;
	observe_result("sendto in the handler", sendto(handler_fd, "handler", 7, 0, &peer_a.any, peer_a.size));
}

void case_handler(void)
{
	struct sigaction action = {.sa_handler = send_in_handler};
	handler_fd = udp(AF_INET, 0);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	hear(handler_fd);
	raise(SIGUSR1);
	hear(handler_fd);
	close(handler_fd);
}

static void send_only(int number)
{
	(void)number;
	sendto(handler_fd, "handler", 7, 0, &peer_a.any, peer_a.size);
}

static void send_message_only(int number)
{
	(void)number;
	struct iovec piece = {(char[]){"message"}, 7};
	struct msghdr message = {
	    .msg_name = &peer_a.any, .msg_namelen = peer_a.size, .msg_iov = &piece, .msg_iovlen = 1};
	sendmsg(handler_fd, &message, 0);
}

static void send_by_handler(void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	handler_fd = udp(AF_INET, 0);
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < 3; i++) {
		raise(SIGUSR1);
		hear(handler_fd);
	}
	close(handler_fd);
}

static void do_nothing(int number)
{
	(void)number;
}

/* What the kernel itself puts on a handler's stack: less than 1 KiB, or 11 where the processor has many registers. */
static size_t least_stack(void)
{
	enum { FILL = 0xa5 };
	static unsigned char stack[1 << 16];
	struct sigaction action = {.sa_handler = do_nothing, .sa_flags = SA_ONSTACK};
	size_t free_octets = 0;
	memset(stack, FILL, sizeof stack);
	sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	while (free_octets < sizeof stack && stack[free_octets] == FILL)
		free_octets++;
	return sizeof stack - free_octets;
}

/* Many programs give their handlers 8 KiB in all: nothing large may be put on it. Behind its end is nothing. */
void case_handler_small_stack(void)
{
	enum { ROOM = 7 * 1024, ROOM_SANITIZED = 1 << 17 };
	size_t size = least_stack() + (getenv("ASAN_OPTIONS") ? ROOM_SANITIZED : ROOM);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, page + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(pages, page, PROT_NONE);
	sigaltstack(&(stack_t){.ss_sp = pages + page, .ss_size = size}, NULL);
	send_by_handler(send_only);
	send_by_handler(send_message_only);
	sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
	munmap(pages, page + size);
}

static atomic_int handled;

static void send_and_count(int number)
{
	send_only(number);
	handled++;
}

/* One signal at a time: signals that are pending together are one. */
static void *signal_many(void *argument)
{
	struct worker *worker = argument;
	while (worker->count < MANY_ANSWERS) {
		pthread_kill(worker->thread, SIGUSR1);
		worker->count++;
		while (handled < worker->count)
			sched_yield();
	}
	return NULL;
}

/* A handler that sends on the socket whose sends and receives it interrupts. */
void case_handler_between(void)
{
	struct sigaction action = {.sa_handler = send_and_count, .sa_flags = SA_RESTART};
	struct worker self = {.thread = pthread_self()};
	pthread_t thread;
	char bytes[16];
	int own = 0, by_handler = 0;
	handler_fd = udp(AF_INET, 0);
	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&thread, NULL, signal_many, &self);
	for (int sent = 0; sent < MANY_ANSWERS; sent++)
		sendto(handler_fd, "own", 3, 0, &peer_a.any, peer_a.size);
	while (own + by_handler < 2 * MANY_ANSWERS)
		*(recv(handler_fd, bytes, room(sizeof bytes), 0) == 3 ? &own : &by_handler) += 1;
	pthread_join(thread, NULL);
	observe("own %d, by the handler %d", own, by_handler);
	close(handler_fd);
}

enum { EXCHANGES = 400, HANDLED = 40 };

static void exchange_in_handler(int number)
{
	(void)number;
	if (handled == HANDLED)
		return;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	sendto(fd, "handler", 7, 0, &peer_b.any, peer_b.size);
	close(fd);
	handled++;
}

static void set_by_sigaction(void)
{
	const struct sigaction action = {.sa_handler = exchange_in_handler, .sa_flags = SA_RESTART};
	sigaction(SIGALRM, &action, NULL);
}

static void set_by_signal(void)
{
	signal(SIGALRM, exchange_in_handler);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* as it is in old programs */
static void set_by_sigset(void)
{
	sigset(SIGALRM, exchange_in_handler);
}
#pragma GCC diagnostic pop

static bool is_answered(void)
{
	char bytes[8];
	ssize_t got;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	while (sendto(fd, "own", 3, 0, &peer_a.any, peer_a.size) < 0 && errno == EINTR)
		;
	do
		got = recv(fd, bytes, room(sizeof bytes), 0);
	while (got < 0 && errno == EINTR);
	close(fd);
	return got == 3;
}

/* Sockets come and go in one thread while its handler has sockets that come and go; how it was set does not matter. */
void case_handler_ways(void)
{
	static void (*const ways[])(void) = {set_by_sigaction, set_by_signal, set_by_sigset};
	for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
		int status = -1;
		pid_t child = fork();
		if (child == 0) {
			const struct itimerval often = {{.tv_usec = 500}, {.tv_usec = 500}};
			bool all = is_answered();
			ways[way]();
			setitimer(ITIMER_REAL, &often, NULL);
			for (int i = 0; i < EXCHANGES; i++)
				all &= is_answered();
			while (handled < HANDLED)
				pause();
			_exit(all ? 0 : 1);
		}
		waitpid(child, &status, 0);
		observe("way %zu: %d", way, status);
	}
}
