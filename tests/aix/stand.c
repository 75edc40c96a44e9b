#include "tests/aix/stand.h"

#include <check.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static size_t octets_of(const char *text, uint8_t *out)
{
	size_t count = 0;

	for (; *text; text++)
		if (*text != ' ') {
			out[count++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
			text++;
		}
	return count;
}

static bool hear(struct stand *stand, int fd, const char *expected)
{
	uint8_t wanted[600], got[600];
	size_t size = octets_of(expected, wanted);
	ssize_t count = size ? recv(fd, got, size, MSG_WAITALL) : 0;

	if (count == (ssize_t)size && !memcmp(wanted, got, size))
		return true;
	snprintf(stand->complaint, sizeof(stand->complaint), "expected %s, heard %zd octets", expected, count);
	return false;
}

static void say(int fd, const struct line *line)
{
	uint8_t octets[600];
	size_t size = octets_of(line->says, octets), step = line->dribble ? 1 : size;

	for (size_t i = 0; i < size; i += step)
		send(fd, octets + i, step, MSG_NOSIGNAL);
}

static void *serve(void *argument)
{
	struct stand *stand = argument;
	const struct line *line = stand->script;
	int on = 1, fd = accept(stand->listener, NULL, NULL);
	char rest;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (; line->hears; line++) {
		if (!hear(stand, fd, line->hears))
			break;
		say(fd, line);
	}
	/* says of the last line: hold the connection until the client ends it, and hear nothing more. */
	if (!line->hears && line->says && recv(fd, &rest, 1, 0) > 0)
		snprintf(stand->complaint, sizeof(stand->complaint), "heard something after the script");
	close(fd);
	return NULL;
}

void stand_listen(struct stand *stand, const struct line *script)
{
	socklen_t size = sizeof(stand->address);

	memset(stand, 0, sizeof(*stand));
	stand->script = script;
	stand->address = loopback(0);
	stand->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(stand->listener, (struct sockaddr *)&stand->address, size), 0);
	ck_assert_int_eq(listen(stand->listener, 4), 0);
	getsockname(stand->listener, (struct sockaddr *)&stand->address, &size);
}

void stand_serve(struct stand *stand)
{
	ck_assert_int_eq(pthread_create(&stand->thread, NULL, serve, stand), 0);
}

void stand_start(struct stand *stand, const struct line *script)
{
	stand_listen(stand, script);
	stand_serve(stand);
}

void stand_end(struct stand *stand)
{
	pthread_join(stand->thread, NULL);
	close(stand->listener);
	ck_assert_str_eq(stand->complaint, "");
}

int stream_socket(bool blocking)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

struct sockaddr_in loopback(unsigned short port)
{
	return (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}
