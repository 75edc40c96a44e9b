/* Sends and receives in every shape, and writes down what it says and hears, in the lines of reader.h.
 *
 * usage: capture_client A B SIX     (each peer as ADDRESS@PORT; what A and SIX answer is relayed, B is direct) */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ROOM = 2048, MANY = 6 };

struct peer {
	socklen_t size;
	struct sockaddr_storage address;
};

static struct peer a, b, six, mapped;

static void expect(int condition, const char *what)
{
	if (condition)
		return;
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static struct peer peer_of(const char *text)
{
	struct peer peer = {0};
	struct sockaddr_in *v4 = (void *)&peer.address;
	struct sockaddr_in6 *v6 = (void *)&peer.address;
	char host[INET6_ADDRSTRLEN];
	unsigned port;
	expect(sscanf(text, "%45[^@]@%u", host, &port) == 2, text);
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((in_port_t)port);
		peer.size = sizeof *v4;
		return peer;
	}
	expect(inet_pton(AF_INET6, host, &v6->sin6_addr) == 1, text);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((in_port_t)port);
	peer.size = sizeof *v6;
	return peer;
}

static struct peer map(const struct peer *peer)
{
	const struct sockaddr_in *v4 = (const void *)&peer->address;
	struct peer made = {.size = sizeof(struct sockaddr_in6)};
	struct sockaddr_in6 *v6 = (void *)&made.address;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = v4->sin_port;
	memset(&v6->sin6_addr.s6_addr[10], 0xff, 2);
	memcpy(&v6->sin6_addr.s6_addr[12], &v4->sin_addr, 4);
	return made;
}

/* ipv4: the other end is, so that this one is written as it is. */
static void write_address(const struct sockaddr_storage *address, int ipv4)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	char text[INET6_ADDRSTRLEN];
	const void *ip = &v4->sin_addr;
	if (address->ss_family == AF_INET6)
		ip = ipv4 ? (const void *)&v6->sin6_addr.s6_addr[12] : &v6->sin6_addr;
	printf(" %s:%u", inet_ntop(ipv4 ? AF_INET : AF_INET6, ip, text, sizeof text), ntohs(v4->sin_port));
}

static void note(int fd, const char *direction, const struct sockaddr_storage *peer, const void *bytes, size_t size,
		 size_t whole)
{
	struct sockaddr_storage local;
	socklen_t length = sizeof local;
	const struct sockaddr_in6 *v6 = (const void *)peer;
	int ipv4 = peer->ss_family == AF_INET || IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
	expect(getsockname(fd, (void *)&local, &length) == 0, "getsockname");
	printf("%s", direction);
	write_address(*direction == 'i' ? peer : &local, ipv4);
	write_address(*direction == 'i' ? &local : peer, ipv4);
	printf(" ");
	for (size_t i = 0; i < size; i++)
		printf("%02x", ((const unsigned char *)bytes)[i]);
	printf("%s", size ? "" : "-");
	if (whole > size)
		printf("/%zu", whole);
	printf("\n");
}

static void said(int fd, const struct peer *peer, const void *bytes, size_t size)
{
	note(fd, "out", &peer->address, bytes, size, size);
}

static void send_one(int fd, const struct peer *peer, const char *text)
{
	expect(sendto(fd, text, strlen(text), 0, (const void *)&peer->address, peer->size) == (ssize_t)strlen(text),
	       "sendto");
	said(fd, peer, text, strlen(text));
}

static void await(int fd)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	expect(poll(&readable, 1, -1) == 1, "poll");
}

static void hear_one(int fd, size_t room)
{
	char bytes[ROOM];
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	ssize_t got;
	do
		await(fd);
	while ((got = recvfrom(fd, bytes, room, MSG_TRUNC | MSG_DONTWAIT, (void *)&from, &size)) < 0);
	note(fd, "in", &from, bytes, (size_t)got < room ? (size_t)got : room, (size_t)got);
}

static int open_socket(int family, int type)
{
	int fd = socket(family, SOCK_DGRAM | type, 0);
	expect(fd >= 0, "socket");
	return fd;
}

static void unconnected(void)
{
	int fd = open_socket(AF_INET, 0);
	char bytes[ROOM];
	send_one(fd, &a, "relayed");
	expect(recv(fd, bytes, sizeof bytes, MSG_PEEK) == 7, "MSG_PEEK");
	hear_one(fd, ROOM);
	send_one(fd, &b, "direct");
	hear_one(fd, ROOM);
	send_one(fd, &a, "");
	hear_one(fd, ROOM);
	send_one(fd, &a, "only a part of it is heard");
	hear_one(fd, 10);
	close(fd);
}

static void connected(const struct peer *peer)
{
	int fd = open_socket(AF_INET, 0);
	char one[] = "wr", two[] = "itev", bytes[ROOM];
	struct iovec pieces[] = {{one, 2}, {two, 4}}, room[] = {{bytes, 3}, {bytes + 3, ROOM - 3}};
	expect(connect(fd, (const void *)&peer->address, peer->size) == 0, "connect");
	expect(send(fd, "send", 4, 0) == 4, "send");
	said(fd, peer, "send", 4);
	expect(recv(fd, bytes, ROOM, 0) == 4, "recv");
	note(fd, "in", &peer->address, bytes, 4, 4);
	expect(write(fd, "write", 5) == 5, "write");
	said(fd, peer, "write", 5);
	expect(read(fd, bytes, ROOM) == 5, "read");
	note(fd, "in", &peer->address, bytes, 5, 5);
	expect(writev(fd, pieces, 2) == 6, "writev");
	said(fd, peer, "writev", 6);
	expect(readv(fd, room, 2) == 6, "readv");
	note(fd, "in", &peer->address, bytes, 6, 6);
	close(fd);
}

