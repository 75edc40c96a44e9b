/* A framed datagram leaves: whole, as segments, or as a part of one that the kernel puts together. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdatomic.h>
#include <string.h>

#include "core/raw.h"
#include "preload/convoy.h"
#include "preload/kernel.h"
#include "preload/passage.h"
#include "preload/scratch.h"
#include "preload/user_memory.h"

enum { PIECES = 16 };

static struct convoy_way way_of(const struct passage *passage, const struct control *control,
				union socket_address *relay)
{
	struct convoy_way way = {.fd = passage->fd,
				 .flags = passage->outward->flags & ~MSG_OOB,
				 .control = control,
				 .unsegmented = &passage->flow->unsegmented};
	if (passage->outgoing.named && !(passage->view.flags & VIEW_CORKED)) {
		flow_relay_address(&passage->view, relay, &way.to_size);
		way.to = &relay->any;
	}
	return way;
}

static ssize_t send_copied(const struct passage *passage, const struct convoy_way *way)
{
	SCRATCH(scratch);
	size_t size = passage->outgoing.header_length + passage->outward->size;
	if (way->flags & MSG_ZEROCOPY)
		scratch_take_fresh(&scratch);
	else
		scratch_take(&scratch, size);
	if (!scratch.at)
		return -ENOBUFS;
	if (!passage_frame(passage, scratch.at, 0, passage->outward->size))
		return -EFAULT;
	const struct iovec piece = {.iov_base = scratch.at, .iov_len = size};
	return convoy_send_alone(way, &piece, 1);
}

/* A large one is not copied: the kernel takes header and payload from where they are. */
static ssize_t send_in_place(const struct passage *passage, const struct convoy_way *way)
{
	const struct outward *outward = passage->outward;
	struct iovec pieces[PIECES] = {
	    {.iov_base = (void *)(uintptr_t)passage->outgoing.header, .iov_len = passage->outgoing.header_length}};
	for (size_t i = 0; i < outward->count; i++)
		pieces[1 + i] = outward->pieces[i];
	return convoy_send_alone(way, pieces, 1 + outward->count);
}

static enum step send_whole(struct passage *passage, const struct control *control)
{
	const struct outward *outward = passage->outward;
	union socket_address relay;
	struct convoy_way way = way_of(passage, control, &relay);
	/* Header and payload must not change until the kernel says that it is done with them. */
	bool large = !(way.flags & MSG_ZEROCOPY) && passage->outgoing.header_length + outward->size > SCRATCH_SMALL &&
		     outward->count < PIECES;
	ssize_t sent = large ? send_in_place(passage, &way) : send_copied(passage, &way);
	return sent < 0 ? passage_failed(passage, (int)-sent) : STEP_SENT;
}

/* The header left with the first part, and the kernel keeps the rest with it. */
static enum step send_part(struct passage *passage, const struct control *control)
{
	bool corked = passage->view.flags & VIEW_CORKED;
	bool more = passage->outward->flags & MSG_MORE || passage->view.flags & VIEW_CORKING;
	if (corked)
		passage->outgoing.header_length = 0;
	enum step step = send_whole(passage, control);
	if (step == STEP_SENT && more != corked)
		engine_note(&negotiator, passage->handle, VIEW_CORKED, more);
	return step;
}

size_t passage_segment(const struct passage *passage, const struct control *control)
{
	size_t segment = control->has_segment ? control->segment : passage->view.segment;
	return segment && segment < passage->outward->size ? segment : passage->outward->size;
}

enum { FEWER = 64, MORE = 128 };

/* Kernels differ in how many segments a datagram may have: this one is asked, with a socket that talks to itself. */
static size_t most_segments(void)
{
	static _Atomic size_t known;
	uint8_t bytes[FEWER + 1] = {0};
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof here;
	int one = 1;
	if (known)
		return known;
	int fd = (int)raw_call(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0L);
	raw_call(SYS_bind, fd, &here, (long)size);
	raw_call(SYS_getsockname, fd, &here, &size);
	raw_call(SYS_setsockopt, fd, IPPROTO_UDP, UDP_SEGMENT, &one, (long)sizeof one);
	bool refused = raw_call(SYS_sendto, fd, bytes, sizeof bytes, MSG_DONTWAIT, &here, (long)size) == -EINVAL;
	raw_call(SYS_close, fd);
	known = refused ? FEWER : MORE;
	return known;
}

static bool is_too_many(size_t size, size_t segment)
{
	size_t segments = (size - 1) / segment + 1;
	return segments > FEWER && segments > most_segments();
}

