/* A plain datagram, received straight through: into one place in memory, by a call that asks for no more than its
 * source, on an IPv4 socket that is connected to its relay and has nothing else about it. Nearly all are. */
#include "preload/kernel.h"
#include "preload/plain.h"
#include "preload/scratch.h"

enum { FLAGS = MSG_DONTWAIT | MSG_TRUNC | MSG_NOSIGNAL };

static __attribute__((noinline)) bool receive_otherwise(const struct inward_look *look, const struct inward_flat *flat,
							const struct inward_came *came, ssize_t *got)
{
	struct iovec piece = {.iov_base = flat->bytes, .iov_len = flat->size};
	struct inward inward = {.pieces = &piece,
				.count = 1,
				.capacity = flat->size,
				.from = flat->from,
				.from_size = flat->from_size,
				.flags = flat->flags};
	return came ? inward_receive_rest(look, &inward, came, got)
		    : inward_receive(look->fd, look->handle, &inward, got);
}

bool inward_receive_flat(int fd, flow_handle handle, const struct inward_flat *flat, ssize_t *got)
{
	SCRATCH(scratch);
	struct flow *flow = cover_flow(handle);
	struct inward_look look;
	struct endpoint source;
	struct view view;
	look.fd = fd;
	look.handle = handle;
	look.sequence = flow_read_words(flow, &view, VIEW_WORDS_OF_FIRST_LINE);
	if (view.generation != handle_generation(handle) || flat->flags & ~FLAGS || !plain_is_view(&view))
		return receive_otherwise(&look, flat, NULL, got);
	size_t room = (flat->size < ARRIVAL_MAX ? flat->size : ARRIVAL_MAX) + HEADER_SIZE_MAX;
	scratch_take(&scratch, room);
	if (!scratch.at)
		return receive_otherwise(&look, flat, NULL, got);
	ssize_t came = kernel_receive(fd, scratch.at, room, flat->flags | MSG_TRUNC, NULL, NULL);
	size_t payload = (size_t)came - HEADER_SIZE_IPV4, part = payload < flat->size ? payload : flat->size;
	if (came < HEADER_SIZE_IPV4 || !plain_take_source(scratch.at, HEADER_SIZE_IPV4, &view, &source) ||
	    !plain_is_still(flow, look.sequence) || !user_store(flat->bytes, scratch.at + HEADER_SIZE_IPV4, part) ||
	    (flat->from && !plain_store_source(flat->from, flat->from_size, &source)))
		return receive_otherwise(&look, flat, &(struct inward_came){scratch.at, room, came}, got);
	flow_note_unanswered(flow, 0);
	statistics_datagram(&negotiator.statistics, STATISTIC_RECEIVED_RELAYED, payload);
	*got = (ssize_t)(flat->flags & MSG_TRUNC ? payload : part);
	return true;
}
