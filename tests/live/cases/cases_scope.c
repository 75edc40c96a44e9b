/* Link-local addresses, which mean something on one interface only: sin6_scope_id. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
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
