/* sendmmsg and recvmmsg on sockets whose association stands: what leaves together must arrive apart. */
#include <net/if.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

enum { MANY = 12, LARGE = 5, LARGE_SIZE = 20000, CROWD = 300, ROOMS = 4 };

static int heard_socket(void)
{
	int fd = udp(AF_INET, 0);
	say(fd, &peer_a, "first");
	hear(fd);
	return fd;
}

static void address(struct mmsghdr *message, struct peer *to, struct iovec *piece)
{
	message->msg_hdr =
	    (struct msghdr){.msg_name = &to->storage, .msg_namelen = to->size, .msg_iov = piece, .msg_iovlen = 1};
	message->msg_len = 77; /* stays, where it is not sent */
}

/* Runs of one size, a shorter one behind them, one of none, and a longer one. */
void case_batch_sizes(void)
{
	static const size_t sizes[MANY] = {100, 100, 100, 40, 100, 0, 7, 7, 300, 300, 300, 1};
	struct mmsghdr messages[MANY];
	struct iovec pieces[MANY];
	char bytes[MANY][300];
	int fd = heard_socket();
	for (int i = 0; i < MANY; i++) {
		memset(bytes[i], 'a' + i, sizes[i]);
		pieces[i] = (struct iovec){bytes[i], sizes[i]};
		address(&messages[i], &peer_a, &pieces[i]);
	}
	int sent = (int)observe_result("sendmmsg", sendmmsg(fd, messages, MANY, 0));
	for (int i = 0; i < MANY; i++)
		observe("  %d: %u", i, messages[i].msg_len);
	while (sent-- > 0)
		hear(fd);
	close(fd);
}

/* The one in the middle cannot be sent: those before it are, and the others are as they were. */
void case_batch_broken(void)
{
	struct mmsghdr messages[MANY];
	struct iovec pieces[MANY];
	char bytes[] = "one of many";
	int fd = heard_socket();
	for (int i = 0; i < MANY; i++) {
		pieces[i] = (struct iovec){bytes, sizeof bytes - 1};
		address(&messages[i], &peer_a, &pieces[i]);
	}
	pieces[5].iov_base = NULL;
	int sent = (int)observe_result("sendmmsg", sendmmsg(fd, messages, MANY, 0));
	for (int i = 0; i < MANY; i++)
		observe("  %d: %u", i, messages[i].msg_len);
	while (sent-- > 0)
		hear(fd);
	observe_result("sendmmsg of it", sendmmsg(fd, messages + 5, 2, 0));
	close(fd);
}

void case_batch_large(void)
{
	static char bytes[LARGE][LARGE_SIZE];
	struct mmsghdr messages[LARGE];
	struct iovec pieces[LARGE];
	int fd = heard_socket();
	for (int i = 0; i < LARGE; i++) {
		memset(bytes[i], 'a' + i, sizeof bytes[i]);
		pieces[i] = (struct iovec){bytes[i], sizeof bytes[i] - (size_t)i % 2};
		address(&messages[i], &peer_a, &pieces[i]);
	}
	for (int i = 0; i < LARGE; i++) { /* one after the other: together their answers would not fit */
		observe_result("sendmmsg", sendmmsg(fd, &messages[i], 1, 0));
		hear(fd);
	}
	observe_result("sendmmsg of two", sendmmsg(fd, messages, 2, 0));
	hear(fd);
	hear(fd);
	close(fd);
}

/* More than the library loads at once. */
void case_batch_crowd(void)
{
	static struct mmsghdr messages[CROWD];
	char silent[] = "!silent";
	struct iovec piece = {silent, sizeof silent - 1};
	int fd = heard_socket();
	for (int i = 0; i < CROWD; i++)
		address(&messages[i], &peer_a, &piece);
	int sent = (int)observe_result("sendmmsg", sendmmsg(fd, messages, CROWD, 0));
	observe("the last: %u", messages[sent - 1].msg_len);
	say(fd, &peer_a, "last");
	hear(fd);
	close(fd);
}

/* Buffers of different sizes, two pieces each, with and without room for a name. */
void case_batch_rooms(void)
{
	static const size_t rooms[ROOMS] = {5, 65536, 0, 3};
	static char bytes[ROOMS][65536];
	struct mmsghdr messages[ROOMS] = {0};
	struct iovec pieces[ROOMS][2];
	struct sockaddr_storage names[ROOMS];
	int fd = heard_socket();
	for (int i = 0; i < ROOMS; i++) {
		say(fd, &peer_a, "twelve chars");
		pieces[i][0] = (struct iovec){bytes[i], rooms[i] / 2};
		pieces[i][1] = (struct iovec){bytes[i] + rooms[i] / 2, rooms[i] - rooms[i] / 2};
		messages[i].msg_hdr = (struct msghdr){.msg_name = i % 2 ? &names[i] : NULL,
						      .msg_namelen = sizeof names[i],
						      .msg_iov = pieces[i],
						      .msg_iovlen = 2};
	}
	int got = (int)observe_result("recvmmsg", recvmmsg(fd, messages, ROOMS, 0, NULL));
	for (int i = 0; i < got; i++)
		observe("  %u %.12s, name %u, flags %#x", messages[i].msg_len, bytes[i],
			messages[i].msg_hdr.msg_namelen, (unsigned)messages[i].msg_hdr.msg_flags);
	observe_result("recvmmsg DONTWAIT", recvmmsg(fd, messages, ROOMS, MSG_DONTWAIT, NULL));
	close(fd);
}

