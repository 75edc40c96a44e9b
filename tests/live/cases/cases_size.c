/* Sizes: the largest datagram, truncation, peeking, and what the queue says of itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

#define LARGEST 65507

static char *filled(size_t size)
{
	char *bytes = malloc(size);
	for (size_t i = 0; bytes && i < size; i++)
		bytes[i] = (char)('a' + i % 26);
	return bytes;
}

/* One line, so that an exchange that a relay has no room for differs in one line. */
static void exchange(int fd, size_t size)
{
	char what[32];
	char *out = filled(size), *in = malloc(size + 1);
	snprintf(what, sizeof what, "sendto of %zu", size);
	ssize_t sent = sendto(fd, out, size, 0, &peer_a.any, peer_a.size);
	if (sent < 0)
		observe_result(what, sent);
	else if (recv(fd, in, size + 1, 0) == sent && memcmp(in, out, size) == 0)
		observe("%s: %zd, and back", what, sent);
	else
		observe("%s: %zd, and not back", what, sent);
	free(out);
	free(in);
}

void case_sizes(void)
{
	int fd = udp(AF_INET, 0);
	static const size_t sizes[] = {1, 508, 1400, 1472, 1490, 9000, 32768, 65000, 65497};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		exchange(fd, sizes[i]);
	close(fd);
}

void case_largest(void)
{
	int fd = udp(AF_INET, 0);
	exchange(fd, LARGEST - 10);
	exchange(fd, LARGEST - 9);
	exchange(fd, LARGEST);
	exchange(fd, 100);
	close(fd);
}

void case_too_large(void)
{
	int fd = udp(AF_INET, 0);
	exchange(fd, LARGEST + 1);
	exchange(fd, 65536);
	exchange(fd, 100000);
	exchange(fd, 10 << 20);
	exchange(fd, 100);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	char *bytes = filled(100000);
	observe_result("send of 100000", send(fd, bytes, 100000, 0));
	observe_result("write of 100000", write(fd, bytes, 100000));
	free(bytes);
	close(fd);
}

void case_truncated(void)
{
	int fd = udp(AF_INET, 0);
	char bytes[4];
	say(fd, &peer_a, "truncated");
	observe_datagram("recv", recv(fd, bytes, room(sizeof bytes), 0), bytes, NULL, 0);
	say(fd, &peer_a, "truncated");
	observe_result("recv TRUNC", recv(fd, bytes, room(sizeof bytes), MSG_TRUNC));
	observe("%.4s", bytes);
	observe_result("and nothing is left", recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
	close(fd);
}

static void message_in(int fd, void *bytes, size_t size, int flags)
{
	struct sockaddr_storage from;
	struct iovec vector = {bytes, size};
	struct msghdr message = {
	    .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &vector, .msg_iovlen = 1, .msg_flags = -1};
	ssize_t got = observe_result("recvmsg", recvmsg(fd, &message, flags));
	if (got < 0)
		return;
	observe("  flags %#x, from %s, control %zu", (unsigned)message.msg_flags,
		address_name(&from, message.msg_namelen), (size_t)message.msg_controllen);
}

void case_truncated_message(void)
{
	int fd = udp(AF_INET, 0);
	char bytes[64];
	say(fd, &peer_a, "truncated");
	message_in(fd, bytes, 4, 0);
	say(fd, &peer_a, "truncated");
	message_in(fd, bytes, 4, MSG_TRUNC);
	say(fd, &peer_a, "truncated");
	message_in(fd, bytes, 0, 0);
	say(fd, &peer_a, "whole");
	message_in(fd, bytes, 5, 0);
	say(fd, &peer_a, "more room");
	message_in(fd, bytes, sizeof bytes, MSG_TRUNC);
	close(fd);
}

void case_peek(void)
{
	int fd = udp(AF_INET, 0);
	char bytes[64];
	say(fd, &peer_a, "peeked at");
	observe_datagram("peek", recv(fd, bytes, room(sizeof bytes), MSG_PEEK), bytes, NULL, 0);
	observe_datagram("peek short", recv(fd, bytes, room(4), MSG_PEEK), bytes, NULL, 0);
	observe_result("peek TRUNC", recv(fd, bytes, room(4), MSG_PEEK | MSG_TRUNC));
	observe_result("peek TRUNC of none", recv(fd, NULL, room(0), MSG_PEEK | MSG_TRUNC));
	message_in(fd, bytes, 3, MSG_PEEK);
	message_in(fd, bytes, sizeof bytes, MSG_PEEK | MSG_TRUNC);
	hear(fd);
	observe_result("gone", recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT));
	close(fd);
}

/* What is not from the peer must not be found by peeking either. */
void case_peek_filtered(void)
{
	int fd = udp(AF_INET, 0);
	char bytes[64];
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	say(fd, &peer_b, "for the other");
	observe_result("send", send(fd, "!other strange", 14, 0));
	observe_result("send", send(fd, "mine", 4, 0));
	observe_datagram("peek", recv(fd, bytes, room(sizeof bytes), MSG_PEEK), bytes, NULL, 0);
	hear(fd);
	close(fd);
}

void case_fionread(void)
{
	int fd = udp(AF_INET, 0);
	int left = -1;
	observe_result("FIONREAD", ioctl(fd, FIONREAD, &left));
	observe("  %d", left);
	say(fd, &peer_a, "hello");
	await_readable(fd);
	observe_result("FIONREAD", ioctl(fd, FIONREAD, &left));
	observe("  %d", left);
	hear(fd);
	observe_result("FIONREAD", ioctl(fd, FIONREAD, &left));
	observe("  %d", left);
	observe_result("TIOCOUTQ", ioctl(fd, TIOCOUTQ, &left));
	observe_result("FIONREAD nowhere", ioctl(fd, FIONREAD, NULL));
	close(fd);
}

void case_many_answers(void)
{
	int fd = udp(AF_INET, 0);
	say(fd, &peer_a, "!repeat 20 again");
	for (int i = 0; i < 20; i++)
		hear(fd);
	observe_result("and no more", recv(fd, (char[8]){0}, 8, MSG_DONTWAIT));
	close(fd);
}

void case_answer_sizes(void)
{
	static char bytes[65536];
	static const char *const wishes[] = {"!size 0", "!size 1", "!size 1500", "!size 65000", "!size 65485"};
	int fd = udp(AF_INET, 0);
	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		say(fd, &peer_a, wishes[i]);
		ssize_t got = recv(fd, bytes, room(sizeof bytes), 0);
		observe("recv: %zd %c", got, got > 0 ? bytes[got - 1] : ' ');
	}
	close(fd);
}
