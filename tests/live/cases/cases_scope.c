/* Link-local addresses, which mean something on one interface only: sin6_scope_id. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

/* The address, and which interface's it is. */
static void hear_scoped(int fd)
{
	char bytes[64];
	struct sockaddr_in6 from = {0};
	socklen_t size = sizeof from;
	ssize_t got = recvfrom(fd, bytes, room(sizeof bytes), 0, (struct sockaddr *)&from, &size);
	observe_datagram("recvfrom", got, bytes, (struct sockaddr_storage *)&from, size);
	observe("  %%%u", from.sin6_scope_id);
}

void case_scoped(void)
{
	int fd = udp(AF_INET6, 0);
	for (int i = 0; i < 3; i++) {
		say(fd, &peer_link, "hello");
		hear_scoped(fd);
	}
	say(fd, &peer_link, "!other hello");
	hear_scoped(fd);
	say(fd, &peer_6, "elsewhere");
	hear_scoped(fd);
	say(fd, &peer_link, "and back");
	hear_scoped(fd);
	observe_names(fd);
	close(fd);
}

void case_scoped_connected(void)
{
	int fd = udp(AF_INET6, 0);
	observe_result("connect", connect(fd, &peer_link.any, peer_link.size));
	observe_names(fd);
	for (int i = 0; i < 3; i++) {
		observe_result("send", send(fd, "hello", 5, 0));
		hear_scoped(fd);
	}
	observe_result("send", send(fd, "!other not heard", 16, 0));
	settle(&peer_link);
	observe_result("recv", recv(fd, (char[8]){0}, room(8), MSG_DONTWAIT));
	close(fd);
}

void case_scoped_messages(void)
{
	enum { MANY = 6 };
	struct mmsghdr messages[MANY];
	struct sockaddr_in6 names[MANY];
	struct iovec pieces[MANY];
	char bytes[MANY][16];
	int fd = udp(AF_INET6, 0);
	say(fd, &peer_6, "first");
	hear_scoped(fd);
	for (int i = 0; i < MANY; i++) {
		memset(bytes[i], 'a' + i, sizeof bytes[i]);
		pieces[i] = (struct iovec){bytes[i], sizeof bytes[i]};
		messages[i].msg_hdr = (struct msghdr){.msg_name = &peer_link.storage,
						      .msg_namelen = peer_link.size,
						      .msg_iov = &pieces[i],
						      .msg_iovlen = 1};
	}
	observe_result("sendmmsg", sendmmsg(fd, messages, MANY, 0));
	for (int i = 0; i < MANY; i++)
		messages[i].msg_hdr.msg_name = memset(&names[i], 0, sizeof names[i]);
	int got = (int)observe_result("recvmmsg", recvmmsg(fd, messages, MANY, 0, NULL));
	for (int i = 0; i < got; i++)
		observe("  %.4s from %s", bytes[i], address_name(&names[i], messages[i].msg_hdr.msg_namelen));
	close(fd);
}

