/* sendmsg and recvmsg, one message and many, with control data. */
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

#define BATCH 5

void case_messages(void)
{
	int fd = udp(AF_INET, 0);
	char first[3], second[64];
	struct sockaddr_storage from;
	struct iovec out[] = {{(char[]){"one "}, 4}, {(char[]){"two "}, 4}, {(char[]){"three"}, 5}};
	struct iovec in[] = {{first, sizeof first}, {second, sizeof second}};
	struct msghdr to = {.msg_name = &peer_a.any, .msg_namelen = peer_a.size, .msg_iov = out, .msg_iovlen = 3};
	struct msghdr back = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = in, .msg_iovlen = 2};
	observe_result("sendmsg", sendmsg(fd, &to, 0));
	ssize_t got = observe_result("recvmsg", recvmsg(fd, &back, 0));
	observe("%.3s|%.*s, flags %#x, from %s", first, (int)got - 3, second, (unsigned)back.msg_flags,
		address_name(&from, back.msg_namelen));
	observe_result("connect", connect(fd, &peer_b.any, peer_b.size));
	to.msg_name = NULL;
	to.msg_namelen = 0;
	observe_result("sendmsg connected", sendmsg(fd, &to, 0));
	back.msg_namelen = sizeof from;
	got = observe_result("recvmsg", recvmsg(fd, &back, 0));
	observe("%.3s|%.*s from %s", first, (int)got - 3, second, address_name(&from, back.msg_namelen));
	to.msg_iovlen = 0;
	observe_result("sendmsg of nothing", sendmsg(fd, &to, 0));
	back.msg_name = NULL;
	observe_result("recvmsg of nothing", recvmsg(fd, &back, 0));
	close(fd);
}

static void observe_control(struct msghdr *message)
{
	for (struct cmsghdr *one = CMSG_FIRSTHDR(message); one; one = CMSG_NXTHDR(message, one)) {
		observe("  control level %d type %d size %zu", one->cmsg_level, one->cmsg_type, (size_t)one->cmsg_len);
		if (one->cmsg_level != IPPROTO_IP || one->cmsg_type != IP_PKTINFO)
			continue;
		struct in_pktinfo info;
		char address[INET_ADDRSTRLEN];
		struct sockaddr_in at = {.sin_family = AF_INET};
		memcpy(&info, CMSG_DATA(one), sizeof info);
		at.sin_addr = info.ipi_addr;
		snprintf(address, sizeof address, "%s", address_name(&at, sizeof at));
		observe("  to %s on interface %d", address, info.ipi_ifindex);
	}
}

void case_control_data(void)
{
	int fd = udp(AF_INET, 0), on = 1;
	char bytes[64];
	union {
		char space[256];
		struct cmsghdr align;
	} control;
	struct iovec vector = {bytes, sizeof bytes};
	struct msghdr message = {
	    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	observe_result("IP_PKTINFO", setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on));
	observe_result("SO_TIMESTAMP_NEW",
		       setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP_NEW, &on, sizeof on)); /* 64 bits on all */
	observe_result("IP_RECVTOS", setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof on));
	observe_result("IP_RECVTTL", setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on));
	say(fd, &peer_a, "hello");
	observe_result("recvmsg", recvmsg(fd, &message, 0));
	observe("flags %#x, control %zu", (unsigned)message.msg_flags, (size_t)message.msg_controllen);
	observe_control(&message);
	say(fd, &peer_a, "hello");
	message.msg_controllen = CMSG_LEN(4);
	observe_result("recvmsg, little room", recvmsg(fd, &message, 0));
	observe("flags %#x", (unsigned)message.msg_flags);
	say(fd, &peer_a, "hello");
	message.msg_control = NULL;
	message.msg_controllen = 0;
	observe_result("recvmsg, no room", recvmsg(fd, &message, 0));
	observe("flags %#x", (unsigned)message.msg_flags);
	close(fd);
}

/* Control data on the way out: the local address to send from, TOS. */
void case_control_out(void)
{
	int fd = udp(AF_INET, 0);
	union {
		char space[CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	struct iovec vector = {(char[]){"hello"}, 5};
	struct msghdr message = {.msg_name = &peer_a.any,
				 .msg_namelen = peer_a.size,
				 .msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK)};
	struct cmsghdr *one = CMSG_FIRSTHDR(&message);
	*one = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof info), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
	memcpy(CMSG_DATA(one), &info, sizeof info);
	one = CMSG_NXTHDR(&message, one);
	*one = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_TOS};
	*(int *)(void *)CMSG_DATA(one) = 0x10;
	observe_result("sendmsg", sendmsg(fd, &message, 0));
	hear(fd);
	one->cmsg_len = 1;
	observe_result("sendmsg, bad control", sendmsg(fd, &message, 0));
	close(fd);
}

