/* For the doors, not for core itself: whether a page of the program's memory can be touched, found out by a system
 * call that touches it and does nothing else. The kernel would answer EFAULT for a bad pointer, and so do we. */
#ifndef CORE_PROBE_H
#define CORE_PROBE_H

#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/raw.h"

#define PROBE_PAGE 4096

/* An impossible `how` makes rt_sigprocmask read the new mask and then refuse. */
static inline bool probe_page_readable(uintptr_t page)
{
	return raw_call(SYS_rt_sigprocmask, -1L, page * PROBE_PAGE, 0L, 8L) != -EFAULT;
}

/* FUTEX_WAKE_OP with "or 0" is an atomic write that changes nothing. */
static inline bool probe_page_writable(uintptr_t page)
{
	static uint32_t nobody;

	return raw_call(SYS_futex, &nobody, (long)(FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG), 0L, 0L, page * PROBE_PAGE,
			(long)FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0)) != -EFAULT;
}

static inline bool probe_pages(const void *at, size_t size, bool (*attempt)(uintptr_t page))
{
	uintptr_t first = (uintptr_t)at / PROBE_PAGE, last = ((uintptr_t)at + size - 1) / PROBE_PAGE;

	if (size == 0)
		return true;
	if (first == 0 || last < first)
		return false;
	for (uintptr_t page = first; page <= last; page++)
		if (!attempt(page))
			return false;
	return true;
}

#endif
