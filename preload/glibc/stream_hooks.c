/* fdopen on a datagram socket: libc reads and writes a stream of its own from within, past every hook; so the program
 * gets one that calls back. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "preload/cover.h"
#include "preload/hooks.h"

struct origin {
	int fd;
	char buffer[]; /* as large as libc's own would be: what is flushed at once is one datagram */
};

static ssize_t read_origin(void *cookie, char *bytes, size_t size)
{
	return hook_read(((struct origin *)cookie)->fd, bytes, size);
}

/* A stream knows no negative numbers here: none written is an error. */
static ssize_t write_origin(void *cookie, const char *bytes, size_t size)
{
	ssize_t written = hook_write(((struct origin *)cookie)->fd, bytes, size);
	return written < 0 ? 0 : written;
}

static int seek_origin(void *cookie, off64_t *position, int whence)
{
	(void)cookie;
	(void)position;
	(void)whence;
	errno = ESPIPE;
	return -1;
}

static int close_origin(void *cookie)
{
	int answer = real.close(((struct origin *)cookie)->fd);
	int saved = errno;
	free(cookie);
	errno = saved;
	return answer;
}

/* For freopen(3), which writes there, and which libc forgets for streams that call back. */
static _Alignas(max_align_t) char wide[1024];

static FILE *open_origin(struct origin *origin, size_t room, const char *mode)
{
	FILE *stream =
	    fopencookie(origin, mode, (cookie_io_functions_t){read_origin, write_origin, seek_origin, close_origin});
	if (!stream)
		return NULL;
	setvbuf(stream, origin->buffer, _IOFBF, room);
	stream->_fileno = origin->fd; /* which fileno answers; libc itself does not use it where it calls back */
	stream->_wide_data = (struct _IO_wide_data *)(void *)wide;
	return stream;
}

FILE *hook_fdopen(int fd, const char *mode)
{
	struct stat status;
	if (cover_find(fd) == HANDLE_NONE || fstat(fd, &status) < 0 || status.st_blksize <= 0)
		return real.fdopen(fd, mode);
	size_t room = (size_t)status.st_blksize;
	struct origin *origin = malloc(sizeof *origin + room);
	if (!origin)
		return NULL;
	origin->fd = fd;
	FILE *stream = open_origin(origin, room, mode);
	if (!stream)
		free(origin);
	return stream;
}
