/* Hop limits and traffic classes of what an IPv6 socket hears and sends, by options and by control data. The peer tells
 * those that a datagram came with, and answers with the same. */
#include <errno.h>
#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/inline_call.h"
#include "tests/live/cases/observe.h"

enum { KEPT = 40, ROOM = 512 };

struct option {
	const char *name;
	int level;
	int number;
};

#define OPTION(level, number) ((const struct option){#number, level, number})

static const struct option told[] = {
    {"IPV6_RECVHOPLIMIT", IPPROTO_IPV6, IPV6_RECVHOPLIMIT},
    {"IPV6_RECVTCLASS", IPPROTO_IPV6, IPV6_RECVTCLASS},
    {"IPV6_2292HOPLIMIT", IPPROTO_IPV6, IPV6_2292HOPLIMIT},
    {"IP_RECVTTL", IPPROTO_IP, IP_RECVTTL},
    {"IP_RECVTOS", IPPROTO_IP, IP_RECVTOS},
};

enum { TOLD = sizeof told / sizeof *told };

static void set(int fd, struct option option, int value)
{
	char what[64];
	snprintf(what, sizeof what, "%s to %d", option.name, value);
	observe_result(what, setsockopt(fd, option.level, option.number, &value, sizeof value));
}

static void get(int fd, struct option option)
{
	int value = -99;
	socklen_t size = sizeof value;
	observe_result(option.name, getsockopt(fd, option.level, option.number, &value, &size));
	observe("  %d (%u)", value, size);
}

static int telling(int type)
{
	int fd = udp(AF_INET6, type);
	set(fd, OPTION(IPPROTO_IPV6, IPV6_RECVHOPLIMIT), 1);
	set(fd, OPTION(IPPROTO_IPV6, IPV6_RECVTCLASS), 1);
	return fd;
}

/* Addresses and times are another's matter. */
static void observe_control(struct msghdr *message)
{
	observe("  flags %#x, control %zu", (unsigned)message->msg_flags, (size_t)message->msg_controllen);
	for (struct cmsghdr *one = CMSG_FIRSTHDR(message); one; one = CMSG_NXTHDR(message, one)) {
		int value = 0;
		size_t size = one->cmsg_len - CMSG_LEN(0);
		if (size <= sizeof value && one->cmsg_level != SOL_SOCKET)
			memcpy(&value, CMSG_DATA(one), size);
		observe("  %d/%d %zu: %d", one->cmsg_level, one->cmsg_type, (size_t)one->cmsg_len, value);
	}
}

static void hear_with(int fd, size_t control_size, int flags)
{
	char bytes[2048];
	_Alignas(struct cmsghdr) char control[ROOM];
	struct sockaddr_storage from;
	struct iovec piece = {bytes, sizeof bytes};
	memset(control, 0x5a, sizeof control);
	struct msghdr message = {.msg_name = &from,
				 .msg_namelen = sizeof from,
				 .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = control_size ? control : NULL,
				 .msg_controllen = control_size};
	ssize_t got = recvmsg(fd, &message, flags);
	observe_datagram("recvmsg", got, bytes, &from, message.msg_namelen);
	if (got >= 0)
		observe_control(&message);
}

static void exchange(int fd, const struct peer *peer)
{
	say(fd, peer, "!marks");
	hear_with(fd, ROOM, 0);
}

static void exchange_both(int fd)
{
	exchange(fd, &peer_6);
	exchange(fd, &peer_mapped);
	exchange(fd, &peer_6);
}

void case_marks_told(void)
{
	int fd = udp(AF_INET6, 0);
	exchange_both(fd);
	for (int i = 0; i < TOLD; i++) {
		set(fd, told[i], 1);
		exchange_both(fd);
	}
	set(fd, OPTION(IPPROTO_IPV6, IPV6_RECVPKTINFO), 1);
	exchange_both(fd);
	for (int i = 0; i < TOLD; i++) {
		set(fd, told[i], 0);
		exchange_both(fd);
		for (int j = 0; j < TOLD; j++)
			get(fd, told[j]);
	}
	close(fd);
}

