#include "preload/first_memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

enum { SIZE = 768 * 1024, LARGE = 64 * 1024, LINE = 64, PAGE = 4096 };

static _Alignas(PAGE) uint8_t memory[SIZE];
static _Atomic size_t taken, at_beginning, at_end;

/* What is large is touched here and there, and lies behind all the rest, which is dense. It begins with a page of the
 * smallest size there is, so that its head and what comes next are in one. */
void *first_memory_take(size_t size)
{
	size_t unit = size < LARGE ? LINE : PAGE, before = atomic_load(&taken), lines = (size + unit - 1) / unit * unit;
	do
		if (size > SIZE - before || lines > SIZE - before)
			return NULL;
	while (!atomic_compare_exchange_weak(&taken, &before, before + lines));
	if (size < LARGE)
		return memory + atomic_fetch_add(&at_beginning, lines);
	return memory + SIZE - lines - atomic_fetch_add(&at_end, lines);
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
