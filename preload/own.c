/* Room above the program's soft limit is made only while one of our descriptors takes its number: the limit is asked
 * for then and not before or after. So the limit that the program sees, sets, reaches and hands on to what it executes
 * is the kernel's, by whatever way it asks (setrlimit, prlimit of another process, inline system calls), and there is
 * nothing to pretend. What remains is a few microseconds in which another thread may see the hard limit. */
#include "preload/own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "core/raw.h"
#include "preload/deep_call.h"
#include "preload/process.h"

/* Above select(2)'s 1,024, and low: the kernel's table is as long as the highest number, and every fork copies it. */
enum { LIMIT_MAX = 2048 };

static long exchange_limit(const struct rlimit *limit, struct rlimit *before)
{
	return raw_call(SYS_prlimit64, 0L, (long)RLIMIT_NOFILE, limit, before);
}

/* True: the soft limit is the hard one now, and narrow is to follow. A sandbox may forbid it. */
static bool widen(struct rlimit *limit)
{
	*limit = (struct rlimit){LIMIT_MAX, LIMIT_MAX};
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

static _Atomic long last_floor; /* 0: ask */

static long soft_of(const struct rlimit *limit)
{
	return limit->rlim_cur < LIMIT_MAX ? (long)limit->rlim_cur : LIMIT_MAX;
}

/* The top eighth of what the program may have; where that is enough, a piece of our table begins there (flow_table.h),
 * of which one page less is touched so. */
static long top_of(long soft)
{
	enum { PIECE = (1 << CHUNK_BITS) * 15 };
	return soft == LIMIT_MAX ? PIECE : soft - soft / 8;
}

/* Above what the program may have, or in the top of it; if that is full, ever lower. */
static long move_up(int fd, int command, const struct rlimit *limit, bool widened)
{
	long soft = soft_of(limit), floor = widened ? soft : top_of(soft);
	long moved = raw_call(SYS_fcntl, fd, command, floor);
	atomic_store_explicit(&last_floor, !widened && moved >= 0 ? floor : 0, memory_order_relaxed);
	for (floor = soft / 2; moved < 0 && floor; floor /= 2)
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

int own_copy_low_for_exec(int fd)
{
	struct rlimit limit = {LIMIT_MAX, LIMIT_MAX};
	exchange_limit(NULL, &limit);
	return (int)raw_call(SYS_fcntl, fd, F_DUPFD, soft_of(&limit) / 2);
}

/* The limit need not be asked for where there was room the last time: where there is none now, the kernel says so. */
static int make_quickly(long number, const long arguments[4])
{
	long floor = atomic_load_explicit(&last_floor, memory_order_relaxed);
	long moved = -EMFILE,
	     fd = floor ? raw_call(number, arguments[0], arguments[1], arguments[2], arguments[3]) : -1;
	if (fd >= 0) {
		moved = raw_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, floor);
		deep_call(SYS_close, fd);
	}
	return (int)moved;
}

int own_make(long number, long a, long b, long c, long d)
{
	int made = make_quickly(number, (const long[]){a, b, c, d});
	if (made >= 0)
		return note(made);
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
	deep_call(SYS_close, fd);
}