/* Every room that ends within one of the messages, or between two. */
void case_marks_rooms(void)
{
	int fd = telling(0), on = 1;
	observe_result("SO_TIMESTAMP_NEW",
		       setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP_NEW, &on, sizeof on)); /* 64 bits on all */
	for (size_t size = 0; size < 100; size += size % 8 == 4 ? 3 : 1) {
		say(fd, &peer_6, "hello");
		hear_with(fd, size, size % 2 ? MSG_TRUNC : 0);
	}
	set(fd, OPTION(IPPROTO_IP, IP_RECVTTL), 1);
	set(fd, OPTION(IPPROTO_IP, IP_RECVTOS), 1);
	set(fd, OPTION(IPPROTO_IP, IP_PKTINFO), 1);
	for (size_t size = 0; size < 130; size += 13) {
		say(fd, &peer_6, "hello");
		hear_with(fd, size, 0);
	}
	close(fd);
}

/* Connected, looked at first, by a peek that goes on, and of no size. */
void case_marks_peeked(void)
{
	int fd = telling(0);
	observe_result("connect", connect(fd, &peer_6.any, peer_6.size));
	for (int i = 0; i < 3; i++) {
		observe_result("send", send(fd, "!marks", 6, 0));
		await_readable(fd);
		hear_with(fd, ROOM, MSG_PEEK);
		hear_with(fd, 20, MSG_PEEK);
		set(fd, OPTION(SOL_SOCKET, SO_PEEK_OFF), 5);
		hear_with(fd, ROOM, MSG_PEEK);
		set(fd, OPTION(SOL_SOCKET, SO_PEEK_OFF), -1);
		hear_with(fd, ROOM, 0);
	}
	hear_with(fd, ROOM, MSG_DONTWAIT);
	observe_result("send", send(fd, "", 0, 0));
	hear_with(fd, ROOM, 0);
	close(fd);
}

void case_marks_joined(void)
{
	int fd = telling(0);
	set(fd, OPTION(SOL_UDP, UDP_GRO), 1);
	observe_result("connect", connect(fd, &peer_6.any, peer_6.size));
	for (size_t size = 20; size < 100; size += 13) {
		observe_result("send", send(fd, "!segments 3 50 5", 16, 0));
		hear_with(fd, size, 0);
	}
	observe_result("send", send(fd, "!marks", 6, 0));
	hear_with(fd, ROOM, 0);
	close(fd);
}

enum { MANY = 6 };

static void hear_many(int fd, size_t control_size, int flags)
{
	static char bytes[MANY][64];
	static _Alignas(struct cmsghdr) char control[MANY][ROOM];
	struct sockaddr_storage names[MANY];
	struct iovec pieces[MANY];
	struct mmsghdr messages[MANY] = {0};
	for (int i = 0; i < MANY; i++) {
		pieces[i] = (struct iovec){bytes[i], sizeof bytes[i]};
		messages[i].msg_hdr = (struct msghdr){.msg_name = &names[i],
						      .msg_namelen = sizeof names[i],
						      .msg_iov = &pieces[i],
						      .msg_iovlen = 1,
						      .msg_control = control_size ? control[i] : NULL,
						      .msg_controllen = control_size};
	}
	int got = (int)observe_result("recvmmsg", recvmmsg(fd, messages, MANY, flags, NULL));
	for (int i = 0; i < got; i++) {
		observe_datagram("  each", messages[i].msg_len, bytes[i], &names[i], messages[i].msg_hdr.msg_namelen);
		observe_control(&messages[i].msg_hdr);
	}
}

