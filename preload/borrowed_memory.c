#include "preload/borrowed_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/raw.h"

enum { SIZE = 13 << 20, NOISE = 1 << 20, DECISIVE = 3, PATIENCE = 1000 };

static long read_text(const char *path, char *text, size_t room)
{
	long fd = raw_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0L);
	long got = fd < 0 ? fd : raw_call(SYS_read, fd, text, (long)room - 1);
	if (fd >= 0)
		raw_call(SYS_close, fd);
	text[got > 0 ? got : 0] = '\0';
	return got;
}

/* /proc may be another namespace's, in which numbers name other processes. */
static bool proc_is_ours(void)
{
	char text[32];
	long got = raw_call(SYS_readlinkat, AT_FDCWD, "/proc/self", text, (long)sizeof text - 1);
	text[got > 0 ? got : 0] = '\0';
	return atol(text) == raw_call(SYS_getpid);
}

/* In octets; 0: not known. */
static size_t size_of(long process)
{
	char path[32], text[128];
	snprintf(path, sizeof path, "/proc/%ld/statm", process);
	if (read_text(path, text, sizeof text) <= 0)
		return 0;
	return strtoul(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

enum finding { UNKNOWN, SAME, ANOTHER, UNCLEAR };

static bool is_near(size_t one, size_t other)
{
	return one + NOISE > other && other + NOISE > one;
}

/* Not every kernel has it, nor lets every process ask. */
static enum finding compare_with_parent(void)
{
	long answer = raw_call(SYS_kcmp, raw_call(SYS_getpid), raw_call(SYS_getppid), KCMP_VM, 0L, 0L);
	if (answer < 0)
		return UNKNOWN;
	return answer == 0 ? SAME : ANOTHER;
}

/* What is mapped here makes a parent larger whose memory it is. */
static enum finding look_at_parent(void)
{
	long parent = raw_call(SYS_getppid);
	size_t before = size_of(parent);
	void *more = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (more == MAP_FAILED)
		return UNKNOWN;
	size_t during = size_of(parent);
	munmap(more, SIZE);
	size_t after = size_of(parent);
	if (!before || !during || !after)
		return UNKNOWN;
	if (is_near(during, before + SIZE) && is_near(during, after + SIZE))
		return SAME;
	return is_near(during, before) && is_near(during, after) ? ANOTHER : UNCLEAR;
}

/* Other threads of the parent's may map and unmap meanwhile: that is none of the two sizes, and once is not enough. */
static bool seems_borrowed(void)
{
	int balance = 0;
	enum finding finding = proc_is_ours() ? UNCLEAR : UNKNOWN;
	for (int i = 0; i < PATIENCE && finding != UNKNOWN && balance > -DECISIVE && balance < DECISIVE; i++) {
		finding = look_at_parent();
		balance += (finding == SAME) - (finding == ANOTHER);
	}
	return balance > -DECISIVE;
}

bool memory_is_borrowed(void)
{
	int saved = errno;
	enum finding finding = compare_with_parent();
	bool borrowed = finding == UNKNOWN ? seems_borrowed() : finding == SAME;
	errno = saved;
	return borrowed;
}
