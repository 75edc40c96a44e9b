#include "preload/convoy.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdatomic.h>
#include <string.h>

#include "preload/kernel.h"

enum {
	SEGMENTS_MAX = 64,        /* UDP_MAX_SEGMENTS of the older kernels */
	RUN_MAX = 65535 - 40 - 8, /* one send is one datagram until it is cut up */
};

struct convoy *convoy_in(struct scratch *scratch)
{
	struct convoy *convoy = (struct convoy *)(void *)scratch->at;
	convoy->limit = scratch->at + scratch->size;
	convoy->count = 0;
	convoy->runs = 0;
	convoy->piece_count = 0;
	convoy->end = convoy->bytes;
	return convoy;
}

uint8_t *convoy_room(const struct convoy *convoy, size_t size, size_t pieces)
{
	bool room = convoy->count < CONVOY_DATAGRAMS && convoy->runs < CONVOY_RUNS &&
		    convoy->piece_count + pieces < CONVOY_PIECES && size <= (size_t)(convoy->limit - convoy->end);
	return room ? convoy->end : NULL;
}

static bool joins(const struct convoy *convoy, size_t size, size_t unsegmented)
{
	if (convoy->runs == 0)
		return false;
	const struct convoy_run *run = &convoy->run[convoy->runs - 1];
	return !run->closed && size <= run->segment && run->segment < unsegmented && run->count < SEGMENTS_MAX &&
	       run->size + size <= RUN_MAX;
}

static struct convoy_run *run_for(struct convoy *convoy, size_t size, size_t unsegmented)
{
	if (!joins(convoy, size, unsegmented))
		convoy->run[convoy->runs++] =
		    (struct convoy_run){.segment = (uint16_t)size, .first = (uint16_t)convoy->piece_count};
	return &convoy->run[convoy->runs - 1];
}

/* What lies behind the run's last piece is one with it. */
static void add_piece(struct convoy *convoy, const struct convoy_run *run, void *at, size_t size)
{
	struct iovec *last = &convoy->pieces[convoy->piece_count];
	if (convoy->piece_count > run->first && (uint8_t *)last[-1].iov_base + last[-1].iov_len == (uint8_t *)at) {
		last[-1].iov_len += size;
		return;
	}
	*last = (struct iovec){at, size};
	convoy->piece_count++;
}

void convoy_add(struct convoy *convoy, size_t header_length, size_t payload, const struct iovec *pieces, size_t count,
		size_t unsegmented)
{
	size_t size = header_length + payload, here = count ? header_length : size;
	struct convoy_run *run = run_for(convoy, size, unsegmented);
	add_piece(convoy, run, convoy->end, here);
	for (size_t i = 0; i < count; i++)
		add_piece(convoy, run, pieces[i].iov_base, pieces[i].iov_len);
	run->count++;
	run->size = (uint16_t)(run->size + size);
	run->closed = size < run->segment;
	convoy->payloads[convoy->count++] = (uint16_t)payload;
	convoy->end += here;
}

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

/* A constant length is written at once. */
static inline void put_header(uint8_t *at, const uint8_t *header, size_t length)
{
	if (length == HEADER_SIZE_IPV4)
		memcpy(at, header, HEADER_SIZE_IPV4);
	else
		memcpy(at, header, length);
}

size_t convoy_add_run(struct convoy *convoy, const uint8_t *header, size_t header_length, const uint8_t *payload,
		      size_t size, size_t segment)
{
	size_t whole = header_length + segment, taken = 0;
	size_t most = least(least(SEGMENTS_MAX, RUN_MAX / whole), CONVOY_DATAGRAMS - convoy->count);
	most = least(most, (size_t)(convoy->limit - convoy->end) / whole);
	if (convoy->runs == CONVOY_RUNS || convoy->piece_count == CONVOY_PIECES || most == 0)
		return 0;
	struct convoy_run *run = &convoy->run[convoy->runs++];
	uint8_t *at = convoy->end;
	*run = (struct convoy_run){.segment = (uint16_t)whole, .first = (uint16_t)convoy->piece_count, .closed = true};
	for (; run->count < most && taken < size; run->count++) {
		size_t part = least(segment, size - taken);
		put_header(at, header, header_length);
		memcpy(at + header_length, payload + taken, part);
		at += header_length + part;
		taken += part;
		convoy->payloads[convoy->count++] = (uint16_t)part;
	}
	run->size = (uint16_t)(at - convoy->end);
	convoy->pieces[convoy->piece_count++] = (struct iovec){convoy->end, run->size};
	convoy->end = at;
	return taken;
}

static size_t pieces_of(const struct convoy *convoy, unsigned at)
{
	unsigned end = at + 1 < convoy->runs ? convoy->run[at + 1].first : convoy->piece_count;
	return end - convoy->run[at].first;
}