/* Several in one call, from either peer; and one that is dropped before others that are not. */
void case_marks_together(void)
{
	static const size_t rooms[] = {ROOM, 48, 47, 24, 20, 10, 0};
	int fd = telling(0);
	exchange_both(fd);
	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
		say(fd, &peer_6, "!repeat 2 of the sixth");
		settle(&peer_6);
		say(fd, &peer_mapped, "!repeat 2 mapped");
		settle(&peer_a);
		say(fd, &peer_6, "!marks");
		settle(&peer_6);
		hear_many(fd, rooms[i], MSG_DONTWAIT);
	}
	observe_result("connect", connect(fd, &peer_6.any, peer_6.size));
	for (int i = 0; i < 3; i++) {
		observe_result("send", send(fd, "!other not heard", 16, 0));
		settle(&peer_6);
		observe_result("send", send(fd, "!repeat 2 heard", 15, 0));
		settle(&peer_6);
		observe_result("send", send(fd, "!marks", 6, 0));
		settle(&peer_6);
		hear_many(fd, i ? ROOM : 30, MSG_DONTWAIT);
	}
	close(fd);
}

/* By options: those of the destination's family count. */
static void send_by_options(int type, const struct peer *to)
{
	int fd = telling(type);
	if (to)
		observe_result("connect", connect(fd, &to->any, to->size));
	for (int i = 0; i < 4; i++) {
		if (i != 1)
			set(fd, OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS), 31 + i);
		if (i != 2)
			set(fd, OPTION(IPPROTO_IPV6, IPV6_TCLASS), 0x20 + i);
		if (i == 3) {
			set(fd, OPTION(IPPROTO_IP, IP_TTL), 77);
			set(fd, OPTION(IPPROTO_IP, IP_TOS), 0x11);
		}
		for (int j = 0; j < 2; j++) {
			const struct peer *next = to ? to : j ? &peer_mapped : &peer_6;
			say(fd, next, "!marks");
			await_readable(fd);
			hear_with(fd, ROOM, 0);
		}
		get(fd, OPTION(IPPROTO_IP, IP_TTL));
		get(fd, OPTION(IPPROTO_IP, IP_TOS));
	}
	close(fd);
}

void case_marks_options(void)
{
	send_by_options(0, NULL);
	send_by_options(SOCK_NONBLOCK, NULL);
	send_by_options(0, &peer_6);
	send_by_options(SOCK_NONBLOCK, &peer_6);
	send_by_options(0, &peer_mapped);
}

struct letter {
	struct iovec piece;
	_Alignas(struct cmsghdr) char control[128];
	struct msghdr message;
};

static void write_letter(struct letter *letter, const struct peer *to)
{
	static char text[] = "!marks";
	letter->piece = (struct iovec){text, 6};
	letter->message = (struct msghdr){.msg_iov = &letter->piece, .msg_iovlen = 1, .msg_control = letter->control};
	if (!to)
		return;
	letter->message.msg_name = (void *)(uintptr_t)&to->any;
	letter->message.msg_namelen = to->size;
}

static void add(struct letter *letter, int level, int type, int value, size_t size)
{
	struct cmsghdr *one = (void *)(letter->control + letter->message.msg_controllen);
	*one = (struct cmsghdr){.cmsg_len = CMSG_LEN(size), .cmsg_level = level, .cmsg_type = type};
	memcpy(CMSG_DATA(one), &value, sizeof value);
	letter->message.msg_controllen += CMSG_SPACE(size);
}

static void post(int fd, const struct letter *letter)
{
	if (observe_result("sendmsg", sendmsg(fd, &letter->message, 0)) >= 0)
		hear_with(fd, ROOM, 0);
}

static void post_one(int fd, const struct peer *to, int level, int type, int value, size_t size)
{
	struct letter letter;
	observe("%d/%d %zu: %d", level, type, size, value);
	write_letter(&letter, to);
	add(&letter, level, type, value, size);
	post(fd, &letter);
}

