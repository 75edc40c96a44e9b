/* Two of the data path's system calls (kernel.h) once more, inline: a plain datagram needs next to nothing beside
 * them, and where they are fast every call and return around them shows. */
#ifndef PRELOAD_KERNEL_PLAIN_H
#define PRELOAD_KERNEL_PLAIN_H

#include "core/inlining.h"
#include "preload/deep_call.h"
#include "preload/kernel.h"
#include "preload/program_threads.h"
#include "preload/real.h"

ALWAYS_INLINE ssize_t kernel_plain_send(int fd, const void *bytes, size_t size, int flags)
{
	if (__builtin_expect(!real_is_libc, 0))
		return kernel_send(fd, bytes, size, flags, NULL, 0);
	program_pass_cancellation_point();
	return deep_call(SYS_sendto, fd, bytes, size, flags);
}

ALWAYS_INLINE ssize_t kernel_plain_receive(int fd, void *bytes, size_t size, int flags)
{
	bool waits = !(flags & MSG_DONTWAIT) && program_may_cancel();
	if (__builtin_expect(!real_is_libc || waits, 0))
		return kernel_receive(fd, bytes, size, flags, NULL, NULL);
	return deep_call(SYS_recvfrom, fd, bytes, size, flags);
}

#endif
