#include "preload/device.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
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

int device_name(int fd, unsigned index, char name[IFNAMSIZ])
{
	struct ifreq request = {.ifr_ifindex = (int)index};
	int answer = (int)raw_call(SYS_ioctl, fd, SIOCGIFNAME, &request);
	if (answer == 0)
		memcpy(name, request.ifr_name, IFNAMSIZ);
	return answer;
}

bool device_is_missing(int fd, unsigned index)
{
	char name[IFNAMSIZ];
	return device_name(fd, index, name) == -ENODEV;
}
