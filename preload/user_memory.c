#include "preload/user_memory.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "core/probe.h"

enum { PAGE = PROBE_PAGE, ROWS = 128 };

/* Page numbers, by their low bits; 0 is never good. Of two that share a row neither drives the other out: a buffer and
 * the variables of one call. */
struct pages {
	uintptr_t rows[ROWS][2];
};

static __thread struct pages readable, writable;

static inline bool is_known(const struct pages *pages, uintptr_t page)
{
	const uintptr_t *row = pages->rows[page % ROWS];
	return row[0] == page || row[1] == page;
}

static __attribute__((noinline)) bool try_page(struct pages *pages, uintptr_t page, bool (*attempt)(uintptr_t page))
{
	uintptr_t *row = pages->rows[page % ROWS];
	if (!attempt(page))
		return false;
	row[1] = row[0];
	row[0] = page;
	return true;
}

static inline bool is_good(const void *at, size_t size, struct pages *pages, bool (*attempt)(uintptr_t page))
{
	if (size == 0)
		return true;
	uintptr_t first = (uintptr_t)at / PAGE, last = ((uintptr_t)at + size - 1) / PAGE;
	if (first == 0 || last < first)
		return false;
	for (uintptr_t page = first; page <= last; page++)
		if (!is_known(pages, page) && !try_page(pages, page, attempt))
			return false;
	return true;
}

bool user_can_read(const void *at, size_t size)
{
	return is_good(at, size, &readable, probe_page_readable);
}

bool user_can_write(void *at, size_t size)
{
	return is_good(at, size, &writable, probe_page_writable);
}

bool user_gather(void *to, const struct iovec *pieces, size_t count, size_t skip, size_t size)
{
	char *at = to;
	for (size_t i = 0; i < count && size > 0; i++) {
		size_t length = pieces[i].iov_len, past = skip < length ? skip : length;
		size_t part = length - past < size ? length - past : size;
		skip -= past;
		if (part == 0) /* of which the address may be anything */
			continue;
		const char *from = (const char *)pieces[i].iov_base + past;
		if (!user_can_read(from, part))
			return false;
		memcpy(at, from, part);
		at += part;
		size -= part;
	}
	return true;
}

bool user_scatter(const struct iovec *pieces, size_t count, const void *from, size_t size)
{
	const char *at = from;
	for (size_t i = 0; i < count && size > 0; i++) {
		size_t part = pieces[i].iov_len < size ? pieces[i].iov_len : size;
		if (part == 0)
			continue;
		if (!user_can_write(pieces[i].iov_base, part))
			return false;
		memcpy(pieces[i].iov_base, at, part);
		at += part;
		size -= part;
	}
	return true;
}

bool user_pieces_are_sound(const struct iovec *pieces, size_t count, size_t *total)
{
	*total = 0;
	if (count > IOV_MAX || !user_can_read(pieces, count * sizeof *pieces))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].iov_len > (size_t)SSIZE_MAX - *total)
			return false;
		*total += pieces[i].iov_len;
	}
	return true;
}

int user_store_address(struct sockaddr *name, socklen_t *size, const void *address, socklen_t address_size)
{
	if (!name)
		return 0;
	if (!user_can_write(size, sizeof *size))
		return EFAULT;
	if ((int)*size < 0)
		return EINVAL;
	socklen_t part = *size < address_size ? *size : address_size;
	if (!user_can_write(name, part))
		return EFAULT;
	memcpy(name, address, part);
	*size = address_size;
	return 0;
}