struct batch {
	char bytes[BATCH][16];
	struct iovec vectors[BATCH];
	struct sockaddr_storage names[BATCH];
	struct mmsghdr messages[BATCH];
};

static void batch_out(struct batch *batch, const struct peer *odd, const struct peer *even)
{
	memset(batch, 0, sizeof *batch);
	for (int i = 0; i < BATCH; i++) {
		const struct peer *to = i % 2 ? odd : even;
		/* different lengths, one of them none */
		int length = snprintf(batch->bytes[i], sizeof *batch->bytes, "%.*s", 2 * i, "message of many");
		batch->vectors[i] = (struct iovec){batch->bytes[i], (size_t)length};
		batch->messages[i].msg_hdr = (struct msghdr){.msg_iov = &batch->vectors[i], .msg_iovlen = 1};
		if (!to)
			continue;
		memcpy(&batch->names[i], &to->storage, to->size);
		batch->messages[i].msg_hdr.msg_name = &batch->names[i];
		batch->messages[i].msg_hdr.msg_namelen = to->size;
	}
}

static void batch_in(struct batch *batch)
{
	memset(batch, 0, sizeof *batch);
	for (int i = 0; i < BATCH; i++) {
		batch->vectors[i] = (struct iovec){batch->bytes[i], sizeof batch->bytes[i]};
		batch->messages[i].msg_hdr = (struct msghdr){.msg_name = &batch->names[i],
							     .msg_namelen = sizeof batch->names[i],
							     .msg_iov = &batch->vectors[i],
							     .msg_iovlen = 1};
	}
}

static void observe_sent(const struct batch *batch, int sent)
{
	for (int i = 0; i < sent; i++)
		observe("  sent %u", batch->messages[i].msg_len);
}

static void hear_batch(int fd, int flags, struct timespec *timeout)
{
	struct batch batch;
	batch_in(&batch);
	int got = (int)observe_result("recvmmsg", recvmmsg(fd, batch.messages, BATCH, flags, timeout));
	for (int i = 0; i < got; i++)
		observe("  %u %.16s from %s, flags %#x", batch.messages[i].msg_len, batch.bytes[i],
			address_name(&batch.names[i], batch.messages[i].msg_hdr.msg_namelen),
			(unsigned)batch.messages[i].msg_hdr.msg_flags);
}

void case_many_messages(void)
{
	struct batch batch;
	int fd = udp(AF_INET, 0);
	batch_out(&batch, &peer_a, &peer_a);
	int sent = (int)observe_result("sendmmsg", sendmmsg(fd, batch.messages, BATCH, 0));
	observe_sent(&batch, sent);
	hear_batch(fd, 0, NULL);
	observe_names(fd);
	close(fd);
}

void case_many_messages_connected(void)
{
	struct batch batch;
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	for (int i = 0; i < 3; i++) {
		batch_out(&batch, NULL, NULL);
		int sent = (int)observe_result("sendmmsg", sendmmsg(fd, batch.messages, BATCH, 0));
		observe_sent(&batch, sent);
		hear_batch(fd, 0, &(struct timespec){10, 0});
	}
	observe_result("sendmmsg of none", sendmmsg(fd, NULL, 0, 0));
	observe_result("sendmmsg of nowhere", sendmmsg(fd, NULL, 1, 0));
	observe_result("recvmmsg of none", recvmmsg(fd, NULL, 0, MSG_DONTWAIT, NULL));
	observe_result("recvmmsg, bad time", recvmmsg(fd, batch.messages, 1, 0, &(struct timespec){0, 2000000000}));
	hear_batch(fd, MSG_DONTWAIT, NULL);
	close(fd);
}

/* Two peers in one batch: the answers' order between them is not promised, so each is heard alone. */
void case_many_messages_mixed(void)
{
	struct batch batch;
	int fd = udp(AF_INET, 0), heard_a = 0, heard_b = 0;
	batch_out(&batch, &peer_a, &peer_b);
	int sent = (int)observe_result("sendmmsg", sendmmsg(fd, batch.messages, BATCH, 0));
	observe_sent(&batch, sent);
	for (int i = 0; i < sent; i++) {
		struct sockaddr_storage from;
		socklen_t size = sizeof from;
		char bytes[32];
		recvfrom(fd, bytes, room(sizeof bytes), 0, (struct sockaddr *)&from, &size);
		heard_a += strcmp(address_name(&from, size), "A") == 0;
		heard_b += strcmp(address_name(&from, size), "B") == 0;
	}
	observe("heard %d from A, %d from B", heard_a, heard_b);
	close(fd);
}

