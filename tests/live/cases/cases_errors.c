/* The error queue: times of departure, what is too long, buffers that are free again. */
#include <time.h>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

enum { FRAME = 2048, LINK_HEADER = 14, IP_HEADER = 20, HEADERS = LINK_HEADER + IP_HEADER + 8 };

static void set(int fd, const char *what, int level, int option, int value)
{
	observe_result(what, setsockopt(fd, level, option, &value, sizeof value));
}

static unsigned number(const unsigned char *at)
{
	return (unsigned)(at[0] << 8 | at[1]);
}

/* All but the own port, and what the kernel numbers. */
static void observe_frame(const unsigned char *frame, size_t size)
{
	const unsigned char *ip = frame + LINK_HEADER, *udp = ip + IP_HEADER;
	struct sockaddr_in to = {.sin_family = AF_INET};
	unsigned sum = 0;
	if (size < HEADERS) {
		observe("  %.*s", (int)size, (const char *)frame);
		return;
	}
	for (int i = 0; i < IP_HEADER; i += 2)
		sum += number(ip + i);
	memcpy(&to.sin_addr, ip + 16, 4);
	memcpy(&to.sin_port, udp + 2, 2);
	observe("  frame: IP %u octets to %s, checksum %s", number(ip + 2), address_name(&to, sizeof to),
		sum % 0xffff == 0 ? "right" : "wrong");
	observe("  UDP %u octets, checksum %04x: %.*s", number(udp + 4), number(udp + 6), (int)(size - HEADERS),
		(const char *)udp + 8);
}

static void observe_entry(struct msghdr *message)
{
	for (struct cmsghdr *one = CMSG_FIRSTHDR(message); one; one = CMSG_NXTHDR(message, one)) {
		struct sock_extended_err error;
		observe("  control %d/%d %zu", one->cmsg_level, one->cmsg_type, (size_t)one->cmsg_len);
		if (one->cmsg_level == SOL_SOCKET || one->cmsg_len < CMSG_LEN(sizeof error))
			continue;
		memcpy(&error, CMSG_DATA(one), sizeof error);
		observe("    %s, origin %u, code %u", strerrorname_np((int)error.ee_errno), error.ee_origin,
			error.ee_code);
		observe("    data %u", error.ee_data);
		observe("    info %u", error.ee_info);
	}
}

static void observe_queue(int fd, size_t control_room)
{
	for (;;) {
		unsigned char frame[FRAME];
		_Alignas(struct cmsghdr) char control[512];
		struct sockaddr_storage name = {0};
		struct iovec vector = {frame, sizeof frame};
		struct msghdr message = {.msg_name = &name,
					 .msg_namelen = sizeof name,
					 .msg_iov = &vector,
					 .msg_iovlen = 1,
					 .msg_control = control,
					 .msg_controllen = control_room};
		struct pollfd look = {.fd = fd};
		poll(&look, 1, 0);
		observe("poll %#x", (unsigned)look.revents);
		ssize_t got = observe_result("ERRQUEUE", recvmsg(fd, &message, MSG_ERRQUEUE));
		if (got < 0)
			return;
		observe("  flags %#x, control %zu, name %u: %s", (unsigned)message.msg_flags,
			(size_t)message.msg_controllen, message.msg_namelen,
			message.msg_namelen ? address_name(&name, message.msg_namelen) : "none");
		observe_frame(frame, (size_t)got);
		observe_entry(&message);
	}
}

static void send_both_ways(int fd, size_t control_room)
{
	say(fd, &peer_a, "hello");
	observe_queue(fd, control_room);
	hear(fd);
	observe_result("connect", connect(fd, &peer_b.any, peer_b.size));
	observe_result("send", send(fd, "connected", 9, 0));
	observe_queue(fd, control_room);
	hear(fd);
	close(fd);
}

void case_departure_times(void)
{
	int fd = udp(AF_INET, 0);
	set(fd, "SO_TIMESTAMPING", SOL_SOCKET, SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE);
	send_both_ways(fd, 512);
	fd = udp(AF_INET, 0);
	set(fd, "SO_TIMESTAMPING", SOL_SOCKET, SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED |
		SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_CMSG);
	send_both_ways(fd, 100);
}

/* Each of many has a time and a number of its own. */
void case_departure_numbers(void)
{
	struct mmsghdr messages[4];
	struct iovec vector = {(char[]){"many"}, 4};
	int fd = udp(AF_INET, 0);
	set(fd, "SO_TIMESTAMPING", SOL_SOCKET, SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
		SOF_TIMESTAMPING_OPT_TSONLY);
	for (int i = 0; i < 4; i++)
		messages[i] = (struct mmsghdr){
		    .msg_hdr = {
			.msg_name = &peer_a.any, .msg_namelen = peer_a.size, .msg_iov = &vector, .msg_iovlen = 1}};
	say(fd, &peer_a, "first");
	observe_result("sendmmsg", sendmmsg(fd, messages, 4, 0));
	observe_queue(fd, 512);
	for (int i = 0; i < 5; i++)
		hear(fd);
	close(fd);
}

/* The kernel gives what it can, and counts no control data that it could not write. */
void case_departure_to_bad_memory(void)
{
	char bytes[128];
	struct iovec vector = {bytes, sizeof bytes};
	int fd = udp(AF_INET, 0);
	set(fd, "SO_TIMESTAMPING", SOL_SOCKET, SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY);
	for (int bad = 0; bad < 3; bad++) {
		struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_controllen = bad == 1 ? 8 : 512};
		message.msg_control = bad < 2 ? (void *)8 : NULL;
		say(fd, &peer_a, "hello");
		observe_result("ERRQUEUE", recvmsg(fd, &message, MSG_ERRQUEUE));
		observe("  flags %#x, control %zu", (unsigned)message.msg_flags, (size_t)message.msg_controllen);
		hear(fd);
	}
	close(fd);
}

void case_too_long_told(void)
{
	static char large[65520];
	int fd = udp(AF_INET, 0);
	set(fd, "IP_RECVERR", IPPROTO_IP, IP_RECVERR, 1);
	say(fd, &peer_b, "hello");
	hear(fd);
	observe_result("sendto", sendto(fd, large, sizeof large, 0, &peer_a.any, peer_a.size));
	observe_queue(fd, 512);
	observe_result("connect", connect(fd, &peer_b.any, peer_b.size));
	observe_result("send", send(fd, large, sizeof large, 0));
	observe_queue(fd, 512);
	observe_result("send", send(fd, "after", 5, 0));
	hear(fd);
	close(fd);
}

void case_zero_copy(void)
{
	static char bytes[3000];
	int fd = udp(AF_INET, 0);
	memset(bytes, 'z', sizeof bytes);
	set(fd, "SO_ZEROCOPY", SOL_SOCKET, SO_ZEROCOPY, 1);
	say(fd, &peer_a, "hello");
	hear(fd);
	observe_result("sendto", sendto(fd, bytes, sizeof bytes, MSG_ZEROCOPY, &peer_a.any, peer_a.size));
	observe_result("sendto", sendto(fd, bytes, 5, MSG_ZEROCOPY, &peer_a.any, peer_a.size));
	settle(&peer_a);
	hear(fd);
	hear(fd);
	observe_queue(fd, 512);
	close(fd);
}
