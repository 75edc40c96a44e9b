#include "preload/own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "core/raw.h"
#include "preload/process.h"

enum { LOW = 4096, STEP = 1024 };

static _Atomic long floor_number; /* 0: not chosen yet */
static _Atomic long raised_from;  /* the soft limit before we raised it; 0: never */

static long raise_limit(void)
{
	struct rlimit limit;
	if (raw_call(SYS_prlimit64, 0L, (long)RLIMIT_NOFILE, 0L, &limit) < 0 || limit.rlim_cur >= limit.rlim_max)
		return -EMFILE;
	long before = (long)limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max - limit.rlim_cur < STEP ? limit.rlim_max : limit.rlim_cur + STEP;
	long answer = raw_call(SYS_prlimit64, 0L, (long)RLIMIT_NOFILE, &limit, 0L);
	if (answer < 0)
		return answer;
	long never = 0;
	atomic_compare_exchange_strong(&raised_from, &never, before);
	return before;
}

/* With a small limit every number below it may be the program's (select(2) has room for 1,024): ours lie above. */
static long choose_floor(void)
{
	struct rlimit limit;
	if (raw_call(SYS_prlimit64, 0L, (long)RLIMIT_NOFILE, 0L, &limit) < 0)
		return LOW;
	if (limit.rlim_cur < LOW) {
		long above = raise_limit();
		if (above > 0)
			return above;
	}
	long soft = limit.rlim_cur < (rlim_t)CHUNKS * DESCRIPTORS_A_CHUNK ? (long)limit.rlim_cur
									  : (long)CHUNKS * DESCRIPTORS_A_CHUNK;
	return soft - soft / 8;
}

static long duplicate_high(int fd)
{
	if (!atomic_load(&floor_number))
		atomic_store(&floor_number, choose_floor());
	long moved = raw_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, atomic_load(&floor_number));
	if (moved == -EMFILE || moved == -EINVAL) {
		raise_limit();
		moved = raw_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, atomic_load(&floor_number));
	}
	return moved;
}

int own_copy(int fd)
{
	long moved = duplicate_high(fd);
	if (moved >= 0 && !flow_table_own(&negotiator.table, (int)moved)) {
		raw_call(SYS_close, moved);
		return -EMFILE;
	}
	return (int)moved;
}

int own_adopt(int fd)
{
	if (fd < 0)
		return fd;
	int moved = own_copy(fd);
	raw_call(SYS_close, fd);
	return moved;
}

void own_close(int fd)
{
	flow_table_disown(&negotiator.table, fd);
	raw_call(SYS_close, fd);
}

bool own_is_beyond_limit(int fd)
{
	long limit = atomic_load(&raised_from);
	return limit && fd >= limit;
}
