/* IPv6, IPv4 on IPv6 sockets, and sockets that are none of ours. */
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

void case_v6(void)
{
	int fd = udp(AF_INET6, 0);
	observe_names(fd);
	for (int i = 0; i < 3; i++) {
		say(fd, &peer_6, "hello");
		hear(fd);
	}
	observe_names(fd);
	say(fd, &peer_6, "!other hello");
	hear(fd);
	close(fd);
}

void case_v6_connected(void)
{
	int fd = udp(AF_INET6, 0);
	char bytes[64];
	observe_result("connect", connect(fd, &peer_6.any, peer_6.size));
	observe_names(fd);
	observe_result("send", send(fd, "hello", 5, 0));
	observe_datagram("recv", recv(fd, bytes, room(sizeof bytes), 0), bytes, NULL, 0);
	observe_result("write", write(fd, "hello", 5));
	hear(fd);
	close(fd);
}

void case_mapped(void)
{
	int fd = udp(AF_INET6, 0);
	for (int i = 0; i < 3; i++) {
		say(fd, &peer_mapped, "hello");
		hear(fd);
	}
	say(fd, &peer_6, "and to IPv6");
	hear(fd);
	observe_names(fd);
	close(fd);
}

void case_mapped_connected(void)
{
	int fd = udp(AF_INET6, 0);
	observe_result("connect", connect(fd, &peer_mapped.any, peer_mapped.size));
	observe_names(fd);
	observe_result("send", send(fd, "hello", 5, 0));
	hear(fd);
	close(fd);
}

/* A socket that has an IPv4 address cannot be connected to an IPv6 peer, and stays where it was. */
void case_mapped_then_v6(void)
{
	int fd = udp(AF_INET6, 0);
	observe_result("connect", connect(fd, &peer_mapped.any, peer_mapped.size));
	observe_result("connect", connect(fd, &peer_6.any, peer_6.size));
	observe_names(fd);
	observe_result("send", send(fd, "hello", 5, 0));
	hear(fd);
	close(fd);
}

void case_v6_only(void)
{
	int fd = udp(AF_INET6, 0), on = 1;
	observe_result("IPV6_V6ONLY", setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on));
	say(fd, &peer_mapped, "not so");
	observe_result("connect", connect(fd, &peer_mapped.any, peer_mapped.size));
	say(fd, &peer_6, "hello");
	hear(fd);
	close(fd);
}

void case_v6_messages(void)
{
	int fd = udp(AF_INET6, 0), on = 1;
	char bytes[64];
	struct sockaddr_storage from;
	union {
		char space[256];
		struct cmsghdr align;
	} control;
	struct iovec vector = {bytes, sizeof bytes};
	struct msghdr message = {.msg_name = &from,
				 .msg_namelen = sizeof from,
				 .msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	observe_result("IPV6_RECVPKTINFO", setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on));
	say(fd, &peer_6, "hello");
	observe_result("recvmsg", recvmsg(fd, &message, 0));
	observe("from %s, control %zu", address_name(&from, message.msg_namelen), (size_t)message.msg_controllen);
	message.msg_namelen = sizeof from;
	message.msg_controllen = sizeof control;
	say(fd, &peer_mapped, "hello");
	observe_result("recvmsg", recvmsg(fd, &message, 0));
	observe("from %s", address_name(&from, message.msg_namelen));
	close(fd);
}

/* What cannot be sent leaves no trace. */
void case_v6_unnamed(void)
{
	int fd = udp(AF_INET6, 0), on = 1;
	struct pollfd look = {.fd = fd, .events = POLLIN | POLLOUT};
	char bytes[8];
	observe_result("IPV6_RECVERR", setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on));
	observe_result("send", send(fd, "to whom", 7, 0));
	observe_names(fd);
	observe_result("poll", poll(&look, 1, 0));
	observe("  %#x", (unsigned)look.revents);
	observe_result("recv", recv(fd, bytes, room(sizeof bytes), MSG_DONTWAIT));
	close(fd);
}

void case_v6_sizes(void)
{
	static char bytes[100000];
	int fd = udp(AF_INET6, 0);
	static const size_t sizes[] = {0, 1, 1400, 65000, 65485, 65528, 100000};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		ssize_t sent = sendto(fd, bytes, sizes[i], 0, &peer_6.any, peer_6.size);
		if (observe_result("sendto", sent) >= 0)
			observe_result("recv", recv(fd, bytes, room(sizeof bytes), 0));
	}
	close(fd);
}

void case_v6_largest(void)
{
	static char bytes[65536];
	int fd = udp(AF_INET6, 0);
	memcpy(bytes, "!silent", 7);
	observe_result("sendto of 65527", sendto(fd, bytes, 65527, 0, &peer_6.any, peer_6.size));
	close(fd);
}

/* Datagram sockets that carry no UDP, and sockets that carry no datagrams. */
void case_not_ours(void)
{
	int ends[2], stream;
	char bytes[8];
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	observe_result("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
	observe_result("send", send(ends[0], "hello", 5, 0));
	observe_datagram("recv", recv(ends[1], bytes, room(sizeof bytes), 0), bytes, NULL, 0);
	observe_names(ends[0]);
	observe_result("sendto", sendto(ends[0], "x", 1, 0, (struct sockaddr *)&name, sizeof name));
	observe_result("sendto UDP", sendto(ends[0], "x", 1, 0, &peer_a.any, peer_a.size));
	stream = socket(AF_INET, SOCK_STREAM, 0);
	observe_result("send on a stream", send(stream, "x", 1, MSG_NOSIGNAL));
	/* nothing listens on the peer's TCP port */
	observe_result("connect a stream", connect(stream, &peer_a.any, peer_a.size));
	observe_result("recv on a stream", recv(stream, bytes, room(sizeof bytes), 0));
	close(stream);
	close(ends[0]);
	close(ends[1]);
}
