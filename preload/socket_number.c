#include "preload/socket_number.h"

#include <sys/socket.h>

#include "core/raw.h"

int socket_number(int fd, int level, int option)
{
	int number = 0;
	socklen_t size = sizeof number;
	raw_call(SYS_getsockopt, fd, level, option, &number, &size);
	return number;
}
