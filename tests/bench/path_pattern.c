#include <netinet/udp.h>
#include <string.h>

#include "tests/bench/path_lane.h"

static void name_message(struct lane *lane, long at, size_t header)
{
	const struct sockaddr_in *target = lane_target(lane);
	lane->names[at] = header ? load.relay : *target;
	wire_put_header(lane->bytes[at], target);
}

static void prepare_message(struct lane *lane, long at, size_t header, size_t room)
{
	/* a program's payload stands where it likes; by hand, the header is before it */
	lane->parts[at] = (struct iovec){lane->bytes[at], header + room};
	lane->messages[at].msg_hdr = (struct msghdr){.msg_name = &lane->names[at],
						     .msg_namelen = sizeof lane->names[at],
						     .msg_iov = &lane->parts[at],
						     .msg_iovlen = 1};
}

static void prepare_sends(struct lane *lane, size_t header)
{
	for (long i = 0; i < lane->batch; i++) {
		prepare_message(lane, i, header, load.payload);
		name_message(lane, i, header);
	}
}

static void prepare_receives(struct lane *lane, size_t header)
{
	for (long i = 0; i < lane->batch; i++)
		prepare_message(lane, i, header, LANE_PAYLOAD);
}

static void prepare_segments(struct lane *lane, size_t header)
{
	size_t segment = header + load.payload;
	uint16_t value = (uint16_t)segment;
	struct msghdr *message = &lane->messages[0].msg_hdr;
	prepare_message(lane, 0, header, load.payload);
	name_message(lane, 0, header);
	if (header)
		for (size_t at = 0; at + segment <= sizeof lane->segments; at += segment)
			wire_put_header(lane->segments + at, &load.targets[0]);
	lane->parts[0] = (struct iovec){lane->segments, segment * (size_t)lane->batch};
	message->msg_control = lane->control;
	message->msg_controllen = sizeof lane->control;
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	control->cmsg_level = SOL_UDP;
	control->cmsg_type = UDP_SEGMENT;
	control->cmsg_len = CMSG_LEN(sizeof value);
	memcpy(CMSG_DATA(control), &value, sizeof value);
}

static const struct pattern patterns[] = {
    {"sendto", program_sendto, hand_sendto, prepare_sends},
    {"send", program_send, hand_send, prepare_sends},
    {"sendmsg", program_sendmsg, hand_sendmsg, prepare_sends},
    {"sendmmsg", program_sendmmsg, program_sendmmsg, prepare_sends},
    {"segments", program_segments, program_segments, prepare_segments},
    {"recvfrom", program_recvfrom, hand_recvfrom, NULL},
    {"recv", program_recv, hand_recv, NULL},
    {"recvmmsg", program_recvmmsg, hand_recvmmsg, prepare_receives},
    {"ping", program_ping, hand_ping, prepare_sends},
    {"ping_connected", program_ping_connected, hand_ping_connected, prepare_sends},
    {"window", program_window, hand_window, prepare_sends},
    {"fresh", program_fresh, hand_fresh, prepare_sends},
};

const struct pattern *pattern_named(const char *name)
{
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		if (strcmp(patterns[i].name, name) == 0)
			return &patterns[i];
	return NULL;
}
