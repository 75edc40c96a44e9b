#include "preload/device.h"

#include <errno.h>
#include <net/if.h>
#include <sys/socket.h>

#include "core/raw.h"

/* By its name: SO_BINDTOIFINDEX is younger (Linux 5.0). */
unsigned device_of(int fd)
{
	char name[IFNAMSIZ];
	socklen_t size = sizeof name;
	int saved = errno;
	if (raw_call(SYS_getsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, name, &size) < 0 || size == 0)
		return 0;
	unsigned index = if_nametoindex(name);
	errno = saved;
	return index;
}