static void write_message(struct convoy *convoy, unsigned at, const struct convoy_way *way)
{
	struct msghdr *message = &convoy->messages[at].msg_hdr;
	*message = (struct msghdr){.msg_name = (void *)(uintptr_t)way->to,
				   .msg_namelen = way->to_size,
				   .msg_iov = &convoy->pieces[convoy->run[at].first],
				   .msg_iovlen = pieces_of(convoy, at)};
	const struct control *control = convoy->run[at].count > 1 ? way->segmented : way->control;
	if (control) {
		message->msg_control = (void *)(uintptr_t)control->bytes;
		message->msg_controllen = control->size;
	} else if (convoy->run[at].count > 1) {
		message->msg_control = convoy->control[at];
		message->msg_controllen = CONTROL_SEGMENT_SIZE;
		control_put_segment(convoy->control[at], convoy->run[at].segment);
	}
}

/* Answers how many runs have left, or a negative errno. */
static int send_runs(struct convoy *convoy, unsigned from, const struct convoy_way *way)
{
	const struct msghdr *first = &convoy->messages[from].msg_hdr;
	if (convoy->runs - from > 1)
		return kernel_send_messages(way->fd, &convoy->messages[from], convoy->runs - from, way->flags);
	ssize_t sent;
	if (first->msg_controllen || first->msg_iovlen > 1)
		sent = kernel_send_message(way->fd, first, way->flags);
	else
		sent = kernel_send(way->fd, first->msg_iov->iov_base, first->msg_iov->iov_len, way->flags, way->to,
				   way->to_size);
	return sent < 0 ? (int)sent : 1;
}

static bool is_for_the_segments(int error)
{
	return error == EINVAL || error == EMSGSIZE || error == EIO || error == ENOPROTOOPT || error == EOPNOTSUPP;
}

/* The pieces of the next so many octets; *at is moved on. Answers how many. */
static size_t cut(struct iovec **at, size_t size, struct iovec *pieces)
{
	size_t count = 0;
	for (; size > 0; count++) {
		struct iovec *from = *at;
		size_t part = from->iov_len < size ? from->iov_len : size;
		pieces[count] = (struct iovec){from->iov_base, part};
		*from = (struct iovec){(uint8_t *)from->iov_base + part, from->iov_len - part};
		*at += from->iov_len == 0;
		size -= part;
	}
	return count;
}

/* The way does not take this segment size, for it is more than a packet holds there; or it takes none at all. */
static int send_one_by_one(struct convoy *convoy, unsigned at, const struct convoy_way *way)
{
	const struct convoy_run *run = &convoy->run[at];
	struct iovec *next = &convoy->pieces[run->first], pieces[1 + CONVOY_PARTS];
	size_t left = run->size;
	int sent = 0;
	for (; sent < run->count; sent++) {
		size_t size = left < run->segment ? left : run->segment;
		size_t count = cut(&next, size, pieces);
		ssize_t answer = convoy_send_alone(way, pieces, count);
		if (answer < 0)
			return sent ? sent : (int)answer;
		left -= size;
	}
	return sent;
}

ssize_t convoy_send_alone(const struct convoy_way *way, const struct iovec *pieces, size_t count)
{
	bool controlled = way->control && way->control->size;
	if (count == 1 && !controlled)
		return kernel_send(way->fd, pieces->iov_base, pieces->iov_len, way->flags, way->to, way->to_size);
	const struct msghdr message = {.msg_name = (void *)(uintptr_t)way->to,
				       .msg_namelen = way->to_size,
				       .msg_iov = (struct iovec *)(uintptr_t)pieces,
				       .msg_iovlen = count,
				       .msg_control = controlled ? (void *)(uintptr_t)way->control->bytes : NULL,
				       .msg_controllen = controlled ? way->control->size : 0};
	return kernel_send_message(way->fd, &message, way->flags);
}

static void learn(const struct convoy_way *way, uint16_t segment)
{
	if (segment < atomic_load_explicit(way->unsegmented, memory_order_relaxed))
		atomic_store_explicit(way->unsegmented, segment, memory_order_relaxed);
}

int convoy_send(struct convoy *convoy, const struct convoy_way *way)
{
	int datagrams = 0;
	unsigned at = 0;
	for (unsigned i = 0; i < convoy->runs; i++)
		write_message(convoy, i, way);
	while (at < convoy->runs) {
		int left = send_runs(convoy, at, way);
		for (int i = 0; i < left; i++)
			datagrams += convoy->run[at++].count;
		if (left > 0)
			continue;
		if (convoy->run[at].count == 1 || !is_for_the_segments(-left))
			return datagrams ? datagrams : left;
		int one_by_one = send_one_by_one(convoy, at, way);
		if (one_by_one > 0)
			datagrams += one_by_one;
		if (one_by_one != convoy->run[at].count)
			return datagrams ? datagrams : one_by_one;
		learn(way, convoy->run[at++].segment);
	}
	return datagrams;
}
