/* Copies of bytes that touch an inaccessible page, so that one octet read or written too far is a fault. */
#ifndef TESTS_UNIT_GUARD_PAGE_H
#define TESTS_UNIT_GUARD_PAGE_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum guard_side { GUARD_BEHIND, GUARD_BEFORE };

struct guarded {
	uint8_t *at; /* size octets, the last (BEHIND) or first (BEFORE) of which is next to the page */
	uint8_t *map;
	size_t map_size;
};

static inline struct guarded guarded_make(enum guard_side side, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (size / page + 1) * page;
	struct guarded guarded = {.map_size = room + page};
	void *map = mmap(NULL, guarded.map_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(map, MAP_FAILED);
	guarded.map = map;
	guarded.at = side == GUARD_BEHIND ? guarded.map + room - size : guarded.map + page;
	ck_assert_int_eq(mprotect(side == GUARD_BEHIND ? guarded.map + room : guarded.map, page, PROT_NONE), 0);
	return guarded;
}

static inline struct guarded guarded_copy(enum guard_side side, const void *bytes, size_t size)
{
	struct guarded guarded = guarded_make(side, size);

	if (size)
		memcpy(guarded.at, bytes, size);
	return guarded;
}

static inline void guarded_free(struct guarded *guarded)
{
	munmap(guarded->map, guarded->map_size);
}

#endif
