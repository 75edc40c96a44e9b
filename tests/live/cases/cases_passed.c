/* Sockets that are passed by SCM_RIGHTS: within the process, to a child, to another program. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/inline_call.h"
#include "tests/live/cases/observe.h"

#define END 50 /* of the socket pair, in another program */

static void exchange(int fd, const char *text)
{
	say(fd, &peer_a, text);
	hear(fd);
}

static void exchange_connected(int fd, const char *text)
{
	observe_names(fd);
	observe_result("send", send(fd, text, strlen(text), 0));
	hear(fd);
}

struct parcel {
	struct msghdr message;
	struct iovec vector;
	char byte;
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
};

static void parcel_make(struct parcel *parcel)
{
	memset(parcel, 0, sizeof *parcel);
	parcel->vector = (struct iovec){&parcel->byte, 1};
	parcel->message.msg_iov = &parcel->vector;
	parcel->message.msg_iovlen = 1;
	parcel->message.msg_control = &parcel->control;
	parcel->message.msg_controllen = sizeof parcel->control;
}

static void pass(int end, int fd)
{
	struct parcel parcel;
	parcel_make(&parcel);
	parcel.control.align =
	    (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&parcel.control.align), &fd, sizeof fd);
	if (sendmsg(end, &parcel.message, 0) != 1) /* the receiver may be the next to observe something */
		observe_result("pass", -1);
}

static int receive(int end)
{
	struct parcel parcel;
	int fd = -1;
	parcel_make(&parcel);
	if (recvmsg(end, &parcel.message, 0) == 1 && CMSG_FIRSTHDR(&parcel.message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&parcel.message)), sizeof fd);
	observe("received: %s", fd >= 0 ? "a descriptor" : "none");
	return fd;
}

static void pair(int ends[2])
{
	observe_result("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
}

static void await(pid_t child)
{
	int status = -1;
	waitpid(child, &status, 0);
	observe("child: %#x", (unsigned)status);
}

/* The child was forked before the socket was made, so all that it knows is what comes with the socket. */
static pid_t child_with(int ends[2], void (*use)(int fd))
{
	pair(ends);
	pid_t child = fork();
	if (child == 0) {
		use(receive(ends[1]));
		_exit(0);
	}
	return child;
}

static void use_unconnected(int fd)
{
	exchange(fd, "from the child");
	say(fd, &peer_b, "to another peer");
	hear(fd);
}

static void use_connected(int fd)
{
	exchange_connected(fd, "from the child");
	observe_result("connect", connect(fd, &peer_b.any, peer_b.size));
	exchange_connected(fd, "to another peer");
}

void case_passed_used(void)
{
	int ends[2];
	pid_t child = child_with(ends, use_unconnected);
	int fd = udp(AF_INET, 0);
	exchange(fd, "from the parent");
	pass(ends[0], fd);
	close(fd);
	await(child);
}

void case_passed_connected(void)
{
	int ends[2];
	pid_t child = child_with(ends, use_connected);
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	pass(ends[0], fd); /* not used yet */
	await(child);
	child = child_with(ends, use_connected);
	close(fd);
	fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	exchange_connected(fd, "from the parent");
	pass(ends[0], fd);
	close(fd);
	await(child);
}

static void hear_one(int fd)
{
	hear(fd);
	observe_names(fd);
}

/* The parent keeps the socket, and what it sent is answered to whoever reads. */
void case_passed_kept(void)
{
	int ends[2];
	pid_t child = child_with(ends, hear_one);
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	exchange_connected(fd, "from the parent");
	observe_result("send", send(fd, "answered to the child", 21, 0));
	await_readable(fd);
	pass(ends[0], fd);
	await(child);
	exchange_connected(fd, "from the parent again");
	close(fd);
}

/* Hop limit and traffic class: what the peer was sent, and what the program is told. */
static void use_marked(int fd)
{
	char bytes[64];
	_Alignas(struct cmsghdr) char control[256];
	struct iovec piece = {bytes, sizeof bytes};
	struct msghdr message = {
	    .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	say(fd, &peer_6, "!marks");
	ssize_t got = recvmsg(fd, &message, 0);
	observe_datagram("recvmsg", got, bytes, NULL, 0);
	for (struct cmsghdr *one = CMSG_FIRSTHDR(&message); got >= 0 && one; one = CMSG_NXTHDR(&message, one))
		observe("  %d/%d %zu: %d", one->cmsg_level, one->cmsg_type, (size_t)one->cmsg_len,
			*(int *)(void *)CMSG_DATA(one));
}

void case_passed_marked(void)
{
	int ends[2], on = 1, class = 0x28;
	pid_t child = child_with(ends, use_marked);
	int fd = udp(AF_INET6, 0);
	observe_result("IPV6_RECVHOPLIMIT", setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on));
	observe_result("IPV6_RECVTCLASS", setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on));
	observe_result("IPV6_TCLASS", setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof class));
	pass(ends[0], fd);
	close(fd);
	await(child);
}

