#include "tests/live/runner/network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK_INDEX 1 /* in every network namespace */

/* struct in6_ifreq of <linux/ipv6.h>, which cannot be included beside <netinet/in.h> */
struct address_request {
	struct in6_addr address;
	uint32_t prefix_length;
	int index;
};

static bool loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	bool done = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	close(fd);
	return done;
}

static bool loopback_add_v4(const char *address)
{
	struct ifreq request = {.ifr_name = "lo:1"};
	struct sockaddr_in name = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done = inet_pton(AF_INET, address, &name.sin_addr) == 1;
	memcpy(&request.ifr_addr, &name, sizeof name);
	done = done && ioctl(fd, SIOCSIFADDR, &request) == 0;
	close(fd);
	return done;
}

static bool loopback_add_v6(const char *address)
{
	struct address_request request = {.prefix_length = 128, .index = LOOPBACK_INDEX};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done = inet_pton(AF_INET6, address, &request.address) == 1 && ioctl(fd, SIOCSIFADDR, &request) == 0;
	close(fd);
	return done;
}

bool network_enter(const char *v4, const char *v6)
{
	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	return loopback_up() && loopback_add_v4(v4) && loopback_add_v6(v6);
}
