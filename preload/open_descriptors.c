#include "preload/open_descriptors.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "core/raw.h"

enum { NUMBERS_TRIED = 1024, ROOM = 4096, LOW = 256 };

/* What getdents64(2) fills the room with. */
struct entry {
	uint64_t number;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

static void visit_entries(const char *entries, long size, int folder, void (*visit)(int fd, void *context),
			  void *context)
{
	for (long at = 0; at < size;) {
		const struct entry *entry = (const struct entry *)(const void *)(entries + at);
		char *end;
		long fd = strtol(entry->name, &end, 10);
		if (end != entry->name && *end == '\0' && fd != folder)
			visit((int)fd, context);
		at += entry->size;
	}
}

/* Listing the folder takes the kernel a file for each of them; since Linux 6.2 its size is their number, and mostly all
 * of them are low. False: there are others. */
static bool visit_low(void (*visit)(int fd, void *context), void *context)
{
	struct pollfd low[LOW];
	struct timespec at_once = {0};
	struct stat folder;
	long count = 0;
	for (int fd = 0; fd < LOW; fd++)
		low[fd] = (struct pollfd){.fd = fd};
	if (stat("/proc/self/fd", &folder) < 0 || raw_call(SYS_ppoll, low, (long)LOW, &at_once, 0L, 8L) < 0)
		return false;
	for (int fd = 0; fd < LOW; fd++)
		count += !(low[fd].revents & POLLNVAL);
	if (count != folder.st_size)
		return false;
	for (int fd = 0; fd < LOW; fd++)
		if (!(low[fd].revents & POLLNVAL))
			visit(fd, context);
	return true;
}

void open_descriptors(void (*visit)(int fd, void *context), void *context)
{
	_Alignas(struct entry) char entries[ROOM];
	if (visit_low(visit, context))
		return;
	long folder = raw_call(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		for (int fd = 0; fd < NUMBERS_TRIED; fd++)
			visit(fd, context);
		return;
	}
	long size;
	while ((size = raw_call(SYS_getdents64, folder, entries, sizeof entries)) > 0)
		visit_entries(entries, size, (int)folder, visit, context);
	raw_call(SYS_close, folder);
}