/* The parts of one datagram, as many as that, an empty one that is nowhere before them. */
static void take_apart(struct mmsghdr *message, char *bytes, size_t size, size_t parts, struct iovec *pieces)
{
	size_t each = size / parts;
	pieces[0] = (struct iovec){(void *)1, 0};
	for (size_t i = 0; i < parts; i++)
		pieces[1 + i] = (struct iovec){bytes + i * each, i + 1 < parts ? each : size - i * each};
	message->msg_hdr.msg_iov = pieces;
	message->msg_hdr.msg_iovlen = 1 + parts;
}

static void hear_whole(int fd, const struct iovec *expected)
{
	static char bytes[65536];
	ssize_t got = recv(fd, bytes, sizeof bytes, 0);
	bool whole = got == (ssize_t)expected->iov_len && memcmp(bytes, expected->iov_base, expected->iov_len) == 0;
	observe("  %zd, %s", got, whole ? "as sent" : "not as sent");
}

static void exchange_pieces(int fd, size_t broken)
{
	enum { COUNT = 8, SIZE = 3000, PARTS_MOST = 40 };
	static const size_t sizes[COUNT] = {SIZE, SIZE, SIZE, SIZE, 100, SIZE, SIZE, SIZE - 1};
	static const size_t parts[COUNT] = {1, 2, 3, 16, 2, 17, PARTS_MOST, 1};
	static char bytes[COUNT][SIZE];
	struct mmsghdr messages[COUNT];
	struct iovec pieces[COUNT][1 + PARTS_MOST], whole[COUNT];
	for (int i = 0; i < COUNT; i++) {
		for (size_t at = 0; at < sizes[i]; at++)
			bytes[i][at] = (char)((size_t)i * 31 + at * 7);
		whole[i] = (struct iovec){bytes[i], sizes[i]};
		address(&messages[i], &peer_a, &whole[i]);
		take_apart(&messages[i], bytes[i], sizes[i], parts[i], pieces[i]);
	}
	if (broken < COUNT)
		pieces[broken][parts[broken]].iov_base = NULL;
	int sent = (int)observe_result("sendmmsg", sendmmsg(fd, messages, COUNT, 0));
	for (int i = 0; i < COUNT; i++)
		observe("  %d: %u", i, messages[i].msg_len);
	for (int i = 0; i < sent; i++)
		hear_whole(fd, &whole[i]);
}

/* Large ones, in pieces, whatever fits into a packet. */
void case_batch_pieces(void)
{
	enum { ALL = 100 };
	struct ifreq loopback = {.ifr_name = "lo", .ifr_mtu = 1500};
	int fd = heard_socket();
	exchange_pieces(fd, ALL);
	exchange_pieces(fd, 3);
	exchange_pieces(fd, 6);
	observe_result("the packet's size", ioctl(fd, SIOCSIFMTU, &loopback));
	exchange_pieces(fd, ALL);
	exchange_pieces(fd, ALL);
	exchange_pieces(fd, 3);
	close(fd);
}

/* At the offset -1 a socket takes them. */
void case_vectors_at_offset(void)
{
	char bytes[16];
	struct iovec out = {(char[]){"hello"}, 5}, in = {bytes, sizeof bytes};
	int fd = heard_socket();
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("pwritev2", pwritev2(fd, &out, 1, -1, 0));
	observe_result("preadv2", preadv2(fd, &in, 1, -1, 0));
	observe("%.5s", bytes);
	observe_result("pwritev2 NOWAIT", pwritev2(fd, &out, 1, -1, RWF_NOWAIT));
	await_readable(fd);
	observe_result("preadv2 NOWAIT", preadv2(fd, &in, 1, -1, RWF_NOWAIT));
	observe_result("preadv2 NOWAIT of nothing", preadv2(fd, &in, 1, -1, RWF_NOWAIT));
	observe_result("pwritev2 at 0", pwritev2(fd, &out, 1, 0, 0));
	observe_result("preadv2 at 0", preadv2(fd, &in, 1, 0, 0));
	observe_result("pwritev2, unknown flag", pwritev2(fd, &out, 1, -1, 1 << 30));
	close(fd);
}

/* A program's segments fill a packet; with a header before each they do not fit into one any more. */
void case_segments_of_a_packet(void)
{
	enum { PACKET = 1500, SEGMENT = PACKET - 28 };
	static char bytes[2 * SEGMENT + 100];
	struct ifreq loopback = {.ifr_name = "lo", .ifr_mtu = PACKET};
	struct mmsghdr messages[3];
	struct iovec pieces[3];
	int fd = heard_socket(), segment = SEGMENT;
	observe_result("the packet's size", ioctl(fd, SIOCSIFMTU, &loopback));
	memset(bytes, 'a', sizeof bytes);
	for (int i = 0; i < 3; i++) {
		pieces[i] = (struct iovec){bytes, SEGMENT};
		address(&messages[i], &peer_a, &pieces[i]);
	}
	for (int round = 0; round < 2; round++) {
		observe_result("sendmmsg", sendmmsg(fd, messages, 3, 0));
		for (int i = 0; i < 3; i++)
			hear(fd);
	}
	observe_result("UDP_SEGMENT", setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment));
	for (int round = 0; round < 2; round++) {
		observe_result("sendto", sendto(fd, bytes, sizeof bytes, 0, &peer_a.any, peer_a.size));
		for (int i = 0; i < 3; i++)
			hear(fd);
	}
	close(fd);
}
