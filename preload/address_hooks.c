/* What a socket is bound and connected to, as the program knows it. */
#include <errno.h>
#include <string.h>

#include "core/raw.h"
#include "preload/aliases.h"
#include "preload/cover.h"
#include "preload/device.h"
#include "preload/hooks.h"
#include "preload/local_name.h"
#include "preload/program_threads.h"
#include "preload/user_memory.h"

/* The address that connect would connect to; false where the kernel answers an error. */
static bool read_peer(const struct view *view, const struct sockaddr *to, socklen_t size, struct endpoint *peer)
{
	if (size < sizeof to->sa_family || size > sizeof(struct sockaddr_storage) || !user_can_read(to, size))
		return false;
	if (to->sa_family == AF_UNSPEC) {
		*peer = (struct endpoint){0};
		return true;
	}
	if (view->family == AF_INET && to->sa_family != AF_INET)
		return false;
	return endpoint_from_sockaddr(peer, to, size) == OUTCOME_OK;
}

/* An interface that is not there. The kernel finds it out by itself where it connects to that peer. */
static bool leads_nowhere(int fd, const struct endpoint *peer)
{
	return rules_decide(negotiator.settings->rules, peer, NULL, 0).action != ACTION_DIRECT &&
	       device_is_missing(fd, peer->scope);
}

/* A link-local address is of one interface: of the one that the socket is bound to, if none is named. 0, or the
 * kernel's errno for one that is of none, or of another. */
static int complete_scope(int fd, flow_handle handle, struct endpoint *peer)
{
	if (peer->kind != ENDPOINT_IPV6 || (peer->scope == 0 && !endpoint_is_link_local(peer)))
		return 0;
	unsigned device = device_of(fd);
	if (!device)
		device = atomic_load(&cover_flow(handle)->device);
	if (!peer->scope)
		peer->scope = device;
	if (!peer->scope || (device && device != peer->scope))
		return EINVAL;
	return leads_nowhere(fd, peer) ? ENETUNREACH : 0;
}

static int answer_of(int answer)
{
	if (answer == 0)
		return 0;
	errno = -answer;
	return -1;
}

/* The kernel gives a socket its port before it looks at whom it is to be connected to; this is not enough of an address
 * for it. IPV6_V6ONLY must be cleared before that (flow_hold). */
static int refuse(int fd, const struct view *view, int error)
{
	struct sockaddr nobody = {.sa_family = view->family};
	if (!(view->flags & VIEW_V6ONLY))
		real.connect(fd, &nobody, sizeof nobody.sa_family);
	return answer_of(-error);
}

/* Streams are not relayed; but some reach a nameserver that must not learn of lookups. */
static int connect_stream(int fd, const struct sockaddr *to, socklen_t size)
{
	struct endpoint nameserver;
	union socket_address instead;
	if (size < sizeof(struct sockaddr_in) || endpoint_from_sockaddr(&nameserver, to, size) != OUTCOME_OK ||
	    nameserver.port != 53 || !process_start())
		return real.connect(fd, to, size);
	int answer = aliases_redirect(&nameserver, &instead);
	if (answer < 0)
		return answer_of(answer);
	return answer ? real.connect(fd, &instead.any, sizeof instead.v4) : real.connect(fd, to, size);
}

int hook_connect(int fd, const struct sockaddr *to, socklen_t size)
{
	struct view view;
	struct endpoint peer;
	flow_handle handle = cover_find(fd);
	int saved = errno;
	if (handle == HANDLE_NONE && size >= sizeof to->sa_family && user_can_read(to, sizeof to->sa_family) &&
	    (to->sa_family == AF_INET || to->sa_family == AF_INET6) && !cover_unknown(fd, &handle))
		return -1;
	errno = saved;
	if (handle == HANDLE_NONE && user_can_read(to, size < sizeof *to ? size : sizeof *to))
		return connect_stream(fd, to, size);
	if (!cover_view(handle, &view) || !read_peer(&view, to, size, &peer))
		return real.connect(fd, to, size);
	if (peer.kind == ENDPOINT_IPV4 && view.flags & VIEW_V6ONLY)
		return answer_of(to->sa_family == AF_INET ? -EAFNOSUPPORT : -ENETUNREACH);
	if (peer.kind == ENDPOINT_IPV4 && view_is_bound_v6(&view))
		return answer_of(-ENETUNREACH);
	if (peer.kind == ENDPOINT_IPV6 && view.source == ENDPOINT_IPV4)
		return answer_of(-EAFNOSUPPORT); /* its source address is IPv4 until it is dissolved */
	int error = complete_scope(fd, handle, &peer);
	if (error)
		return refuse(fd, &view, error);
	program_pass_cancellation_point();
	return answer_of(engine_connect(&negotiator, fd, handle, &peer));
}

int hook_bind(int fd, const struct sockaddr *to, socklen_t size)
{
	struct endpoint local;
	int answer = real.bind(fd, to, size);
	flow_handle handle = cover_find(fd);
	if (answer == 0 && handle != HANDLE_NONE && endpoint_from_sockaddr(&local, to, size) == OUTCOME_OK) {
		engine_bound(&negotiator, handle, &local);
		if (local.scope)
			atomic_store(&cover_flow(handle)->scope, local.scope);
	}
	return answer;
}

int hook_getpeername(int fd, struct sockaddr *name, socklen_t *size)
{
	struct view view;
	union socket_address peer = {0};
	socklen_t peer_size;
	/* What the kernel's socket is connected to is the program's peer only where that is direct; of a socket that
	 * seems to be connected to nothing, a child of a fork may have made a relay's. */
	if (!cover_view(cover_find(fd), &view) || view.link == LINK_PEER)
		return real.getpeername(fd, name, size);
	if (!view_is_connected(&view) || view.peer.port == 0) /* the kernel's test is the port */
		return answer_of(-ENOTCONN);
	endpoint_to_sockaddr(&view.peer, view.family, &peer, &peer_size);
	if (!name) /* the kernel writes nothing only where there is no room */
		return real.getpeername(fd, name, size);
	return answer_of(-user_store_address(name, size, &peer, peer_size));
}

int hook_getsockname(int fd, struct sockaddr *name, socklen_t *size)
{
	struct view view;
	union socket_address local;
	socklen_t local_size;
	if (!name || !cover_view(cover_find(fd), &view) || !view_is_held(&view))
		return real.getsockname(fd, name, size);
	if (!local_name(fd, &view, &local, &local_size))
		return -1;
	return answer_of(-user_store_address(name, size, &local, local_size));
}

static void note_mute(int fd, bool done)
{
	int saved = errno;
	flow_handle handle = cover_find(fd);
	if (done && handle != HANDLE_NONE)
		engine_note(&negotiator, handle, VIEW_MUTE, true);
	errno = saved;
}

/* The kernel shuts an unconnected socket down all the same, and says that it is not connected. */
int hook_shutdown(int fd, int how)
{
	struct view view;
	int answer = real.shutdown(fd, how);
	if (how == SHUT_WR || how == SHUT_RDWR)
		note_mute(fd, answer == 0 || errno == ENOTCONN);
	if (answer == 0 && cover_view(cover_find(fd), &view) && view_is_held(&view) && !view_is_connected(&view))
		return answer_of(-ENOTCONN);
	return answer;
}
