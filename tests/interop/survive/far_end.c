/* The peer of traffic: answers each datagram with its payload, and goes on sending to whom asked for that.
 *
 * usage: far_end PORT ADDRESS...
 *
 * "!tick" as a payload: "tick" goes to that source every 20 ms, until another asks. Prints "ready" and serves until
 * its standard input ends; each line there is answered by one: the hosts that were heard of, each once. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { ADDRESSES = 4, HOSTS = 64, PERIOD_NS = 20000000 };

struct source {
	int fd;
	struct sockaddr_storage address;
	socklen_t size;
};

static char hosts[HOSTS][INET6_ADDRSTRLEN];
static struct source subscriber = {.fd = -1};

static void note(const struct sockaddr_storage *from)
{
	char text[INET6_ADDRSTRLEN] = "";
	const void *ip = &((const struct sockaddr_in *)(const void *)from)->sin_addr;
	size_t at = 0;
	if (from->ss_family == AF_INET6)
		ip = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
	inet_ntop(from->ss_family, ip, text, sizeof text);
	while (at < HOSTS - 1 && *hosts[at] && strcmp(hosts[at], text) != 0)
		at++;
	strcpy(hosts[at], text);
}

static void answer(const struct source *to, const void *bytes, size_t size)
{
	sendto(to->fd, bytes, size, 0, (const struct sockaddr *)&to->address, to->size);
}

static void hear(int fd)
{
	char bytes[2048];
	struct source source = {.fd = fd};
	for (;;) {
		source.size = sizeof source.address;
		ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&source.address, &source.size);
		/* An ICMP error for an earlier answer is no end of data. */
		if (got < 0 && (errno == EAGAIN || errno == EBADF))
			return;
		if (got < 0)
			continue;
		note(&source.address);
		if (got == 5 && memcmp(bytes, "!tick", 5) == 0)
			subscriber = source;
		else
			answer(&source, bytes, (size_t)got);
	}
}

static void tick(int timer)
{
	uint64_t times;
	if (read(timer, &times, sizeof times) == sizeof times && subscriber.fd >= 0)
		answer(&subscriber, "tick", 4);
}

static bool report(void)
{
	char line[64];
	if (!fgets(line, sizeof line, stdin))
		return false;
	for (size_t i = 0; i < HOSTS && *hosts[i]; i++)
		printf("%s%s", i ? " " : "", hosts[i]);
	printf("\n");
	fflush(stdout);
	return true;
}

static int open_at(const char *host, const char *port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = v4.sin_port};
	bool is_v6 = inet_pton(AF_INET6, host, &v6.sin6_addr) == 1;
	if (!is_v6 && inet_pton(AF_INET, host, &v4.sin_addr) != 1)
		return -1;
	int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int answer = is_v6 ? bind(fd, (struct sockaddr *)&v6, sizeof v6) : bind(fd, (struct sockaddr *)&v4, sizeof v4);
	return answer < 0 ? -1 : fd;
}

static int open_timer(void)
{
	struct itimerspec period = {.it_interval.tv_nsec = PERIOD_NS, .it_value.tv_nsec = PERIOD_NS};
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	return timer >= 0 && timerfd_settime(timer, 0, &period, NULL) == 0 ? timer : -1;
}

static void serve(struct pollfd *awaited, nfds_t count)
{
	for (;;) {
		if (poll(awaited, count, -1) < 0 && errno != EINTR)
			return;
		if (awaited[0].revents && !report())
			return;
		if (awaited[1].revents)
			tick(awaited[1].fd);
		for (nfds_t i = 2; i < count; i++)
			if (awaited[i].revents)
				hear(awaited[i].fd);
	}
}

int main(int argc, char **argv)
{
	struct pollfd awaited[2 + ADDRESSES] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.events = POLLIN}};
	nfds_t count = 2;
	if (argc < 3 || argc - 2 > ADDRESSES)
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0); /* poll must see what is left to read */
	awaited[1].fd = open_timer();
	for (int i = 2; i < argc; i++, count++) {
		awaited[count] = (struct pollfd){.fd = open_at(argv[i], argv[1]), .events = POLLIN};
		if (awaited[count].fd >= 0)
			continue;
		fprintf(stderr, "far_end: %s: %s\n", argv[i], strerror(errno));
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	serve(awaited, count);
	return 0;
}
