/* A program that makes each call many times on a socket that has been used before, and says what the calls asked of
 * heap and locks. Who traces it counts their system calls.
 *
 * usage: steady_client single|multiple|scattered A B     (each peer as ADDRESS@PORT; they send back what they are sent)
 *
 * A line a row: "NAME calls=N allocations=N locks=N first_allocations=N first_locks=N": of the steady calls together,
 * and of the first datagram on the socket, which opens its way. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/live/steady/account.h"
#include "tests/live/steady/mark.h"

#define PAGE       4096
#define PAGES      64
#define WARM       PAGES /* calls, so that every page has been used */
#define CALLS      64
#define BATCH      4
#define SIZE       48
#define PATIENT_MS 10000

/* All that the calls point to, on one page: how many pages a program's memory lies on may depend on where it was put.
 */
static _Alignas(PAGE) struct {
	struct sockaddr_in peers[2];
	struct sockaddr_in names[BATCH];
	socklen_t name_size;
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	struct iovec halves[2]; /* of the first datagram */
	char bytes[BATCH][SIZE];
	_Alignas(struct cmsghdr) char segment[CMSG_SPACE(sizeof(uint16_t))];
} page;

_Static_assert(sizeof page <= PAGE, "it fits on one");

static char pages[PAGES][PAGE];

/* Answers how many datagrams it was, or -1. */
typedef long call(int fd);

struct row {
	const char *name;
	call *call;
	bool receives;
	bool connected;
};

static const struct sockaddr *peer(int at)
{
	return (const struct sockaddr *)&page.peers[at];
}

static long whole(ssize_t size)
{
	return size == SIZE ? 1 : -1;
}

static long call_send(int fd)
{
	return whole(send(fd, page.bytes[0], SIZE, 0));
}

static long call_sendto(int fd)
{
	return whole(sendto(fd, page.bytes[0], SIZE, 0, peer(0), sizeof page.peers[0]));
}

static long call_sendto_none(int fd)
{
	return whole(sendto(fd, page.bytes[0], SIZE, 0, NULL, 0));
}

static long call_sendto_in_turns(int fd)
{
	static int turn;
	turn = !turn;
	return whole(sendto(fd, page.bytes[0], SIZE, 0, peer(turn), sizeof page.peers[turn]));
}

static long call_write(int fd)
{
	return whole(write(fd, page.bytes[0], SIZE));
}

static long call_recv(int fd)
{
	return whole(recv(fd, page.bytes[0], SIZE, 0));
}

static long call_recvfrom(int fd)
{
	page.name_size = sizeof page.names[0];
	return whole(recvfrom(fd, page.bytes[0], SIZE, 0, (struct sockaddr *)&page.names[0], &page.name_size));
}

static long call_read(int fd)
{
	return whole(read(fd, page.bytes[0], SIZE));
}

static long call_writev(int fd)
{
	return whole(writev(fd, page.halves, 2));
}

static long call_readv(int fd)
{
	return whole(readv(fd, page.halves, 2));
}

static struct msghdr *prepare(int at, bool named)
{
	page.names[at] = page.peers[0];
	page.parts[at] = (struct iovec){page.bytes[at], SIZE};
	page.messages[at].msg_hdr = (struct msghdr){.msg_name = named ? &page.names[at] : NULL,
						    .msg_namelen = named ? sizeof page.names[at] : 0,
						    .msg_iov = &page.parts[at],
						    .msg_iovlen = 1};
	return &page.messages[at].msg_hdr;
}

static struct mmsghdr *prepare_all(bool named)
{
	for (int i = 0; i < BATCH; i++)
		prepare(i, named);
	return page.messages;
}

static long call_sendmsg(int fd)
{
	return whole(sendmsg(fd, prepare(0, true), 0));
}

static long call_sendmsg_halves(int fd)
{
	struct msghdr *message = prepare(0, false);
	message->msg_iov = page.halves;
	message->msg_iovlen = 2;
	return whole(sendmsg(fd, message, 0));
}

static long call_recvmsg(int fd)
{
	return whole(recvmsg(fd, prepare(0, true), 0));
}

static long call_sendmmsg(int fd)
{
	return sendmmsg(fd, prepare_all(true), BATCH, 0);
}

static long call_sendmmsg_in_turns(int fd)
{
	prepare_all(true);
	for (int i = 0; i < BATCH; i++)
		page.names[i] = page.peers[i % 2];
	return sendmmsg(fd, page.messages, BATCH, 0);
}

static long call_sendmmsg_none(int fd)
{
	return sendmmsg(fd, prepare_all(false), BATCH, 0);
}

static long call_recvmmsg(int fd)
{
	return recvmmsg(fd, prepare_all(true), BATCH, 0, NULL);
}

static long call_segments(int fd)
{
	uint16_t value = SIZE;
	struct msghdr *message = prepare(0, true);
	page.parts[0].iov_len = sizeof page.bytes;
	message->msg_control = page.segment;
	message->msg_controllen = sizeof page.segment;
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	*control =
	    (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof value), .cmsg_level = SOL_UDP, .cmsg_type = UDP_SEGMENT};
	memcpy(CMSG_DATA(control), &value, sizeof value);
	return sendmsg(fd, message, 0) == sizeof page.bytes ? BATCH : -1;
}

static char *next_page(void)
{
	static int turn;
	turn = (turn + 1) % PAGES;
	return pages[turn];
}

static long call_sendto_pages(int fd)
{
	return whole(sendto(fd, next_page(), SIZE, 0, peer(0), sizeof page.peers[0]));
}

static long call_recvfrom_pages(int fd)
{
	page.name_size = sizeof page.names[0];
	return whole(recvfrom(fd, next_page(), SIZE, 0, (struct sockaddr *)&page.names[0], &page.name_size));
}

