#include "tests/live/runner/network.h"

#include <arpa/inet.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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

/* A datagram from the address to itself: the address may be bound to, and there is a route to it. */
static bool reaches_itself(const struct sockaddr_in6 *address)
{
	struct sockaddr_in6 name = *address;
	socklen_t size = sizeof name;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done = bind(fd, (struct sockaddr *)&name, size) == 0 &&
		    getsockname(fd, (struct sockaddr *)&name, &size) == 0 &&
		    sendto(fd, "", 0, 0, (struct sockaddr *)&name, size) == 0;
	close(fd);
	return done;
}

/* The kernel makes an IPv6 address usable some time after it was added, and tells so on events. */
static bool await_usable(int events, const char *address)
{
	char message[4096];
	struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_scope_id = LOOPBACK_INDEX};
	if (inet_pton(AF_INET6, address, &name.sin6_addr) != 1)
		return false;
	while (!reaches_itself(&name))
		if (recv(events, message, sizeof message, 0) < 0)
			return false;
	return true;
}

static int address_events(void)
{
	struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE};
	struct timeval limit = {.tv_sec = 10};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	return bind(fd, (struct sockaddr *)&name, sizeof name) == 0 ? fd : -1;
}

/* Who has rights in a user namespace cannot be looked into by programs that have none: not by the client either, which
 * reads its settings here. */
static bool renounce(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
	return syscall(SYS_capset, &header, none) == 0 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

static bool add_all_v6(const char *const *addresses)
{
	int events = address_events();
	bool done = true;
	for (; done && *addresses; addresses++)
		done = loopback_add_v6(*addresses) && await_usable(events, *addresses);
	close(events);
	return done;
}

bool network_enter(const char *v4, const char *const *v6)
{
	bool as_root = unshare(CLONE_NEWNET) == 0;
	if (!as_root && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	bool done = loopback_up() && loopback_add_v4(v4) && add_all_v6(v6);
	return done && (as_root || renounce());
}
