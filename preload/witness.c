#include "preload/witness.h"

#include <errno.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>

#include "core/error_text.h"
#include "preload/local_name.h"
#include "preload/scratch.h"
#include "preload/socket_number.h"

enum { IPV4_PAYLOAD_MAX = 65535 - 20 - 8, IPV6_PAYLOAD_MAX = 65535 - 8 };

/* The thread's last socket has the address that it had, as long as nothing has changed about it. */
static _Thread_local struct {
	flow_handle flow;
	uint32_t sequence;
	struct endpoint local;
} known;

static struct endpoint local_of(int fd, flow_handle handle)
{
	const struct flow *flow = cover_flow(handle);
	uint32_t sequence = atomic_load_explicit(&flow->sequence, memory_order_acquire);
	struct endpoint local = {0};
	union socket_address address;
	socklen_t size;
	struct view view;
	if (known.flow == handle && known.sequence == sequence && known.local.port)
		return known.local;
	int saved = errno;
	if (cover_view(handle, &view) && local_name(fd, &view, &address, &size))
		endpoint_from_sockaddr(&local, &address.any, size);
	errno = saved;
	known.flow = handle;
	known.sequence = sequence;
	known.local = local;
	return local;
}

/* In the family of the datagram: an IPv6 socket without an address sends to IPv4 peers, too. */
static struct endpoint local_towards(const struct endpoint *peer, int fd, flow_handle handle)
{
	struct endpoint local = local_of(fd, handle);
	if (local.kind != peer->kind)
		local = (struct endpoint){.kind = peer->kind, .port = local.port};
	return local;
}

/* A socket of the library's own is not the program's, and its handle not what its number leads to. */
static bool is_of_the_program(int fd, flow_handle handle)
{
	return flow_table_find(&negotiator.table, fd) == handle;
}

static bool is_address(const struct endpoint *endpoint)
{
	return endpoint->kind == ENDPOINT_IPV4 || endpoint->kind == ENDPOINT_IPV6;
}

/* Every segment is a datagram. */
static size_t segment_of(const struct passage *passage)
{
	struct control control;
	const struct outward *outward = passage->outward;
	control_begin(&control);
	if (control_for_relay(&control, outward->control, outward->control_size, passage->view.family,
			      passage->outgoing.to.kind == ENDPOINT_IPV6) != 0)
		return outward->size;
	if (passage->outgoing.verdict == OUTGOING_KERNEL && !control.has_segment) {
		int segment = socket_number(passage->fd, IPPROTO_UDP, UDP_SEGMENT);
		return segment > 0 ? (size_t)segment : outward->size;
	}
	return passage_segment(passage, &control);
}

static bool is_part(const struct passage *passage)
{
	return passage->outward->flags & MSG_MORE || passage->view.flags & (VIEW_CORKING | VIEW_CORKED);
}

static void note_passage(struct passage *passage, const char *remark)
{
	const struct outward *outward = passage->outward;
	struct captured_datagram datagram = {
	    .flow = passage->handle, .pieces = outward->pieces, .count = outward->count, .remark = remark};
	if (!is_of_the_program(passage->fd, passage->handle) || !passage_names(passage, &datagram.peer) ||
	    !is_address(&datagram.peer))
		return;
	size_t most = datagram.peer.kind == ENDPOINT_IPV4 ? IPV4_PAYLOAD_MAX : IPV6_PAYLOAD_MAX;
	size_t segment = segment_of(passage), end = passage->done ? passage->done : outward->size;
	datagram.local = local_towards(&datagram.peer, passage->fd, passage->handle);
	do {
		datagram.size = end - datagram.skip < segment ? end - datagram.skip : segment;
		datagram.captured = datagram.size;
		if (datagram.size <= most)
			capture_datagram(&datagram);
		datagram.skip += datagram.size;
	} while (datagram.skip < end);
}

/* The kernel's own refusals are not told of: nothing was said. */
static void witness_failure(struct passage *passage)
{
	char remark[CAPTURE_REMARK_SIZE];
	enum outgoing_verdict verdict = (enum outgoing_verdict)passage->outgoing.verdict;
	if (verdict == OUTGOING_KERNEL || verdict == OUTGOING_LEAVE)
		return;
	const char *what = verdict == OUTGOING_ERROR && errno == ECONNREFUSED ? "rejected by a rule" : "not sent";
	snprintf(remark, sizeof remark, "%s: %s", what, error_text(errno));
	note_passage(passage, remark);
}

void witness_passage(struct passage *passage, enum step step)
{
	int saved = errno;
	if (step == STEP_FAILED)
		witness_failure(passage);
	else if (step == STEP_SENT && passage->outgoing.verdict == OUTGOING_SILENCE)
		note_passage(passage, "dropped by a rule");
	else if (step == STEP_SENT)
		note_passage(passage, is_part(passage) ? "part of a datagram: MSG_MORE or UDP_CORK" : NULL);
	errno = saved;
}

void witness_departures(const struct passage *passage, const struct mmsghdr *messages, unsigned count)
{
	struct outward outward;
	struct passage each = *passage;
	each.outward = &outward;
	each.outgoing.verdict = OUTGOING_FRAMED;
	for (unsigned i = 0; i < count; i++)
		if (outward_of_message(&outward, &messages[i].msg_hdr, 0))
			witness_passage(&each, STEP_SENT);
}

/* Those that came joined were datagrams each. What the program had no room for it did not hear. */
void witness_arrival(const struct arrival *arrival, size_t payload)
{
	bool joined = arrival->control && arrival->segment;
	size_t segment = joined ? arrival->segment : payload, heard = arrival->inward->capacity;
	const struct iovec piece = {arrival->bytes + arrival->incoming.header_length, payload};
	struct captured_datagram datagram = {
	    .flow = arrival->handle, .inward = true, .peer = arrival->incoming.source, .pieces = &piece, .count = 1};
	if (arrival->incoming.verdict == INCOMING_DIRECT &&
	    endpoint_from_sockaddr(&datagram.peer, &arrival->from.any, arrival->from_size) != OUTCOME_OK)
		return; /* the end, and no datagram */
	if (!is_address(&datagram.peer) || !is_of_the_program(arrival->fd, arrival->handle))
		return;
	datagram.local = local_towards(&datagram.peer, arrival->fd, arrival->handle);
	do {
		datagram.size = payload - datagram.skip < segment ? payload - datagram.skip : segment;
		datagram.captured = heard - datagram.skip < datagram.size ? heard - datagram.skip : datagram.size;
		capture_datagram(&datagram);
		datagram.skip += datagram.size;
	} while (datagram.skip < payload && datagram.skip < heard);
}
