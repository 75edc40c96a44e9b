#include "core/incoming.h"

static bool expressible(const struct endpoint *source, int family)
{
	return source->kind == ENDPOINT_IPV4 || (source->kind == ENDPOINT_IPV6 && family == AF_INET6);
}

void incoming_give_scope(struct incoming *incoming, uint32_t scope)
{
	if (scope && incoming_lacks_scope(incoming))
		incoming->source.scope = scope;
}

/* Some servers name the source although the request gave an address. The text of an address is that address; any
 * other name can only be taken for the one peer that the program is connected to, if at least the port agrees. */
static void settle_name(struct endpoint *source, const struct view *view)
{
	endpoint_settle(source);
	if (source->kind == ENDPOINT_NAME && source->port == view->peer.port && view_is_connected(view))
		*source = view->peer;
}

static enum incoming_verdict verdict_on(struct incoming *incoming, const struct view *view, const void *bytes,
					size_t size)
{
	struct reader reader = reader_of(bytes, size);
	incoming->header_length = 0;
	if (header_decode(&reader, &incoming->source) != OUTCOME_OK)
		return INCOMING_MALFORMED;
	incoming->header_length = (uint16_t)(size - reader_left(&reader));
	if (incoming->source.kind == ENDPOINT_NAME)
		settle_name(&incoming->source, view);
	if (!expressible(&incoming->source, view->family))
		return INCOMING_FOREIGN;
	incoming_give_scope(incoming, view->peer.scope);
	if (view_is_connected(view) && !endpoint_equal(&incoming->source, &view->peer))
		return INCOMING_OTHER;
	return INCOMING_RELAYED;
}

void incoming_judge_relayed(struct incoming *incoming, const struct view *view, const void *bytes, size_t size)
{
	incoming->verdict = (uint8_t)verdict_on(incoming, view, bytes, size);
}

/* The kernel gives no datagram another source than a host's port. */
static bool is_of_a_host(const struct endpoint *source)
{
	return source->port != 0 && !endpoint_is_unspecified(source) && !endpoint_is_multicast(source) &&
	       !endpoint_is_broadcast(source);
}

bool incoming_judge_group(struct incoming *incoming, const struct view *view, const void *bytes, size_t size)
{
	struct incoming relayed;
	incoming_judge_relayed(&relayed, view, bytes, size);
	if ((relayed.verdict != INCOMING_RELAYED && relayed.verdict != INCOMING_OTHER) ||
	    !is_of_a_host(&relayed.source))
		return false;
	*incoming = relayed;
	return true;
}

/* A client that is relayed hears its relay, also where the kernel lets others in. */
static bool hears_others(const struct view *view)
{
	return view->link == LINK_PEER ||
	       (view->link == LINK_NONE && (view->flags & VIEW_OPEN || view->phase == PHASE_FRESH));
}

void incoming_judge(struct incoming *incoming, const struct view *view, const struct endpoint *from, bool former,
		    const void *bytes, size_t size)
{
	incoming->header_length = 0;
	bool is_peer = view->link == LINK_PEER && endpoint_equal(from, &view->peer);
	bool is_relay = view->relay.kind != ENDPOINT_NONE && endpoint_equal(from, &view->relay);
	if ((is_relay || former) && !is_peer) {
		incoming_judge_relayed(incoming, view, bytes, size);
		return;
	}
	incoming->source = *from;
	incoming->verdict = hears_others(view) ? INCOMING_DIRECT : INCOMING_STRANGER;
}
