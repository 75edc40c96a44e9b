/* A program that holds a set of UDP sockets for its whole life and talks over all of them all the while. It knows
 * nothing of the library.
 *
 * usage: traffic HOST PORT [HOST6]      of a far_end; HOST6 for the IPv6 socket, which is left out without it
 *
 * Prints "ready" when every socket has had an answer, and serves until its standard input ends. One line answers each
 * command on the standard input:
 *
 *	send N         ok: N more datagrams were sent meanwhile, over all sockets
 *	back LIMIT     "blocking=12 timed=15 ...": after how many milliseconds each socket had its next answer, or
 *"never" in LIMIT milliseconds subscribe      ok: the receiver asked the far end for ticks, until one came report
 *"sent=9 answered=8 moved=none errors=none": moved are the sockets whose port is another one than it was, errors is
 *what calls answered (NAME.CALL.ERRNO*TIMES) since the last report
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PERIOD_MS = 20, START_LIMIT_MS = 10000, SUBSCRIPTION_LIMIT_MS = 2000, ERROR_KINDS = 64 };

struct talk {
	const char *name;
	int family;
	bool connected;
	bool nonblocking;
	bool timed; /* SO_RCVTIMEO */
	bool mute;  /* sends at the start, and on command */
	bool left_out;
	int fd;
	struct sockaddr_storage to;
	socklen_t to_size;
	unsigned port;
	/* the lock's */
	unsigned long sent;
	unsigned long answered;
	uint64_t answer_ms; /* when the last one came */
};

static struct talk talks[] = {
    {.name = "blocking", .family = AF_INET},
    {.name = "timed", .family = AF_INET, .connected = true, .timed = true},
    {.name = "nonblocking", .family = AF_INET, .nonblocking = true},
    {.name = "connected", .family = AF_INET, .connected = true, .nonblocking = true},
    {.name = "six", .family = AF_INET6, .nonblocking = true},
    {.name = "receiver", .family = AF_INET, .mute = true},
};
enum { TALKS = sizeof talks / sizeof *talks };

static struct {
	const struct talk *talk;
	const char *call;
	int error;
	unsigned long times;
} failures[ERROR_KINDS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct timespec moment(uint64_t at_ms)
{
	return (struct timespec){.tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000};
}

/* error 0: an answer that is none of this socket's */
static void failed(const struct talk *talk, const char *call, int error)
{
	size_t at = 0;
	pthread_mutex_lock(&lock);
	while (at < ERROR_KINDS - 1 && failures[at].times &&
	       (failures[at].talk != talk || failures[at].call != call || failures[at].error != error))
		at++;
	failures[at].talk = talk;
	failures[at].call = call;
	failures[at].error = error;
	failures[at].times++;
	pthread_mutex_unlock(&lock);
}

/* Sockets */

static bool address_parse(struct talk *talk, const char *host, const char *port)
{
	struct sockaddr_in *v4 = (void *)&talk->to;
	struct sockaddr_in6 *v6 = (void *)&talk->to;
	in_port_t number = htons((uint16_t)atoi(port));
	talk->to.ss_family = (sa_family_t)talk->family;
	if (talk->family == AF_INET6) {
		v6->sin6_port = number;
		talk->to_size = sizeof *v6;
		return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
	}
	v4->sin_port = number;
	talk->to_size = sizeof *v4;
	return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

static unsigned port_of(const struct talk *talk)
{
	struct sockaddr_storage name;
	socklen_t size = sizeof name;
	if (getsockname(talk->fd, (struct sockaddr *)&name, &size) < 0) {
		failed(talk, "getsockname", errno);
		return 0;
	}
	return ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&name)->sin6_port
						: ((struct sockaddr_in *)(void *)&name)->sin_port);
}

static bool talk_open(struct talk *talk, const char *host, const char *port)
{
	struct timeval period = {.tv_usec = PERIOD_MS * 1000};
	talk->fd = socket(talk->family, SOCK_DGRAM | (talk->nonblocking ? SOCK_NONBLOCK : 0), 0);
	return talk->fd >= 0 && address_parse(talk, host, port) &&
	       (!talk->timed || setsockopt(talk->fd, SOL_SOCKET, SO_RCVTIMEO, &period, sizeof period) == 0) &&
	       (!talk->connected || connect(talk->fd, (struct sockaddr *)&talk->to, talk->to_size) == 0);
}

/* Talking */

static void say(struct talk *talk, const char *text)
{
	ssize_t size = (ssize_t)strlen(text), sent;
	if (talk->connected)
		sent = send(talk->fd, text, (size_t)size, 0);
	else
		sent = sendto(talk->fd, text, (size_t)size, 0, (struct sockaddr *)&talk->to, talk->to_size);
	if (sent != size)
		failed(talk, "send", sent < 0 ? errno : EMSGSIZE);
}