/* A message that cannot be sent ends the batch, which tells how many were. */
void case_many_messages_one_bad(void)
{
	struct batch batch;
	int fd = udp(AF_INET, 0);
	batch_out(&batch, &peer_a, &peer_a);
	batch.messages[3].msg_hdr.msg_namelen = 3;
	observe_sent(&batch, (int)observe_result("sendmmsg", sendmmsg(fd, batch.messages, BATCH, 0)));
	for (int i = 0; i < 3; i++)
		hear(fd);
	observe_result("sendmmsg of it", sendmmsg(fd, batch.messages + 3, 2, 0));
	batch.messages[3].msg_hdr.msg_iov = NULL;
	batch.messages[3].msg_hdr.msg_namelen = peer_a.size;
	observe_result("sendmmsg of no vector", sendmmsg(fd, batch.messages + 3, 2, 0));
	close(fd);
}

void case_wait_for_one(void)
{
	int fd = udp(AF_INET, 0);
	hear_batch(fd, MSG_DONTWAIT, NULL);
	say(fd, &peer_a, "one");
	hear_batch(fd, MSG_WAITFORONE, NULL);
	hear_batch(fd, MSG_WAITFORONE | MSG_DONTWAIT, NULL);
	close(fd);
}

void case_more(void)
{
	int fd = udp(AF_INET, 0), on = 1;
	observe_result("sendto MORE", sendto(fd, "one ", 4, MSG_MORE, &peer_a.any, peer_a.size));
	observe_result("sendto MORE", sendto(fd, "two ", 4, MSG_MORE, &peer_a.any, peer_a.size));
	say(fd, &peer_a, "three");
	hear(fd);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("send MORE", send(fd, "four ", 5, MSG_MORE));
	observe_result("send", send(fd, "five", 4, 0));
	hear(fd);
	observe_result("UDP_CORK", setsockopt(fd, IPPROTO_UDP, UDP_CORK, &on, sizeof on));
	observe_result("send", send(fd, "six ", 4, 0));
	observe_result("write", write(fd, "seven", 5));
	on = 0;
	observe_result("UDP_CORK", setsockopt(fd, IPPROTO_UDP, UDP_CORK, &on, sizeof on));
	hear(fd);
	close(fd);
}

static void hear_segments(int fd, int count)
{
	char bytes[400];
	for (int i = 0; i < count; i++) {
		memset(bytes, 0, sizeof bytes);
		ssize_t got = recv(fd, bytes, room(sizeof bytes), 0);
		observe("recv: %zd %c%c", got, bytes[0], got > 0 ? bytes[got - 1] : ' ');
	}
}

static void letters(char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)('a' + i / 100);
}

void case_segment_option(void)
{
	char bytes[350];
	int fd = udp(AF_INET, 0), size = 100;
	socklen_t size_size = sizeof size;
	letters(bytes, sizeof bytes);
	observe_result("UDP_SEGMENT", setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size));
	observe_result("sendto", sendto(fd, bytes, sizeof bytes, 0, &peer_a.any, peer_a.size));
	hear_segments(fd, 4);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("write", write(fd, bytes, 250));
	hear_segments(fd, 3);
	observe_result("send", send(fd, bytes, 50, 0));
	hear_segments(fd, 1);
	observe_result("UDP_SEGMENT", getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, &size_size));
	observe("  %d", size);
	close(fd);
}

void case_segment_control(void)
{
	char bytes[350];
	int fd = udp(AF_INET, 0);
	union {
		char space[CMSG_SPACE(sizeof(uint16_t))];
		struct cmsghdr align;
	} control = {{0}};
	struct iovec vectors[] = {{bytes, 150}, {bytes + 150, 200}};
	struct msghdr message = {.msg_name = &peer_a.any,
				 .msg_namelen = peer_a.size,
				 .msg_iov = vectors,
				 .msg_iovlen = 2,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	struct cmsghdr *one = CMSG_FIRSTHDR(&message);
	uint16_t size = 100;
	letters(bytes, sizeof bytes);
	*one = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof size), .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT};
	memcpy(CMSG_DATA(one), &size, sizeof size);
	observe_result("sendmsg", sendmsg(fd, &message, 0));
	hear_segments(fd, 4);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	message.msg_name = NULL;
	message.msg_namelen = 0;
	observe_result("sendmsg", sendmsg(fd, &message, 0));
	hear_segments(fd, 4);
	close(fd);
}
