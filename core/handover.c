#include "core/handover.h"

#include <string.h>

/* CORKED ends with a call that others make, YOUNG and UNTOLD with this image. */
#define FLAGS                                                                                                          \
	(VIEW_BOUND | VIEW_BOUND_ADDRESS | VIEW_OPEN | VIEW_TIMED | VIEW_CORKING | VIEW_GRO | VIEW_V6ONLY | VIEW_JOINS)

enum { PADDING = 5 };

bool handover_from_flow(struct handover *handover, const struct flow *flow)
{
	const struct view *now = &flow->now;
	bool stood = now->phase == PHASE_READY || now->phase == PHASE_LOST;
	bool set = now->flags & FLAGS || now->segment || now->marks;
	if (!stood && !set && now->link == LINK_NONE && !view_is_connected(now))
		return false;
	*handover = (struct handover){.cookie = flow->cookie,
				      .control = -1,
				      .server = now->server,
				      .address = flow->round.association.peer,
				      .held = flow->held,
				      .view = *now};
	handover->view.flags &= FLAGS;
	if (!stood) {
		handover->view.phase = PHASE_FRESH;
		handover->view.relay = (struct endpoint){0};
	}
	if (handover->address.kind == ENDPOINT_NAME)
		handover->address = (struct endpoint){0};
	return true;
}

static void encode_endpoint(struct writer *writer, const struct endpoint *endpoint)
{
	write_u8(writer, endpoint->kind);
	write_u16(writer, endpoint->port);
	write_bytes(writer, &endpoint->scope, sizeof endpoint->scope);
	write_bytes(writer, endpoint->ip, sizeof endpoint->ip);
}

enum outcome handover_encode(struct writer *writer, const struct handover *handover)
{
	static const uint8_t padding[PADDING];
	const struct view *view = &handover->view;
	if ((size_t)(writer->end - writer->at) < HANDOVER_SIZE)
		return OUTCOME_NO_ROOM;
	write_bytes(writer, &handover->cookie, sizeof handover->cookie);
	write_bytes(writer, &handover->control_cookie, sizeof handover->control_cookie);
	write_bytes(writer, &handover->control, sizeof handover->control);
	write_u16(writer, (uint16_t)handover->server);
	write_u16(writer, view->segment);
	write_u16(writer, view->flags);
	write_u8(writer, view->phase);
	write_u8(writer, view->link);
	write_u8(writer, view->family);
	write_u8(writer, view->alerted);
	write_u8(writer, view->marks);
	encode_endpoint(writer, &handover->address);
	encode_endpoint(writer, &handover->held);
	encode_endpoint(writer, &view->peer);
	encode_endpoint(writer, &view->relay);
	write_bytes(writer, padding, sizeof padding);
	return writer->overflow ? OUTCOME_NO_ROOM : OUTCOME_OK;
}

/* Made anew from its parts, so that nothing but an address comes of it. */
static bool decode_endpoint(struct reader *reader, struct endpoint *endpoint)
{
	uint8_t kind, ip[16];
	uint16_t port;
	uint32_t scope;
	if (!read_u8(reader, &kind) || !read_u16(reader, &port) || !read_bytes(reader, &scope, sizeof scope) ||
	    !read_bytes(reader, ip, sizeof ip))
		return false;
	*endpoint = (struct endpoint){0};
	if (kind == ENDPOINT_IPV4)
		*endpoint = endpoint_from_ipv4(ip, port);
	else if (kind == ENDPOINT_IPV6)
		*endpoint = endpoint_from_ipv6(ip, port, scope);
	return kind == ENDPOINT_NONE || endpoint->kind == kind;
}

static bool decode_view(struct reader *reader, struct view *view)
{
	uint8_t phase, link;
	if (!read_u16(reader, &view->segment) || !read_u16(reader, &view->flags) || !read_u8(reader, &phase) ||
	    !read_u8(reader, &link) || !read_u8(reader, &view->family) || !read_u8(reader, &view->alerted) ||
	    !read_u8(reader, &view->marks) || phase > PHASE_FAILED || link > LINK_PEER)
		return false;
	view->phase = phase & 15;
	view->link = link & 15;
	return true;
}

static bool decode_parts(struct reader *reader, struct handover *handover)
{
	const uint8_t *padding;
	uint16_t server;
	if (!read_bytes(reader, &handover->cookie, sizeof handover->cookie) ||
	    !read_bytes(reader, &handover->control_cookie, sizeof handover->control_cookie) ||
	    !read_bytes(reader, &handover->control, sizeof handover->control) || !read_u16(reader, &server))
		return false;
	handover->server = (int16_t)server;
	return decode_view(reader, &handover->view) && decode_endpoint(reader, &handover->address) &&
	       decode_endpoint(reader, &handover->held) && decode_endpoint(reader, &handover->view.peer) &&
	       decode_endpoint(reader, &handover->view.relay) && read_view(reader, &padding, PADDING);
}

/* An AF_INET socket knows no IPv6; NONE is always possible. */
static bool fits(const struct endpoint *endpoint, int family)
{
	return endpoint->kind != ENDPOINT_IPV6 || family == AF_INET6;
}

static bool is_possible(const struct handover *handover)
{
	const struct view *view = &handover->view;
	bool stood = view->phase == PHASE_READY || view->phase == PHASE_LOST;
	if (view->family != AF_INET && view->family != AF_INET6)
		return false;
	if ((!stood && view->phase != PHASE_FRESH) || view->flags & ~FLAGS)
		return false;
	if (view->marks & ~(MARKS_TOLD | MARKS_SENT) || (view->marks && view->family != AF_INET6))
		return false;
	if (stood != (view->relay.kind != ENDPOINT_NONE) || (stood && view->relay.port == 0))
		return false;
	if (view->alerted && (view->alerted > 1 || view->link != LINK_NONE || view->flags & VIEW_OPEN))
		return false;
	if (view_is_held(view) && handover->held.kind == ENDPOINT_NONE)
		return false;
	if (view->link == LINK_PEER && !view_is_connected(view))
		return false;
	return fits(&view->peer, view->family) && fits(&view->relay, view->family) &&
	       fits(&handover->held, view->family);
}

enum outcome handover_decode(struct reader *reader, struct handover *handover)
{
	struct reader copy = *reader;
	struct handover decoded = {0};
	if (reader_left(&copy) < HANDOVER_SIZE)
		return OUTCOME_NEED_MORE;
	if (!decode_parts(&copy, &decoded) || !is_possible(&decoded))
		return OUTCOME_BAD_TEXT;
	*handover = decoded;
	*reader = copy;
	return OUTCOME_OK;
}