static void post_each(int fd, const struct peer *to)
{
	static const int values[] = {-2, 0, 1, 2, 33, 255, 256};
	static const int six[] = {IPV6_HOPLIMIT, IPV6_2292HOPLIMIT, IPV6_TCLASS};
	static const int four[] = {IP_TTL, IP_TOS};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		for (size_t j = 0; j < 3; j++)
			if (values[i] > 0 || six[j] == IPV6_TCLASS) /* no relay is sent a hop limit of 0 by IPv4 */
				post_one(fd, to, IPPROTO_IPV6, six[j], values[i], sizeof(int));
		for (size_t j = 0; j < 2; j++)
			post_one(fd, to, IPPROTO_IP, four[j], values[i], sizeof(int));
	}
	post_one(fd, to, IPPROTO_IPV6, IPV6_HOPLIMIT, -1, sizeof(int));
	post_one(fd, to, IPPROTO_IPV6, IPV6_HOPLIMIT, 5, 1);
	post_one(fd, to, IPPROTO_IPV6, IPV6_TCLASS, 5, 1);
	post_one(fd, to, IPPROTO_IP, IP_TOS, 5, 1);
	post_one(fd, to, IPPROTO_IP, IP_TTL, 5, 1);
}

void case_marks_control(void)
{
	struct letter letter;
	int fd = telling(0);
	set(fd, OPTION(IPPROTO_IP, IP_RECVTTL), 1);
	set(fd, OPTION(IPPROTO_IP, IP_RECVTOS), 1);
	post_each(fd, &peer_6);
	post_each(fd, &peer_mapped);
	write_letter(&letter, &peer_6);
	add(&letter, IPPROTO_IPV6, IPV6_TCLASS, 0x2e, sizeof(int));
	add(&letter, IPPROTO_IPV6, IPV6_HOPLIMIT, 9, sizeof(int));
	add(&letter, IPPROTO_IP, IP_TOS, 0x10, sizeof(int));
	add(&letter, IPPROTO_IP, IP_TTL, 8, sizeof(int));
	post(fd, &letter);
	letter.message.msg_name = (void *)(uintptr_t)&peer_mapped.any;
	letter.message.msg_namelen = peer_mapped.size;
	post(fd, &letter);
	set(fd, OPTION(IPPROTO_IPV6, IPV6_TCLASS), 0x44);
	set(fd, OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS), 44);
	post(fd, &letter);
	post_one(fd, &peer_6, IPPROTO_IPV6, IPV6_TCLASS, 3, sizeof(int));
	post_one(fd, &peer_6, IPPROTO_IPV6, IPV6_HOPLIMIT, -1, sizeof(int));
	observe_result("connect", connect(fd, &peer_6.any, peer_6.size));
	post_one(fd, NULL, IPPROTO_IPV6, IPV6_TCLASS, 3, sizeof(int));
	post_one(fd, NULL, IPPROTO_IPV6, IPV6_HOPLIMIT, 3, sizeof(int));
	close(fd);
}

/* That of two peers' answers is not promised. */
static void hear_in_order(int fd)
{
	char text[2][256] = {"", ""};
	for (int i = 0; i < MANY; i++) {
		char bytes[64];
		struct sockaddr_storage from;
		socklen_t size = sizeof from;
		ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &size);
		bool mapped = strcmp(address_name(&from, size), peer_6.name) != 0;
		size_t used = strlen(text[mapped]);
		snprintf(text[mapped] + used, sizeof text[mapped] - used, " %.*s;", (int)got, bytes);
	}
	observe("6:%s mapped:%s", text[0], text[1]);
}

static void send_many(int fd, bool marked)
{
	struct letter letters[MANY];
	struct mmsghdr messages[MANY];
	for (int i = 0; i < MANY; i++) {
		write_letter(&letters[i], i < MANY / 2 ? &peer_6 : &peer_mapped);
		if (marked)
			add(&letters[i], IPPROTO_IPV6, IPV6_TCLASS, 2, sizeof(int));
		messages[i] = (struct mmsghdr){.msg_hdr = letters[i].message};
	}
	observe_result("sendmmsg", sendmmsg(fd, messages, MANY, 0));
	hear_in_order(fd);
}

