#include "preload/first_memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

enum { SIZE = 768 * 1024, LINE = 64 };

static _Alignas(4096) uint8_t memory[SIZE];
static _Atomic size_t taken;

void *first_memory_take(size_t size)
{
	size_t at = atomic_load(&taken), end;
	do {
		if (size > SIZE - at)
			return NULL;
		end = (at + size + LINE - 1) / LINE * LINE;
	} while (!atomic_compare_exchange_weak(&taken, &at, end));
	return memory + at;
}

bool first_memory_give_back(void *given, size_t size)
{
	uintptr_t from = (uintptr_t)given, to = from + size, page = getauxval(AT_PAGESZ);
	if (from < (uintptr_t)memory || from >= (uintptr_t)memory + SIZE)
		return false;
	from = (from + page - 1) / page * page; /* the pages at both ends are others' as well */
	to = to / page * page;
	if (from < to)
		madvise((void *)from, to - from, MADV_DONTNEED);
	return true;
}
