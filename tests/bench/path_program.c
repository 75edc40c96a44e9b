/* The patterns of an ordinary program, which knows nothing of relays. */
#include <errno.h>
#include <unistd.h>

#include "tests/bench/path_lane.h"

static bool is_sent(ssize_t sent)
{
	return sent == (ssize_t)load.payload;
}

long program_sendto(struct lane *lane)
{
	const struct sockaddr_in *target = lane_target(lane);
	return is_sent(sendto(lane_socket(lane), lane->bytes[0], load.payload, 0, (const struct sockaddr *)target,
			      sizeof *target))
		   ? 1
		   : -1;
}

long program_send(struct lane *lane)
{
	return is_sent(send(lane_socket(lane), lane->bytes[0], load.payload, 0)) ? 1 : -1;
}

long program_sendmsg(struct lane *lane)
{
	return is_sent(sendmsg(lane_socket(lane), &lane->messages[0].msg_hdr, 0)) ? 1 : -1;
}

long program_sendmmsg(struct lane *lane)
{
	return sendmmsg(lane_socket(lane), lane->messages, (unsigned)lane->batch, 0);
}

long program_segments(struct lane *lane)
{
	ssize_t sent = sendmsg(lane_socket(lane), &lane->messages[0].msg_hdr, 0);
	return sent == (ssize_t)lane->parts[0].iov_len ? lane->batch : -1;
}

static bool is_from(const struct sockaddr_in *source, socklen_t size)
{
	return size == sizeof *source && source->sin_port == load.targets[0].sin_port;
}

static long receive_from(struct lane *lane, int fd)
{
	struct sockaddr_in source;
	socklen_t size = sizeof source;
	ssize_t got = recvfrom(fd, lane->bytes[1], LANE_PAYLOAD, 0, (struct sockaddr *)&source, &size);
	return is_sent(got) && is_from(&source, size) ? 1 : -1;
}

long program_recvfrom(struct lane *lane)
{
	return receive_from(lane, lane_socket(lane));
}

static long receive(struct lane *lane, int fd)
{
	return is_sent(recv(fd, lane->bytes[1], LANE_PAYLOAD, 0)) ? 1 : -1;
}

long program_recv(struct lane *lane)
{
	return receive(lane, lane_socket(lane));
}

long program_recvmmsg(struct lane *lane)
{
	for (long i = 0; i < lane->batch; i++)
		lane->messages[i].msg_hdr.msg_namelen = sizeof lane->names[i];
	int got = recvmmsg(lane_socket(lane), lane->messages, (unsigned)lane->batch, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++)
		if (!is_sent(lane->messages[i].msg_len) ||
		    !is_from(&lane->names[i], lane->messages[i].msg_hdr.msg_namelen))
			return -1;
	return got;
}

static long ping_on(struct lane *lane, int fd)
{
	const struct sockaddr_in *target = lane_target(lane);
	if (!is_sent(sendto(fd, lane->bytes[0], load.payload, 0, (const struct sockaddr *)target, sizeof *target)))
		return -1;
	return receive_from(lane, fd);
}

long program_ping(struct lane *lane)
{
	return ping_on(lane, lane_socket(lane));
}

long program_ping_connected(struct lane *lane)
{
	int fd = lane_socket(lane);
	return is_sent(send(fd, lane->bytes[0], load.payload, 0)) ? receive(lane, fd) : -1;
}

/* So many are sent, and so many then come back. */
long program_window(struct lane *lane)
{
	const struct sockaddr_in *target = lane_target(lane);
	int fd = lane_socket(lane);
	for (long i = 0; i < lane->batch; i++)
		if (!is_sent(
			sendto(fd, lane->bytes[0], load.payload, 0, (const struct sockaddr *)target, sizeof *target)))
			return -1;
	for (long i = 0; i < lane->batch; i++)
		if (receive_from(lane, fd) < 0)
			return -1;
	return lane->batch;
}

long program_fresh(struct lane *lane)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long done = fd < 0 ? -1 : ping_on(lane, fd);
	close(fd);
	return done;
}
