/* Sockets that are bound to a device. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static void observe_device(int fd)
{
	char name[16] = "";
	int index = -1;
	socklen_t size = sizeof name, index_size = sizeof index;
	observe_result("SO_BINDTODEVICE", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &size));
	observe_result("SO_BINDTOIFINDEX", getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, &index_size));
	observe("  %s %d", name, index);
}

static int bound_socket(void)
{
	int fd = udp(AF_INET, 0);
	observe_result("SO_BINDTODEVICE", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	return fd;
}

void case_device(void)
{
	int fd = bound_socket();
	say(fd, &peer_a, "hello");
	hear(fd);
	observe_device(fd);
	observe_result("connect", connect(fd, &peer_b.any, peer_b.size));
	observe_device(fd);
	observe_result("send", send(fd, "connected", 9, 0));
	hear(fd);
	observe_names(fd);
	observe_result("dissolve", connect(fd, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr)));
	observe_device(fd);
	say(fd, &peer_a, "dissolved");
	hear(fd);
	close(fd);
}

/* What goes directly beside what is relayed may not leave by another device. */
void case_device_both_ways(void)
{
	struct sockaddr_in near = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd = bound_socket();
	near.sin_addr.s_addr = inet_addr("169.254.1.1");
	say(fd, &peer_a, "hello");
	hear(fd);
	observe_result("sendto a link-local address", sendto(fd, "here", 4, 0, (struct sockaddr *)&near, sizeof near));
	observe_device(fd);
	say(fd, &peer_a, "again");
	hear(fd);
	observe_names(fd);
	close(fd);
}