static void messages(const struct peer *even, const struct peer *odd)
{
	int fd = open_socket(AF_INET, 0);
	struct mmsghdr out[MANY] = {0}, in[MANY] = {0};
	struct iovec pieces[MANY], room[MANY];
	struct sockaddr_storage from[MANY];
	char texts[MANY][16] = {{0}}, bytes[MANY][ROOM] = {{0}};
	for (int i = 0; i < MANY; i++) {
		const struct peer *peer = i % 2 ? odd : even;
		pieces[i] = (struct iovec){texts[i], (size_t)snprintf(texts[i], sizeof texts[i], "message %d", i)};
		room[i] = (struct iovec){bytes[i], ROOM};
		out[i].msg_hdr = (struct msghdr){.msg_name = (void *)(uintptr_t)&peer->address,
						 .msg_namelen = peer->size,
						 .msg_iov = &pieces[i],
						 .msg_iovlen = 1};
		in[i].msg_hdr = (struct msghdr){
		    .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &room[i], .msg_iovlen = 1};
	}
	send_one(fd, even, "first");
	hear_one(fd, ROOM);
	expect(sendmmsg(fd, out, MANY, 0) == MANY, "sendmmsg");
	for (int i = 0; i < MANY; i++)
		said(fd, i % 2 ? odd : even, texts[i], pieces[i].iov_len);
	for (int heard = 0; heard < MANY;) {
		await(fd);
		int got = recvmmsg(fd, in, (unsigned)(MANY - heard), MSG_DONTWAIT, NULL);
		expect(got > 0 || errno == EAGAIN, "recvmmsg");
		for (int i = 0; i < got; i++)
			note(fd, "in", &from[i], bytes[i], in[i].msg_len, in[i].msg_len);
		heard += got > 0 ? got : 0;
	}
	close(fd);
}

/* by_socket: the segments' size is the socket's, else the call's. */
static void segments(const struct peer *peer, int by_socket)
{
	enum { SEGMENT = 100, SIZE = 250 };
	int fd = open_socket(AF_INET, 0), segment = SEGMENT;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))] = {0};
	char bytes[SIZE];
	struct iovec piece = {bytes, SIZE};
	struct msghdr message = {.msg_name = (void *)(uintptr_t)&peer->address,
				 .msg_namelen = peer->size,
				 .msg_iov = &piece,
				 .msg_iovlen = 1};
	memset(bytes, 's', SIZE);
	if (by_socket) {
		expect(setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) == 0, "UDP_SEGMENT");
	} else {
		struct cmsghdr *header = (void *)control;
		*header = (struct cmsghdr){
		    .cmsg_len = CMSG_LEN(sizeof(uint16_t)), .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT};
		memcpy(CMSG_DATA(header), &(uint16_t){SEGMENT}, sizeof(uint16_t));
		message.msg_control = control;
		message.msg_controllen = sizeof control;
	}
	expect(sendmsg(fd, &message, 0) == SIZE, "sendmsg");
	for (size_t at = 0; at < SIZE; at += SEGMENT)
		said(fd, peer, bytes + at, SIZE - at < SEGMENT ? SIZE - at : SEGMENT);
	for (size_t at = 0; at < SIZE; at += SEGMENT)
		hear_one(fd, ROOM);
	close(fd);
}

/* What the kernel hands over as one was several. */
static void joined(const struct peer *peer)
{
	enum { SIZE = 350 };
	static const char wish[] = "!segments 3 100 50";
	int fd = open_socket(AF_INET, 0), on = 1, segment = 0;
	_Alignas(struct cmsghdr) char control[256];
	char bytes[ROOM];
	struct iovec room = {bytes, sizeof bytes};
	struct msghdr message = {
	    .msg_iov = &room, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	expect(setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) == 0, "UDP_GRO");
	expect(connect(fd, (const void *)&peer->address, peer->size) == 0, "connect");
	expect(send(fd, wish, strlen(wish), 0) == (ssize_t)strlen(wish), "send");
	said(fd, peer, wish, strlen(wish));
	expect(recvmsg(fd, &message, 0) == SIZE, "recvmsg");
	for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each))
		if (each->cmsg_level == IPPROTO_UDP && each->cmsg_type == UDP_GRO)
			memcpy(&segment, CMSG_DATA(each), sizeof segment);
	expect(segment == 100, "its size");
	for (size_t at = 0; at < SIZE; at += (size_t)segment) {
		size_t size = SIZE - at < (size_t)segment ? SIZE - at : (size_t)segment;
		note(fd, "in", &peer->address, bytes + at, size, size);
	}
	close(fd);
}

static void other_family(void)
{
	int fd = open_socket(AF_INET6, 0);
	send_one(fd, &six, "to an IPv6 address");
	hear_one(fd, ROOM);
	send_one(fd, &mapped, "to a mapped one");
	hear_one(fd, ROOM);
	close(fd);
}

/* What is said before there is an association. */
static void queued(void)
{
	int fd = open_socket(AF_INET, SOCK_NONBLOCK);
	for (int i = 0; i < 3; i++)
		send_one(fd, &a, "queued");
	for (int i = 0; i < 3; i++)
		hear_one(fd, ROOM);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0); /* of one that hangs it is known where */
	a = peer_of(argv[1]);
	b = peer_of(argv[2]);
	six = peer_of(argv[3]);
	mapped = map(&a);
	unconnected();
	connected(&a);
	connected(&b);
	messages(&a, &a);
	messages(&b, &b);
	messages(&a, &b);
	for (int by_socket = 0; by_socket < 2; by_socket++) {
		segments(&a, by_socket);
		segments(&b, by_socket);
	}
	joined(&a);
	joined(&b);
	other_family();
	queued();
	return 0;
}
