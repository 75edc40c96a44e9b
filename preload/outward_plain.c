/* A plain datagram, sent straight through: from one place in memory, without control data, on an IPv4 socket that is
 * connected to its relay and has nothing else about it. Nearly all are. */
#include <arpa/inet.h>
#include <string.h>

#include "preload/aliases.h"
#include "preload/capture.h"
#include "preload/kernel.h"
#include "preload/outward.h"
#include "preload/scratch.h"
#include "preload/user_memory.h"

enum {
	SIZE_MOST = 65000, /* with its header far from what the kernel refuses */
	FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL,
	OTHERWISE = VIEW_YOUNG | VIEW_CORKED | VIEW_CORKING | VIEW_MUTE | VIEW_UNTOLD | VIEW_V6ONLY,
};

static inline bool is_plain(const struct outward_flat *flat, const struct view *view)
{
	return view->phase == PHASE_READY && view->link == LINK_RELAY && view->family == AF_INET &&
	       !(view->flags & OTHERWISE) && !view->segment && !(view->marks & MARKS_SENT) && !(flat->flags & ~FLAGS) &&
	       flat->size <= SIZE_MOST && !capture_is_on();
}

static inline bool read_target(const struct outward_flat *flat, const struct view *view, struct endpoint *to)
{
	struct sockaddr_in address;
	if (!flat->to) {
		*to = view->peer;
		return to->kind == ENDPOINT_IPV4;
	}
	if (flat->to_size != sizeof address || !user_can_read(flat->to, sizeof address))
		return false;
	memcpy(&address, flat->to, sizeof address);
	*to = (struct endpoint){.kind = ENDPOINT_IPV4, .port = ntohs(address.sin_port)};
	memcpy(to->ip, &address.sin_addr, sizeof address.sin_addr);
	return address.sin_family == AF_INET && address.sin_port != 0;
}

static inline bool goes_by(const struct view *view, const struct endpoint *to)
{
	struct decision decision = rules_decide(negotiator.settings->rules, to, NULL, 0);
	return decision.action == ACTION_RELAY && (decision.server == ANY_SERVER || decision.server == view->server);
}

/* A large one the kernel takes from where it is. */
static __attribute__((noinline)) ssize_t send_in_place(int fd, const struct outward_flat *flat,
						       const struct endpoint *to)
{
	uint8_t header[HEADER_SIZE_IPV4];
	struct iovec pieces[] = {{header, sizeof header}, {(void *)(uintptr_t)flat->bytes, flat->size}};
	const struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
	header_put_ipv4(header, to->ip, to->port);
	return kernel_send_message(fd, &message, flat->flags);
}

static inline ssize_t send_framed(int fd, const struct outward_flat *flat, const struct endpoint *to)
{
	uint8_t framed[SCRATCH_SMALL];
	if (HEADER_SIZE_IPV4 + flat->size > sizeof framed)
		return send_in_place(fd, flat, to);
	header_put_ipv4(framed, to->ip, to->port);
	if (flat->size) /* or it may be nowhere */
		memcpy(framed + HEADER_SIZE_IPV4, flat->bytes, flat->size);
	return kernel_send(fd, framed, HEADER_SIZE_IPV4 + flat->size, flat->flags, NULL, 0);
}

bool outward_go_plain(int fd, flow_handle handle, const struct outward_flat *flat, int *failure)
{
	struct flow *flow = cover_flow(handle);
	struct view view;
	struct endpoint to;
	*failure = 0;
	flow_read_words(flow, &view, VIEW_WORDS_OF_FIRST_LINE);
	if (view.generation != handle_generation(handle) || !is_plain(flat, &view) ||
	    atomic_load_explicit(&flow->late, memory_order_relaxed) || !read_target(flat, &view, &to) ||
	    aliases_concern(flow, &to) || !goes_by(&view, &to) || !user_can_read(flat->bytes, flat->size))
		return false;
	ssize_t sent = send_framed(fd, flat, &to);
	if (sent < 0) {
		*failure = (int)-sent;
		return false;
	}
	flow_note_unanswered(flow, 1);
	statistics_datagram(&negotiator.statistics, STATISTIC_SENT_RELAYED, flat->size);
	return true;
}
