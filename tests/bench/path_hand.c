/* The same patterns of a program that speaks SOCKS5 itself, as well as it can be done: the header lies before the
 * payload already, and nothing is copied. */
#include <errno.h>
#include <unistd.h>

#include "tests/bench/path_lane.h"

static size_t whole(void)
{
	return WIRE_HEADER + load.payload;
}

static bool is_sent(ssize_t sent)
{
	return sent == (ssize_t)whole();
}

static bool is_relay(const struct sockaddr_in *source)
{
	return source->sin_addr.s_addr == load.relay.sin_addr.s_addr && source->sin_port == load.relay.sin_port;
}

/* What the program would see: the source, and that the payload is there. */
static bool is_answer(const uint8_t *bytes, ssize_t size, struct sockaddr_in *source)
{
	if (size < 0 || !wire_is_whole(bytes, (size_t)size))
		return false;
	wire_take_address(bytes, source);
	return size == (ssize_t)whole() && source->sin_port == load.targets[0].sin_port;
}

static bool send_to(struct lane *lane, int fd)
{
	return is_sent(sendto(fd, lane->bytes[0], whole(), 0, (const struct sockaddr *)&load.relay, sizeof load.relay));
}

static long receive_from(struct lane *lane, int fd)
{
	struct sockaddr_in from, source;
	socklen_t size = sizeof from;
	ssize_t got = recvfrom(fd, lane->bytes[1], WIRE_HEADER + LANE_PAYLOAD, 0, (struct sockaddr *)&from, &size);
	return is_relay(&from) && is_answer(lane->bytes[1], got, &source) ? 1 : -1;
}

static long receive(struct lane *lane, int fd)
{
	struct sockaddr_in source;
	ssize_t got = recv(fd, lane->bytes[1], WIRE_HEADER + LANE_PAYLOAD, 0);
	return is_answer(lane->bytes[1], got, &source) ? 1 : -1;
}

long hand_sendto(struct lane *lane)
{
	if (load.destinations > 1)
		wire_put_header(lane->bytes[0], lane_target(lane));
	return send_to(lane, lane_socket(lane)) ? 1 : -1;
}

long hand_send(struct lane *lane)
{
	return is_sent(send(lane_socket(lane), lane->bytes[0], whole(), 0)) ? 1 : -1;
}

long hand_sendmsg(struct lane *lane)
{
	return is_sent(sendmsg(lane_socket(lane), &lane->messages[0].msg_hdr, 0)) ? 1 : -1;
}

long hand_recvfrom(struct lane *lane)
{
	return receive_from(lane, lane_socket(lane));
}

long hand_recv(struct lane *lane)
{
	return receive(lane, lane_socket(lane));
}

long hand_recvmmsg(struct lane *lane)
{
	struct sockaddr_in source;
	for (long i = 0; i < lane->batch; i++)
		lane->messages[i].msg_hdr.msg_namelen = sizeof lane->names[i];
	int got = recvmmsg(lane_socket(lane), lane->messages, (unsigned)lane->batch, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++)
		if (!is_relay(&lane->names[i]) ||
		    !is_answer(lane->bytes[i], (ssize_t)lane->messages[i].msg_len, &source))
			return -1;
	return got;
}

long hand_ping(struct lane *lane)
{
	int fd = lane_socket(lane);
	return send_to(lane, fd) ? receive_from(lane, fd) : -1;
}

long hand_ping_connected(struct lane *lane)
{
	int fd = lane_socket(lane);
	return is_sent(send(fd, lane->bytes[0], whole(), 0)) ? receive(lane, fd) : -1;
}

long hand_window(struct lane *lane)
{
	int fd = lane_socket(lane);
	for (long i = 0; i < lane->batch; i++)
		if (!send_to(lane, fd))
			return -1;
	for (long i = 0; i < lane->batch; i++)
		if (receive_from(lane, fd) < 0)
			return -1;
	return lane->batch;
}

static bool negotiate(int control)
{
	static const uint8_t greeting[] = {5, 1, 0}, request[10] = {5, 3, 0, 1};
	uint8_t answer[10];
	if (connect(control, (const struct sockaddr *)&load.server, sizeof load.server) < 0 ||
	    send(control, greeting, sizeof greeting, 0) != sizeof greeting ||
	    recv(control, answer, 2, MSG_WAITALL) != 2 || answer[1] != 0 ||
	    send(control, request, sizeof request, 0) != sizeof request ||
	    recv(control, answer, sizeof answer, MSG_WAITALL) != sizeof answer || answer[1] != 0)
		return false;
	wire_take_address(answer, &load.relay);
	return true;
}

int hand_associate(void)
{
	int control = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (control >= 0 && negotiate(control))
		return control;
	close(control);
	return -1;
}

long hand_fresh(struct lane *lane)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), control = hand_associate();
	long done = control >= 0 && send_to(lane, fd) ? receive_from(lane, fd) : -1;
	close(fd);
	close(control);
	return done;
}
