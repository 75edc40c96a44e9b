/* Wrong calls: each fails, or works, as the kernel has it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

#define PAGE 4096

/* Pointers that the compiler must not know anything about. */
static void *volatile nowhere = NULL;
static void *volatile low = (void *)1;

static void *page(int protection)
{
	return mmap(NULL, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void send_from(int fd, const char *what, const void *bytes, size_t size)
{
	char text[64];
	snprintf(text, sizeof text, "sendto from %s", what);
	observe_result(text, sendto(fd, bytes, size, 0, &peer_a.any, peer_a.size));
	snprintf(text, sizeof text, "write from %s", what);
	observe_result(text, write(fd, bytes, size));
}

void case_wrong_payload(void)
{
	int fd = udp(AF_INET, 0);
	char *closed = page(PROT_NONE);
	char *two = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(two + PAGE, PAGE, PROT_NONE);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	send_from(fd, "NULL", nowhere, 5);
	send_from(fd, "1", low, 5);
	send_from(fd, "a closed page", closed, 5);
	send_from(fd, "across the end", two + PAGE - 2, 5);
	send_from(fd, "a kernel address", (void *)(uintptr_t)0xffff800000000000, 5);
	observe_result("the last octets", send(fd, two + PAGE - 2, 2, 0));
	hear(fd);
	observe_result("send too much of NULL", send(fd, nowhere, 100000, 0));
	observe_result("send SIZE_MAX", send(fd, two, room(SIZE_MAX), 0));
	close(fd);
}

void case_wrong_payload_unconnected(void)
{
	int fd = udp(AF_INET, 0);
	observe_result("sendto NULL", sendto(fd, nowhere, 5, 0, &peer_a.any, peer_a.size));
	observe_result("sendto 1", sendto(fd, low, 5, 0, &peer_a.any, peer_a.size));
	say(fd, &peer_a, "works");
	hear(fd);
	observe_result("sendto 1", sendto(fd, low, 5, 0, &peer_a.any, peer_a.size));
	observe_result("sendto 1, nothing of it", sendto(fd, low, 0, 0, &peer_a.any, peer_a.size));
	hear(fd);
	close(fd);
}

static void send_to(int fd, const char *what, const void *name, socklen_t size)
{
	char text[64];
	snprintf(text, sizeof text, "sendto %s", what);
	if (observe_result(text, sendto(fd, "hello", 5, 0, name, size)) >= 0)
		hear(fd);
}

static void send_to_wrong_names(int fd)
{
	struct sockaddr_storage name = peer_a.storage;
	send_to(fd, "NULL", nowhere, peer_a.size);
	send_to(fd, "1", low, peer_a.size);
	send_to(fd, "size 0", &name, 0);
	send_to(fd, "size 1", &name, 1);
	send_to(fd, "size 15", &name, 15);
	send_to(fd, "size 128", &name, sizeof name);
	send_to(fd, "size 129", &name, sizeof name + 1);
	send_to(fd, "size -1", &name, (socklen_t)-1);
	send_to(fd, "size INT_MAX", &name, INT_MAX);
	send_to(fd, "size INT_MIN", &name, (socklen_t)INT_MIN);
	name.ss_family = AF_UNSPEC;
	send_to(fd, "AF_UNSPEC", &name, peer_a.size);
	name.ss_family = AF_UNIX;
	send_to(fd, "AF_UNIX", &name, peer_a.size);
	name.ss_family = 12345;
	send_to(fd, "family 12345", &name, peer_a.size);
	send_to(fd, "IPv6", &peer_6.any, peer_6.size);
	struct sockaddr_in nil = peer_a.v4;
	nil.sin_port = 0;
	send_to(fd, "port 0", &nil, sizeof nil);
	close(fd);
}

void case_wrong_name(void)
{
	send_to_wrong_names(udp(AF_INET, 0));
}

void case_wrong_name_later(void)
{
	int fd = udp(AF_INET, 0);
	say(fd, &peer_a, "first");
	hear(fd);
	send_to_wrong_names(fd);
}

void case_wrong_name_connected(void)
{
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	send_to_wrong_names(fd);
}

void case_wrong_name_v6(void)
{
	struct sockaddr_storage name = peer_6.storage;
	int fd = udp(AF_INET6, 0);
	send_to(fd, "IPv4", &peer_a.any, peer_a.size);
	send_to(fd, "size 23", &name, 23);
	send_to(fd, "size 24", &name, 24); /* SIN6_LEN_RFC2133: all but the scope */
	send_to(fd, "size 27", &name, 27);
	name.ss_family = AF_UNSPEC;
	send_to(fd, "AF_UNSPEC", &name, peer_6.size);
	name.ss_family = AF_UNIX;
	send_to(fd, "AF_UNIX", &name, peer_6.size);
	observe_result("connect short", connect(fd, &peer_6.any, 23));
	observe_result("connect IPv4", connect(fd, &peer_a.any, peer_a.size));
	observe_names(fd);
	close(fd);
}

static void connect_to(int fd, const char *what, const void *name, socklen_t size)
{
	char text[64];
	snprintf(text, sizeof text, "connect %s", what);
	observe_result(text, connect(fd, name, size));
}

void case_wrong_connect(void)
{
	struct sockaddr_storage name = peer_a.storage;
	int fd = udp(AF_INET, 0);
	connect_to(fd, "NULL", nowhere, peer_a.size);
	connect_to(fd, "1", low, peer_a.size);
	connect_to(fd, "size 0", &name, 0);
	connect_to(fd, "size 1", &name, 1);
	connect_to(fd, "size 15", &name, 15);
	connect_to(fd, "size -1", &name, (socklen_t)-1);
	connect_to(fd, "size 129", &name, 129);
	connect_to(fd, "IPv6", &peer_6.any, peer_6.size);
	name.ss_family = AF_UNIX;
	connect_to(fd, "AF_UNIX", &name, peer_a.size);
	observe_names(fd);
	struct sockaddr_in nil = peer_a.v4;
	nil.sin_port = 0;
	connect_to(fd, "port 0", &nil, sizeof nil);
	observe_names(fd);
	connect_to(fd, "size 128", &peer_a.storage, 128);
	observe_names(fd);
	connect_to(fd, "bad after good", nowhere, peer_a.size);
	observe_result("send", send(fd, "hello", 5, 0));
	hear(fd);
	close(fd);
}

void case_wrong_descriptor(void)
{
	char bytes[8];
	int pipes[2], file = open("/dev/null", O_RDWR);
	observe_result("pipe", pipe(pipes));
	const int wrong[] = {-1, 9999, INT_MAX, INT_MIN, file, pipes[1]};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct msghdr message = {0};
		observe("descriptor %zu", i);
		observe_result("sendto", sendto(wrong[i], "x", 1, 0, &peer_a.any, peer_a.size));
		observe_result("send", send(wrong[i], "x", 1, 0));
		observe_result("recv", recv(wrong[i], bytes, room(sizeof bytes), 0));
		observe_result("sendmsg", sendmsg(wrong[i], &message, 0));
		observe_result("sendmmsg", sendmmsg(wrong[i], NULL, 0, 0));
		observe_result("connect", connect(wrong[i], &peer_a.any, peer_a.size));
		observe_names(wrong[i]);
		observe_result("shutdown", shutdown(wrong[i], SHUT_RD));
	}
	observe_result("close", close(-1));
	observe_result("dup", dup(-1));
}

void case_unnamed(void)
{
	int fd = udp(AF_INET, 0);
	struct msghdr message = {.msg_iov = &(struct iovec){(char[]){"x"}, 1}, .msg_iovlen = 1};
	observe_result("send", send(fd, "x", 1, 0));
	observe_result("write", write(fd, "x", 1));
	observe_result("sendmsg", sendmsg(fd, &message, 0));
	observe_result("sendto", sendto(fd, "x", 1, 0, NULL, 0));
	say(fd, &peer_a, "named");
	hear(fd);
	observe_result("send", send(fd, "x", 1, 0));
	observe_result("write", write(fd, "x", 1));
	observe_result("sendmsg", sendmsg(fd, &message, 0));
	close(fd);
}

static void send_message(int fd, const char *what, struct msghdr message)
{
	char text[64];
	snprintf(text, sizeof text, "sendmsg %s", what);
	if (observe_result(text, sendmsg(fd, &message, 0)) >= 0)
		hear(fd);
}

static void send_wrong_messages(int fd)
{
	static struct iovec many[IOV_MAX + 1];
	struct iovec one = {(char[]){"hello"}, 5}, endless = {(char[]){"hello"}, room(SIZE_MAX)};
	struct iovec twice[] = {{(char[]){"x"}, room(SSIZE_MAX)}, {(char[]){"x"}, room(SSIZE_MAX)}};
	struct msghdr good = {.msg_name = &peer_a.any, .msg_namelen = peer_a.size, .msg_iov = &one, .msg_iovlen = 1};
	struct msghdr message = good;
	observe_result("sendmsg NULL", sendmsg(fd, nowhere, 0));
	observe_result("sendmsg 1", sendmsg(fd, low, 0));
	message.msg_iov = nowhere;
	send_message(fd, "of no vectors", message);
	message.msg_iov = many;
	message.msg_iovlen = IOV_MAX;
	send_message(fd, "of IOV_MAX", message);
	message.msg_iovlen = IOV_MAX + 1;
	send_message(fd, "of one more", message);
	message.msg_iov = &endless;
	message.msg_iovlen = 1;
	send_message(fd, "of SIZE_MAX", message);
	message.msg_iov = twice;
	message.msg_iovlen = 2;
	send_message(fd, "of twice SSIZE_MAX", message);
	message = good;
	message.msg_namelen = (socklen_t)-1;
	send_message(fd, "name of -1", message);
	message.msg_namelen = 1000;
	send_message(fd, "name of 1000", message);
	message.msg_namelen = 8;
	send_message(fd, "name of 8", message);
	message.msg_name = low;
	message.msg_namelen = peer_a.size;
	send_message(fd, "name at 1", message);
	message = good;
	message.msg_control = low;
	message.msg_controllen = 64;
	send_message(fd, "control at 1", message);
	message.msg_controllen = (__typeof__(message.msg_controllen))-1;
	send_message(fd, "control of SIZE_MAX", message);
	message.msg_control = NULL;
	message.msg_controllen = 0;
	send_message(fd, "at last a good one", message);
	observe_result("sendmsg OOB", sendmsg(fd, &good, MSG_OOB));
	observe_result("sendto OOB", sendto(fd, "x", 1, MSG_OOB, &peer_a.any, peer_a.size));
}

void case_wrong_message(void)
{
	int fd = udp(AF_INET, 0);
	send_wrong_messages(fd);
	close(fd);
}

static void receive_into(int fd, const char *what, void *bytes, size_t size)
{
	char text[64];
	say(fd, &peer_a, "hello");
	await_readable(fd);
	snprintf(text, sizeof text, "recv into %s", what);
	observe_result(text, recv(fd, bytes, size, 0));
	observe_result("  and then", recv(fd, (char[8]){0}, 8, MSG_DONTWAIT));
}

void case_wrong_buffer(void)
{
	int fd = udp(AF_INET, 0);
	char *two = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(two + PAGE, PAGE, PROT_NONE);
	receive_into(fd, "NULL", nowhere, 64);
	receive_into(fd, "1", low, 64);
	receive_into(fd, "a closed page", page(PROT_NONE), 64);
	receive_into(fd, "a read-only page", page(PROT_READ), 64);
	receive_into(fd, "what ends after 2", two + PAGE - 2, 64);
	receive_into(fd, "what ends after 5", two + PAGE - 5, 64);
	receive_into(fd, "NULL, nothing", nowhere, 0);
	observe_result("recvmsg NULL", recvmsg(fd, nowhere, MSG_DONTWAIT));
	struct msghdr message = {.msg_iov = nowhere, .msg_iovlen = 1};
	say(fd, &peer_a, "hello");
	await_readable(fd);
	observe_result("recvmsg no vectors", recvmsg(fd, &message, 0));
	message.msg_iovlen = IOV_MAX + 1;
	observe_result("recvmsg too many", recvmsg(fd, &message, 0));
	hear(fd);
	observe_result("recv OOB", recv(fd, two, 8, MSG_OOB | MSG_DONTWAIT));
	close(fd);
}

static void receive_name(int fd, const char *what, void *name, void *size)
{
	char text[64], bytes[64];
	say(fd, &peer_a, "hello");
	await_readable(fd);
	snprintf(text, sizeof text, "recvfrom, %s", what);
	ssize_t got = recvfrom(fd, bytes, room(sizeof bytes), 0, name, size);
	observe_result(text, got);
	observe_result("  and then", recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
}

void case_wrong_source(void)
{
	int fd = udp(AF_INET, 0);
	struct sockaddr_storage name;
	const int sizes[] = {0, 1, 2, 4, 8, 15, 16, 17, 128, -1, INT_MAX, INT_MIN};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char what[32];
		socklen_t size = (socklen_t)sizes[i];
		memset(&name, 0xee, sizeof name);
		snprintf(what, sizeof what, "size %d", sizes[i]);
		receive_name(fd, what, &name, &size);
		const unsigned char *bytes = (void *)&name;
		size_t used = sizeof name;
		while (used && bytes[used - 1] == 0xee)
			used--;
		/* a port may end in ee: what counts is that nothing was written past the room given */
		observe("  size now %d, %s", (int)size,
			sizes[i] >= 0 && used > (size_t)sizes[i] ? "overrun" : "within");
	}
	receive_name(fd, "no name, no size", NULL, NULL);
	receive_name(fd, "name, no size", &name, NULL);
	socklen_t size = sizeof name;
	receive_name(fd, "no name, size", NULL, &size);
	observe("  size now %u", size);
	receive_name(fd, "name at 1", low, &size);
	receive_name(fd, "size at 1", &name, low);
	close(fd);
}

void case_wrong_names_asked(void)
{
	int fd = udp(AF_INET, 0);
	struct sockaddr_storage name;
	socklen_t size;
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	const int sizes[] = {0, 1, 4, 15, 16, 128, -1};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		size = (socklen_t)sizes[i];
		observe_result("getpeername", getpeername(fd, (struct sockaddr *)&name, &size));
		observe("  %d -> %d", sizes[i], (int)size);
		size = (socklen_t)sizes[i];
		observe_result("getsockname", getsockname(fd, (struct sockaddr *)&name, &size));
		observe("  %d -> %d", sizes[i], (int)size);
	}
	size = sizeof name;
	observe_result("getpeername NULL", getpeername(fd, nowhere, &size));
	observe_result("getpeername no size", getpeername(fd, (struct sockaddr *)&name, nowhere));
	observe_result("getsockname NULL", getsockname(fd, nowhere, &size));
	observe_result("getsockname no size", getsockname(fd, (struct sockaddr *)&name, nowhere));
	close(fd);
}

