#include "preload/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/own.h"

enum { ROOM = 1024 };

static int file = -1;
static const char *at_first = "";
static _Alignas(long) struct stat error_stream;

static void note_error_stream(void)
{
	if (fstat(STDERR_FILENO, &error_stream) < 0)
		error_stream = (struct stat){0};
}

void log_begin(const char *path)
{
	note_error_stream();
	at_first = path;
}

int log_open(const char *path)
{
	note_error_stream();
	at_first = "";
	if (!path || !*path)
		return 0;
	int fd = own_make(SYS_openat, AT_FDCWD, (long)path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return fd;
	file = fd;
	return 0;
}

/* A program that has closed standard error may have a file of its own under that number. */
static int destination(void)
{
	struct stat now;
	if (file >= 0)
		return file;
	if (fstat(STDERR_FILENO, &now) < 0 || now.st_dev != error_stream.st_dev || now.st_ino != error_stream.st_ino)
		return -1;
	return STDERR_FILENO;
}

static void write_to_file(const char *path, const char *text, size_t size)
{
	long fd = raw_call(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600L);
	if (fd < 0)
		return;
	raw_call(SYS_write, fd, text, size);
	raw_call(SYS_close, fd);
}

void log_octets(const char *text, size_t size)
{
	int fd = destination();
	if (file < 0 && *at_first)
		write_to_file(at_first, text, size);
	else if (fd >= 0)
		raw_call(SYS_write, fd, text, size);
}

static void write_text(int size, char *text, int room)
{
	if (size < 0)
		return;
	if (size > room - 2)
		size = room - 2;
	text[size++] = '\n';
	log_octets(text, (size_t)size);
}

void log_line(enum log_level level, const char *line)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	char text[ROOM];
	write_text(snprintf(text, sizeof text - 1, "libsocks5udp: %s: %s", names[level], line), text, sizeof text);
}

void log_text(const char *line)
{
	char text[ROOM];
	write_text(snprintf(text, sizeof text - 1, "libsocks5udp: %s", line), text, sizeof text);
}