int passage_board(const struct passage *passage, struct convoy *convoy, size_t skip, size_t size)
{
	const struct outward *outward = passage->outward;
	size_t header_length = passage->outgoing.header_length, count = 0;
	struct iovec pieces[CONVOY_PARTS];
	if (header_length + size > SCRATCH_SMALL)
		count = user_slice(outward->pieces, outward->count, skip, size, pieces, CONVOY_PARTS);
	uint8_t *room = convoy_room(convoy, count ? header_length : header_length + size, count);
	if (!room)
		return 0;
	if (count)
		memcpy(room, passage->outgoing.header, header_length);
	else if (!passage_frame(passage, room, skip, size))
		return -EFAULT;
	convoy_add(convoy, header_length, size, pieces, count,
		   atomic_load_explicit(&passage->flow->unsegmented, memory_order_relaxed));
	return 1;
}

/* From one place, of a size that the kernel segments. */
static bool is_even(const struct passage *passage, size_t segment)
{
	size_t whole = passage->outgoing.header_length + segment;
	return passage->outward->count == 1 && whole <= SCRATCH_SMALL &&
	       whole < atomic_load_explicit(&passage->flow->unsegmented, memory_order_relaxed);
}

static bool load_evenly(const struct passage *passage, struct convoy *convoy, size_t segment)
{
	const struct outgoing *outgoing = &passage->outgoing;
	const uint8_t *payload = passage->outward->pieces->iov_base;
	size_t at = passage->done, size = passage->outward->size, taken;
	if (!user_can_read(payload + at, size - at))
		return false;
	do {
		taken =
		    convoy_add_run(convoy, outgoing->header, outgoing->header_length, payload + at, size - at, segment);
		at += taken;
	} while (taken && at < size);
	return true;
}

/* As many as there is room for. False: a bad address. */
static bool load(struct passage *passage, struct convoy *convoy, size_t segment)
{
	size_t at = passage->done, size = passage->outward->size;
	int boarded = 1;
	if (is_even(passage, segment))
		return load_evenly(passage, convoy, segment);
	while (at < size && boarded > 0) {
		size_t part = size - at < segment ? size - at : segment;
		boarded = passage_board(passage, convoy, at, part);
		at += part;
	}
	return boarded >= 0;
}

static void note_departure(struct passage *passage, const struct convoy *convoy, int datagrams)
{
	for (int i = 0; i < datagrams; i++)
		passage->done += convoy->payloads[i];
}

/* The socket's own UDP_SEGMENT must not cut header and payload apart. */
static int keep_whole(const struct passage *passage, struct control *control)
{
	return passage->view.segment ? control_segment(control, 0) : 0;
}

static __attribute__((noinline)) enum step send_segments(struct passage *passage, struct control *control,
							 size_t segment)
{
	SCRATCH(scratch);
	union socket_address relay;
	struct control segmented = *control;
	segmented.bytes = segmented.room;
	scratch_take(&scratch, SCRATCH_LARGE);
	if (!scratch.at || control_segment(&segmented, (uint16_t)(segment + passage->outgoing.header_length)) ||
	    keep_whole(passage, control))
		return passage_fail(ENOBUFS);
	struct convoy_way way = way_of(passage, control, &relay);
	way.segmented = &segmented;
	way.flags &= ~MSG_ZEROCOPY; /* the scratch is used again */
	while (passage->done < passage->outward->size) {
		struct convoy *convoy = convoy_in(&scratch);
		if (!load(passage, convoy, segment))
			return passage_fail(EFAULT);
		int datagrams = convoy_send(convoy, &way);
		if (datagrams < 0) /* what has left has left */
			return passage->done ? STEP_SENT : passage_failed(passage, -datagrams);
		note_departure(passage, convoy, datagrams);
	}
	return STEP_SENT;
}

enum step passage_send(struct passage *passage, struct control *control)
{
	const struct outward *outward = passage->outward;
	size_t segment = passage_segment(passage, control);
	bool partial = outward->flags & MSG_MORE || passage->view.flags & (VIEW_CORKING | VIEW_CORKED);
	if (segment < outward->size && !partial && is_too_many(outward->size, segment))
		return passage_fail(passage->view.flags & VIEW_MUTE ? EPIPE : EINVAL);
	if (segment < outward->size && !partial)
		return send_segments(passage, control, segment);
	if (keep_whole(passage, control))
		return passage_fail(ENOBUFS);
	return partial ? send_part(passage, control) : send_whole(passage, control);
}
