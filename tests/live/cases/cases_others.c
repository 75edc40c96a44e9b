/* What is no UDP socket is as it was, also in a program whose UDP is relayed, and under numbers that UDP sockets had.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/inline_call.h"
#include "tests/live/cases/observe.h"

static void exchange(int fd, const char *text)
{
	say(fd, &peer_a, text);
	hear(fd);
}

/* Takes a number that was a relayed socket's and that nobody saw closed. */
static void leave_stale_number(void)
{
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	exchange(fd, "relayed");
	inline_call(SYS_close, fd, 0, 0);
}

static void read_and_write(int in, int out)
{
	char bytes[32];
	struct iovec vector = {bytes, sizeof bytes};
	observe_result("write", write(out, "written", 7));
	observe_datagram("read", read(in, bytes, room(sizeof bytes)), bytes, NULL, 0);
	observe_result("writev", writev(out, &(struct iovec){"gathered", 8}, 1));
	observe_datagram("readv", readv(in, &vector, 1), bytes, NULL, 0);
}

static void send_and_receive(int in, int out)
{
	char bytes[32];
	struct iovec vector = {bytes, sizeof bytes};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	read_and_write(in, out);
	observe_result("send", send(out, "sent", 4, 0));
	observe_datagram("recv", recv(in, bytes, room(sizeof bytes), 0), bytes, NULL, 0);
	observe_result("sendmsg",
		       sendmsg(out, &(struct msghdr){.msg_iov = &(struct iovec){"message", 7}, .msg_iovlen = 1}, 0));
	observe_datagram("recvmsg", recvmsg(in, &message, 0), bytes, NULL, 0);
}

void case_others_tcp(void)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_storage from;
	socklen_t size = sizeof here, from_size = sizeof from;
	leave_stale_number();
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	observe_result("bind", bind(listener, (struct sockaddr *)&here, sizeof here));
	observe_result("listen", listen(listener, 1));
	observe_result("getsockname", getsockname(listener, (struct sockaddr *)&here, &size));
	leave_stale_number();
	int client = socket(AF_INET, SOCK_STREAM, 0);
	observe_result("connect", connect(client, (struct sockaddr *)&here, sizeof here));
	leave_stale_number();
	int server = accept(listener, (struct sockaddr *)&from, &from_size);
	observe("from %s", address_name(&from, from_size));
	send_and_receive(server, client);
	send_and_receive(client, server);
	observe_names(client);
	observe_result("shutdown", shutdown(client, SHUT_WR));
	observe_result("read", read(server, &size, 1));
}

void case_others_unix(void)
{
	int ends[2];
	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		leave_stale_number();
		observe_result("socketpair", socketpair(AF_UNIX, type, 0, ends));
		send_and_receive(ends[0], ends[1]);
	}
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0others_unix"};
	socklen_t size = offsetof(struct sockaddr_un, sun_path) + sizeof "\0others_unix" - 1;
	int server = socket(AF_UNIX, SOCK_DGRAM, 0), client = socket(AF_UNIX, SOCK_DGRAM, 0);
	char bytes[16];
	observe_result("bind", bind(server, (struct sockaddr *)&name, size));
	observe_result("sendto", sendto(client, "named", 5, 0, (struct sockaddr *)&name, size));
	observe_datagram("recv", recv(server, bytes, room(sizeof bytes), 0), bytes, NULL, 0);
	observe_result("connect", connect(client, (struct sockaddr *)&name, size));
	send_and_receive(server, client);
}

void case_others_pipe(void)
{
	int ends[2];
	leave_stale_number();
	observe_result("pipe", pipe(ends));
	read_and_write(ends[0], ends[1]);
	observe_result("send", send(ends[1], "x", 1, 0));
	observe_result("connect", connect(ends[1], &peer_a.any, peer_a.size));
	observe_result("sendto", sendto(ends[1], "x", 1, 0, &peer_a.any, peer_a.size));
}

void case_others_file(void)
{
	char bytes[32];
	int ends[2];
	leave_stale_number();
	int fd = memfd_create("file", 0);
	observe_result("write", write(fd, "contents of a file", 18));
	observe("lseek: %ld", (long)lseek(fd, 0, SEEK_SET));
	observe_datagram("read", read(fd, bytes, room(8)), bytes, NULL, 0);
	observe_result("pwrite", pwrite(fd, "x", 1, 0));
	observe_datagram("pread", pread(fd, bytes, sizeof bytes, 0), bytes, NULL, 0);
	observe_result("pipe", pipe(ends));
	observe_result("sendfile", sendfile(ends[1], fd, NULL, 100));
	observe_datagram("read", read(ends[0], bytes, room(sizeof bytes)), bytes, NULL, 0);
	FILE *stream = fdopen(dup(fd), "w+");
	observe("fprintf: %d", fprintf(stream, "by stdio"));
	observe("fclose: %d", fclose(stream));
	leave_stale_number();
	int null = open("/dev/null", O_RDWR);
	observe_result("write", write(null, "nothing", 7));
	observe_result("read", read(null, bytes, room(sizeof bytes)));
}

void case_others_netlink(void)
{
	struct {
		struct nlmsghdr header;
		struct rtgenmsg body;
	} request = {{.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
		      .nlmsg_type = RTM_GETLINK,
		      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		     {.rtgen_family = AF_UNSPEC}};
	char bytes[8192];
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	leave_stale_number();
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	observe_result("sendto",
		       sendto(fd, &request, request.header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel));
	ssize_t got = recv(fd, bytes, room(sizeof bytes), 0);
	const struct nlmsghdr *answer = (const struct nlmsghdr *)(const void *)bytes;
	observe("answer: %s", got > 0 && answer->nlmsg_type == RTM_NEWLINK ? "a link" : "none");
}

void case_others_raw(void)
{
	struct icmphdr echo = {.type = ICMP_ECHO, .checksum = 0xfff7};
	char bytes[256];
	leave_stale_number();
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	if (fd < 0) {
		observe_result("raw", fd);
		return;
	}
	observe_result("sendto", sendto(fd, &echo, sizeof echo, 0, &peer_a.any, peer_a.size));
	observe_result("recv", recv(fd, bytes, room(sizeof bytes), 0));
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_names(fd);
}

void case_others_packet(void)
{
	struct sockaddr_ll loopback = {
	    .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_LOOPBACK), .sll_ifindex = 1};
	char bytes[64];
	leave_stale_number();
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_LOOPBACK));
	if (fd < 0) {
		observe_result("packet", fd);
		return;
	}
	observe_result("bind", bind(fd, (struct sockaddr *)&loopback, sizeof loopback));
	observe_result("sendto", sendto(fd, "a packet", 8, 0, (struct sockaddr *)&loopback, sizeof loopback));
	observe_datagram("recv", recv(fd, bytes, room(sizeof bytes), 0), bytes, NULL, 0);
}

/* Numbers that are taken over by other sockets of the same kind. */
void case_close_unseen(void)
{
	for (int i = 0; i < 3; i++) {
		int fd = udp(AF_INET, 0);
		observe_names(fd);
		observe_result("connect", connect(fd, i % 2 ? &peer_b.any : &peer_a.any, peer_a.size));
		observe_result("send", send(fd, "unseen", 6, 0));
		hear(fd);
		inline_call(SYS_close, fd, 0, 0);
		observe_result("send", send(fd, "x", 1, 0));
	}
	int fd = udp(AF_INET, 0), other = udp(AF_INET, 0);
	exchange(fd, "mine");
	inline_call(SYS_dup3, other, fd, 0);
	exchange(fd, "the other one's");
	exchange(other, "by its own number");
}
