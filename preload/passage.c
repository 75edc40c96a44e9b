#include "preload/passage.h"

#include <errno.h>
#include <string.h>

#include "preload/aliases.h"
#include "preload/device.h"
#include "preload/user_memory.h"
#include "preload/way_error.h"

enum step passage_fail(int error)
{
	errno = error;
	return STEP_FAILED;
}

bool passage_look(struct passage *passage)
{
	if (!flow_read_first_line(passage->flow, handle_generation(passage->handle), &passage->view))
		return false;
	if (passage->attended) /* the next one has it watched */
		passage->view.flags &= (uint16_t)~VIEW_YOUNG;
	return true;
}

/* What the program named, as the kernel reads it. False: the kernel answers an error for it. */
static bool read_name(struct passage *passage)
{
	enum { RFC2133 = 24 }; /* a sockaddr_in6 without the scope, which the kernel still takes */
	const struct outward *outward = passage->outward;
	size_t size = outward->to_size;
	sa_family_t family;
	if (size > sizeof(struct sockaddr_storage) || size < sizeof(struct sockaddr_in) ||
	    !user_can_read(outward->to, size))
		return false;
	memcpy(&family, outward->to, sizeof family);
	if (passage->view.family == AF_INET && family != AF_INET) {
		struct sockaddr_in address;
		memcpy(&address, outward->to, sizeof address);
		address.sin_family = AF_INET; /* the kernel sends to it all the same */
		return family == AF_UNSPEC && endpoint_from_sockaddr(&passage->outgoing.to, (struct sockaddr *)&address,
								     sizeof address) == OUTCOME_OK;
	}
	if (family == AF_INET6 && size >= RFC2133 && size < sizeof(struct sockaddr_in6)) {
		struct sockaddr_in6 address = {0};
		memcpy(&address, outward->to, size);
		return endpoint_from_sockaddr(&passage->outgoing.to, (struct sockaddr *)&address, sizeof address) ==
		       OUTCOME_OK;
	}
	return endpoint_from_sockaddr(&passage->outgoing.to, outward->to, size) == OUTCOME_OK;
}

/* AF_UNSPEC is no name at all on an IPv6 socket. */
static bool is_unnamed(const struct passage *passage)
{
	const struct outward *outward = passage->outward;
	return !outward->to || (passage->view.family == AF_INET6 && outward->to_size >= sizeof(sa_family_t) &&
				user_can_read(outward->to, sizeof(sa_family_t)) && outward->to->sa_family == AF_UNSPEC);
}

bool passage_names(struct passage *passage, struct endpoint *to)
{
	if (is_unnamed(passage)) {
		*to = passage->view.peer;
		return true;
	}
	if (!read_name(passage))
		return false;
	*to = passage->outgoing.to;
	return true;
}

static bool is_answer(const struct passage *passage)
{
	return passage->view.link == LINK_NONE &&
	       correspondents_have(atomic_load_explicit(&passage->flow->correspondents, memory_order_acquire),
				   &passage->outgoing.to);
}

static void refuse(struct outgoing *outgoing, int error)
{
	outgoing->verdict = OUTGOING_ERROR;
	outgoing->error = error;
}

/* False: the address is what it is. */
static bool decide_on_alias(struct passage *passage, const struct endpoint *shown)
{
	const struct endpoint *to = shown;
	if (!aliases_concern(passage->flow, shown))
		return false;
	int error = aliases_replace(passage->flow, shown, &passage->alias, &to);
	if (error)
		refuse(&passage->outgoing, error);
	else if (to != shown)
		outgoing_decide(&passage->outgoing, &passage->view, negotiator.settings->rules, to, false);
	return error || to != shown;
}

/* The kernel keeps the beginning of a datagram, with its destination: whatever is named now is not looked at. */
static bool go_on(struct passage *passage)
{
	if (!passage_continues(passage))
		return false;
	passage->outgoing.verdict = OUTGOING_FRAMED;
	passage->outgoing.named = false;
	passage->outgoing.header_length = 0;
	passage->outgoing.to = passage->view.peer;
	return true;
}

/* On an IPv6 socket whose source address is IPv4 by now, or that the program bound to one of IPv6. 0: it is not. */
static int out_of_reach(const struct passage *passage)
{
	const struct view *view = &passage->view;
	if (passage->outgoing.to.kind == ENDPOINT_IPV6 && view->source == ENDPOINT_IPV4)
		return EAFNOSUPPORT;
	return passage->outgoing.to.kind == ENDPOINT_IPV4 && view_is_bound_v6(view) ? ENETUNREACH : 0;
}

/* The header has no room for it, and answers are to have it again. That of an interface which is not there the kernel
 * refuses. */