void case_passed_within(void)
{
	int ends[2];
	pair(ends);
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	exchange_connected(fd, "as it was made");
	pass(ends[0], fd);
	int copy = receive(ends[1]);
	exchange_connected(copy, "as it was received");
	exchange_connected(fd, "as it was made");
	pass(ends[0], fd);
	close(fd);
	close(copy);
	copy = receive(ends[1]);
	exchange_connected(copy, "the only one");
	close(copy);
}

void case_passed_program(void)
{
	int ends[2];
	if (fcntl(END, F_GETFD) >= 0) {
		use_connected(receive(END));
		return;
	}
	pair(ends);
	int fd = udp(AF_INET, SOCK_CLOEXEC);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	exchange_connected(fd, "first program");
	pid_t child = fork();
	if (child == 0) {
		char name[] = "passed_program";
		dup2(ends[1], END);
		again_arguments[1] = name;
		execv("/proc/self/exe", again_arguments);
		_exit(1);
	}
	pass(ends[0], fd);
	close(fd);
	await(child);
}

/* What is received has the number of a socket that was closed without anybody's knowing. */
void case_passed_stale(void)
{
	int ends[2], pipes[2];
	char bytes[8];
	pair(ends);
	observe_result("pipe", pipe(pipes));
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	exchange_connected(fd, "relayed");
	pass(ends[0], pipes[0]);
	inline_call(SYS_close, fd, 0, 0);
	int got = receive(ends[1]);
	observe("the same number: %d", got == fd);
	observe_result("write", write(pipes[1], "pipe", 4));
	observe_datagram("read", read(got, bytes, room(sizeof bytes)), bytes, NULL, 0);
	observe_result("send", send(got, "x", 1, 0));
}

/* Lengths that reach beyond the room that there is: nothing is passed, and nothing is looked at. */
void case_passed_wrong(void)
{
	static const size_t lengths[] = {
	    0, 1, sizeof(struct cmsghdr) - 1, CMSG_SPACE(sizeof(int)) + 1, SIZE_MAX / 2, SIZE_MAX};
	int ends[2];
	struct parcel parcel;
	pair(ends);
	int fd = udp(AF_INET, 0);
	exchange(fd, "before");
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		parcel_make(&parcel);
		parcel.control.align =
		    (struct cmsghdr){.cmsg_len = lengths[i], .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&parcel.control.align), &fd, sizeof fd);
		observe_result("sendmsg", sendmsg(ends[0], &parcel.message, 0));
	}
	exchange(fd, "after");
}

/* A filter of the program's own stays, and does what it did. */
void case_passed_filtered(void)
{
	int ends[2];
	struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)};
	struct sock_fprog program = {1, all};
	pair(ends);
	int fd = udp(AF_INET, 0);
	socklen_t size = 0;
	exchange(fd, "before");
	observe_result("SO_ATTACH_FILTER", setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
	pass(ends[0], fd);
	close(fd);
	fd = receive(ends[1]);
	observe_result("SO_GET_FILTER", getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &size));
	observe("steps: %u", size);
	exchange(fd, "after");
	fd = udp(AF_INET, 0);
	exchange(fd, "without one");
	pass(ends[0], fd);
	close(fd);
	fd = receive(ends[1]);
	size = 0;
	observe_result("SO_GET_FILTER", getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &size));
	observe("steps: %u", size);
}
