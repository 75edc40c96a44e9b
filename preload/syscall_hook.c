/* syscall(2): the calls that concern a datagram socket take the hooks' way; every other number passes untouched.
 *
 * Its arguments are declared as they are passed, six longs, so that passing on is a jump. */
#include <errno.h>
#include <linux/net.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "core/raw.h"
#include "preload/hooks.h"
#include "preload/program_signals.h"
#include "preload/program_threads.h"
#include "preload/uring.h"
#include "preload/user_memory.h"

#if !defined(SYS_accept)
#define SYS_accept -1 /* by socketcall only */
#endif

#define POINTER(type, value) ((type)(uintptr_t)(value))

/* What positions come in: two halves, of which a long of 64 bits holds all of it. */
static off64_t offset_of(long low, long high)
{
	return sizeof(long) == sizeof(off64_t) ? low : (off64_t)((uint64_t)(uint32_t)high << 32 | (uint32_t)low);
}

/* Whoever calls by number is not cancelled there. */
#define UNCANCELLED(made)                                                                                              \
	({                                                                                                             \
		int state;                                                                                             \
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);                                                \
		long answer = made;                                                                                    \
		pthread_setcancelstate(state, NULL);                                                                   \
		answer;                                                                                                \
	})

static long send_by_number(long number, long a, long b, long c, long d, long e, long f)
{
	switch (number) {
	case SYS_sendto:
		return hook_sendto((int)a, POINTER(const void *, b), (size_t)c, (int)d,
				   POINTER(const struct sockaddr *, e), (socklen_t)f);
	case SYS_sendmsg:
		return hook_sendmsg((int)a, POINTER(const struct msghdr *, b), (int)c);
	case SYS_sendmmsg:
		return hook_sendmmsg((int)a, POINTER(struct mmsghdr *, b), (unsigned)c, (int)d);
	case SYS_write:
		return hook_write((int)a, POINTER(const void *, b), (size_t)c);
	case SYS_sendfile:
		return hook_sendfile((int)a, (int)b, POINTER(long *, c), (size_t)d);
#ifdef SYS_sendfile64
	case SYS_sendfile64:
		return hook_sendfile64((int)a, (int)b, POINTER(off64_t *, c), (size_t)d);
#endif
	case SYS_splice:
		return hook_splice((int)a, POINTER(off64_t *, b), (int)c, POINTER(off64_t *, d), (size_t)e,
				   (unsigned)f);
	case SYS_pwritev2:
		return hook_pwritev64v2((int)a, POINTER(const struct iovec *, b), (int)c, offset_of(d, e), (int)f);
	default:
		return hook_writev((int)a, POINTER(const struct iovec *, b), (int)c);
	}
}

static long receive_by_number(long number, long a, long b, long c, long d, long e, long f)
{
	switch (number) {
	case SYS_recvfrom:
		return hook_recvfrom((int)a, POINTER(void *, b), (size_t)c, (int)d, POINTER(struct sockaddr *, e),
				     POINTER(socklen_t *, f));
	case SYS_recvmsg:
		return hook_recvmsg((int)a, POINTER(struct msghdr *, b), (int)c);
	case SYS_recvmmsg:
		return hook_recvmmsg((int)a, POINTER(struct mmsghdr *, b), (unsigned)c, (int)d,
				     POINTER(struct timespec *, e));
#ifdef SYS_recvmmsg_time64
	case SYS_recvmmsg_time64:
		return hook___recvmmsg64((int)a, POINTER(struct mmsghdr *, b), (unsigned)c, (int)d,
					 POINTER(struct wide_time *, e));
#endif
	case SYS_read:
		return hook_read((int)a, POINTER(void *, b), (size_t)c);
	case SYS_preadv2:
		return hook_preadv64v2((int)a, POINTER(const struct iovec *, b), (int)c, offset_of(d, e), (int)f);
	default:
		return hook_readv((int)a, POINTER(const struct iovec *, b), (int)c);
	}
}

