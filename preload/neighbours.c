#include "preload/neighbours.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/log.h"
#include "preload/real.h"
#include "preload/socket_number.h"
#include "preload/standing.h"

enum { REFUSED = 126 };

static _Atomic bool leads_here;
static _Atomic bool told;

static void tell(const void *of, const char *what)
{
	char line[512];
	Dl_info about;
	bool known = dladdr(of, &about) && about.dli_fname;
	snprintf(line, sizeof line, "%.300s %s", known ? about.dli_fname : "another preloaded library", what);
	log_line(LOG_LEVEL_ERROR, line);
}

static void tell_once(const void *of, const char *what)
{
	if (!atomic_exchange(&told, true))
		tell(of, what);
}

bool neighbours_allow(int fd, int family)
{
	if (real_is_libc || socket_number(fd, SOL_SOCKET, SO_DOMAIN) == family)
		return true;
	real.close(fd);
	tell_once((void *)(uintptr_t)real.socket,
		  "has sockets of its own in the place of UDP sockets, which cannot be relayed: they are refused");
	errno = EACCES;
	return false;
}

void neighbours_refused(int family, int type, int protocol)
{
	int saved = errno;
	if (real_is_libc)
		return;
	long fd = raw_call(SYS_socket, family, type | SOCK_CLOEXEC, protocol);
	if (fd >= 0) {
		raw_call(SYS_close, fd);
		tell_once((void *)(uintptr_t)real.socket, "refuses UDP sockets, so there is nothing to be relayed");
	}
	errno = saved;
}

void neighbours_heard(void)
{
	atomic_store(&leads_here, true);
}

typedef ssize_t (*sender)(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to,
			  socklen_t length);
typedef int (*opener)(int family, int type, int protocol);
typedef int (*closer)(int fd);

/* One that keeps UDP sockets off the network may pass by whom it likes. */
static bool keeps_to_itself(void)
{
	opener open_front = (opener)(uintptr_t)dlsym(RTLD_DEFAULT, "socket");
	closer close_front = (closer)(uintptr_t)dlsym(RTLD_DEFAULT, "close");
	int fd = open_front(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool own = fd < 0 || socket_number(fd, SOL_SOCKET, SO_DOMAIN) != AF_INET;
	if (fd >= 0)
		close_front(fd);
	return own;
}

void neighbours_check(void)
{
	int saved = errno;
	void *front = standing_own() == STANDING_BEHIND ? dlsym(RTLD_DEFAULT, "sendto") : NULL;
	if (front) {
		((sender)(uintptr_t)front)(-1, "", 0, 0, NULL, 0);
		if (!atomic_load(&leads_here) && !keeps_to_itself()) {
			tell(front, "stands before this library in LD_PRELOAD and passes it by, so the program is not "
				    "run: put this library first");
			_exit(REFUSED);
		}
	}
	errno = saved;
}
