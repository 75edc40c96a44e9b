/* SO_PEEK_OFF: peeks that go on where the last one ended. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static void observe_offset(int fd)
{
	int offset = -99;
	socklen_t size = sizeof offset;
	observe_result("getsockopt", getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, &size));
	observe("  %d (%u)", offset, size);
}

static void set_offset(int fd, int offset)
{
	observe_result("SO_PEEK_OFF", setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset));
	observe_offset(fd);
}

static void take(int fd, const char *what, size_t size, int flags)
{
	char bytes[64];
	struct sockaddr_storage from;
	struct iovec vector = {bytes, size};
	struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &vector, .msg_iovlen = 1};
	ssize_t got = recvmsg(fd, &message, flags | MSG_DONTWAIT);
	memset(bytes + size, 0, sizeof bytes - size);
	if (got > (ssize_t)size) {
		observe("%s: %zd", what, got);
		got = (ssize_t)size;
	}
	observe_datagram(what, got, bytes, &from, message.msg_namelen);
	if (got >= 0)
		observe("  flags %#x", (unsigned)message.msg_flags);
	observe_offset(fd);
}

static void ask_for(int fd, const char *text)
{
	say(fd, &peer_a, text);
	await_readable(fd);
}

void case_peek_offset(void)
{
	int fd = udp(AF_INET, 0);
	observe_offset(fd);
	set_offset(fd, 0);
	ask_for(fd, "!repeat 3 0123456789");
	settle(&peer_a);
	take(fd, "peek 4", 4, MSG_PEEK);
	take(fd, "peek 4 more", 4, MSG_PEEK);
	take(fd, "peek into the end", 4, MSG_PEEK);
	take(fd, "peek the next", 40, MSG_PEEK);
	take(fd, "peek the third, whole", 2, MSG_PEEK | MSG_TRUNC);
	take(fd, "peek beyond", 4, MSG_PEEK);
	take(fd, "take", 4, 0);
	take(fd, "peek", 10, MSG_PEEK);
	set_offset(fd, 15);
	take(fd, "peek from 15", 5, MSG_PEEK);
	set_offset(fd, 3);
	take(fd, "peek from 3", 3, MSG_PEEK);
	take(fd, "take", 40, MSG_TRUNC);
	set_offset(fd, -1);
	take(fd, "peek", 5, MSG_PEEK);
	take(fd, "peek", 5, MSG_PEEK);
	take(fd, "take", 5, 0);
	take(fd, "take", 5, 0);
	close(fd);
}

/* A peek behind all that waits waits for more. */
void case_peek_offset_waits(void)
{
	char bytes[16];
	int fd = udp(AF_INET, 0);
	ask_for(fd, "short");
	set_offset(fd, 5);
	say(fd, &peer_a, "longer");
	observe_datagram("peek", recv(fd, bytes, room(sizeof bytes), MSG_PEEK), bytes, NULL, 0);
	observe_offset(fd);
	take(fd, "take", 40, 0);
	take(fd, "peek", 4, MSG_PEEK);
	observe_result("a short value", setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, bytes, 2));
	observe_result("no value", setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, NULL, sizeof(int)));
	close(fd);
}
