/* A relay that is never what a measurement waits for, and the destination that is reached without one.
 *
 *	path_relay PORT      SOCKS5 at 127.0.0.1:PORT, UDP ASSOCIATE without a login; every association has the one
 *relay
 *
 * Says "ready plain=PORT relay=PORT room=OCTETS" (of both sockets' receive buffers) and answers each line of its
 * standard input:
 *
 *	echo                 from now on what arrives goes back at once; at first it lies in the sockets until counted
 *	sink                 as at first
 *	count N              what has arrived since the last time, once it is N datagrams or no more come
 *	mark SLOT            remembers who was heard last, and how
 *	fill SLOT COUNT SIZE sends COUNT datagrams of SIZE octets to who is in the slot
 *	await N              answers when N associations have been granted
 *
 * A sink sleeps while its datagrams arrive: nothing but the sender runs then, and nobody's buffer is fuller than
 * another's. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/path_wire.h"

#define BATCH        64
#define SLOTS        8
#define ROOM         (64 << 20)
#define PATIENT_MS   1000
#define CONTROL_MOST 64 /* octets of a greeting or a request that are accepted */
#define PAYLOAD_MOST 8192
#define DATAGRAM     (WIRE_HEADER + PAYLOAD_MOST + 64)

enum kind { PLAIN, RELAYED, KINDS };

struct heard {
	struct sockaddr_in from;
	uint8_t header[WIRE_HEADER];
	enum kind kind;
};

struct control {
	uint8_t bytes[CONTROL_MOST];
	size_t used;
	bool greeted;
	bool granted;
};

static struct {
	int watch;
	int listener;
	int sockets[KINDS];
	in_port_t ports[KINDS];
	bool echoes;
	long counts[KINDS];
	long raw; /* at the relay: not a whole SOCKS5 datagram for the plain socket */
	long granted;
	long awaited; /* granted associations that somebody waits for, or 0 */
	struct heard last;
	struct heard slots[SLOTS];
	struct control *controls; /* by descriptor */
	size_t control_room;
} relay;

static struct {
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	struct sockaddr_in names[BATCH];
	uint8_t control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
	uint8_t bytes[BATCH][DATAGRAM];
} batch;

static void give_up(const char *what)
{
	perror(what);
	exit(1);
}

static void watch(int fd, int operation)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	if (epoll_ctl(relay.watch, operation, fd, &event) < 0)
		give_up("epoll_ctl");
}

static void batch_prepare(int count, size_t room)
{
	for (int i = 0; i < count; i++) {
		batch.parts[i] = (struct iovec){batch.bytes[i], room};
		batch.messages[i].msg_hdr = (struct msghdr){.msg_name = &batch.names[i],
							    .msg_namelen = sizeof batch.names[i],
							    .msg_iov = &batch.parts[i],
							    .msg_iovlen = 1,
							    .msg_control = batch.control[i],
							    .msg_controllen = sizeof batch.control[i]};
	}
}

/* Counts one datagram. False: it is dropped. */
static bool account(enum kind kind, int at)
{
	relay.last.from = batch.names[at];
	relay.last.kind = kind;
	if (kind == PLAIN) {
		relay.counts[PLAIN]++;
		return true;
	}
	if (!wire_is_for(batch.bytes[at], batch.messages[at].msg_len, relay.ports[PLAIN])) {
		relay.raw++;
		return false;
	}
	memcpy(relay.last.header, batch.bytes[at], WIRE_HEADER);
	relay.counts[RELAYED]++;
	return true;
}

