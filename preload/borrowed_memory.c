#include "preload/borrowed_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/raw.h"

enum { SIZE = 16 << 20, TRIALS = 3 };

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

enum finding { UNKNOWN, SAME, ANOTHER };

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
	return during >= before + SIZE / 2 && during >= after + SIZE / 2 ? SAME : ANOTHER;
}

/* Other threads of the parent's may map and unmap meanwhile, so once is not enough to believe that it is another's. */
static bool grows_parent(void)
{
	bool another = proc_is_ours();
	for (int i = 0; i < TRIALS && another; i++)
		another = look_at_parent() == ANOTHER;
	return !another;
}

bool memory_is_borrowed(void)
{
	int saved = errno;
	enum finding finding = compare_with_parent();
	bool borrowed = finding == UNKNOWN ? grows_parent() : finding == SAME;
	errno = saved;
	return borrowed;
}
