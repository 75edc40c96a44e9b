#include "preload/local_name.h"

#include "core/raw.h"
#include "preload/cover.h"
#include "preload/real.h"

/* The address that the kernel would have chosen for a datagram to this peer, found with a socket that sends nothing.
 * False: the peer cannot be reached directly, so there is no such address. */
static bool source_for(const struct view *view, const struct endpoint *to, union socket_address *source)
{
	union socket_address peer;
	socklen_t size;
	long fd = raw_call(SYS_socket, view->family, SOCK_DGRAM | SOCK_CLOEXEC, 0L);
	if (fd < 0)
		return false;
	socklen_t source_size = sizeof *source;
	bool found = endpoint_to_sockaddr(to, view->family, &peer, &size) == OUTCOME_OK &&
		     raw_call(SYS_connect, fd, &peer, (long)size) == 0 &&
		     raw_call(SYS_getsockname, fd, source, &source_size) == 0;
	raw_call(SYS_close, fd);
	return found;
}

/* Connected to the relay or the guard, the kernel has given the socket an address for that way. */
static void tell_own_address(int fd, const struct view *view, union socket_address *local)
{
	struct endpoint first = engine_first_peer(&negotiator, cover_find(fd));
	union socket_address source = {.any.sa_family = local->any.sa_family};
	if (view->flags & VIEW_BOUND_ADDRESS)
		return;
	if (view_is_connected(view) && !source_for(view, first.kind ? &first : &view->peer, &source))
		return;
	source.v4.sin_port = local->v4.sin_port;
	*local = source;
}

bool local_name(int fd, const struct view *view, union socket_address *local, socklen_t *size)
{
	*size = sizeof *local;
	if (real.getsockname(fd, &local->any, size) < 0)
		return false;
	if (view_is_held(view))
		tell_own_address(fd, view, local);
	return true;
}
