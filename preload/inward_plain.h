/* A plain datagram, received straight through: into one place in memory, by a call that asks for no more than its
 * source, on an IPv4 socket that is connected to its relay and has nothing else about it (VIEW_PLAIN_IN). Nearly all
 * are. Inline as a whole. */
#ifndef PRELOAD_INWARD_PLAIN_H
#define PRELOAD_INWARD_PLAIN_H

#include "preload/kernel_plain.h"
#include "preload/plain.h"
#include "preload/scratch.h"

/* The common way, for what is not plain. came: what the kernel has answered already; NULL: it has not been asked. */
bool inward_not_plain(const struct inward_look *look, const struct inward_flat *flat, const struct inward_came *came,
		      ssize_t *got);

/* The same; what is copied here stays in registers everywhere else. */
ALWAYS_INLINE bool inward_otherwise(int fd, flow_handle handle, uint32_t sequence, const struct inward_flat *flat,
				    const struct inward_came *came, ssize_t *got)
{
	const struct inward_look look = {fd, handle, sequence};
	const struct inward_flat copy = {flat->bytes, flat->size, flat->flags, flat->from, flat->from_size};
	return inward_not_plain(&look, &copy, came, got);
}

/* It has come so far; the rest of what it takes to be plain. */
ALWAYS_INLINE bool inward_take_plain(const struct flow *flow, uint32_t sequence, const struct inward_flat *flat,
				     const uint8_t *bytes, size_t part)
{
	struct endpoint source;
	struct view view;
	return flow_read_words(flow, &view, VIEW_WORDS_OF_FIRST_LINE) == sequence &&
	       !atomic_load_explicit(&flow->aliases, memory_order_relaxed) &&
	       plain_take_source(bytes, HEADER_SIZE_IPV4, &view, &source) &&
	       user_store(flat->bytes, bytes + HEADER_SIZE_IPV4, part) &&
	       (!flat->from || plain_store_source(flat->from, flat->from_size, &source));
}

/* False: the call is the kernel's, as the program made it. Else *got is the call's answer, with errno where -1. */
ALWAYS_INLINE bool inward_receive_flat(int fd, flow_handle handle, const struct inward_flat *flat, ssize_t *got)
{
	enum { FLAGS = MSG_DONTWAIT | MSG_TRUNC | MSG_NOSIGNAL };
	SCRATCH(scratch);
	struct flow *flow = cover_flow(handle);
	uint32_t sequence = atomic_load_explicit(&flow->sequence, memory_order_acquire);
	bool plain = flow_is_plain(flow, handle_generation(handle), VIEW_PLAIN_IN) && !(flat->flags & ~FLAGS) &&
		     plain_is_heard();
	if (__builtin_expect(!plain, 0))
		return inward_otherwise(fd, handle, sequence, flat, NULL, got);
	size_t room = (flat->size < ARRIVAL_MAX ? flat->size : ARRIVAL_MAX) + HEADER_SIZE_MAX;
	scratch_take(&scratch, room);
	uint8_t *bytes = scratch.at;
	if (__builtin_expect(!bytes, 0))
		return inward_otherwise(fd, handle, sequence, flat, NULL, got);
	ssize_t length = kernel_plain_receive(fd, bytes, room, flat->flags | MSG_TRUNC);
	size_t payload = (size_t)length - HEADER_SIZE_IPV4, part = payload < flat->size ? payload : flat->size;
	plain = length >= HEADER_SIZE_IPV4 && inward_take_plain(flow, sequence, flat, bytes, part);
	if (__builtin_expect(!plain, 0))
		return inward_otherwise(fd, handle, sequence, flat, &(struct inward_came){bytes, room, length}, got);
	flow_note_unanswered(flow, 0);
	statistics_datagram(&negotiator.statistics, STATISTIC_RECEIVED_RELAYED, payload);
	*got = (ssize_t)(flat->flags & MSG_TRUNC ? payload : part);
	return true;
}

#endif