static long address_by_number(long number, long a, long b, long c, long d, long e)
{
	switch (number) {
	case SYS_connect:
		return hook_connect((int)a, POINTER(const struct sockaddr *, b), (socklen_t)c);
	case SYS_bind:
		return hook_bind((int)a, POINTER(const struct sockaddr *, b), (socklen_t)c);
	case SYS_getpeername:
		return hook_getpeername((int)a, POINTER(struct sockaddr *, b), POINTER(socklen_t *, c));
	case SYS_getsockname:
		return hook_getsockname((int)a, POINTER(struct sockaddr *, b), POINTER(socklen_t *, c));
	case SYS_shutdown:
		return hook_shutdown((int)a, (int)b);
	case SYS_getsockopt:
		return hook_getsockopt((int)a, (int)b, (int)c, POINTER(void *, d), POINTER(socklen_t *, e));
	case SYS_setsockopt:
		return hook_setsockopt((int)a, (int)b, (int)c, POINTER(const void *, d), (socklen_t)e);
	default:
		return hook_ioctl((int)a, (unsigned long)b, POINTER(void *, c));
	}
}

static long descriptor_by_number(long number, long a, long b, long c, long d)
{
	switch (number) {
	case SYS_socket:
		return hook_socket((int)a, (int)b, (int)c);
	case SYS_socketpair:
		return hook_socketpair((int)a, (int)b, (int)c, POINTER(int *, d));
	case SYS_accept:
		return hook_accept((int)a, POINTER(struct sockaddr *, b), POINTER(socklen_t *, c));
	case SYS_accept4:
		return hook_accept4((int)a, POINTER(struct sockaddr *, b), POINTER(socklen_t *, c), (int)d);
	case SYS_close:
		return hook_close((int)a);
	case SYS_close_range:
		return hook_close_range((unsigned)a, (unsigned)b, (int)c);
	case SYS_unshare:
		return hook_unshare((int)a);
	case SYS_dup:
		return hook_dup((int)a);
#ifdef SYS_dup2
	case SYS_dup2:
		return hook_dup2((int)a, (int)b);
#endif
	case SYS_dup3:
		return hook_dup3((int)a, (int)b, (int)c);
	case SYS_pidfd_getfd:
		return hook_pidfd_getfd((int)a, (int)b, (unsigned)c);
#ifdef SYS_fcntl64
	case SYS_fcntl64:
		return hook_fcntl64((int)a, (int)b, POINTER(void *, c));
#endif
	default:
		return hook_fcntl((int)a, (int)b, POINTER(void *, c));
	}
}

static long execute_by_number(long number, long a, long b, long c, long d, long e)
{
	if (number == SYS_execve)
		return hook_execve(POINTER(const char *, a), POINTER(char *const *, b), POINTER(char *const *, c));
	return hook_execveat((int)a, POINTER(const char *, b), POINTER(char *const *, c), POINTER(char *const *, d),
			     (int)e);
}

static long end_by_number(long status)
{
	hook__exit((int)status);
	return 0;
}

static long set_up_uring(long number, long entries, long parameters)
{
	if (uring_is_allowed())
		return real.syscall(number, entries, parameters, 0, 0, 0, 0);
	errno = ENOSYS;
	return -1;
}

#ifdef SYS_socketcall
/* One number for every call on a socket, the arguments in memory: what it stands for, and how many there are. What a
 * short form leaves out is zero in the long one. */
