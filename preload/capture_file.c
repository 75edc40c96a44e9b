#include "preload/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/raw.h"
#include "preload/own.h"

enum { FLAGS = O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, NUMBERS = 1000 };

static int make(struct capture_file *file)
{
	file->fd = own_make(SYS_openat, AT_FDCWD, (long)file->path, FLAGS | O_CREAT | O_EXCL, 0600);
	return file->fd < 0 ? file->fd : 0;
}

/* Opened for reading as well, a pipe need not have a reader yet. */
static int open_existing(struct capture_file *file, mode_t mode)
{
	int flags = S_ISFIFO(mode) ? (FLAGS & ~O_WRONLY) | O_RDWR : FLAGS;
	file->fd = own_make(SYS_openat, AT_FDCWD, (long)file->path, flags, 0);
	if (file->fd < 0)
		return file->fd;
	if (S_ISFIFO(mode) && raw_call(SYS_flock, file->fd, (long)(LOCK_EX | LOCK_NB)) < 0) {
		own_close(file->fd);
		return -EBUSY;
	}
	/* It is a thread's to wait here. */
	raw_call(SYS_fcntl, file->fd, (long)F_SETFL, (long)(flags & ~O_NONBLOCK));
	return 0;
}

/* "/tmp/a.pcapng" -> "/tmp/a.17.pcapng", "/tmp/a.17-2.pcapng" */
static bool name_nth(struct capture_file *file, const char *path, long process, int n)
{
	const char *name = strrchr(path, '/') + 1, *dot = strrchr(name, '.');
	const char *suffix = dot && dot != name ? dot : path + strlen(path);
	char which[48] = "";
	if (n == 1)
		snprintf(which, sizeof which, ".%ld", process);
	else if (n > 1)
		snprintf(which, sizeof which, ".%ld-%d", process, n);
	return snprintf(file->path, sizeof file->path, "%.*s%s%s", (int)(suffix - path), path, which, suffix) <
	       (int)sizeof file->path;
}

int capture_file_claim(struct capture_file *file, const char *path, long process)
{
	struct stat status;
	int error = -EEXIST;
	for (int n = 0; error == -EEXIST && n < NUMBERS; n++) {
		if (!name_nth(file, path, process, n))
			return -ENAMETOOLONG;
		error = make(file);
		if (n == 0 && error == -EEXIST && stat(file->path, &status) == 0 && !S_ISREG(status.st_mode))
			error = open_existing(file, status.st_mode);
	}
	return error;
}
