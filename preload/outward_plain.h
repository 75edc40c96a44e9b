/* A plain datagram, sent straight through: from one place in memory, without control data, on an IPv4 socket that is
 * connected to its relay and has nothing else about it (VIEW_PLAIN_OUT). Nearly all are. Inline as a whole. */
#ifndef PRELOAD_OUTWARD_PLAIN_H
#define PRELOAD_OUTWARD_PLAIN_H

#include <arpa/inet.h>
#include <string.h>

#include "core/inlining.h"
#include "preload/capture.h"
#include "preload/cover.h"
#include "preload/kernel_plain.h"
#include "preload/relayed.h"
#include "preload/scratch.h"
#include "preload/user_memory.h"

struct outward_flat {
	const void *bytes;
	size_t size;
	int flags;
	socklen_t to_size;
	const struct sockaddr *to; /* NULL: none given */
};

/* Where the rules have to be asked: whether it goes to the relay of that flow. */
bool outward_plain_by_rules(const struct flow *flow, uint32_t generation, const struct endpoint *to);

/* A large one the kernel takes from where it is. */
ssize_t outward_plain_in_place(int fd, const void *bytes, size_t size, int flags, const struct endpoint *to);

ALWAYS_INLINE bool outward_plain_name(const struct sockaddr *name, socklen_t size, struct endpoint *to)
{
	struct sockaddr_in address;
	if (size != sizeof address || !user_can_read(name, sizeof address))
		return false;
	memcpy(&address, name, sizeof address);
	*to = (struct endpoint){.kind = ENDPOINT_IPV4, .port = ntohs(address.sin_port)};
	memcpy(to->ip, &address.sin_addr, sizeof address.sin_addr);
	return address.sin_family == AF_INET && address.sin_port != 0;
}

ALWAYS_INLINE bool outward_plain_peer(const struct flow *flow, uint32_t generation, struct endpoint *to)
{
	struct view view;
	flow_read_words(flow, &view, VIEW_WORDS_OF_FIRST_LINE);
	*to = view.peer;
	return view.generation == generation && view.plain & VIEW_PLAIN_OUT && to->kind == ENDPOINT_IPV4;
}

ALWAYS_INLINE bool outward_plain_goes(const struct flow *flow, uint32_t generation, const struct endpoint *to)
{
	const struct endpoint copy = *to; /* what is copied here stays in registers everywhere else */
	return relayed_is_known(to) || outward_plain_by_rules(flow, generation, &copy);
}

ALWAYS_INLINE ssize_t outward_plain_frame(int fd, const struct outward_flat *flat, const struct endpoint *to)
{
	const struct endpoint copy = *to;
	uint8_t framed[SCRATCH_SMALL];
	if (__builtin_expect(flat->size > sizeof framed - HEADER_SIZE_IPV4, 0))
		return outward_plain_in_place(fd, flat->bytes, flat->size, flat->flags, &copy);
	header_put_ipv4(framed, to->ip, to->port);
	if (flat->size) /* or it may be nowhere */
		memcpy(framed + HEADER_SIZE_IPV4, flat->bytes, flat->size);
	return kernel_plain_send(fd, framed, HEADER_SIZE_IPV4 + flat->size, flat->flags);
}

/* All of it, for most of these. Answers 0: it has left; -1: it is not plain; or the errno that the kernel has answered.
 * Then outward_send goes the common way, step by step. */
ALWAYS_INLINE int outward_go_plain(int fd, flow_handle handle, const struct outward_flat *flat)
{
	enum {
		SIZE_MOST = 65000, /* with its header far from what the kernel refuses */
		FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL,
	};
	struct flow *flow = cover_flow(handle);
	uint32_t generation = handle_generation(handle);
	struct endpoint to;
	bool plain =
	    flow_is_plain(flow, generation, VIEW_PLAIN_OUT) && !(flat->flags & ~FLAGS) && flat->size <= SIZE_MOST &&
	    !capture_is_on() && !atomic_load_explicit(&flow->late, memory_order_relaxed) &&
	    !atomic_load_explicit(&flow->aliases, memory_order_relaxed) &&
	    (flat->to ? outward_plain_name(flat->to, flat->to_size, &to) : outward_plain_peer(flow, generation, &to)) &&
	    outward_plain_goes(flow, generation, &to) && user_can_read(flat->bytes, flat->size);
	if (__builtin_expect(!plain, 0))
		return -1;
	ssize_t sent = outward_plain_frame(fd, flat, &to);
	if (__builtin_expect(sent < 0, 0))
		return (int)-sent;
	flow_note_unanswered(flow, 1);
	statistics_datagram(&negotiator.statistics, STATISTIC_SENT_RELAYED, flat->size);
	return 0;
}

#endif
