#include "preload/user_memory.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "core/probe.h"

_Static_assert((int)USER_PAGE == (int)PROBE_PAGE, "what is tried is what is remembered");

__thread struct user_pages user_readable, user_writable;

static __attribute__((noinline)) bool try_page(struct user_pages *pages, uintptr_t page,
					       bool (*attempt)(uintptr_t page))
{
	uintptr_t *row = pages->rows[page % USER_ROWS];
	if (!attempt(page))
		return false;
	row[1] = row[0];
	row[0] = page;
	return true;
}

static bool is_good(const void *at, size_t size, struct user_pages *pages, bool (*attempt)(uintptr_t page))
{
	if (size == 0)
		return true;
	uintptr_t first = (uintptr_t)at / USER_PAGE, last = ((uintptr_t)at + size - 1) / USER_PAGE;
	if (first == 0 || last < first)
		return false;
	for (uintptr_t page = first; page <= last; page++)
		if (!user_knows(pages, page) && !try_page(pages, page, attempt))
			return false;
	return true;
}

bool user_try_readable(const void *at, size_t size)
{
	return is_good(at, size, &user_readable, probe_page_readable);
}

bool user_try_writable(void *at, size_t size)
{
	return is_good(at, size, &user_writable, probe_page_writable);
}

/* What a piece has of so many octets behind `skip`, which both are less by then. */
static struct iovec take_part(const struct iovec *piece, size_t *skip, size_t *size)
{
	size_t length = piece->iov_len, past = *skip < length ? *skip : length;
	size_t part = length - past < *size ? length - past : *size;
	*skip -= past;
	*size -= part;
	return (struct iovec){(char *)piece->iov_base + past, part};
}

/* Where there is no octet the address may be anything. */
bool user_gather(void *to, const struct iovec *pieces, size_t count, size_t skip, size_t size)
{
	char *at = to;
	for (size_t i = 0; i < count && size > 0; i++) {
		struct iovec part = take_part(&pieces[i], &skip, &size);
		if (part.iov_len == 0)
			continue;
		if (!user_can_read(part.iov_base, part.iov_len))
			return false;
		memcpy(at, part.iov_base, part.iov_len);
		at += part.iov_len;
	}
	return true;
}

size_t user_slice(const struct iovec *pieces, size_t count, size_t skip, size_t size, struct iovec *slice, size_t room)
{
	size_t used = 0;
	for (size_t i = 0; i < count && size > 0; i++) {
		struct iovec part = take_part(&pieces[i], &skip, &size);
		if (part.iov_len == 0)
			continue;
		if (used == room || !user_can_read(part.iov_base, part.iov_len))
			return 0;
		slice[used++] = part;
	}
	return used;
}

bool user_scatter(const struct iovec *pieces, size_t count, const void *from, size_t size)
{
	const char *at = from;
	if (count == 1 && size <= pieces->iov_len) /* as nearly always */
		return user_store(pieces->iov_base, from, size);
	for (size_t i = 0; i < count && size > 0; i++) {
		size_t part = pieces[i].iov_len < size ? pieces[i].iov_len : size;
		if (!user_store(pieces[i].iov_base, at, part))
			return false;
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
