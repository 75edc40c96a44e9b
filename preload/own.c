/* Room above the program's soft limit is made only while one of our descriptors takes its number: the limit is asked
 * for then and not before or after. So the limit that the program sees, sets, reaches and hands on to what it executes
 * is the kernel's, by whatever way it asks (setrlimit, prlimit of another process, inline system calls), and there is
 * nothing to pretend. What remains is a few microseconds in which another thread may see the hard limit. */
#include "preload/own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "core/raw.h"
#include "preload/process.h"

/* Far above select(2)'s 1,024, and low enough: the kernel's table is as long as the highest number, and every fork
 * copies it. */
enum { FLOOR_MAX = 16384 };

static long exchange_limit(const struct rlimit *limit, struct rlimit *before)
{
	return raw_call(SYS_prlimit64, 0L, (long)RLIMIT_NOFILE, limit, before);
}

/* True: the soft limit is the hard one now, and narrow is to follow. A sandbox may forbid it. */
static bool widen(struct rlimit *limit)
{
	*limit = (struct rlimit){FLOOR_MAX, FLOOR_MAX};
	if (exchange_limit(NULL, limit) < 0 || limit->rlim_cur >= limit->rlim_max)
		return false;
	const struct rlimit wide = {limit->rlim_max, limit->rlim_max};
	return exchange_limit(&wide, NULL) == 0;
}

/* A limit that another thread has set meanwhile is the program's word, and stands. */
static void narrow(const struct rlimit *limit)
{
	struct rlimit before = {limit->rlim_max, limit->rlim_max};
	exchange_limit(limit, &before);
	if (before.rlim_cur != limit->rlim_max || before.rlim_max != limit->rlim_max)
		exchange_limit(&before, NULL);
}

/* Above what the program may have, or in the top eighth of it; if that is full, ever lower. */
static long move_up(int fd, int command, const struct rlimit *limit, bool widened)
{
	long soft = limit->rlim_cur < FLOOR_MAX ? (long)limit->rlim_cur : FLOOR_MAX;
	long moved = raw_call(SYS_fcntl, fd, command, widened ? soft : soft - soft / 8);
	for (long floor = soft / 2; moved < 0 && floor; floor /= 2)
		moved = raw_call(SYS_fcntl, fd, command, floor);
	return moved;
}

static int note(long moved)
{
	if (moved >= 0 && !flow_table_own(&negotiator.table, (int)moved)) {
		raw_call(SYS_close, moved);
		return -EMFILE;
	}
	return (int)moved;
}

static long copy(int fd, int command)
{
	struct rlimit limit;
	bool widened = widen(&limit);
	long moved = move_up(fd, command, &limit, widened);
	if (widened)
		narrow(&limit);
	return moved;
}

int own_copy(int fd)
{
	return note(copy(fd, F_DUPFD_CLOEXEC));
}

int own_copy_for_exec(int fd)
{
	return (int)copy(fd, F_DUPFD);
}

int own_make(long number, long a, long b, long c, long d)
{
	struct rlimit limit;
	bool widened = widen(&limit);
	long moved = -EMFILE, fd = raw_call(number, a, b, c, d);
	if (fd >= 0) {
		moved = move_up((int)fd, F_DUPFD_CLOEXEC, &limit, widened);
		raw_call(SYS_close, fd);
	}
	if (widened)
		narrow(&limit);
	return fd < 0 ? (int)fd : note(moved);
}

long own_make_briefly(long number, long a, long b, long c, long d)
{
	struct rlimit limit;
	long fd = raw_call(number, a, b, c, d);
	if (fd == -EMFILE && widen(&limit)) {
		fd = raw_call(number, a, b, c, d);
		narrow(&limit);
	}
	return fd;
}

void own_close(int fd)
{
	flow_table_disown(&negotiator.table, fd);
	raw_call(SYS_close, fd);
}
