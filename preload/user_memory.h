/* The program's memory: what it points to may not be there, and the kernel would answer EFAULT, not crash.
 *
 * A page is tried once with a system call that touches it and does nothing else; each thread remembers the pages that
 * it found good, so that the data path pays nothing for buffers in use. A page that is unmapped later, and still
 * passed to a call, faults: it was the program's to lose. */
#ifndef PRELOAD_USER_MEMORY_H
#define PRELOAD_USER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "core/inlining.h"

enum { USER_PAGE = 4096, USER_ROWS = 128 };

/* Page numbers, by their low bits; 0 is never good. Of two that share a row neither drives the other out: a buffer and
 * the variables of one call. */
struct user_pages {
	uintptr_t rows[USER_ROWS][2];
};

extern __thread struct user_pages user_readable, user_writable;

bool user_try_readable(const void *at, size_t size);
bool user_try_writable(void *at, size_t size);

ALWAYS_INLINE bool user_knows(const struct user_pages *pages, uintptr_t page)
{
	const uintptr_t *row = pages->rows[page % USER_ROWS];
	return row[0] == page || row[1] == page;
}

/* On one page that is known, as most of it is. */
ALWAYS_INLINE bool user_knows_all(const struct user_pages *pages, const void *at, size_t size)
{
	uintptr_t first = (uintptr_t)at / USER_PAGE, last = ((uintptr_t)at + size - 1) / USER_PAGE;
	return first == last && first && user_knows(pages, first);
}

ALWAYS_INLINE bool user_can_read(const void *at, size_t size)
{
	return __builtin_expect(user_knows_all(&user_readable, at, size), 1) || user_try_readable(at, size);
}

ALWAYS_INLINE bool user_can_write(void *at, size_t size)
{
	return __builtin_expect(user_knows_all(&user_writable, at, size), 1) || user_try_writable(at, size);
}

/* Copies to one place of the program's, which may be anywhere where there is no octet. False: a bad address. */
ALWAYS_INLINE bool user_store(void *to, const void *from, size_t size)
{
	if (size == 0)
		return true;
	if (!user_can_write(to, size))
		return false;
	memcpy(to, from, size);
	return true;
}

/* Copies between contiguous memory of ours and pieces of the program's, up to size octets; of what is gathered, the
 * first `skip` octets are left out. Answers false where the kernel would have found a bad address. */
bool user_gather(void *to, const struct iovec *pieces, size_t count, size_t skip, size_t size);
bool user_scatter(const struct iovec *pieces, size_t count, const void *from, size_t size);

/* The pieces of so many octets behind `skip`, where they are. Answers how many; 0: more than room, or a bad address. */
size_t user_slice(const struct iovec *pieces, size_t count, size_t skip, size_t size, struct iovec *slice, size_t room);

/* Whether the array can be read and its lengths make sense to the kernel (no more than IOV_MAX pieces, no sum over
 * SSIZE_MAX); *total is their sum. Where it does not the kernel answers an error. */
bool user_pieces_are_sound(const struct iovec *pieces, size_t count, size_t *total);

/* Stores an address as the kernel does: cut to the room given, the full size told. name and size may be NULL where
 * the kernel allows it. Answers 0, EFAULT or EINVAL. */
int user_store_address(struct sockaddr *name, socklen_t *size, const void *address, socklen_t address_size);

#endif