static void say_next(struct talk *talk)
{
	char text[64];
	pthread_mutex_lock(&lock);
	unsigned long number = ++talk->sent;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	snprintf(text, sizeof text, "%s %lu", talk->name, number);
	say(talk, text);
}

static bool is_from_far_end(const struct talk *talk, const struct sockaddr_storage *from)
{
	const struct sockaddr_in *v4 = (const void *)from, *far4 = (const void *)&talk->to;
	const struct sockaddr_in6 *v6 = (const void *)from, *far6 = (const void *)&talk->to;
	if (from->ss_family != talk->family)
		return false;
	if (talk->family == AF_INET6)
		return v6->sin6_port == far6->sin6_port && IN6_ARE_ADDR_EQUAL(&v6->sin6_addr, &far6->sin6_addr);
	return v4->sin_port == far4->sin_port && v4->sin_addr.s_addr == far4->sin_addr.s_addr;
}

static void heard(struct talk *talk, const char *text, const struct sockaddr_storage *from)
{
	char name[32];
	unsigned long number = 0;
	bool right = talk->mute ? strcmp(text, "tick") == 0
				: sscanf(text, "%31s %lu", name, &number) == 2 && strcmp(name, talk->name) == 0;
	pthread_mutex_lock(&lock);
	right = right && number <= talk->sent && is_from_far_end(talk, from);
	unsigned long sent = talk->sent;
	talk->answered += right;
	talk->answer_ms = right ? now_ms() : talk->answer_ms;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	if (!right) {
		fprintf(stderr, "traffic: %s, having sent %lu, got \"%s\"\n", talk->name, sent, text);
		failed(talk, "recv", 0);
	}
}

/* Whether there was one. */
static bool hear(struct talk *talk)
{
	char text[64];
	struct sockaddr_storage from = {0};
	socklen_t from_size = sizeof from;
	ssize_t got = recvfrom(talk->fd, text, sizeof text - 1, 0, (struct sockaddr *)&from, &from_size);
	if (got >= 0) {
		text[got] = '\0';
		heard(talk, text, &from);
		return true;
	}
	if (errno != EAGAIN || (!talk->nonblocking && !talk->timed))
		failed(talk, "recv", errno);
	return false;
}

/* As an event loop does: an error that poll reports is asked for. */
static void hear_polled(struct talk *talk, int wait_ms)
{
	struct pollfd readable = {.fd = talk->fd, .events = POLLIN};
	int error = 0;
	socklen_t size = sizeof error;
	if (poll(&readable, 1, wait_ms) <= 0)
		return;
	if (readable.revents & POLLERR && (getsockopt(talk->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error))
		failed(talk, "SO_ERROR", error ? error : errno);
	while (hear(talk))
		;
}

static void hear_until(struct talk *talk, uint64_t at_ms)
{
	for (uint64_t now = now_ms(); now < at_ms; now = now_ms())
		if (talk->nonblocking)
			hear_polled(talk, (int)(at_ms - now));
		else
			hear(talk);
}

static void *converse(void *argument)
{
	for (uint64_t at_ms = now_ms() + PERIOD_MS;; at_ms = now_ms() + PERIOD_MS) {
		say_next(argument);
		hear_until(argument, at_ms);
	}
	return NULL;
}

static void *speak(void *argument)
{
	for (;;) {
		struct timespec at = moment(now_ms() + PERIOD_MS);
		say_next(argument);
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
			;
	}
	return NULL;
}

static void *listen_on(void *argument)
{
	for (;;)
		hear(argument);
	return NULL;
}

static bool talk_start(struct talk *talk)
{
	pthread_t thread;
	if (talk->nonblocking || talk->timed)
		return pthread_create(&thread, NULL, converse, talk) == 0;
	return pthread_create(&thread, NULL, listen_on, talk) == 0 &&
	       (talk->mute || pthread_create(&thread, NULL, speak, talk) == 0);
}

/* Commands. What is awaited is awaited with the lock held. */

static bool wait_for_change(uint64_t until_ms)
{
	struct timespec until = moment(until_ms);
	return pthread_cond_timedwait(&changed, &lock, &until) == 0;
}

static unsigned long all_sent(void)
{
	unsigned long sent = 0;
	for (size_t i = 0; i < TALKS; i++)
		sent += talks[i].sent;
	return sent;
}

static bool is_answered(const struct talk *talk, uint64_t since_ms)
{
	return talk->mute || talk->left_out || talk->answer_ms >= since_ms;
}

static bool all_answered(uint64_t since_ms)
{
	for (size_t i = 0; i < TALKS; i++)
		if (!is_answered(&talks[i], since_ms))
			return false;
	return true;
}

static void command_send(const char *text)
{
	uint64_t until_ms = now_ms() + START_LIMIT_MS;
	pthread_mutex_lock(&lock);
	unsigned long wanted = all_sent() + strtoul(text, NULL, 10);
	while (all_sent() < wanted && wait_for_change(until_ms))
		;
	printf(all_sent() < wanted ? "late\n" : "ok\n");
	pthread_mutex_unlock(&lock);
}

static void command_back(const char *text)
{
	uint64_t back_ms = now_ms(), until_ms = back_ms + strtoul(text, NULL, 10);
	uint64_t after_ms[TALKS] = {0};
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < TALKS; i++)
		talks[i].answer_ms = 0;
	do
		for (size_t i = 0; i < TALKS; i++)
			if (!after_ms[i] && talks[i].answer_ms)
				after_ms[i] = talks[i].answer_ms - back_ms + 1;
	while (!all_answered(back_ms) && wait_for_change(until_ms));
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; i < TALKS; i++) {
		if (talks[i].mute || talks[i].left_out)
			continue;
		printf("%s=", talks[i].name);
		if (after_ms[i])
			printf("%lu ", (unsigned long)after_ms[i] - 1);
		else
			printf("never ");
	}
	printf("\n");
}

