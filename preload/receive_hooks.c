/* Every way to receive, as one struct inward. */
#include <errno.h>
#include <linux/fs.h>

#include "preload/hooks.h"
#include "preload/inward_plain.h"
#include "preload/passing.h"
#include "preload/user_memory.h"

enum { MESSAGES_MAX = 1024 };

static __attribute__((noinline)) ssize_t recv_covered(int fd, flow_handle handle, void *bytes, size_t size, int flags)
{
	const struct inward_flat flat = {bytes, size, flags, NULL, NULL};
	ssize_t got;
	return inward_receive_flat(fd, handle, &flat, &got) ? got : real.recv(fd, bytes, size, flags);
}

/* What is not covered is passed on by a jump: it costs no more than the look. */
ssize_t hook_recv(int fd, void *bytes, size_t size, int flags)
{
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE)
		return real.recv(fd, bytes, size, flags);
	return recv_covered(fd, handle, bytes, size, flags);
}

static __attribute__((noinline)) ssize_t recvfrom_covered(int fd, flow_handle handle, void *bytes, size_t size,
							  int flags, struct sockaddr *from, socklen_t *from_size)
{
	const struct inward_flat flat = {bytes, size, flags, from, from_size};
	ssize_t got;
	return inward_receive_flat(fd, handle, &flat, &got) ? got
							    : real.recvfrom(fd, bytes, size, flags, from, from_size);
}

ssize_t hook_recvfrom(int fd, void *bytes, size_t size, int flags, struct sockaddr *from, socklen_t *from_size)
{
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE)
		return real.recvfrom(fd, bytes, size, flags, from, from_size);
	return recvfrom_covered(fd, handle, bytes, size, flags, from, from_size);
}

static __attribute__((noinline)) ssize_t read_covered(int fd, flow_handle handle, void *bytes, size_t size)
{
	const struct inward_flat flat = {bytes, size, 0, NULL, NULL};
	ssize_t got;
	/* Unlike recv, read of nothing takes nothing from a socket. */
	if (size == 0 || !inward_receive_flat(fd, handle, &flat, &got))
		return real.read(fd, bytes, size);
	return got;
}

ssize_t hook_read(int fd, void *bytes, size_t size)
{
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE)
		return real.read(fd, bytes, size);
	return read_covered(fd, handle, bytes, size);
}

static __attribute__((noinline)) ssize_t readv_covered(int fd, flow_handle handle, const struct iovec *pieces,
						       int count, int flags)
{
	ssize_t got;
	size_t total;
	if (count < 0 || !user_pieces_are_sound(pieces, (size_t)count, &total) || total == 0)
		return real.readv(fd, pieces, count);
	struct inward inward = {.pieces = pieces, .count = (size_t)count, .capacity = total, .flags = flags};
	return inward_receive(fd, handle, &inward, &got) ? got : real.readv(fd, pieces, count);
}

ssize_t hook_readv(int fd, const struct iovec *pieces, int count)
{
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE)
		return real.readv(fd, pieces, count);
	return readv_covered(fd, handle, pieces, count, 0);
}

/* On a socket it is readv, as pwritev2 is writev. */
ssize_t hook_preadv64v2(int fd, const struct iovec *pieces, int count, off64_t offset, int flags)
{
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE || offset != -1 || flags & ~RWF_SUPPORTED)
		return real.preadv64v2(fd, pieces, count, offset, flags);
	return readv_covered(fd, handle, pieces, count, flags & RWF_NOWAIT ? MSG_DONTWAIT : 0);
}

ssize_t hook_preadv2(int fd, const struct iovec *pieces, int count, long offset, int flags)
{
	return hook_preadv64v2(fd, pieces, count, offset, flags);
}

static bool receive_message(int fd, flow_handle handle, struct msghdr *message, int flags, ssize_t *got)
{
	struct inward inward;
	if (!user_can_write(message, sizeof *message) || !inward_of_message(&inward, message, flags) ||
	    !inward_receive(fd, handle, &inward, got))
		return false;
	if (*got >= 0)
		inward_store_message(&inward, message);
	return true;
}

ssize_t hook_recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t got;
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE || !receive_message(fd, handle, message, flags, &got))
		return passing_receive(fd, message, flags);
	return got;
}

/* What is left until `end`, in place of the program's own figure; false when nothing is. */
static bool time_is_left(struct timespec *timeout, const struct timespec *end)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	long long rest = (end->tv_sec - now.tv_sec) * 1000000000LL + (end->tv_nsec - now.tv_nsec);
	if (rest < 0)
		rest = 0;
	timeout->tv_sec = (time_t)(rest / 1000000000LL);
	timeout->tv_nsec = (long)(rest % 1000000000LL);
	return rest > 0;
}

static bool deadline_of(const struct timespec *timeout, struct timespec *end)
{
	if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000000000L)
		return false;
	clock_gettime(CLOCK_MONOTONIC, end);
	end->tv_sec += timeout->tv_sec;
	end->tv_nsec += timeout->tv_nsec;
	if (end->tv_nsec >= 1000000000L) {
		end->tv_nsec -= 1000000000L;
		end->tv_sec++;
	}
	return true;
}

/* As many as come together, or one; or none, where what came was dropped. */
static int receive_some(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout,
			bool *more)
{
	int got;
	flow_handle handle = cover_find(fd);
	if (handle != HANDLE_NONE && inward_receive_together(fd, handle, messages, count, flags, timeout, &got, more))
		return got;
	ssize_t one = hook_recvmsg(fd, &messages->msg_hdr, flags & ~MSG_WAITFORONE);
	if (one < 0)
		return -1;
	messages->msg_len = (unsigned)one;
	return 1;
}

/* As the kernel's: the timeout is looked at after each datagram only, and an error after the first is not told. */
int hook_recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
	struct timespec end = {0};
	flow_handle handle = cover_find(fd);
	if (count > MESSAGES_MAX)
		count = MESSAGES_MAX;
	if (handle == HANDLE_NONE || count == 0 || !user_can_write(messages, count * sizeof *messages) ||
	    (timeout && (!user_can_write(timeout, sizeof *timeout) || !deadline_of(timeout, &end))))
		return passing_after(messages, real.recvmmsg(fd, messages, count, flags, timeout));
	unsigned done = 0;
	bool more = true;
	while (done < count && more) {
		int got = receive_some(fd, &messages[done], count - done, flags, timeout, &more);
		if (got < 0)
			break;
		done += (unsigned)got;
		if (flags & MSG_WAITFORONE && done)
			flags |= MSG_DONTWAIT;
		if (timeout && !time_is_left(timeout, &end))
			break;
	}
	return done ? (int)done : -1;
}

/* The fortified twins: where the size is more than the object has room for, libc ends the program. */

ssize_t hook___recv_chk(int fd, void *bytes, size_t size, size_t room, int flags)
{
	return size > room ? real.__recv_chk(fd, bytes, size, room, flags) : hook_recv(fd, bytes, size, flags);
}

ssize_t hook___recvfrom_chk(int fd, void *bytes, size_t size, size_t room, int flags, struct sockaddr *from,
			    socklen_t *from_size)
{
	return size > room ? real.__recvfrom_chk(fd, bytes, size, room, flags, from, from_size)
			   : hook_recvfrom(fd, bytes, size, flags, from, from_size);
}

ssize_t hook___read_chk(int fd, void *bytes, size_t size, size_t room)
{
	return size > room ? real.__read_chk(fd, bytes, size, room) : hook_read(fd, bytes, size);
}
