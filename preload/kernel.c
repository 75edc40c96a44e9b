#include "preload/kernel.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>

#include "preload/deep_call.h"
#include "preload/program_threads.h"
#include "preload/real.h"

static inline long call(long number, int fd, const void *a, long b, long c, const void *d, const void *e)
{
	return deep_call(number, fd, a, b, c, d, e);
}

/* A call of the next library's, with its errno as the answer. */
#define NEXT(made)                                                                                                     \
	({                                                                                                             \
		int saved = errno;                                                                                     \
		__typeof__(made) answer = made;                                                                        \
		if (answer < 0) {                                                                                      \
			answer = -errno;                                                                               \
			errno = saved;                                                                                 \
		}                                                                                                      \
		answer;                                                                                                \
	})

/* Cancellation is asynchronous for the time of the call, as in libc. Not inlined: the caller's clean-up is that of a
 * call, which this is for the unwinder. */
static __attribute__((noinline)) long wait_cancellably(long number, int fd, const void *a, long b, long c, void *d,
						       void *e)
{
	int type;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	long answer = call(number, fd, a, b, c, d, e);
	pthread_setcanceltype(type, NULL);
	return answer;
}

/* Whether a call that may block is made here, where cancellation unwinds from its midst: on i386 the sixth argument
 * takes the register that the frame would be found by, so there libc makes it. */
#if defined(__i386__)
#define WAITS_HERE(flags) ((flags)&MSG_DONTWAIT || !program_may_cancel())
#else
#define WAITS_HERE(flags) true
#endif

ssize_t kernel_send(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to, socklen_t to_size)
{
	if (!real_is_libc)
		return NEXT(real.sendto(fd, bytes, size, flags, to, to_size));
	program_pass_cancellation_point();
	return call(SYS_sendto, fd, bytes, (long)size, flags, to, (const void *)(uintptr_t)to_size);
}

ssize_t kernel_send_message(int fd, const struct msghdr *message, int flags)
{
	if (!real_is_libc)
		return NEXT(real.sendmsg(fd, message, flags));
	program_pass_cancellation_point();
	return call(SYS_sendmsg, fd, message, flags, 0, NULL, NULL);
}

int kernel_send_messages(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	if (!real_is_libc)
		return NEXT(real.sendmmsg(fd, messages, count, flags));
	program_pass_cancellation_point();
	return (int)call(SYS_sendmmsg, fd, messages, count, flags, NULL, NULL);
}

ssize_t kernel_receive(int fd, void *bytes, size_t size, int flags, struct sockaddr *from, socklen_t *from_size)
{
	if (!real_is_libc || !WAITS_HERE(flags))
		return NEXT(real.recvfrom(fd, bytes, size, flags, from, from_size));
	if (flags & MSG_DONTWAIT || !program_may_cancel())
		return call(SYS_recvfrom, fd, bytes, (long)size, flags, from, from_size);
	return wait_cancellably(SYS_recvfrom, fd, bytes, (long)size, flags, from, from_size);
}

ssize_t kernel_receive_message(int fd, struct msghdr *message, int flags)
{
	if (!real_is_libc || !WAITS_HERE(flags))
		return NEXT(real.recvmsg(fd, message, flags));
	if (flags & MSG_DONTWAIT || !program_may_cancel())
		return call(SYS_recvmsg, fd, message, flags, 0, NULL, NULL);
	return wait_cancellably(SYS_recvmsg, fd, message, flags, 0, NULL, NULL);
}

int kernel_receive_messages(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
	if (!real_is_libc || !WAITS_HERE(flags))
		return NEXT(real.recvmmsg(fd, messages, count, flags, timeout));
	if (flags & MSG_DONTWAIT || !program_may_cancel())
		return (int)call(SYS_recvmmsg, fd, messages, count, flags, timeout, NULL);
	return (int)wait_cancellably(SYS_recvmmsg, fd, messages, count, flags, timeout, NULL);
}
