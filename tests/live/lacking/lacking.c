#include "tests/live/lacking/lacking.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME(error) [error] = #error

const char *strerrorname_np(int error)
{
	static const char *const names[] = {
	    "0",
	    NAME(EPERM),
	    NAME(ENOENT),
	    NAME(ESRCH),
	    NAME(EINTR),
	    NAME(EIO),
	    NAME(E2BIG),
	    NAME(ENOEXEC),
	    NAME(EBADF),
	    NAME(ECHILD),
	    NAME(EAGAIN),
	    NAME(ENOMEM),
	    NAME(EACCES),
	    NAME(EFAULT),
	    NAME(EBUSY),
	    NAME(EEXIST),
	    NAME(ENOTDIR),
	    NAME(EISDIR),
	    NAME(EINVAL),
	    NAME(ENFILE),
	    NAME(EMFILE),
	    NAME(ENOTTY),
	    NAME(ETXTBSY),
	    NAME(ESPIPE),
	    NAME(EPIPE),
	    NAME(ENAMETOOLONG),
	    NAME(ENOSYS),
	    NAME(ELOOP),
	    NAME(EBADFD),
	    NAME(EPROTO),
	    NAME(ENOTSOCK),
	    NAME(EDESTADDRREQ),
	    NAME(EMSGSIZE),
	    NAME(EPROTOTYPE),
	    NAME(ENOPROTOOPT),
	    NAME(EPROTONOSUPPORT),
	    NAME(ESOCKTNOSUPPORT),
	    NAME(EOPNOTSUPP),
	    NAME(EPFNOSUPPORT),
	    NAME(EAFNOSUPPORT),
	    NAME(EADDRINUSE),
	    NAME(EADDRNOTAVAIL),
	    NAME(ENETDOWN),
	    NAME(ENETUNREACH),
	    NAME(ECONNABORTED),
	    NAME(ECONNRESET),
	    NAME(ENOBUFS),
	    NAME(EISCONN),
	    NAME(ENOTCONN),
	    NAME(ETIMEDOUT),
	    NAME(ECONNREFUSED),
	    NAME(EHOSTUNREACH),
	    NAME(EALREADY),
	    NAME(EINPROGRESS),
	};
	size_t count = sizeof names / sizeof *names;
	return error >= 0 && (size_t)error < count && names[error] ? names[error] : "an error without a name here";
}

ssize_t preadv2(int fd, const struct iovec *pieces, int count, off_t offset, int flags)
{
	return syscall(SYS_preadv2, fd, pieces, count, offset, 0L, flags);
}

ssize_t pwritev2(int fd, const struct iovec *pieces, int count, off_t offset, int flags)
{
	return syscall(SYS_pwritev2, fd, pieces, count, offset, 0L, flags);
}

int close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

void closefrom(int first)
{
	close_range(first < 0 ? 0 : (unsigned)first, UINT_MAX, 0);
}

/* As far as the tests open any. */
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first)
{
	enum { END = 1024 };
	int error = 0;
	for (int fd = first; fd < END && !error; fd++)
		error = posix_spawn_file_actions_addclose(actions, fd);
	return error;
}

int execveat(int folder, const char *path, char *const arguments[], char *const environment[], int flags)
{
	return (int)syscall(SYS_execveat, folder, path, arguments, environment, flags);
}
