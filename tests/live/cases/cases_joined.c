/* Datagrams that the kernel hands over joined (UDP_GRO). */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static void join(int fd, int on)
{
	observe_result("UDP_GRO", setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on));
}

static int joining(int type)
{
	int fd = udp(AF_INET, type);
	join(fd, 1);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	return fd;
}

struct answer {
	struct sockaddr_storage from;
	char bytes[65536];
	_Alignas(struct cmsghdr) char control[256];
	struct iovec piece;
	struct msghdr message;
};

static ssize_t receive(int fd, struct answer *answer, size_t size, size_t control_size, int flags)
{
	memset(answer->control, 0, sizeof answer->control);
	answer->piece = (struct iovec){answer->bytes, size};
	answer->message = (struct msghdr){.msg_name = &answer->from,
					  .msg_namelen = sizeof answer->from,
					  .msg_iov = &answer->piece,
					  .msg_iovlen = 1,
					  .msg_control = control_size ? answer->control : NULL,
					  .msg_controllen = control_size};
	return recvmsg(fd, &answer->message, flags);
}

static int segment_of(struct answer *answer)
{
	int segment = 0;
	struct cmsghdr *control = CMSG_FIRSTHDR(&answer->message);
	for (; control; control = CMSG_NXTHDR(&answer->message, control))
		if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO)
			memcpy(&segment, CMSG_DATA(control), sizeof segment);
	return segment;
}

static void observe_joined(int fd, size_t size, size_t control_size, int flags)
{
	static struct answer answer;
	ssize_t got = receive(fd, &answer, size, control_size, flags);
	observe_datagram("recvmsg", got, answer.bytes, &answer.from, answer.message.msg_namelen);
	if (got < 0)
		return;
	observe("  segment %d, %zu octets of control data, flags %#x", segment_of(&answer),
		(size_t)answer.message.msg_controllen, (unsigned)answer.message.msg_flags);
	struct cmsghdr *control = CMSG_FIRSTHDR(&answer.message);
	for (; control; control = CMSG_NXTHDR(&answer.message, control))
		observe("  %d %d %zu", control->cmsg_level, control->cmsg_type, (size_t)control->cmsg_len);
}

static void ask(int fd, const char *wish)
{
	observe_result("send", send(fd, wish, strlen(wish), 0));
}

void case_joined(void)
{
	int fd = joining(0);
	ask(fd, "alone");
	observe_joined(fd, 65536, 256, 0);
	ask(fd, "!segments 5 100 0");
	observe_joined(fd, 65536, 256, 0);
	ask(fd, "!segments 5 100 7");
	observe_joined(fd, 65536, 256, 0);
	ask(fd, "!segments 40 1200 1");
	observe_joined(fd, 65536, 256, 0);
	ask(fd, "alone again");
	observe_joined(fd, 65536, 256, 0);
	close(fd);
}

/* Each call of a program that does not ask for all that there is. */
void case_joined_rooms(void)
{
	static const size_t controls[] = {0, 8, 16, 20, 24, 40, 60};
	int fd = joining(0);
	char bytes[1024];
	int size = 0;
	for (size_t i = 0; i < sizeof controls / sizeof *controls; i++) {
		ask(fd, "!segments 3 50 5");
		observe_joined(fd, 65536, controls[i], 0);
	}
	ask(fd, "!segments 3 50 5");
	observe_joined(fd, 120, 256, 0);
	ask(fd, "!segments 3 50 5");
	observe_joined(fd, 120, 256, MSG_TRUNC);
	ask(fd, "!segments 3 50 5");
	observe_datagram("recv", recv(fd, bytes, room(sizeof bytes), 0), bytes, NULL, 0);
	ask(fd, "!segments 3 50 5");
	observe_datagram("read", read(fd, bytes, room(sizeof bytes)), bytes, NULL, 0);
	ask(fd, "!segments 3 50 5");
	await_readable(fd);
	observe_result("FIONREAD", ioctl(fd, FIONREAD, &size));
	observe("  %d", size);
	observe_joined(fd, 65536, 256, MSG_PEEK);
	observe_joined(fd, 65536, 256, 0);
	observe_joined(fd, 65536, 256, MSG_DONTWAIT);
	close(fd);
}

