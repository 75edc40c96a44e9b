/* Files and pipes on a datagram socket. The kernel moves what they hold by itself, and makes one datagram of it; here
 * it is moved into a place of ours first, by the same call, so that its errors are the kernel's. What could not be sent
 * is put back where the kernel would have left it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/hooks.h"
#include "preload/inward.h"
#include "preload/outward.h"
#include "preload/scratch.h"
#include "preload/user_memory.h"

/* The kernel asks a file for so much at a time, which is more than a datagram can be. */
enum { AT_ONCE = 65536 };

/* Has a relay or the guard behind it, or is to have: the kernel would send without a header. */
static bool sends_relayed(int fd, flow_handle *handle)
{
	struct view view;
	*handle = cover_find(fd);
	return cover_view(*handle, &view) &&
	       (view_is_held(&view) || (view_is_connected(&view) && view.link != LINK_PEER));
}

/* Has, or had, a relay: the kernel would give headers and payloads. */
static bool hears_relayed(int fd, flow_handle *handle)
{
	struct view view;
	*handle = cover_find(fd);
	return cover_view(*handle, &view) && (view_is_held(&view) || view.phase != PHASE_FRESH);
}

static ssize_t send_all(int fd, flow_handle handle, void *bytes, size_t size, int flags)
{
	ssize_t sent;
	struct iovec piece = {.iov_base = bytes, .iov_len = size};
	struct outward outward = {.pieces = &piece, .count = 1, .size = size, .flags = flags};
	return outward_send(fd, handle, &outward, &sent) ? sent : real.send(fd, bytes, size, flags);
}

static ssize_t fail(int error)
{
	errno = error;
	return -1;
}

/* Where the file is read next. */
static void put_back(int in, off64_t *offset, off64_t began, ssize_t taken)
{
	if (offset)
		*offset = began;
	else
		raw_call(SYS_lseek, in, (long)-taken, SEEK_CUR);
}

static ssize_t send_file(int out, flow_handle handle, int in, off64_t *offset, size_t count)
{
	SCRATCH(scratch);
	scratch_take(&scratch, AT_ONCE);
	int place = memfd_create("datagram", MFD_CLOEXEC);
	if (place < 0 || !scratch.at) {
		raw_call(SYS_close, place);
		return fail(ENOBUFS);
	}
	ssize_t taken = real.sendfile64(place, in, offset, count < AT_ONCE ? count : AT_ONCE), sent = taken;
	if (taken > 0) {
		raw_call(SYS_pread64, place, scratch.at, taken, RAW_OFFSET(0L));
		sent = send_all(out, handle, scratch.at, (size_t)taken, 0);
	}
	if (sent < 0 && taken > 0)
		put_back(in, offset, offset ? *offset - taken : 0, taken);
	raw_call(SYS_close, place);
	return sent;
}

ssize_t hook_sendfile64(int out, int in, off64_t *offset, size_t count)
{
	/* No kernel of 64 bits takes a count of 32 for negative. */
	static const ssize_t least = sizeof count == sizeof(int64_t) ? 0 : LONG_MIN;
	flow_handle handle;
	if (hears_relayed(in, &handle))
		return fail(EINVAL); /* as where the kernel can do nothing of the kind: there is read(2) */
	if (count == 0 || (ssize_t)count < least || !sends_relayed(out, &handle))
		return real.sendfile64(out, in, offset, count);
	return send_file(out, handle, in, offset, count);
}

/* A position of 32 bits, where a long has those. */
ssize_t hook_sendfile(int out, int in, long *offset, size_t count)
{
	off64_t wide;
	if (!offset)
		return hook_sendfile64(out, in, NULL, count);
	if (!user_can_write(offset, sizeof *offset))
		return real.sendfile(out, in, offset, count);
	wide = *offset;
	ssize_t sent = hook_sendfile64(out, in, &wide, count);
	*offset = (long)wide;
	return sent;
}

/* Takes what is in the pipe, and leaves it there. */
static ssize_t copy_of_pipe(int in, uint8_t *bytes, size_t size, unsigned flags)
{
	int place[2];
	if (pipe2(place, O_CLOEXEC) < 0)
		return fail(ENOBUFS);
	long room = raw_call(SYS_fcntl, in, F_GETPIPE_SZ);
	if (room > 0)
		raw_call(SYS_fcntl, place[1], F_SETPIPE_SZ, room);
	ssize_t taken = tee(in, place[1], size, flags);
	long held = taken > 0 ? raw_call(SYS_read, place[0], bytes, (long)size) : taken;
	raw_call(SYS_close, place[0]);
	raw_call(SYS_close, place[1]);
	return taken > 0 && held < 0 ? fail((int)-held) : held;
}

static ssize_t splice_out(int in, int out, flow_handle handle, size_t size, unsigned flags)
{
	SCRATCH(scratch);
	scratch_take(&scratch, AT_ONCE);
	if (!scratch.at)
		return fail(ENOBUFS);
	ssize_t taken = copy_of_pipe(in, scratch.at, size < AT_ONCE ? size : AT_ONCE, flags);
	if (taken <= 0)
		return taken;
	ssize_t sent = send_all(out, handle, scratch.at, (size_t)taken, flags & SPLICE_F_MORE ? MSG_MORE : 0);
	if (sent > 0)
		raw_call(SYS_read, in, scratch.at, sent);
	return sent;
}

/* How much the pipe will take without waiting; 0 and errno: nothing. */
static size_t await_room(int pipe, unsigned flags)
{
	int used = 0;
	struct pollfd writable = {.fd = pipe, .events = POLLOUT};
	struct timespec at_once = {0};
	long ready = raw_call(SYS_ppoll, &writable, 1L, flags & SPLICE_F_NONBLOCK ? &at_once : NULL, 0L, 8L);
	if (ready <= 0) {
		errno = ready < 0 ? (int)-ready : EAGAIN;
		return 0;
	}
	long size = raw_call(SYS_fcntl, pipe, F_GETPIPE_SZ);
	raw_call(SYS_ioctl, pipe, FIONREAD, &used);
	return size > used ? (size_t)(size - used) : 1;
}

static ssize_t splice_in(int in, flow_handle handle, int out, size_t size, unsigned flags)
{
	SCRATCH(scratch);
	ssize_t got;
	size_t room = await_room(out, flags);
	scratch_take(&scratch, AT_ONCE);
	if (!room || !scratch.at)
		return room ? fail(ENOBUFS) : -1;
	size = size < room ? size : room;
	struct iovec piece = {.iov_base = scratch.at, .iov_len = size < AT_ONCE ? size : AT_ONCE};
	struct inward inward = {.pieces = &piece, .count = 1, .capacity = piece.iov_len};
	if (!inward_receive(in, handle, &inward, &got))
		got = real.recv(in, scratch.at, piece.iov_len, 0);
	return got > 0 ? real.write(out, scratch.at, (size_t)got) : got;
}

ssize_t hook_splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t size, unsigned flags)
{
	flow_handle handle;
	if (size && !in_offset && !out_offset) { /* else there is an error in it, or nothing to do */
		if (sends_relayed(out, &handle))
			return splice_out(in, out, handle, size, flags);
		if (hears_relayed(in, &handle) && raw_call(SYS_fcntl, out, F_GETPIPE_SZ) > 0)
			return splice_in(in, handle, out, size, flags);
	}
	return real.splice(in, in_offset, out, out_offset, size, flags);
}
