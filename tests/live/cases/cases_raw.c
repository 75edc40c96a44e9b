/* syscall(2), by which libuv and others send, receive and close. */
#include <fcntl.h>
#include <linux/net.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static int raw_udp(void)
{
	return (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
}

static void raw_hear(int fd)
{
	char bytes[64];
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	ssize_t got = syscall(SYS_recvfrom, fd, bytes, sizeof bytes, 0, &from, &size);
	observe_datagram("SYS_recvfrom", got, bytes, &from, size);
}

void case_raw_sendto(void)
{
	int fd = raw_udp();
	observe_result("SYS_sendto", syscall(SYS_sendto, fd, "hello", 5, 0, &peer_a.any, peer_a.size));
	raw_hear(fd);
	say(fd, &peer_a, "mixed");
	raw_hear(fd);
	observe_result("SYS_sendto", syscall(SYS_sendto, fd, "mixed", 5, 0, &peer_a.any, peer_a.size));
	hear(fd);
	observe_result("SYS_close", syscall(SYS_close, fd));
	observe_result("SYS_close", syscall(SYS_close, fd));
}

void case_raw_connected(void)
{
	int fd = raw_udp();
	char bytes[64];
	observe_result("SYS_connect", syscall(SYS_connect, fd, &peer_a.any, peer_a.size));
	observe_names(fd);
	observe_result("SYS_write", syscall(SYS_write, fd, "hello", 5));
	observe_datagram("SYS_read", syscall(SYS_read, fd, bytes, sizeof bytes), bytes, NULL, 0);
	struct iovec vector = {(char[]){"vector"}, 6};
	observe_result("SYS_writev", syscall(SYS_writev, fd, &vector, 1));
	vector = (struct iovec){bytes, sizeof bytes};
	observe_datagram("SYS_readv", syscall(SYS_readv, fd, &vector, 1), bytes, NULL, 0);
	struct sockaddr_storage name;
	socklen_t size = sizeof name;
	observe_result("SYS_getpeername", syscall(SYS_getpeername, fd, &name, &size));
	observe("  %s", address_name(&name, size));
	long copy = syscall(SYS_dup, fd);
	observe_result("SYS_close", syscall(SYS_close, fd));
	observe_result("send by the copy", send((int)copy, "copy", 4, 0));
	hear((int)copy);
	close((int)copy);
}

void case_raw_messages(void)
{
	int fd = raw_udp();
	char bytes[2][16] = {{0}};
	struct sockaddr_storage from;
	struct iovec vectors[] = {{(char[]){"one"}, 3}, {(char[]){"second"}, 6}};
	struct mmsghdr messages[2] = {
	    {{.msg_name = &peer_a.any, .msg_namelen = peer_a.size, .msg_iov = &vectors[0], .msg_iovlen = 1}, 0},
	    {{.msg_name = &peer_a.any, .msg_namelen = peer_a.size, .msg_iov = &vectors[1], .msg_iovlen = 1}, 0},
	};
	observe_result("SYS_sendmmsg", syscall(SYS_sendmmsg, fd, messages, 2, 0));
	observe("  sent %u, %u", messages[0].msg_len, messages[1].msg_len);
	vectors[0] = (struct iovec){bytes[0], 16};
	vectors[1] = (struct iovec){bytes[1], 16};
	messages[0].msg_hdr.msg_name = messages[1].msg_hdr.msg_name = NULL;
	observe_result("SYS_recvmmsg", syscall(SYS_recvmmsg, fd, messages, 2, 0, NULL));
	observe("  %s %s", bytes[0], bytes[1]);
	struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = vectors, .msg_iovlen = 1};
	say(fd, &peer_a, "third");
	observe_result("SYS_recvmsg", syscall(SYS_recvmsg, fd, &message, 0));
	observe("  %.5s from %s", bytes[0], address_name(&from, message.msg_namelen));
	message.msg_namelen = peer_a.size;
	vectors[0].iov_len = 5;
	observe_result("SYS_sendmsg", syscall(SYS_sendmsg, fd, &message, 0));
	hear(fd);
	observe_result("SYS_sendmmsg of none", syscall(SYS_sendmmsg, fd, NULL, 0, 0));
	close(fd);
}

/* Some machines have one number for all calls on sockets, and the arguments in memory. */
#if defined(SYS_socketcall)
#define SOCKET_CALL(name, NAME, ...) syscall(SYS_socketcall, SYS_##NAME, (long[]){__VA_ARGS__})
#else
#define SOCKET_CALL(name, NAME, ...) syscall(SYS_##name, __VA_ARGS__)
#endif

void case_raw_multiplexed(void)
{
	char bytes[64];
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	int fd = (int)SOCKET_CALL(socket, SOCKET, AF_INET, SOCK_DGRAM, 0L);
	long sent = SOCKET_CALL(sendto, SENDTO, fd, (long)"hello", 5L, 0L, (long)&peer_a.any, (long)peer_a.size);
	observe_result("SENDTO", sent);
	long got = SOCKET_CALL(recvfrom, RECVFROM, fd, (long)bytes, (long)sizeof bytes, 0L, (long)&from, (long)&size);
	observe_datagram("RECVFROM", got, bytes, &from, size);
	observe_result("CONNECT", SOCKET_CALL(connect, CONNECT, fd, (long)&peer_b.any, (long)peer_b.size));
	observe_names(fd);
	observe_result("SEND", SOCKET_CALL(sendto, SEND, fd, (long)"peer", 4L, 0L, 0L, 0L));
	got = SOCKET_CALL(recvfrom, RECV, fd, (long)bytes, (long)sizeof bytes, 0L, 0L, 0L);
	observe_datagram("RECV", got, bytes, NULL, 0);
	struct iovec vector = {(char[]){"message"}, 7};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	observe_result("SENDMSG", SOCKET_CALL(sendmsg, SENDMSG, fd, (long)&message, 0L));
	hear(fd);
	observe_result("no socket", SOCKET_CALL(sendto, SEND, -1L, (long)"peer", 4L, 0L, 0L, 0L));
	observe_result("no buffer", SOCKET_CALL(sendto, SEND, fd, 8L, 4L, 0L, 0L, 0L));
	close(fd);
}

/* Newer machines lack the older calls. */
#if defined(SYS_dup2)
#define COPY_TO(fd, copy) syscall(SYS_dup2, fd, copy)
#define AWAIT(awaited)    syscall(SYS_poll, awaited, 1, -1)
#else
#define COPY_TO(fd, copy) syscall(SYS_dup3, fd, copy, 0)
#define AWAIT(awaited)    syscall(SYS_ppoll, awaited, 1, NULL, NULL, 0)
#endif

void case_raw_others(void)
{
	int fd = raw_udp();
	observe_result("SYS_getpid", syscall(SYS_getpid) == getpid());
	observe_result("SYS_dup2", COPY_TO(fd, 40));
	observe_result("SYS_sendto", syscall(SYS_sendto, 40, "hello", 5, 0, &peer_a.any, peer_a.size));
	struct pollfd awaited = {.fd = fd, .events = POLLIN};
	observe_result("SYS_poll", AWAIT(&awaited));
	raw_hear(fd);
	observe_result("SYS_fcntl", syscall(SYS_fcntl, fd, F_DUPFD, 45));
	close(fd);
	close(40);
	say(45, &peer_b, "by the last copy");
	hear(45);
	observe_result("SYS_bogus", syscall(100000));
	close(45);
}
