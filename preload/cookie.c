#include "preload/cookie.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "core/raw.h"

/* qemu's user mode, and kernels in a sandbox's user space, do not know SO_COOKIE. There the number of the socket's
 * inode serves, which comes again only after 2^32 others. */
int cookie_of(int fd, uint64_t *cookie)
{
	struct stat status;
	socklen_t size = sizeof *cookie;
	int answer = (int)raw_call(SYS_getsockopt, fd, SOL_SOCKET, SO_COOKIE, cookie, &size);
	if (answer != -EINVAL && answer != -ENOPROTOOPT)
		return answer;
	answer = (int)raw_call(RAW_FSTATAT, fd, "", &status, AT_EMPTY_PATH);
	if (answer == 0)
		*cookie = status.st_ino;
	return answer;
}