/* Many at once, as parts, and in segments. */
void case_marks_many(void)
{
	char bytes[250];
	int fd = telling(0);
	send_many(fd, false);
	send_many(fd, true);
	set(fd, OPTION(IPPROTO_IPV6, IPV6_TCLASS), 1);
	send_many(fd, false);
	send_many(fd, true);
	observe_result("connect", connect(fd, &peer_6.any, peer_6.size));
	observe_result("send MORE", send(fd, "!ma", 3, MSG_MORE));
	observe_result("send", send(fd, "rks", 3, 0));
	hear_with(fd, ROOM, 0);
	memset(bytes, 'x', sizeof bytes);
	memcpy(bytes, "!marks", 6);
	memcpy(bytes + 100, "!marks", 6);
	set(fd, OPTION(SOL_UDP, UDP_SEGMENT), 100);
	observe_result("send", send(fd, bytes, 200, 0));
	hear_with(fd, ROOM, 0);
	hear_with(fd, ROOM, 0);
	close(fd);
}

/* What is executed. */
static void met(void)
{
	for (int i = 0; i < TOLD; i++)
		get(KEPT, told[i]);
	exchange_both(KEPT);
	set(KEPT, OPTION(IPPROTO_IPV6, IPV6_RECVHOPLIMIT), 0);
	exchange_both(KEPT);
}

static void hand_down(int fd)
{
	int status = -1;
	pid_t child = fork();
	if (child == 0) {
		dup2(fd, KEPT);
		execv("/proc/self/exe", again_arguments);
		_exit(1);
	}
	waitpid(child, &status, 0);
	observe("child: %#x", (unsigned)status);
}

/* In a copy, in a child, and in what that executes. */
void case_marks_kept(void)
{
	if (fcntl(KEPT, F_GETFD) >= 0) {
		met();
		return;
	}
	int fd = telling(0);
	hand_down(fd);
	set(fd, OPTION(IPPROTO_IPV6, IPV6_RECVHOPLIMIT), 1);
	set(fd, OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS), 30);
	exchange_both(fd);
	int copy = dup(fd);
	exchange_both(copy);
	hand_down(copy);
	exchange_both(fd);
	close(copy);
	close(fd);
}

/* By a copy that no library has seen, once all others are closed. */
void case_marks_unseen(void)
{
	int fd = telling(0);
	set(fd, OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS), 30);
	int copy = (int)inline_call(SYS_dup, fd, 0, 0);
	close(fd);
	exchange(copy, &peer_6);
	get(copy, told[0]);
	set(copy, told[0], 0);
	exchange(copy, &peer_6);
	close(copy);
}

/* The error queue tells none of a time of departure. */
void case_marks_departed(void)
{
	int fd = telling(0);
	set(fd, OPTION(SOL_SOCKET, SO_TIMESTAMPING_NEW),
	    SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY);
	hear_with(fd, ROOM, MSG_ERRQUEUE);
	for (int i = 0; i < 3; i++) {
		say(fd, &peer_6, "!marks");
		/* Without what the kernel tells of it: the time too, once any program of the machine wants its own. */
		hear_with(fd, 0, 0);
		hear_with(fd, ROOM, MSG_ERRQUEUE);
	}
	close(fd);
}

static int server(unsigned *port)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6};
	socklen_t size = sizeof name;
	int probe = udp(AF_INET6, 0), fd = telling(0);
	observe_result("bind", bind(probe, (struct sockaddr *)&name, sizeof name));
	getsockname(probe, (struct sockaddr *)&name, &size);
	close(probe);
	observe_result("bind to a port", bind(fd, (struct sockaddr *)&name, sizeof name));
	*port = ntohs(name.sin6_port);
	return fd;
}

static void be_called(int fd, const struct peer *by, const char *host, unsigned port)
{
	char wish[64];
	int length = snprintf(wish, sizeof wish, "!call %s %u", host, port);
	int caller = udp(by->any.sa_family, 0);
	sendto(caller, wish, (size_t)length, 0, &by->any, by->size);
	hear_with(fd, ROOM, 0);
	close(caller);
}

/* What comes directly, from either family, beside what it is answered. */
void case_marks_server(void)
{
	unsigned port;
	int fd = server(&port);
	for (int i = 0; i < 3; i++) {
		be_called(fd, &peer_a, "127.0.0.1", port);
		be_called(fd, &peer_6, "::1", port);
		exchange_both(fd);
		set(fd, told[i ? 0 : 3], i ? 0 : 1);
	}
	close(fd);
}