/* Beside other control data, which come before it and after it. */
void case_joined_control(void)
{
	int fd = joining(0), on = 1;
	observe_result("SO_TIMESTAMP_NEW",
		       setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP_NEW, &on, sizeof on)); /* 64 bits on all */
	observe_result("IP_RECVTTL", setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on));
	for (size_t size = 100; size > 40; size -= 13) {
		ask(fd, "!segments 3 50 5");
		observe_joined(fd, 65536, size, 0);
	}
	close(fd);
}

static void observe_batch(int fd)
{
	static char bytes[4][8192];
	static _Alignas(struct cmsghdr) char controls[4][64];
	struct iovec pieces[4];
	struct mmsghdr messages[4] = {0};
	for (int i = 0; i < 4; i++) {
		pieces[i] = (struct iovec){bytes[i], sizeof bytes[i]};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &pieces[i],
						      .msg_iovlen = 1,
						      .msg_control = controls[i],
						      .msg_controllen = sizeof controls[i]};
	}
	int got = recvmmsg(fd, messages, 4, MSG_WAITFORONE, NULL);
	observe_result("recvmmsg", got);
	for (int i = 0; i < got; i++)
		observe_datagram("  each", messages[i].msg_len, bytes[i], NULL, 0);
}

void case_joined_messages(void)
{
	int fd = joining(SOCK_NONBLOCK);
	for (int i = 0; i < 3; i++) {
		ask(fd, "!segments 5 100 7");
		await_readable(fd);
		observe_batch(fd);
	}
	close(fd);
}

/* Set once it is connected, and cleared. */
void case_joined_later(void)
{
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	ask(fd, "!segments 2 100 7");
	for (int i = 0; i < 3; i++)
		observe_joined(fd, 65536, 256, 0);
	join(fd, 1);
	ask(fd, "!segments 2 100 7");
	observe_joined(fd, 65536, 256, 0);
	join(fd, 0);
	ask(fd, "!segments 2 100 7");
	for (int i = 0; i < 3; i++)
		observe_joined(fd, 65536, 256, 0);
	observe_result("UDP_GRO of nothing", setsockopt(fd, SOL_UDP, UDP_GRO, &fd, 1));
	close(fd);
}

/* As a program reads them that is connected to nobody: whether they come joined or not, each is one of them. */
void case_joined_unconnected(void)
{
	static struct answer answer;
	int fd = udp(AF_INET, 0);
	size_t left = 307;
	join(fd, 1);
	say(fd, &peer_a, "!segments 3 100 7");
	while (left) {
		ssize_t got = receive(fd, &answer, sizeof answer.bytes, sizeof answer.control, 0);
		if (got < 0)
			break;
		ssize_t segment = segment_of(&answer) ? segment_of(&answer) : got;
		for (ssize_t at = 0; at < got; at += segment)
			observe_datagram("one", got - at < segment ? got - at : segment, answer.bytes + at,
					 &answer.from, answer.message.msg_namelen);
		left -= (size_t)got;
	}
	close(fd);
}

/* Of two correspondents' the connected one's alone are heard. */
void case_joined_filtered(void)
{
	int fd = joining(0);
	say(fd, &peer_b, "!segments 5 100 0");
	ask(fd, "!segments 5 90 0");
	observe_joined(fd, 65536, 256, 0);
	observe_joined(fd, 65536, 256, MSG_DONTWAIT);
	close(fd);
}

/* Peeks that go on where the last one ended, and a second peer before what the first has sent is read. */
void case_joined_waiting(void)
{
	int fd = joining(0), zero = 0;
	observe_result("SO_PEEK_OFF", setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &zero, sizeof zero));
	ask(fd, "!segments 3 50 5");
	await_readable(fd);
	ask(fd, "second");
	settle(&peer_a);
	observe_joined(fd, 100, 256, MSG_PEEK);
	observe_joined(fd, 100, 256, MSG_PEEK);
	observe_joined(fd, 100, 256, MSG_PEEK);
	observe_result("connect", connect(fd, &peer_b.any, peer_b.size));
	ask(fd, "!segments 3 50 5");
	settle(&peer_b);
	for (int i = 0; i < 4; i++)
		observe_joined(fd, 65536, 256, MSG_DONTWAIT);
	close(fd);
}
