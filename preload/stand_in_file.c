#include "preload/stand_in_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/own.h"

enum { PLACES = 2, PATH_SIZE = 64 };

static void name_place(char path[PATH_SIZE], int place)
{
	snprintf(path, PATH_SIZE, place == 0 ? "/run/user/%u/socks5udp-names.1" : "/dev/shm/socks5udp-names.1-%u",
		 (unsigned)geteuid());
}

/* Anybody may put something into its place: a link, another kind of file, one of his own, one that he keeps waiting for
 * (fcntl(2), leases). */
static long open_file(const char *path, int create)
{
	struct stat status;
	long fd = own_make_briefly(SYS_openat, AT_FDCWD, (long)path,
				   O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | create, 0600);
	if (fd < 0)
		return fd;
	if (fstat((int)fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	    !(status.st_mode & 077) && status.st_nlink <= 1)
		return fd;
	raw_call(SYS_close, fd);
	return -EPERM;
}

static bool is_linked(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 && status.st_nlink == 1;
}

/* Who takes it away has it to himself for a moment; then there is another file, or none. */
static long open_locked(const char *path)
{
	enum { ATTEMPTS = 64 };
	for (int i = 0; i < ATTEMPTS; i++) {
		long fd = open_file(path, O_CREAT);
		if (fd < 0)
			return fd;
		if (raw_call(SYS_flock, fd, LOCK_SH | LOCK_NB) == 0 && is_linked((int)fd))
			return fd;
		raw_call(SYS_close, fd);
		sched_yield();
	}
	return -EAGAIN;
}

/* The mapping keeps the lock, as it keeps the description of the open file.
 *
 * All of its memory is there from now on: a page that is not to be had later would be the program's end. */
static void *map_place(const char *path, size_t size)
{
	void *pages = MAP_FAILED;
	long fd = open_locked(path);
	if (fd < 0)
		return NULL;
	if (posix_fallocate((int)fd, 0, (off_t)size) == 0)
		pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
	raw_call(SYS_close, fd);
	return pages == MAP_FAILED ? NULL : pages;
}

void *stand_in_file_map(size_t size)
{
	char path[PATH_SIZE];
	void *pages = NULL;
	for (int place = 0; place < PLACES && !pages; place++) {
		name_place(path, place);
		pages = map_place(path, size);
	}
	return pages;
}

/* Whether the library is in that process; what may not be seen is taken not to have it. */
static bool is_covered(pid_t process)
{
	static const char wanted[] = "/libsocks5udp.so";
	char text[4096 + sizeof wanted], path[32];
	size_t kept = 0;
	long size;
	bool found = false;
	snprintf(path, sizeof path, "/proc/%d/maps", (int)process);
	long fd = own_make_briefly(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	while (!found && (size = raw_call(SYS_read, fd, text + kept, sizeof text - kept)) > 0) {
		size_t filled = kept + (size_t)size;
		found = memmem(text, filled, wanted, sizeof wanted - 1) != NULL;
		kept = filled < sizeof wanted ? filled : sizeof wanted;
		memmove(text, text + filled - kept, kept);
	}
	raw_call(SYS_close, fd);
	return found;
}

/* Another description of the file does not get the lock before the last mapping of it has gone. */
static void leave_place(const char *path)
{
	long fd = open_file(path, 0);
	if (fd < 0)
		return;
	if (raw_call(SYS_flock, fd, LOCK_EX | LOCK_NB) == 0 && is_linked((int)fd) &&
	    !is_covered((pid_t)raw_call(SYS_getppid)))
		raw_call(SYS_unlinkat, AT_FDCWD, path, 0);
	raw_call(SYS_close, fd);
}

static bool has_had_children(void)
{
	struct rusage usage = {.ru_minflt = 0};
	return raw_call(SYS_getrusage, (long)RUSAGE_CHILDREN, &usage) < 0 || usage.ru_minflt;
}

void stand_in_file_leave(void *pages, size_t size)
{
	char path[PATH_SIZE];
	if (!pages && !has_had_children())
		return;
	/* What other threads find there from now on is an empty table. */
	if (pages &&
	    mmap(pages, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return;
	for (int place = 0; place < PLACES; place++) {
		name_place(path, place);
		leave_place(path);
	}
}