static long socketcall(long call, long at)
{
	static const struct {
		short number;
		unsigned char arguments;
	} calls[] = {
	    [SYS_SOCKET] = {SYS_socket, 3},
	    [SYS_BIND] = {SYS_bind, 3},
	    [SYS_CONNECT] = {SYS_connect, 3},
	    [SYS_LISTEN] = {SYS_listen, 2},
	    [SYS_ACCEPT] = {SYS_accept4, 3},
	    [SYS_GETSOCKNAME] = {SYS_getsockname, 3},
	    [SYS_GETPEERNAME] = {SYS_getpeername, 3},
	    [SYS_SOCKETPAIR] = {SYS_socketpair, 4},
	    [SYS_SEND] = {SYS_sendto, 4},
	    [SYS_RECV] = {SYS_recvfrom, 4},
	    [SYS_SENDTO] = {SYS_sendto, 6},
	    [SYS_RECVFROM] = {SYS_recvfrom, 6},
	    [SYS_SHUTDOWN] = {SYS_shutdown, 2},
	    [SYS_SETSOCKOPT] = {SYS_setsockopt, 5},
	    [SYS_GETSOCKOPT] = {SYS_getsockopt, 5},
	    [SYS_SENDMSG] = {SYS_sendmsg, 3},
	    [SYS_RECVMSG] = {SYS_recvmsg, 3},
	    [SYS_ACCEPT4] = {SYS_accept4, 4},
	    [SYS_RECVMMSG] = {SYS_recvmmsg, 5},
	    [SYS_SENDMMSG] = {SYS_sendmmsg, 4},
	};
	long arguments[6] = {0};
	const void *given = POINTER(const void *, at);
	if (call < SYS_SOCKET || call >= (long)(sizeof calls / sizeof *calls) ||
	    !user_can_read(given, calls[call].arguments * sizeof *arguments))
		return real.syscall(SYS_socketcall, call, at, 0, 0, 0, 0);
	memcpy(arguments, given, calls[call].arguments * sizeof *arguments);
	return hook_syscall(calls[call].number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
			    arguments[5]);
}
#endif

long hook_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	switch (number) {
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_sendmmsg:
	case SYS_write:
	case SYS_writev:
	case SYS_pwritev2:
	case SYS_sendfile:
#ifdef SYS_sendfile64
	case SYS_sendfile64:
#endif
	case SYS_splice:
		return UNCANCELLED(send_by_number(number, a, b, c, d, e, f));
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_recvmmsg:
#ifdef SYS_recvmmsg_time64
	case SYS_recvmmsg_time64:
#endif
	case SYS_read:
	case SYS_readv:
	case SYS_preadv2:
		return UNCANCELLED(receive_by_number(number, a, b, c, d, e, f));
	case SYS_connect:
	case SYS_bind:
	case SYS_getpeername:
	case SYS_getsockname:
	case SYS_shutdown:
	case SYS_getsockopt:
	case SYS_setsockopt:
	case SYS_ioctl:
		return address_by_number(number, a, b, c, d, e);
	case SYS_socket:
	case SYS_socketpair:
	case SYS_accept:
	case SYS_accept4:
	case SYS_close:
	case SYS_close_range:
	case SYS_unshare:
	case SYS_dup:
#ifdef SYS_dup2
	case SYS_dup2:
#endif
	case SYS_dup3:
	case SYS_pidfd_getfd:
	case SYS_fcntl:
#ifdef SYS_fcntl64
	case SYS_fcntl64:
#endif
		return descriptor_by_number(number, a, b, c, d);
	case SYS_exit_group:
		return end_by_number(a);
#ifdef SYS_socketcall
	case SYS_socketcall:
		return socketcall(a, b);
#endif
	case SYS_io_uring_setup:
		return set_up_uring(number, a, b);
	case SYS_execve:
	case SYS_execveat:
		return execute_by_number(number, a, b, c, d, e);
	case SYS_rt_sigaction:
#ifdef SYS_sigaction
	case SYS_sigaction:
	case SYS_signal:
#endif
		program_signals_note();
		break;
	case SYS_clone:
#ifdef SYS_clone3
	case SYS_clone3:
#endif
		program_threads_note();
		break;
	default:
		break;
	}
	return real.syscall(number, a, b, c, d, e, f);
}
