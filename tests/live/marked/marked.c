#include "tests/live/marked/marked.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

void marked_ask(int fd, int family)
{
	int on = 1;
	if (family == AF_INET) {
		setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
		setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
	} else {
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on);
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on);
	}
}

static int value_of(const struct cmsghdr *message)
{
	int value = 0;
	size_t size = message->cmsg_len - CMSG_LEN(0);
	memcpy(&value, CMSG_DATA(message), size < sizeof value ? size : sizeof value);
	return value;
}

struct packet_marks marked_read(struct msghdr *message)
{
	struct packet_marks marks = MARKS_PLAIN;
	for (struct cmsghdr *one = CMSG_FIRSTHDR(message); one; one = CMSG_NXTHDR(message, one)) {
		bool ipv4 = one->cmsg_level == IPPROTO_IP, ipv6 = one->cmsg_level == IPPROTO_IPV6;
		if ((ipv4 && one->cmsg_type == IP_TTL) || (ipv6 && one->cmsg_type == IPV6_HOPLIMIT))
			marks.hops = value_of(one);
		if ((ipv4 && one->cmsg_type == IP_TOS) || (ipv6 && one->cmsg_type == IPV6_TCLASS))
			marks.traffic_class = value_of(one);
	}
	return marks;
}

static size_t put(char *at, int level, int type, int value)
{
	struct cmsghdr *message = (void *)at;
	*message = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof value), .cmsg_level = level, .cmsg_type = type};
	memcpy(CMSG_DATA(message), &value, sizeof value);
	return CMSG_SPACE(sizeof value);
}

ssize_t marked_send(int fd, const void *bytes, size_t size, const struct sockaddr *to, socklen_t to_size,
		    struct packet_marks marks)
{
	_Alignas(struct cmsghdr) char control[MARKED_CONTROL] = {0};
	bool ipv4 = to->sa_family == AF_INET;
	if (marks.hops == MARKS_PLAIN.hops && marks.traffic_class == MARKS_PLAIN.traffic_class)
		return sendto(fd, bytes, size, MSG_NOSIGNAL, to, to_size);
	struct iovec piece = {(void *)(uintptr_t)bytes, size};
	struct msghdr message = {.msg_name = (void *)(uintptr_t)to,
				 .msg_namelen = to_size,
				 .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof control};
	size_t half = ipv4 ? put(control, IPPROTO_IP, IP_TTL, marks.hops ? marks.hops : 1)
			   : put(control, IPPROTO_IPV6, IPV6_HOPLIMIT, marks.hops);
	put(control + half, ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_TOS : IPV6_TCLASS, marks.traffic_class);
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}
