/* Options that add to what is received, and UDP_CORK. */
#include <linux/net_tstamp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/inline_call.h"
#include "tests/live/cases/observe.h"

/* Times differ; their number, kinds and sizes do not. */
static void hear_control(int fd)
{
	char bytes[64];
	_Alignas(struct cmsghdr) char control[512];
	struct iovec vector = {bytes, sizeof bytes};
	struct msghdr message = {
	    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	observe_datagram("recvmsg", recvmsg(fd, &message, 0), bytes, NULL, 0);
	observe("  flags %#x, control %zu", (unsigned)message.msg_flags, (size_t)message.msg_controllen);
	for (struct cmsghdr *one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one)) {
		struct scm_ts_pktinfo info = {0};
		observe("  control %d/%d %zu", one->cmsg_level, one->cmsg_type, (size_t)one->cmsg_len);
		if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_TIMESTAMPING_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(one), sizeof info);
		observe("    interface %u, length %u", info.if_index, info.pkt_length);
	}
}

static void hear_with(int fd, const char *what, int option, int value)
{
	observe_result(what, setsockopt(fd, SOL_SOCKET, option, &value, sizeof value));
	say(fd, &peer_a, "hello");
	hear_control(fd);
}

/* Some time after the first socket that wants times the kernel begins to take them; as long as there is one it goes on.
 * This one talks to itself, past everything, until it is told one. */
static int await_times(void)
{
	int times = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;
	struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof self;
	_Alignas(struct cmsghdr) char control[512];
	struct msghdr message = {.msg_control = control};
	int fd = (int)inline_call(SYS_socket, AF_INET, SOCK_DGRAM, 0);
	inline_call(SYS_bind, fd, (long)&self, size);
	inline_call(SYS_getsockname, fd, (long)&self, (long)&size);
	inline_call(SYS_connect, fd, (long)&self, size);
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING_OLD, &times, sizeof times);
	do {
		inline_call(SYS_write, fd, (long)"", 0);
		message.msg_controllen = sizeof control;
	} while (inline_call(SYS_recvmsg, fd, (long)&message, 0) == 0 && message.msg_controllen == 0);
	return fd;
}

void case_receive_times(void)
{
	int fd = udp(AF_INET, 0), first = await_times();
	hear_with(fd, "SO_TIMESTAMP", SO_TIMESTAMP_OLD, 1);
	hear_with(fd, "SO_TIMESTAMP, new", SO_TIMESTAMP_NEW, 1);
	hear_with(fd, "SO_TIMESTAMPNS", SO_TIMESTAMPNS_OLD, 1);
	hear_with(fd, "SO_TIMESTAMPNS, new", SO_TIMESTAMPNS_NEW, 1);
	hear_with(fd, "no more", SO_TIMESTAMPNS_NEW, 0);
	hear_with(fd, "SO_TIMESTAMPING", SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE);
	hear_with(fd, "SO_TIMESTAMPING, new", SO_TIMESTAMPING_NEW,
		  SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_OPT_PKTINFO);
	hear_with(fd, "SO_RXQ_OVFL", SO_RXQ_OVFL, 1);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	hear_with(fd, "SO_RXQ_OVFL", SO_RXQ_OVFL, 1);
	close(first);
	close(fd);
}

static void cork(int fd, int value)
{
	observe_result(value ? "cork" : "uncork", setsockopt(fd, IPPROTO_UDP, UDP_CORK, &value, sizeof value));
}

/* The destination of the first part is that of all. */
void case_cork(void)
{
	int fd = udp(AF_INET, 0);
	cork(fd, 1);
	say(fd, &peer_a, "put ");
	say(fd, &peer_b, "together ");
	observe_result("send", send(fd, "at last", 7, 0));
	cork(fd, 0);
	hear(fd);
	say(fd, &peer_b, "alone");
	hear(fd);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	cork(fd, 1);
	observe_result("send", send(fd, "con", 3, 0));
	observe_result("write", write(fd, "nected", 6));
	cork(fd, 0);
	hear(fd);
	observe_result("send", send(fd, "mo", 2, MSG_MORE));
	observe_result("send", send(fd, "re", 2, 0));
	hear(fd);
	close(fd);
}