static const struct row single[] = {{"send", call_send, false, true},
				    {"sendto", call_sendto, false, false},
				    {"sendto.connected", call_sendto, false, true},
				    {"sendto.none", call_sendto_none, false, true},
				    {"sendto.in_turns", call_sendto_in_turns, false, false},
				    {"sendmsg", call_sendmsg, false, false},
				    {"sendmsg.halves", call_sendmsg_halves, false, true},
				    {"write", call_write, false, true},
				    {"writev", call_writev, false, true},
				    {"recv", call_recv, true, false},
				    {"recv.connected", call_recv, true, true},
				    {"recvfrom", call_recvfrom, true, false},
				    {"recvfrom.connected", call_recvfrom, true, true},
				    {"recvmsg", call_recvmsg, true, false},
				    {"recvmsg.connected", call_recvmsg, true, true},
				    {"read", call_read, true, false},
				    {"read.connected", call_read, true, true},
				    {"readv", call_readv, true, false},
				    {"readv.connected", call_readv, true, true},
				    {NULL, NULL, false, false}};

/* Of more than one datagram. */
static const struct row multiple[] = {{"sendmmsg", call_sendmmsg, false, false},
				      {"sendmmsg.in_turns", call_sendmmsg_in_turns, false, false},
				      {"sendmmsg.connected", call_sendmmsg_none, false, true},
				      {"segments", call_segments, false, false},
				      {"recvmmsg", call_recvmmsg, true, false},
				      {"recvmmsg.connected", call_recvmmsg, true, true},
				      {NULL, NULL, false, false}};

/* From and to many pages in turn, as a program with a ring of buffers does. */
static const struct row scattered[] = {{"sendto.pages", call_sendto_pages, false, false},
				       {"recvfrom.pages", call_recvfrom_pages, true, false},
				       {NULL, NULL, false, false}};

static const struct {
	const char *name;
	const struct row *rows;
} tables[] = {{"single", single}, {"multiple", multiple}, {"scattered", scattered}};

static _Noreturn void give_up(const struct row *row, const char *what)
{
	printf("%s error %s %s\n", row->name, what, strerrorname_np(errno));
	exit(1);
}

static void await(const struct row *row, int fd)
{
	struct pollfd awaited = {.fd = fd, .events = POLLIN};
	if (poll(&awaited, 1, PATIENT_MS) != 1)
		give_up(row, "poll");
}

/* What came back, so that nothing is in the way of the next call. */
static void drain(const struct row *row, int fd, long count)
{
	char byte;
	for (; count > 0; count--) {
		await(row, fd);
		if (recv(fd, &byte, sizeof byte, 0) < 0)
			give_up(row, "recv");
	}
}

static void send_before(const struct row *row, int fd, long count)
{
	for (; count > 0; count--)
		if ((row->connected ? call_send(fd) : call_sendto(fd)) < 0)
			give_up(row, "send");
	await(row, fd);
}

static long batch(const struct row *row)
{
	return row->call == call_recvmmsg ? BATCH : 1;
}

static struct account call_once(const struct row *row, int fd, bool counts)
{
	if (row->receives)
		send_before(row, fd, batch(row));
	struct account before = account_now();
	if (counts)
		mark(MARK_BEGIN);
	long done = row->call(fd);
	if (counts)
		mark(MARK_END);
	struct account account = account_since(before);
	if (done <= 0)
		give_up(row, "call");
	drain(row, fd, row->receives ? batch(row) - done : done);
	return account;
}

static void call_first(const struct row *row, int fd)
{
	long done = row->receives ? (row->connected ? call_send(fd) : call_sendto(fd)) : row->call(fd);
	if (done <= 0)
		give_up(row, "first");
	drain(row, fd, done);
}

static void run(const struct row *row, bool blocks)
{
	struct account sum = {0, 0}, before = account_now();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || (row->connected && connect(fd, peer(0), sizeof page.peers[0]) < 0))
		give_up(row, "socket");
	call_first(row, fd);
	struct account first = account_since(before);
	if (!blocks)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < WARM; i++)
		call_once(row, fd, false);
	for (int i = 0; i < CALLS; i++) {
		struct account now = call_once(row, fd, true);
		sum.allocations += now.allocations;
		sum.locks += now.locks;
	}
	mark(MARK_ROW);
	close(fd);
	printf("%s.%s calls=%d allocations=%ld locks=%ld first_allocations=%ld first_locks=%ld\n", row->name,
	       blocks ? "blocking" : "nonblocking", CALLS, sum.allocations, sum.locks, first.allocations, first.locks);
}

static void run_table(const struct row *row)
{
	for (; row->name; row++) {
		run(row, true);
		run(row, false);
	}
}

static bool peer_set(struct sockaddr_in *name, const char *text)
{
	char host[INET_ADDRSTRLEN];
	unsigned port;
	if (sscanf(text, "%15[^@]@%u", host, &port) != 2)
		return false;
	name->sin_family = AF_INET;
	name->sin_port = htons((in_port_t)port);
	return inet_pton(AF_INET, host, &name->sin_addr) == 1;
}

int main(int argc, char **argv)
{
	if (argc != 4 || !peer_set(&page.peers[0], argv[2]) || !peer_set(&page.peers[1], argv[3]))
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	page.halves[0] = (struct iovec){page.bytes[0], SIZE / 2};
	page.halves[1] = (struct iovec){page.bytes[0] + SIZE / 2, SIZE / 2};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (strcmp(tables[i].name, argv[1]) == 0)
			run_table(tables[i].rows);
	return 0;
}