static bool ticked(struct talk *talk, uint64_t since_ms)
{
	uint64_t until_ms = now_ms() + PERIOD_MS;
	pthread_mutex_lock(&lock);
	while (talk->answer_ms < since_ms && wait_for_change(until_ms))
		;
	bool done = talk->answer_ms >= since_ms;
	pthread_mutex_unlock(&lock);
	return done;
}

static bool subscribe(void)
{
	struct talk *talk = &talks[TALKS - 1];
	uint64_t began_ms = now_ms();
	do
		say(talk, "!tick");
	while (!ticked(talk, began_ms) && now_ms() < began_ms + SUBSCRIPTION_LIMIT_MS);
	return ticked(talk, began_ms);
}

static void command_subscribe(const char *text)
{
	(void)text;
	printf(subscribe() ? "ok\n" : "never\n");
}

static void print_failures(void)
{
	const char *before = "";
	for (size_t i = 0; i < ERROR_KINDS && failures[i].times; i++, before = ",")
		printf("%s%s.%s.%s*%lu", before, failures[i].talk->name, failures[i].call,
		       failures[i].error ? strerrorname_np(failures[i].error) : "WRONG", failures[i].times);
	printf(failures[0].times ? "\n" : "none\n");
	memset(failures, 0, sizeof failures);
}

static void command_report(const char *text)
{
	(void)text;
	const char *before = "";
	unsigned long answered = 0;
	bool moved[TALKS];
	for (size_t i = 0; i < TALKS; i++)
		moved[i] = !talks[i].left_out && port_of(&talks[i]) != talks[i].port;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < TALKS; i++)
		answered += talks[i].answered;
	printf("sent=%lu answered=%lu moved=", all_sent(), answered);
	for (size_t i = 0; i < TALKS; i++)
		if (moved[i]) {
			printf("%s%s", before, talks[i].name);
			before = ",";
		}
	printf("%s errors=", *before ? "" : "none");
	print_failures();
	pthread_mutex_unlock(&lock);
}

static const struct {
	const char *name;
	void (*run)(const char *text);
} commands[] = {
    {"send ", command_send},
    {"back ", command_back},
    {"subscribe\n", command_subscribe},
    {"report\n", command_report},
};

static void command(const char *line)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		size_t length = strlen(commands[i].name);
		if (strncmp(line, commands[i].name, length) != 0)
			continue;
		commands[i].run(line + length);
		return;
	}
	printf("error %s", line);
}

static bool begin(int count, char **arguments)
{
	for (size_t i = 0; i < TALKS; i++) {
		struct talk *talk = &talks[i];
		talk->left_out = talk->family == AF_INET6 && count < 4;
		if (talk->left_out)
			continue;
		if (!talk_open(talk, arguments[talk->family == AF_INET6 ? 3 : 1], arguments[2]) || !talk_start(talk)) {
			fprintf(stderr, "traffic: %s: %s\n", talk->name, strerror(errno));
			return false;
		}
	}
	return true;
}

static bool all_begun(void)
{
	uint64_t until_ms = now_ms() + START_LIMIT_MS;
	if (!subscribe())
		return false;
	pthread_mutex_lock(&lock);
	while (!all_answered(1) && wait_for_change(until_ms))
		;
	bool begun = all_answered(1);
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; begun && i < TALKS; i++)
		talks[i].port = talks[i].left_out ? 0 : port_of(&talks[i]);
	return begun;
}

int main(int argc, char **argv)
{
	char line[256];
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attributes);
	if (argc < 3 || !begin(argc, argv))
		return 2;
	if (!all_begun()) {
		fprintf(stderr, "traffic: no answers\n");
		command_report(NULL);
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		command(line);
		fflush(stdout);
	}
	return 0;
}
