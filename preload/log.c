#include "preload/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/own.h"

enum { ROOM = 1024 };

static int file = -1;
static struct stat error_stream;

int log_open(const char *path)
{
	if (fstat(STDERR_FILENO, &error_stream) < 0)
		error_stream = (struct stat){0};
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

static void write_text(int size, char *text, int room)
{
	int fd = destination();
	if (fd < 0 || size < 0)
		return;
	if (size > room - 2)
		size = room - 2;
	text[size] = '\n';
	raw_call(SYS_write, fd, text, (long)size + 1);
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
