#include "preload/private_copy.h"

#include <errno.h>
#include <fcntl.h>

#include "core/raw.h"

int private_copy(int fd)
{
	enum { HIGH = 1000 }; /* out of the way of programs that count on the lowest number */
	long copy = raw_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, (long)HIGH);
	if (copy == -EINVAL || copy == -EMFILE)
		copy = raw_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0L);
	return copy == -EMFILE ? fd : (int)copy;
}

void private_copy_close(int copy, int fd)
{
	if (copy >= 0 && copy != fd)
		raw_call(SYS_close, copy);
}
