#include "core/association.h"

#include <errno.h>

void association_reset(struct association *association)
{
	*association = (struct association){.control = -1, .server = ANY_SERVER};
}

/* Dante and old 3proxy pick the family of their relay from the ATYP of the request, so zeros are sent in the family
 * of the control connection. */
static void announce(struct association *association, const struct world *world, const struct announcement *what)
{
	struct endpoint *target = &association->handshake->order.target;
	*target = (struct endpoint){.kind = association->peer.kind};
	if (!what->local)
		return;
	union socket_address local;
	socklen_t size = sizeof local;
	struct endpoint own;
	if (endpoint_from_sockaddr(&own, &what->address.any, sizeof what->address) != OUTCOME_OK)
		return;
	uint16_t port = own.port;
	if (endpoint_is_unspecified(&own) && world->control_local(association->control, &local, &size) == 0)
		endpoint_from_sockaddr(&own, &local.any, size);
	*target = own;
	target->port = port;
}

enum outcome association_open(struct association *association, const struct world *world,
			      const struct endpoint *address, struct handshake *handshake,
			      const struct association_terms *terms)
{
	union socket_address to;
	socklen_t size;
	int family = endpoint_family(address);
	enum outcome outcome = endpoint_to_sockaddr(address, family, &to, &size);
	if (outcome != OUTCOME_OK)
		return outcome;
	int control = world->control_open(family);
	if (control < 0)
		return control == -EMFILE || control == -ENFILE ? OUTCOME_NO_DESCRIPTOR : outcome_from_errno(-control);
	int answer = world->control_connect(control, &to, size);
	if (answer < 0 && answer != -EINPROGRESS) {
		world->own_close(control);
		return outcome_from_errno(-answer);
	}
	association->control = control;
	association->stage = STAGE_CONNECTING;
	association->peer = *address;
	association->handshake = handshake;
	handshake->order = (struct negotiation_order){
	    .command = COMMAND_UDP_ASSOCIATE, .credentials = terms->credentials, .pipeline = terms->pipeline};
	announce(association, world, &terms->announcement);
	negotiation_start(&handshake->negotiation, &handshake->order);
	return OUTCOME_OK;
}

static void tell(const struct association_listener *listener, bool sent, ssize_t size)
{
	if (listener)
		listener->hear(listener, sent, (size_t)size);
}

/* While the connection is being made the kernel takes nothing, and of one that failed it says so here. */
static enum outcome send_some(struct association *association, const struct world *world,
			      const struct association_listener *listener)
{
	struct negotiation *negotiation = &association->handshake->negotiation;
	size_t size;
	const uint8_t *bytes = negotiation_output(negotiation, &size);
	ssize_t sent = world->control_send(association->control, bytes, size);
	if (sent == -EAGAIN)
		return OUTCOME_NEED_MORE;
	if (sent < 0)
		return association->stage == STAGE_CONNECTING ? outcome_from_errno((int)-sent) : OUTCOME_CLOSED;
	association->stage = STAGE_NEGOTIATING;
	tell(listener, true, sent);
	negotiation_sent(negotiation, (size_t)sent);
	return OUTCOME_OK;
}

static enum outcome receive_some(struct association *association, const struct world *world,
				 const struct association_listener *listener)
{
	uint8_t bytes[REPLY_SIZE_MAX];
	ssize_t got = world->control_receive(association->control, bytes, sizeof bytes);
	if (got == -EAGAIN)
		return OUTCOME_NEED_MORE;
	if (got <= 0)
		return OUTCOME_CLOSED;
	tell(listener, false, got);
	negotiation_received(&association->handshake->negotiation, bytes, (size_t)got);
	return OUTCOME_OK;
}

void association_greet(struct association *association, const struct world *world,
		       const struct association_listener *listener)
{
	struct negotiation *negotiation = &association->handshake->negotiation;
	enum outcome outcome = OUTCOME_OK;
	while (outcome == OUTCOME_OK && negotiation_wants(negotiation) == NEGOTIATION_WANTS_SEND)
		outcome = send_some(association, world, listener);
	if (outcome != OUTCOME_OK && outcome != OUTCOME_NEED_MORE)
		negotiation_abort(negotiation, outcome); /* the kernel tells it only once */
}

enum outcome association_drive(struct association *association, const struct world *world,
			       const struct association_listener *listener, struct endpoint *bound)
{
	struct negotiation *negotiation = &association->handshake->negotiation;
	enum outcome outcome = OUTCOME_OK;
	bool has_asked = false;
	while (outcome == OUTCOME_OK) {
		switch (negotiation_wants(negotiation)) {
		case NEGOTIATION_WANTS_SEND:
			outcome = send_some(association, world, listener);
			has_asked = true;
			break;
		case NEGOTIATION_WANTS_RECEIVE:
			outcome = has_asked ? OUTCOME_NEED_MORE : receive_some(association, world, listener);
			break;
		case NEGOTIATION_FAILED:
			return negotiation->outcome;
		case NEGOTIATION_DONE:
			*bound = negotiation->bound;
			association->stage = STAGE_ESTABLISHED;
			return OUTCOME_OK;
		}
	}
	return outcome;
}

bool association_has_ended(struct association *association, const struct world *world)
{
	enum { READS = 64 };
	uint8_t bytes[64];
	for (int i = 0; i < READS; i++) {
		ssize_t got = world->control_receive(association->control, bytes, sizeof bytes);
		if (got <= 0)
			return got != -EAGAIN;
	}
	return true;
}

const char *association_step_text(const struct association *association)
{
	switch ((enum stage)association->stage) {
	case STAGE_NONE: /* it did not come so far */
	case STAGE_CONNECTING:
		return "connecting";
	case STAGE_NEGOTIATING:
		return negotiation_step_text(association->handshake->negotiation.step);
	case STAGE_ESTABLISHED:
		return "reply";
	}
	return "unknown step";
}

void association_close(struct association *association, const struct world *world)
{
	if (association->control >= 0)
		world->own_close(association->control);
	association_reset(association);
}
