#include "core/aix/stream.h"

#include <asm/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/time_types.h>
#include <poll.h>
#include <time.h>

#include "core/raw.h"

static int get_option(int fd, int name, void *value, size_t size)
{
	unsigned length = (unsigned)size;

	return (int)-raw_call(SYS_getsockopt, fd, SOL_SOCKET, name, value, &length);
}

static uint32_t timeout_of(int fd, int name)
{
	struct {
		long seconds;
		long microseconds;
	} value = {0, 0};

	if (get_option(fd, name, &value, sizeof(value)) || (!value.seconds && !value.microseconds))
		return 0;
	return (unsigned long)value.seconds >= UINT32_MAX / 1000
		   ? UINT32_MAX
		   : (uint32_t)(value.seconds * 1000 + (value.microseconds + 999) / 1000);
}

int stream_look(struct stream *stream, int fd)
{
	int type, family, error = get_option(fd, SO_TYPE, &type, sizeof(type));

	if (!error)
		error = get_option(fd, SO_DOMAIN, &family, sizeof(family));
	if (error)
		return error;
	if (family != AF_INET && family != AF_INET6)
		return EAFNOSUPPORT;
	if (type != SOCK_STREAM)
		return EINVAL;
	*stream = (struct stream){
	    .fd = fd,
	    .family = family,
	    .cookie = stream_cookie(fd),
	    .waits = !(raw_call(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK),
	    .send_ms = timeout_of(fd, SO_SNDTIMEO),
	    .receive_ms = timeout_of(fd, SO_RCVTIMEO),
	};
	return 0;
}

uint64_t stream_cookie(int fd)
{
	uint64_t cookie = 0;

	return get_option(fd, SO_COOKIE, &cookie, sizeof(cookie)) ? 0 : cookie;
}

/* A blocking socket waits in connect(2), for a time of which the configuration knows nothing; so the shortest of all
 * timeouts makes it come back, and the waiting is done where a deadline counts. */
int stream_connect(const struct stream *stream, const struct endpoint *to)
{
	const long shortest[2] = {0, 1};
	long before[2] = {0, 0};
	union socket_address address;
	socklen_t size;
	enum outcome outcome = endpoint_to_sockaddr(to, stream->family, &address, &size);
	int error;

	if (outcome != OUTCOME_OK)
		return outcome_errno(outcome);
	if (stream->waits) {
		get_option(stream->fd, SO_SNDTIMEO, before, sizeof(before));
		raw_call(SYS_setsockopt, stream->fd, SOL_SOCKET, SO_SNDTIMEO, shortest, sizeof(shortest));
	}
	error = (int)-raw_call(SYS_connect, stream->fd, &address, size);
	if (stream->waits)
		raw_call(SYS_setsockopt, stream->fd, SOL_SOCKET, SO_SNDTIMEO, before, sizeof(before));
	return error == EINTR ? EINPROGRESS : error;
}

bool stream_has_peer(int fd)
{
	union socket_address peer;
	socklen_t size = sizeof(peer);

	return raw_call(SYS_getpeername, fd, &peer, &size) == 0;
}

int stream_connected(int fd)
{
	const struct __kernel_timespec now = {0, 0};
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	int error = 0;

	if (raw_call(SYS_ppoll, &ready, 1, &now, 0, 8) != 1)
		return EINPROGRESS;
	if (get_option(fd, SO_ERROR, &error, sizeof(error)) || error)
		return error ? error : EBADF;
	return stream_has_peer(fd) ? 0 : ENOTCONN;
}

ssize_t stream_send(int fd, const void *bytes, size_t size)
{
	return raw_call(SYS_sendto, fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
}

ssize_t stream_receive(int fd, void *bytes, size_t size)
{
	return raw_call(SYS_recvfrom, fd, bytes, size, MSG_DONTWAIT, 0, 0);
}

uint64_t stream_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int stream_wait(int fd, bool to_write, uint64_t deadline_ms)
{
	struct pollfd ready = {.fd = fd, .events = to_write ? POLLOUT : POLLIN};

	for (;;) {
		uint64_t now = stream_now_ms();
		uint64_t left = deadline_ms > now ? deadline_ms - now : 0;
		struct __kernel_timespec span = {(long long)(left / 1000), (long long)(left % 1000 * 1000000)};
		long count = raw_call(SYS_ppoll, &ready, 1, deadline_ms ? &span : NULL, 0, 8);

		if (count > 0)
			return 0;
		if (count == 0)
			return ETIMEDOUT;
		if (count != -EINTR)
			return (int)-count;
	}
}