/* Nobody can be connected to without an interface; a socket that is bound to one needs no other. */
void case_scope_missing(void)
{
	struct sockaddr_in6 name = peer_link.v6;
	int fd = udp(AF_INET6, 0);
	name.sin6_scope_id = 0;
	observe_result("connect", connect(fd, (struct sockaddr *)&name, sizeof name));
	observe_result("connect, short",
		       connect(fd, (struct sockaddr *)&name, offsetof(struct sockaddr_in6, sin6_scope_id)));
	observe_names(fd);
	say(fd, &peer_6, "hello");
	hear_scoped(fd);
	observe_result("connect", connect(fd, (struct sockaddr *)&name, sizeof name));
	observe_names(fd);
	observe_result("SO_BINDTODEVICE", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	observe_result("sendto", sendto(fd, "bound", 5, 0, (struct sockaddr *)&name, sizeof name));
	hear_scoped(fd);
	observe_result("connect", connect(fd, (struct sockaddr *)&name, sizeof name));
	observe_result("send", send(fd, "bound", 5, 0));
	hear_scoped(fd);
	close(fd);
}

#define NO_INTERFACE 99999

static void connect_to(int fd, const char *what, const struct sockaddr_in6 *name)
{
	observe_result(what, connect(fd, (const struct sockaddr *)name, sizeof *name));
	observe_names(fd);
}

static void send_many(int fd, struct sockaddr_in6 *first, struct sockaddr_in6 *later)
{
	enum { MANY = 3 };
	struct mmsghdr messages[MANY];
	struct iovec piece = {"one of many", 11};
	for (int i = 0; i < MANY; i++)
		messages[i].msg_hdr = (struct msghdr){
		    .msg_name = i ? later : first, .msg_namelen = sizeof *first, .msg_iov = &piece, .msg_iovlen = 1};
	int sent = (int)observe_result("sendmmsg", sendmmsg(fd, messages, MANY, 0));
	for (int i = 0; i < sent; i++)
		hear_scoped(fd);
}

static void send_nowhere(int fd, struct sockaddr_in6 *nowhere)
{
	static char large[65536];
	struct iovec piece = {"hello", 5};
	struct msghdr message = {
	    .msg_name = nowhere, .msg_namelen = sizeof *nowhere, .msg_iov = &piece, .msg_iovlen = 1};
	const struct sockaddr *name = (const struct sockaddr *)nowhere;
	observe_result("sendto", sendto(fd, "hello", 5, 0, name, sizeof *nowhere));
	observe_names(fd);
	observe_result("sendto, nothing", sendto(fd, "", 0, MSG_DONTWAIT, name, sizeof *nowhere));
	observe_result("sendto, too much", sendto(fd, large, room(sizeof large), 0, name, sizeof *nowhere));
	observe_result("sendmsg", sendmsg(fd, &message, 0));
	send_many(fd, nowhere, nowhere);
	send_many(fd, nowhere, &peer_6.v6);
}

/* There is no such interface: before the socket has an association, once it has one, and connected. */
void case_scope_of_none(void)
{
	struct sockaddr_in6 nowhere = peer_link.v6;
	int fd = udp(AF_INET6, 0);
	nowhere.sin6_scope_id = NO_INTERFACE;
	connect_to(fd, "connect", &nowhere);
	close(fd);
	fd = udp(AF_INET6, 0);
	for (int i = 0; i < 2; i++) {
		send_nowhere(fd, &nowhere);
		send_many(fd, &peer_link.v6, &nowhere);
		send_many(fd, &peer_6.v6, &nowhere);
		say(fd, &peer_link, "somewhere");
		hear_scoped(fd);
	}
	connect_to(fd, "connect", &peer_6.v6);
	send_nowhere(fd, &nowhere);
	observe_result("send", send(fd, "hello", 5, 0));
	hear_scoped(fd);
	close(fd);
}

/* Nor another than the one that the socket is bound to. */
void case_scope_of_none_bound(void)
{
	struct sockaddr_in6 nowhere = peer_link.v6;
	int fd = udp(AF_INET6, 0);
	nowhere.sin6_scope_id = NO_INTERFACE;
	observe_result("SO_BINDTODEVICE", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	connect_to(fd, "connect", &nowhere);
	send_nowhere(fd, &nowhere);
	say(fd, &peer_link, "somewhere");
	hear_scoped(fd);
	connect_to(fd, "connect", &peer_link.v6);
	connect_to(fd, "connect", &nowhere);
	observe_result("send", send(fd, "hello", 5, 0));
	hear_scoped(fd);
	close(fd);
}

void case_scope_of_none_multicast(void)
{
	struct sockaddr_in6 group = {.sin6_family = AF_INET6, .sin6_port = 1, .sin6_scope_id = NO_INTERFACE};
	int fd = udp(AF_INET6, 0);
	inet_pton(AF_INET6, "ff02::1", &group.sin6_addr);
	connect_to(fd, "connect", &group);
	close(fd);
	fd = udp(AF_INET6, 0);
	send_nowhere(fd, &group);
	send_many(fd, &peer_6.v6, &group);
	close(fd);
}

static void observe_device(int fd, size_t size)
{
	int index = -1;
	char name[64] = "";
	socklen_t index_size = (socklen_t)(size < sizeof index ? size : sizeof index), name_size = (socklen_t)size;
	observe_result("SO_BINDTOIFINDEX", getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, &index_size));
	observe_result("SO_BINDTODEVICE", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &name_size));
	observe("  %d (%u), %s (%u)", index, index_size, name, name_size);
}

/* Whoever is connected to a link-local address is bound to its interface, until the connection is dissolved. */
void case_scope_binds(void)
{
	struct sockaddr_in6 unscoped = peer_link.v6;
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	int fd = udp(AF_INET6, 0);
	unscoped.sin6_scope_id = 0;
	say(fd, &peer_link, "hello");
	hear_scoped(fd);
	observe_device(fd, 64);
	connect_to(fd, "connect", &peer_link.v6);
	static const size_t sizes[] = {0, 1, 3, 4, 15, 16, 17};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		observe_device(fd, sizes[i]);
	observe_result("no size", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, nobody.sa_data, NULL));
	observe_result("no value", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, NULL, &(socklen_t){16}));
	observe_result("no value", getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, NULL, &(socklen_t){4}));
	observe_result("negative", getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, nobody.sa_data, &(socklen_t){-1}));
	observe_result("send", send(fd, "hello", 5, 0));
	hear_scoped(fd);
	connect_to(fd, "connect", &unscoped);
	unscoped.sin6_scope_id = NO_INTERFACE;
	connect_to(fd, "connect", &unscoped);
	connect_to(fd, "connect", &peer_6.v6); /* whose address is the same interface's */
	observe_device(fd, 64);
	unscoped.sin6_scope_id = 0;
	connect_to(fd, "connect", &unscoped);
	observe_result("dissolve", connect(fd, &nobody, sizeof nobody));
	observe_device(fd, 64);
	unscoped.sin6_scope_id = 0;
	connect_to(fd, "connect", &unscoped);
	connect_to(fd, "connect", &peer_6.v6);
	observe_device(fd, 64);
	close(fd);
}