/* Takes what lies in a socket, headers only. */
static int drain(enum kind kind)
{
	batch_prepare(BATCH, WIRE_HEADER);
	int got = recvmmsg(relay.sockets[kind], batch.messages, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
	for (int i = 0; i < got; i++)
		account(kind, i);
	return got;
}

/* The answer comes from where the datagram went: the control data that was received says so, and says it to the
 * kernel, too. */
static void echo(enum kind kind)
{
	batch_prepare(BATCH, DATAGRAM);
	int got = recvmmsg(relay.sockets[kind], batch.messages, BATCH, MSG_DONTWAIT, NULL), kept = 0;
	for (int i = 0; i < got; i++) {
		if (!account(kind, i))
			continue;
		batch.parts[i].iov_len = batch.messages[i].msg_len;
		batch.messages[kept++].msg_hdr = batch.messages[i].msg_hdr;
	}
	for (int sent = 0; sent < kept;) {
		int now = sendmmsg(relay.sockets[kind], batch.messages + sent, (unsigned)(kept - sent), 0);
		if (now < 0)
			give_up("sendmmsg");
		sent += now;
	}
}

static void count_until(long wanted)
{
	struct pollfd fds[KINDS] = {{.fd = relay.sockets[PLAIN], .events = POLLIN},
				    {.fd = relay.sockets[RELAYED], .events = POLLIN}};
	do {
		while (drain(PLAIN) > 0 || drain(RELAYED) > 0)
			continue;
	} while (relay.counts[PLAIN] + relay.counts[RELAYED] + relay.raw < wanted && poll(fds, KINDS, PATIENT_MS) > 0);
	printf("ok relayed=%ld plain=%ld raw=%ld granted=%ld\n", relay.counts[RELAYED], relay.counts[PLAIN], relay.raw,
	       relay.granted);
	relay.counts[RELAYED] = relay.counts[PLAIN] = relay.raw = 0;
}

static bool fill_batch(const struct heard *to, int count, size_t size)
{
	size_t header = to->kind == RELAYED ? WIRE_HEADER : 0;
	batch_prepare(count, header + size);
	for (int i = 0; i < count; i++) {
		memcpy(batch.bytes[i], to->header, header);
		batch.names[i] = to->from;
		batch.messages[i].msg_hdr.msg_control = NULL;
		batch.messages[i].msg_hdr.msg_controllen = 0;
	}
	return sendmmsg(relay.sockets[to->kind], batch.messages, (unsigned)count, 0) == count;
}

static void fill(const struct heard *to, long count, size_t size)
{
	for (long left = count; left > 0; left -= BATCH)
		if (size > PAYLOAD_MOST || !fill_batch(to, (int)(left < BATCH ? left : BATCH), size)) {
			printf("error sendmmsg %s\n", strerrorname_np(errno));
			return;
		}
	printf("ok\n");
}

static void set_echo(bool echoes)
{
	if (echoes != relay.echoes)
		for (enum kind kind = PLAIN; kind < KINDS; kind++)
			watch(relay.sockets[kind], echoes ? EPOLL_CTL_ADD : EPOLL_CTL_DEL);
	relay.echoes = echoes;
	printf("ok\n");
}

static void answer_waiter(void)
{
	if (relay.awaited == 0 || relay.granted < relay.awaited)
		return;
	printf("ok granted=%ld\n", relay.granted);
	relay.awaited = 0;
}

static void obey(const char *line)
{
	char name[32] = "";
	long a = 0, b = 0, c = 0;
	sscanf(line, "%31s %ld %ld %ld", name, &a, &b, &c);
	struct heard *slot = &relay.slots[a >= 0 && a < SLOTS ? a : 0];
	if (strcmp(name, "count") == 0)
		count_until(a);
	else if (strcmp(name, "fill") == 0)
		fill(slot, b, (size_t)c);
	else if (strcmp(name, "echo") == 0 || strcmp(name, "sink") == 0)
		set_echo(name[0] == 'e');
	else if (strcmp(name, "mark") == 0) {
		*slot = relay.last;
		printf("ok\n");
	} else if (strcmp(name, "await") == 0) {
		relay.awaited = a;
		answer_waiter();
	} else
		printf("error %s\n", name);
}

/* Who asks waits for the answer: there is never more than one line. */
static void hear_orders(void)
{
	char line[256];
	ssize_t got = read(STDIN_FILENO, line, sizeof line - 1);
	if (got <= 0)
		exit(0);
	line[got] = '\0';
	obey(line);
}

static size_t greeting_size(const struct control *control)
{
	return control->used < 2 ? 2 : 2u + control->bytes[1];
}

static size_t request_size(const struct control *control)
{
	if (control->used < 5)
		return 5;
	switch (control->bytes[3]) {
	case 1:
		return 10;
	case 3:
		return 7u + control->bytes[4];
	default:
		return 22;
	}
}

static bool reply(int fd, const void *bytes, size_t size)
{
	return send(fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool grant(int fd)
{
	uint8_t bytes[10] = {5, 0, 0};
	struct sockaddr_in name = wire_loopback(relay.ports[RELAYED]);
	wire_put_address(bytes + 3, &name);
	relay.granted++;
	return reply(fd, bytes, sizeof bytes);
}

static bool take_step(int fd, struct control *control)
{
	size_t size = control->greeted ? request_size(control) : greeting_size(control);
	if (control->used < size || control->granted)
		return false;
	if (control->greeted)
		control->granted = grant(fd);
	else
		control->greeted = reply(fd, (uint8_t[]){5, 0}, 2);
	control->used -= size;
	memmove(control->bytes, control->bytes + size, control->used);
	return true;
}

static void hear_control(int fd)
{
	struct control *control = &relay.controls[fd];
	ssize_t got = recv(fd, control->bytes + control->used, sizeof control->bytes - control->used, MSG_DONTWAIT);
	if (got <= 0) {
		close(fd);
		return;
	}
	control->used += (size_t)got;
	while (take_step(fd, control))
		continue;
	answer_waiter();
}

static void accept_control(void)
{
	int fd = accept4(relay.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0 || (size_t)fd >= relay.control_room)
		give_up("accept");
	/* an end that leaves nothing behind: a client that goes on for long would run out of ports */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
	relay.controls[fd] = (struct control){0};
	watch(fd, EPOLL_CTL_ADD);
}

static void obey_event(int fd)
{
	if (fd == STDIN_FILENO)
		hear_orders();
	else if (fd == relay.listener)
		accept_control();
	else if (fd == relay.sockets[PLAIN])
		echo(PLAIN);
	else if (fd == relay.sockets[RELAYED])
		echo(RELAYED);
	else
		hear_control(fd);
}

static in_port_t bound_port(int fd)
{
	struct sockaddr_in name;
	socklen_t size = sizeof name;
	if (getsockname(fd, (struct sockaddr *)&name, &size) < 0)
		give_up("getsockname");
	return ntohs(name.sin_port);
}

static void open_socket(enum kind kind)
{
	struct sockaddr_in name = wire_loopback(0);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;
	if (kind == PLAIN) {
		name.sin_addr.s_addr = INADDR_ANY;
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
	}
	if (bind(fd, (struct sockaddr *)&name, sizeof name) < 0)
		give_up("bind");
	wire_make_room(fd, ROOM);
	relay.sockets[kind] = fd;
	relay.ports[kind] = bound_port(fd);
}

static void open_listener(in_port_t port)
{
	struct sockaddr_in name = wire_loopback(port);
	int one = 1;
	relay.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(relay.listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(relay.listener, (struct sockaddr *)&name, sizeof name) < 0 || listen(relay.listener, SOMAXCONN) < 0)
		give_up("listen");
}

static void make_controls(void)
{
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	relay.control_room = limit.rlim_cur < 65536 ? limit.rlim_cur : 65536;
	relay.controls = calloc(relay.control_room, sizeof *relay.controls);
	if (!relay.controls)
		give_up("controls");
}

int main(int argc, char **argv)
{
	struct epoll_event events[BATCH];
	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	make_controls();
	relay.watch = epoll_create1(EPOLL_CLOEXEC);
	open_socket(PLAIN);
	open_socket(RELAYED);
	open_listener((in_port_t)strtoul(argv[1], NULL, 10));
	watch(STDIN_FILENO, EPOLL_CTL_ADD);
	watch(relay.listener, EPOLL_CTL_ADD);
	printf("ready plain=%u relay=%u room=%ld\n", relay.ports[PLAIN], relay.ports[RELAYED],
	       wire_room(relay.sockets[RELAYED]));
	for (;;) {
		int count = epoll_wait(relay.watch, events, BATCH, -1);
		for (int i = 0; i < count; i++)
			obey_event(events[i].data.fd);
	}
}
