/* Every way to send, as one struct outward. */
#include <errno.h>
#include <linux/fs.h>

#include "preload/hooks.h"
#include "preload/neighbours.h"
#include "preload/outward.h"
#include "preload/outward_plain.h"
#include "preload/passing.h"
#include "preload/user_memory.h"

enum { MESSAGES_MAX = 1024 }; /* UIO_MAXIOV: the kernel looks at no more */

enum found {
	FOUND_FLOW,
	FOUND_NOTHING,  /* the kernel's to send */
	FOUND_OTHER,    /* likewise, by what its number named when it was looked at: outward_by_kernel */
	FOUND_UNUSABLE, /* may not send; errno is set */
};

/* A descriptor that is not known may be a UDP socket that somebody else made; only a destination tells. */
static enum found find_named(int fd, const struct sockaddr *to, socklen_t to_size, flow_handle *handle)
{
	*handle = HANDLE_NONE;
	if (!to || to_size < sizeof to->sa_family || !user_can_read(to, sizeof to->sa_family) ||
	    (to->sa_family != AF_INET && to->sa_family != AF_INET6 && to->sa_family != AF_UNSPEC))
		return FOUND_NOTHING;
	if (!cover_unknown(fd, handle))
		return FOUND_UNUSABLE;
	return *handle == HANDLE_NONE ? FOUND_OTHER : FOUND_FLOW;
}

/* False: the kernel's to send. */
static bool send_unknown(int fd, const struct outward *outward, ssize_t *sent)
{
	flow_handle handle;
	*sent = -1;
	switch (find_named(fd, outward->to, outward->to_size, &handle)) {
	case FOUND_FLOW:
		return outward_send(fd, handle, outward, sent);
	case FOUND_NOTHING:
		return false;
	case FOUND_OTHER:
		*sent = outward_by_kernel(fd, HANDLE_NONE, outward);
		return true;
	case FOUND_UNUSABLE:
		break;
	}
	return true;
}

/* On the small stack of a signal handler there is no room for the common way beside what the plain way has on it. So
 * that is a function of its own; or, with a compiler that makes a jump of a last call although something has had its
 * address given away, it ends with one to a function of the common way (send_otherwise and the like). */
static __attribute__((noinline)) int go_plain(int fd, flow_handle handle, const struct outward_flat *flat)
{
	return outward_go_plain(fd, handle, flat);
}

#if defined(__clang__)
#define GO_PLAIN_AND_JUMP go_plain
#else
#define GO_PLAIN_AND_JUMP outward_go_plain
#endif

/* False: likewise. */
static bool send_outward(int fd, flow_handle handle, struct outward *outward, ssize_t *sent)
{
	if (handle == HANDLE_NONE)
		return send_unknown(fd, outward, sent);
	if (outward->count == 1 && !outward->control_size) {
		const struct outward_flat flat = {outward->pieces->iov_base, outward->size, outward->flags,
						  outward->to_size, outward->to};
		int failure = go_plain(fd, handle, &flat);
		*sent = (ssize_t)outward->size;
		if (failure == 0)
			return true;
		outward->failure = failure < 0 ? 0 : failure;
	}
	return outward_send(fd, handle, outward, sent);
}

/* How a call is to go on: its flags, and above them what the plain way came to, an errno or 0. */
ALWAYS_INLINE uint64_t how_of(int flags, int failure)
{
	return (uint32_t)flags | (uint64_t)(failure < 0 ? 0 : failure) << 32;
}

/* False: likewise. */
static bool go_otherwise(int fd, const struct iovec *piece, uint64_t how, const struct sockaddr *to, socklen_t to_size,
			 ssize_t *sent)
{
	flow_handle handle = cover_find(fd);
	const struct outward outward = {.pieces = piece,
					.count = 1,
					.size = piece->iov_len,
					.to = to,
					.to_size = to_size,
					.flags = (int)how,
					.failure = (int)(how >> 32)};
	return handle == HANDLE_NONE ? send_unknown(fd, &outward, sent) : outward_send(fd, handle, &outward, sent);
}

static __attribute__((noinline)) ssize_t send_otherwise(int fd, const void *bytes, size_t size, uint64_t how)
{
	struct iovec piece = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
	ssize_t sent;
	return go_otherwise(fd, &piece, how, NULL, 0, &sent) ? sent : real.send(fd, bytes, size, (int)how);
}

static __attribute__((noinline)) ssize_t sendto_otherwise(int fd, const void *bytes, size_t size, uint64_t how,
							  const struct sockaddr *to, socklen_t to_size)
{
	struct iovec piece = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
	ssize_t sent;
	return go_otherwise(fd, &piece, how, to, to_size, &sent) ? sent
								 : real.sendto(fd, bytes, size, (int)how, to, to_size);
}

static LINE_ALIGNED __attribute__((noinline)) ssize_t send_covered(int fd, flow_handle handle, const void *bytes,
								   size_t size, int flags)
{
	const struct outward_flat flat = {.bytes = bytes, .size = size, .flags = flags};
	int failure = GO_PLAIN_AND_JUMP(fd, handle, &flat);
	if (__builtin_expect(failure == 0, 1))
		return (ssize_t)size;
	return send_otherwise(fd, bytes, size, how_of(flags, failure));
}

