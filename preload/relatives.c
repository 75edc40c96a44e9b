#include "preload/relatives.h"

#include <stdatomic.h>
#include <sys/syscall.h>

#include "core/raw.h"
#include "preload/cookie.h"
#include "preload/process.h"

static bool is_shared(const struct view *view)
{
	return atomic_load_explicit(&process_has_relatives, memory_order_relaxed) && view->link != LINK_PEER;
}

bool relatives_relay_by(int fd, const struct view *view, const struct endpoint *from)
{
	union socket_address peer;
	socklen_t size = sizeof peer;
	struct endpoint connected;
	return is_shared(view) && raw_call(SYS_getpeername, fd, &peer, &size) == 0 &&
	       endpoint_from_sockaddr(&connected, &peer.any, size) == OUTCOME_OK && endpoint_equal(&connected, from);
}

bool relatives_had_relay(int fd, const struct endpoint *from)
{
	uint64_t socket;
	return cookie_of(fd, &socket) == 0 && correspondents_have_of(negotiator.relays, socket, from);
}

/* One that is not connected for the program is told nothing by the kernel, unless it asks for it. */
bool relatives_hear_of_relay(const struct flow *flow, const struct view *view)
{
	return view_hears_of_relay(view) || (is_shared(view) && !view_is_connected(view) && !atomic_load(&flow->asks));
}
