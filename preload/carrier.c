#include "preload/carrier.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "core/raw.h"
#include "preload/control.h"
#include "preload/joined.h"
#include "preload/process.h"

enum { CARRIED = 32, CARRIED_MAX = 65536, FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL };

/* Messages are mmsghdrs of one piece each. */
struct load {
	struct mmsghdr messages[CARRIED];
	struct iovec pieces[CARRIED];
	union {
		struct cmsghdr first;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} controls[CARRIED];
	uint16_t segments[CARRIED]; /* 0: it is one */
	uint8_t bytes[CARRIED][CARRIED_MAX];
};

static void clear(struct load *load)
{
	for (int i = 0; i < CARRIED; i++) {
		load->pieces[i] = (struct iovec){.iov_base = load->bytes[i], .iov_len = CARRIED_MAX};
		load->messages[i].msg_hdr = (struct msghdr){.msg_iov = &load->pieces[i],
							    .msg_iovlen = 1,
							    .msg_control = &load->controls[i],
							    .msg_controllen = sizeof load->controls[i]};
	}
}

/* From what was received to what is to be sent. */
static void turn_round(struct load *load, int i)
{
	struct msghdr *message = &load->messages[i].msg_hdr;
	uint16_t segment = joined_segment(message);
	bool joined = segment && segment < load->messages[i].msg_len;
	load->pieces[i].iov_len = load->messages[i].msg_len;
	load->segments[i] = joined ? segment : 0;
	message->msg_controllen = joined ? CONTROL_SEGMENT_SIZE : 0;
	if (joined)
		control_put_segment(&load->controls[i], segment);
}

/* The way allows no segments of that size, or none at all. */
static void send_apart(const struct load *load, int i, int to)
{
	size_t size = load->pieces[i].iov_len, segment = load->segments[i];
	for (size_t at = 0; at < size; at += segment)
		raw_call(SYS_sendto, to, load->bytes[i] + at, size - at < segment ? size - at : segment, FLAGS, 0L, 0L);
}

/* An error that is told with a datagram is an earlier one's; what cannot leave is lost, as datagrams are. */
static void send_all(struct load *load, int count, int to, bool *refused)
{
	for (int done = 0, failed = -1; done < count;) {
		long sent = raw_call(SYS_sendmmsg, to, &load->messages[done], count - done, FLAGS);
		bool again = sent == -ECONNREFUSED && failed != done;
		*refused |= sent == -ECONNREFUSED;
		failed = done;
		if (sent <= 0 && !again && load->segments[done])
			send_apart(load, done, to);
		if (!again)
			done += sent > 0 ? (int)sent : 1;
	}
}

bool carrier_pass(int from, int to, bool *refused)
{
	static struct load *load;
	if (!load)
		load = negotiator.world->map(sizeof *load);
	*refused = false;
	if (!load)
		return false;
	clear(load);
	long got = raw_call(SYS_recvmmsg, from, load->messages, CARRIED, MSG_DONTWAIT, 0L);
	*refused = got == -ECONNREFUSED;
	if (got <= 0 || to < 0)
		return got == CARRIED || *refused;
	for (int i = 0; i < (int)got; i++)
		turn_round(load, i);
	send_all(load, (int)got, to, refused);
	return got == CARRIED || *refused;
}