void case_wrong_vectors(void)
{
	static struct iovec many[IOV_MAX + 1];
	int fd = udp(AF_INET, 0);
	struct iovec one = {nowhere, 5};
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("writev of NULL", writev(fd, nowhere, 1));
	observe_result("writev from NULL", writev(fd, &one, 1));
	observe_result("writev of too many", writev(fd, many, IOV_MAX + 1));
	one = (struct iovec){(char[]){"x"}, room(SIZE_MAX)};
	observe_result("writev of SIZE_MAX", writev(fd, &one, 1));
	observe_result("readv of NULL", readv(fd, nowhere, 1));
	observe_result("pwrite", pwrite(fd, "x", 1, 0));
	observe_result("lseek", lseek(fd, 0, SEEK_SET));
	observe_result("send", send(fd, "works", 5, 0));
	hear(fd);
	close(fd);
}

/* The kernel refuses a control message of a wrong size, and goes on as if it had not been asked. */
void case_control_message_size(void)
{
	int fd = udp(AF_INET6, 0), class = 0;
	union {
		char space[CMSG_SPACE(sizeof class + 1)];
		struct cmsghdr align;
	} control = {.space = {0}};
	char text[] = "refused";
	struct iovec vector = {text, strlen(text)};
	struct msghdr message = {.msg_name = &peer_6.any,
				 .msg_namelen = peer_6.size,
				 .msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	control.align = (struct cmsghdr){
	    .cmsg_len = CMSG_LEN(sizeof class + 1), .cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_TCLASS};
	observe_result("sendmsg, the first", sendmsg(fd, &message, 0));
	say(fd, &peer_6, "hello");
	hear(fd);
	observe_result("sendmsg", sendmsg(fd, &message, 0));
	say(fd, &peer_6, "hello again");
	hear(fd);
	close(fd);
}