static void heed_scope(struct passage *passage)
{
	uint32_t scope = passage->outgoing.to.scope;
	bool relayed = passage->outgoing.verdict == OUTGOING_FRAMED || passage->outgoing.verdict == OUTGOING_PREPARE;
	if (!scope || !relayed || atomic_load_explicit(&passage->flow->scope, memory_order_relaxed) == scope)
		return;
	if (device_is_missing(passage->fd, scope))
		refuse(&passage->outgoing, ENETUNREACH);
	else
		atomic_store_explicit(&passage->flow->scope, scope, memory_order_relaxed);
}

bool passage_decide(struct passage *passage)
{
	struct outgoing *outgoing = &passage->outgoing;
	const struct view *view = &passage->view;
	if (go_on(passage))
		return true;
	if (is_unnamed(passage)) {
		if (view->family == AF_INET6 && view->peer.kind == ENDPOINT_IPV4 && view->peer.port == 0) {
			refuse(outgoing, EINVAL);
			return true;
		}
		if (decide_on_alias(passage, &view->peer))
			return true;
		outgoing_decide(outgoing, view, negotiator.settings->rules, NULL, false);
		return true;
	}
	if (!read_name(passage))
		return false;
	if (outgoing->to.kind == ENDPOINT_IPV4 && view->flags & VIEW_V6ONLY) {
		refuse(outgoing, ENETUNREACH);
		return true;
	}
	int error = out_of_reach(passage);
	if (error) {
		refuse(outgoing, error);
		return true;
	}
	bool answer = is_answer(passage);
	if (answer || !decide_on_alias(passage, &outgoing->to))
		outgoing_decide(outgoing, view, negotiator.settings->rules, &outgoing->to, answer);
	heed_scope(passage);
	return true;
}

bool passage_frame(const struct passage *passage, uint8_t *to, size_t skip, size_t size)
{
	const struct outgoing *outgoing = &passage->outgoing;
	const struct outward *outward = passage->outward;
	memcpy(to, outgoing->header, outgoing->header_length);
	return user_gather(to + outgoing->header_length, outward->pieces, outward->count, skip, size);
}

/* Unconnected, and used by a relay only. */
static bool is_client(const struct view *view)
{
	return view->link == LINK_NONE && !(view->flags & (VIEW_OPEN | VIEW_BOUND_ADDRESS));
}

/* A router's word is no more than that a datagram was lost; what the kernel finds out by itself it finds again. Of what
 * is too long it tells a connected socket by itself only. */
static bool is_news(struct passage *passage, int error)
{
	bool concerns = error == EMSGSIZE ? passage->view.alerted : view_hears_of_relay(&passage->view);
	if (!concerns || passage->told || error == ECONNREFUSED || !is_way_error(error))
		return false;
	passage->told = true;
	engine_told(&negotiator, passage->handle, error);
	return true;
}

/* The kernel tells an unreachable relay on a socket that is connected to it. The program knows nothing of the relay:
 * the error is taken, and the datagram sent again. */
enum step passage_failed(struct passage *passage, int error)
{
	if (error == EINVAL && passage->outward->control_size) /* its control data are at fault */
		return passage_fail(error);
	passage->refused = error == ECONNREFUSED;
	if (is_news(passage, error))
		return STEP_AGAIN;
	switch (error) {
	case EMSGSIZE:
		engine_note_too_long(&negotiator, passage->handle, &passage->outgoing.to);
		if (passage->view.alerted)
			engine_told(&negotiator, passage->handle, error);
		return passage_fail(error);
	case ECONNREFUSED:
		engine_told(&negotiator, passage->handle, error);
		return STEP_AGAIN;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EINVAL: /* the address that the socket sends from is this machine's no more */
		if (!view_is_held(&passage->view) && !is_client(&passage->view))
			return passage_fail(error);
		engine_unreachable(&negotiator, passage->handle);
		return STEP_AGAIN;
	case ENOBUFS: /* a full queue on the way, of which IP_RECVERR tells: else the datagram is lost in silence */
		return passage->view.alerted ? STEP_SENT : passage_fail(error);
	case EDESTADDRREQ: /* another thread has just changed what the socket is connected to, or which it is */
		if (!cover_renew(passage->fd, &passage->handle))
			return STEP_FAILED;
		return passage->handle == HANDLE_NONE ? passage_fail(ENOTSOCK) : STEP_AGAIN;
	case ENOTSOCK: /* another thread has put something else there: for this call it is what it was */
		cover_forget(passage->fd);
		return passage_fail(ENOTSOCK);
	default:
		return passage_fail(error);
	}
}
