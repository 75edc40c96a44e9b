/* Streams of stdio on a datagram socket. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static FILE *stream_on(int fd, const char *mode)
{
	FILE *stream = fdopen(fd, mode);
	if (!stream)
		observe_result("fdopen", -1);
	return stream;
}

static int connected(int type)
{
	int fd = udp(AF_INET, type);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	return fd;
}

void case_stream_written(void)
{
	FILE *stream = stream_on(connected(0), "w");
	observe("fprintf: %d", fprintf(stream, "by stdio"));
	observe("fflush: %d", fflush(stream));
	observe("fclose: %d", fclose(stream));
}

static void say_line(FILE *stream, const char *line)
{
	char heard[64] = "";
	observe("fputs: %d", fputs(line, stream) >= 0);
	observe("fflush: %d", fflush(stream));
	observe("fgets: %s", fgets(heard, room(sizeof heard), stream) ? heard : "none");
}

void case_stream_lines(void)
{
	int fd = connected(0);
	FILE *stream = stream_on(fd, "r+");
	observe("fileno: %s", fileno(stream) == fd ? "the socket's" : "another");
	say_line(stream, "one\n");
	say_line(stream, "two\n");
	observe_result("ftell", ftell(stream));
	observe_result("fseek", fseek(stream, 0, SEEK_SET));
	observe_result("send", send(fd, "past it\n", 8, 0));
	observe("getc: %c", getc(stream));
	observe_names(fd);
	observe("fclose: %d", fclose(stream));
	observe_result("closed", fcntl(fd, F_GETFD));
}

/* Two streams, as servers have it that read from one and write to the other. */
void case_stream_pair(void)
{
	int fd = connected(0);
	FILE *in = stream_on(dup(fd), "r"), *out = stream_on(fd, "w");
	char line[64];
	for (int i = 0; i < 3; i++) {
		observe("fprintf: %d", fprintf(out, "line %d\nand the rest\n", i));
		observe("fflush: %d", fflush(out));
		observe("fgets: %s", fgets(line, room(sizeof line), in) ? line : "none");
		observe("fgets: %s", fgets(line, room(sizeof line), in) ? line : "none");
	}
	observe("fclose: %d", fclose(out));
	observe("fclose: %d", fclose(in));
}

/* What a buffer holds is one datagram. */
void case_stream_large(void)
{
	static char bytes[10000];
	FILE *stream = stream_on(connected(0), "w");
	memset(bytes, 'x', sizeof bytes);
	observe("fwrite: %zu", fwrite(bytes, 1, room(sizeof bytes), stream));
	for (int i = 0; i < 6000; i++)
		putc('a' + i % 26, stream);
	observe("fclose: %d", fclose(stream));
}

void case_stream_errors(void)
{
	int fd = udp(AF_INET, SOCK_NONBLOCK);
	FILE *stream = stream_on(fd, "r+");
	setvbuf(stream, NULL, _IONBF, 0);
	errno = 0;
	observe("getc: %d %s, end %d, error %d", getc(stream), strerrorname_np(errno), feof(stream), ferror(stream));
	clearerr(stream);
	errno = 0;
	observe("putc: %d %s, error %d", putc('x', stream), strerrorname_np(errno), ferror(stream));
	clearerr(stream);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe("fputs: %d", fputs("!empty", stream) >= 0);
	await_readable(fd);
	observe("getc: %d, end %d, error %d", getc(stream), feof(stream), ferror(stream));
	observe("fdopen of no mode: %s", fdopen(fd, "x") ? "done" : strerrorname_np(errno));
	observe("fdopen of none: %s", fdopen(-1, "r") ? "done" : strerrorname_np(errno));
	observe("freopen: %s", freopen("/dev/null", "r", stream) ? "done" : "failed");
	observe("getc: %d", getc(stream));
	observe("fclose: %d", fclose(stream));
}