/* What is not covered is passed on by a jump: it costs no more than the look. */
ssize_t hook_send(int fd, const void *bytes, size_t size, int flags)
{
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE)
		return real.send(fd, bytes, size, flags);
	return send_covered(fd, handle, bytes, size, flags);
}

LINE_ALIGNED ssize_t hook_sendto(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to,
				 socklen_t to_size)
{
	const struct outward_flat flat = {bytes, size, flags, to_size, to};
	flow_handle handle = cover_find(fd);
	if (fd == -1)
		neighbours_heard();
	int failure = handle == HANDLE_NONE ? -1 : GO_PLAIN_AND_JUMP(fd, handle, &flat);
	if (__builtin_expect(failure == 0, 1))
		return (ssize_t)size;
	return sendto_otherwise(fd, bytes, size, how_of(flags, failure), to, to_size);
}

/* The number was closed behind our back, and names something by now that write(2) writes to. */
static bool is_no_socket(ssize_t sent, int saved)
{
	if (sent >= 0 || errno != ENOTSOCK)
		return false;
	errno = saved;
	return true;
}

static __attribute__((noinline)) ssize_t write_otherwise(int fd, const void *bytes, size_t size, uint64_t how)
{
	struct iovec piece = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
	ssize_t sent;
	int saved = errno;
	if (!go_otherwise(fd, &piece, how, NULL, 0, &sent) || is_no_socket(sent, saved))
		return real.write(fd, bytes, size);
	return sent;
}

static LINE_ALIGNED __attribute__((noinline)) ssize_t write_covered(int fd, flow_handle handle, const void *bytes,
								    size_t size)
{
	const struct outward_flat flat = {.bytes = bytes, .size = size};
	int failure = GO_PLAIN_AND_JUMP(fd, handle, &flat);
	if (__builtin_expect(failure == 0, 1))
		return (ssize_t)size;
	return write_otherwise(fd, bytes, size, how_of(0, failure));
}

ssize_t hook_write(int fd, const void *bytes, size_t size)
{
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE)
		return real.write(fd, bytes, size);
	return write_covered(fd, handle, bytes, size);
}

static __attribute__((noinline)) ssize_t writev_covered(int fd, flow_handle handle, const struct iovec *pieces,
							int count, int flags)
{
	ssize_t sent;
	size_t total;
	int saved = errno;
	/* Unlike sendmsg, writev of nothing sends nothing. */
	if (count < 0 || !user_pieces_are_sound(pieces, (size_t)count, &total) || total == 0)
		return real.writev(fd, pieces, count);
	struct outward outward = {.pieces = pieces, .count = (size_t)count, .size = total, .flags = flags};
	if (!send_outward(fd, handle, &outward, &sent) || is_no_socket(sent, saved))
		return real.writev(fd, pieces, count);
	return sent;
}

ssize_t hook_writev(int fd, const struct iovec *pieces, int count)
{
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE)
		return real.writev(fd, pieces, count);
	return writev_covered(fd, handle, pieces, count, 0);
}

/* On a socket it is writev, at the only offset that a socket has; what it is not told by this the kernel refuses. */
ssize_t hook_pwritev64v2(int fd, const struct iovec *pieces, int count, off64_t offset, int flags)
{
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE || offset != -1 || flags & ~RWF_SUPPORTED)
		return real.pwritev64v2(fd, pieces, count, offset, flags);
	return writev_covered(fd, handle, pieces, count, flags & RWF_NOWAIT ? MSG_DONTWAIT : 0);
}

ssize_t hook_pwritev2(int fd, const struct iovec *pieces, int count, long offset, int flags)
{
	return hook_pwritev64v2(fd, pieces, count, offset, flags);
}

static bool send_message(int fd, const struct msghdr *message, int flags, ssize_t *sent)
{
	struct outward outward;
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE && (!user_can_read(message, sizeof *message) || !message->msg_name))
		return false;
	return outward_of_message(&outward, message, flags) && send_outward(fd, handle, &outward, sent);
}

ssize_t hook_sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t sent;
	return send_message(fd, message, flags, &sent) ? sent : passing_send(fd, message, flags);
}

static bool any_is_named(const struct mmsghdr *messages, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (messages[i].msg_hdr.msg_name)
			return true;
	return false;
}

/* As many as leave together, or one. */
static int send_together(int fd, struct mmsghdr *messages, unsigned count, int flags, bool *more)
{
	flow_handle handle = cover_find(fd);
	int together = handle == HANDLE_NONE ? 0 : outward_send_together(fd, handle, messages, count, flags, more);
	if (together)
		return together;
	ssize_t sent = hook_sendmsg(fd, &messages->msg_hdr, flags);
	if (sent < 0)
		return -1;
	messages->msg_len = (unsigned)sent;
	return 1;
}

int hook_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	if (count > MESSAGES_MAX)
		count = MESSAGES_MAX;
	if (count == 0 || !user_can_write(messages, count * sizeof *messages))
		return real.sendmmsg(fd, messages, count, flags);
	if (cover_find(fd) == HANDLE_NONE && !any_is_named(messages, count)) {
		passing_before(messages, count);
		return real.sendmmsg(fd, messages, count, flags);
	}
	unsigned done = 0;
	bool more = true;
	while (done < count && more) {
		int sent = send_together(fd, &messages[done], count - done, flags, &more);
		if (sent < 0)
			break;
		done += (unsigned)sent;
	}
	return done ? (int)done : -1; /* an error after the first is told by the next call */
}
