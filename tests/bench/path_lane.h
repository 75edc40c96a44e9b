/* What a thread of the load program works with, and the calls it makes: each pattern twice, as an ordinary program
 * makes it and as one that speaks SOCKS5 itself. */
#ifndef BENCH_PATH_LANE_H
#define BENCH_PATH_LANE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "tests/bench/path_wire.h"

#define LANE_BATCH        64
#define LANE_PAYLOAD      8192
#define LANE_STRIDE       (WIRE_HEADER + LANE_PAYLOAD + 54)
#define LANE_DESTINATIONS 1000
#define LANE_SEGMENTS     65000 /* octets of a send that is cut into segments */

struct load {
	struct sockaddr_in targets[LANE_DESTINATIONS];
	long destinations;
	size_t payload;
	bool by_hand;
	struct sockaddr_in server; /* of who speaks SOCKS5 by hand */
	struct sockaddr_in relay;  /* that the server granted */
};

extern struct load load;

struct lane {
	const int *sockets;
	long count;
	long turn;        /* the socket that is next */
	long destination; /* the target that is next */
	long batch;
	struct mmsghdr messages[LANE_BATCH];
	struct iovec parts[LANE_BATCH];
	struct sockaddr_in names[LANE_BATCH];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))];
	uint8_t bytes[LANE_BATCH][LANE_STRIDE];
	uint8_t segments[LANE_SEGMENTS];
};

static inline int lane_socket(struct lane *lane)
{
	int fd = lane->sockets[lane->turn];
	if (++lane->turn == lane->count)
		lane->turn = 0;
	return fd;
}

static inline const struct sockaddr_in *lane_target(struct lane *lane)
{
	const struct sockaddr_in *target = &load.targets[lane->destination];
	if (++lane->destination == load.destinations)
		lane->destination = 0;
	return target;
}

/* One turn of a pattern: how many datagrams it was, or -1 where the kernel or the relay did otherwise than agreed. */
typedef long lane_step(struct lane *lane);

struct pattern {
	const char *name;
	lane_step *program;
	lane_step *by_hand;
	void (*prepare)(struct lane *lane, size_t header); /* NULL: nothing to prepare. header: its octets, or 0 */
};

/* NULL: there is none of that name. */
const struct pattern *pattern_named(const char *name);

lane_step program_sendto, program_send, program_sendmsg, program_sendmmsg, program_segments, program_recvfrom,
    program_recv, program_recvmmsg, program_ping, program_ping_connected, program_window, program_fresh;
lane_step hand_sendto, hand_send, hand_sendmsg, hand_recvfrom, hand_recv, hand_recvmmsg, hand_ping, hand_ping_connected,
    hand_window, hand_fresh;

/* An association of its own: the control connection, or -1. The relay is left in load. */
int hand_associate(void);

#endif
