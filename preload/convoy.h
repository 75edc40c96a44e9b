/* A convoy: framed datagrams that leave in one system call.
 *
 * All of them have one kernel destination, the relay, whatever their targets. So neighbours of one size, and a shorter
 * one behind them, leave as one send that the kernel cuts up (UDP_SEGMENT, udp(7)): it goes through the network stack
 * once. Where the kernel or the path refuses that, datagrams of that size leave one by one for good. */
#ifndef PRELOAD_CONVOY_H
#define PRELOAD_CONVOY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "core/outgoing.h"
#include "preload/control.h"
#include "preload/scratch.h"

enum { CONVOY_RUNS = 64, CONVOY_DATAGRAMS = 256, CONVOY_PIECES = 192, CONVOY_PARTS = 16 };

struct convoy_run {
	uint16_t segment; /* of every datagram of it, but that the last one may be shorter */
	uint16_t count;
	uint16_t first; /* of its pieces, which are all up to the next run's */
	uint16_t size;  /* octets in all */
	bool closed;    /* the last datagram is shorter */
};

struct convoy {
	unsigned count; /* datagrams */
	unsigned runs;
	unsigned piece_count;
	uint8_t *end; /* of the bytes so far */
	uint8_t *limit;
	uint16_t payloads[CONVOY_DATAGRAMS];
	struct convoy_run run[CONVOY_RUNS];
	struct iovec pieces[CONVOY_PIECES];
	struct mmsghdr messages[CONVOY_RUNS];
	_Alignas(struct cmsghdr) uint8_t control[CONVOY_RUNS][CONTROL_SEGMENT_SIZE];
	uint8_t bytes[];
};

/* In a scratch that is large (SCRATCH_LARGE). */
struct convoy *convoy_in(struct scratch *scratch);

/* Where the next datagram goes; or its header alone, where the payload is sent from where it is, in so many pieces,
 * which are CONVOY_PARTS at most. NULL: there is no room for it. */
uint8_t *convoy_room(const struct convoy *convoy, size_t size, size_t pieces);

/* Takes in what was put there. pieces: of the payload, if it is not there as well. unsegmented: of so many octets and
 * more each is a run of its own. */
void convoy_add(struct convoy *convoy, size_t header_length, size_t payload, const struct iovec *pieces, size_t count,
		size_t unsegmented);

/* Many of one size from one place, each behind the same header: as many as one more run takes. The last one of a
 * payload may be shorter. Answers how many octets of it those have. */
size_t convoy_add_run(struct convoy *convoy, const uint8_t *header, size_t header_length, const uint8_t *payload,
		      size_t size, size_t segment);

struct convoy_way {
	int fd;
	int flags;
	const struct sockaddr *to; /* NULL: the socket is connected to the relay */
	socklen_t to_size;
	const struct control *control;   /* of a datagram by itself; NULL: none */
	const struct control *segmented; /* of a run, its UDP_SEGMENT among them; NULL: that alone */
	_Atomic uint32_t *unsegmented;   /* learnt */
};

/* A datagram by itself, from where its pieces are. Answers its size or a negative errno. */
ssize_t convoy_send_alone(const struct convoy_way *way, const struct iovec *pieces, size_t count);

/* Answers how many datagrams have left, or a negative errno if it is none. */
int convoy_send(struct convoy *convoy, const struct convoy_way *way);

#endif
