/* sendmmsg: what is relayed leaves as one convoy. */
#include <string.h>

#include "preload/convoy.h"
#include "preload/passage.h"
#include "preload/scratch.h"
#include "preload/user_memory.h"
#include "preload/witness.h"

enum { PAYLOAD_MAX = 65000 }; /* with its header no more than a length of 16 bits */

/* What was decided for the one before holds for this one. */
static bool is_decided(const struct passage *passage, const struct outward *outward, const struct outward *before)
{
	if (passage->outgoing.verdict != OUTGOING_FRAMED || outward->to_size != before->to_size)
		return false;
	if (!outward->to || !before->to)
		return outward->to == before->to;
	return user_can_read(outward->to, outward->to_size) && memcmp(outward->to, before->to, outward->to_size) == 0;
}

/* False: it goes its way alone, or there is no room for it. */
static bool load(struct convoy *convoy, struct passage *passage, const struct outward *before)
{
	const struct outward *outward = passage->outward;
	if (outward->control_size || outward->size > PAYLOAD_MAX)
		return false;
	return (is_decided(passage, outward, before) || passage_decide(passage)) && passage_is_framed(passage) &&
	       passage_board(passage, convoy, 0, outward->size) > 0;
}

/* As many as may go together, from the first one on. */
static void load_all(struct convoy *convoy, struct passage *passage, struct outward *outward,
		     const struct mmsghdr *messages, unsigned count, int flags)
{
	struct outward before = {0};
	while (convoy->count < count && outward_of_message(outward, &messages[convoy->count].msg_hdr, flags) &&
	       load(convoy, passage, &before))
		before = *outward;
}

static bool goes_alone(const struct passage *passage, int flags)
{
	return flags & (MSG_MORE | MSG_OOB | MSG_ZEROCOPY) ||
	       passage->view.flags & (VIEW_CORKED | VIEW_CORKING | VIEW_STAMPED) || passage->view.segment ||
	       passage->view.marks & MARKS_SENT;
}

static int send_convoy(struct convoy *convoy, struct passage *passage, int flags)
{
	union socket_address relay;
	struct convoy_way way = {.fd = passage->fd, .flags = flags, .unsegmented = &passage->flow->unsegmented};
	if (passage->view.link != LINK_RELAY) {
		flow_relay_address(&passage->view, &relay, &way.to_size);
		way.to = &relay.any;
	}
	return convoy_send(convoy, &way);
}

static void note_departures(struct mmsghdr *messages, const struct convoy *convoy, int count)
{
	for (int i = 0; i < count; i++) {
		messages[i].msg_len = convoy->payloads[i];
		statistics_datagram(&negotiator.statistics, STATISTIC_SENT_RELAYED, convoy->payloads[i]);
	}
}

int outward_send_together(int fd, flow_handle handle, struct mmsghdr *messages, unsigned count, int flags, bool *more)
{
	SCRATCH(scratch);
	struct outward outward;
	struct passage passage;
	passage_begin(&passage, fd, handle, &outward);
	if (count < 2 || !passage_look(&passage) || goes_alone(&passage, flags))
		return 0;
	scratch_take(&scratch, SCRATCH_LARGE);
	if (!scratch.at)
		return 0;
	struct convoy *convoy = convoy_in(&scratch);
	load_all(convoy, &passage, &outward, messages, count, flags);
	if (convoy->count < 2)
		return 0;
	int sent = send_convoy(convoy, &passage, flags);
	if (sent < 0)
		return passage_failed(&passage, -sent) == STEP_FAILED ? -1 : 0;
	note_departures(messages, convoy, sent);
	flow_note_unanswered(passage.flow, 1);
	if (capture_is_on())
		witness_departures(&passage, messages, (unsigned)sent);
	*more = (unsigned)sent == convoy->count;
	return sent;
}
