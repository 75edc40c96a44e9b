#include "core/outgoing.h"

#include <errno.h>

static void go_direct(struct outgoing *outgoing, const struct view *view)
{
	/* A connected program hears its peer only, so a direct datagram beside it changes nothing; an unconnected one
	 * must be able to hear the answer. */
	bool hears = view->flags & VIEW_OPEN && view->link == LINK_NONE;
	outgoing->verdict = view_is_connected(view) || hears ? OUTGOING_KERNEL : OUTGOING_LEAVE;
}

static void go_relayed(struct outgoing *outgoing, const struct view *view, struct decision decision)
{
	struct writer writer = writer_over(outgoing->header, sizeof outgoing->header);
	header_encode(&writer, &outgoing->to);
	outgoing->header_length = (uint16_t)written(&writer);
	outgoing->server = decision.server;
	bool other_server = decision.server != ANY_SERVER && decision.server != view->server;
	bool ready = view->phase == PHASE_READY && !(view->flags & VIEW_YOUNG) && !other_server;
	outgoing->verdict = ready ? OUTGOING_FRAMED : OUTGOING_PREPARE;
	outgoing->named = view->link != LINK_RELAY;
}

static void refuse(struct outgoing *outgoing, int error)
{
	outgoing->verdict = OUTGOING_ERROR;
	outgoing->error = error;
}

void outgoing_decide(struct outgoing *outgoing, const struct view *view, const struct rules *rules,
		     const struct endpoint *name, bool answer)
{
	if (name != &outgoing->to)
		outgoing->to = name ? *name : view->peer;
	if (outgoing->to.kind == ENDPOINT_NONE) {
		refuse(outgoing, EDESTADDRREQ);
		return;
	}
	if (outgoing->to.port == 0 && name) { /* the kernel answers EINVAL and sends nothing */
		outgoing->verdict = OUTGOING_KERNEL;
		return;
	}
	struct decision decision = {ACTION_DIRECT, ANY_SERVER, NO_RULE};
	if (!answer)
		decision = rules_decide(rules, &outgoing->to, NULL, 0);
	switch ((enum action)decision.action) {
	case ACTION_DIRECT:
		go_direct(outgoing, view);
		break;
	case ACTION_RELAY:
		go_relayed(outgoing, view, decision);
		break;
	case ACTION_REJECT:
		refuse(outgoing, ECONNREFUSED);
		break;
	case ACTION_DROP:
		outgoing->verdict = OUTGOING_SILENCE;
		break;
	}
}
