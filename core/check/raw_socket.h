/* What another preloaded library, ours among them, is not to see or redirect: the check is of the way from here to the
 * server, wherever it is started. As libc has them, errno and all. */
#ifndef CORE_CHECK_RAW_SOCKET_H
#define CORE_CHECK_RAW_SOCKET_H

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "core/raw.h"

static inline ssize_t raw_answer(long answer)
{
	if (answer >= 0)
		return answer;
	errno = (int)-answer;
	return -1;
}

static inline int raw_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return (int)raw_answer(raw_call(SYS_connect, fd, address, size));
}

static inline ssize_t raw_sendto(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to,
				 socklen_t to_size)
{
	return raw_answer(raw_call(SYS_sendto, fd, bytes, size, flags, to, to_size));
}

static inline ssize_t raw_recvfrom(int fd, void *bytes, size_t size, int flags, struct sockaddr *from,
				   socklen_t *from_size)
{
	return raw_answer(raw_call(SYS_recvfrom, fd, bytes, size, flags, from, from_size));
}

static inline ssize_t raw_recvmsg(int fd, struct msghdr *message, int flags)
{
	return raw_answer(raw_call(SYS_recvmsg, fd, message, flags));
}

#endif
