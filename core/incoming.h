/* A datagram in: whose it is, decided from values alone. */
#ifndef CORE_INCOMING_H
#define CORE_INCOMING_H

#include <stdbool.h>

#include "core/view.h"

enum incoming_verdict {
	INCOMING_DIRECT,    /* whole, from the address that the kernel gave */
	INCOMING_RELAYED,   /* from .source; the payload begins behind .header_length octets */
	INCOMING_STRANGER,  /* dropped: not from the relay, on a flow that hears nobody else */
	INCOMING_MALFORMED, /* dropped: from the relay, but not a SOCKS5 datagram, or a fragment */
	INCOMING_OTHER,     /* dropped: relayed, but not from the peer that the program is connected to */
	INCOMING_FOREIGN,   /* dropped: a source that this socket's family cannot express */
};

struct incoming {
	uint8_t verdict; /* enum incoming_verdict */
	uint16_t header_length;
	struct endpoint source;
};

/* former: from is a relay that this flow had before; what it still sends, or had sent before, is as good.
 * bytes: the first `size` octets of the datagram, at least HEADER_SIZE_MAX of it where it is as long. */
void incoming_judge(struct incoming *incoming, const struct view *view, const struct endpoint *from, bool former,
		    const void *bytes, size_t size);

/* The same for what is known to come from the relay. */
void incoming_judge_relayed(struct incoming *incoming, const struct view *view, const void *bytes, size_t size);

/* The same for what another socket of the same port (SO_REUSEPORT) may have been answered, by a relay that is not known
 * here. False: it is no whole SOCKS5 datagram from a source that this socket could have; incoming is as it was. */
bool incoming_judge_group(struct incoming *incoming, const struct view *view, const void *bytes, size_t size);

static inline bool incoming_lacks_scope(const struct incoming *incoming)
{
	const struct endpoint *source = &incoming->source;
	return source->kind == ENDPOINT_IPV6 && source->scope == 0 && endpoint_is_link_local(source);
}

/* The wire has no scope: a link-local source is on the interface that the program has sent by to such ones (0: to
 * none). That of the peer that it is connected to is given already. */
void incoming_give_scope(struct incoming *incoming, uint32_t scope);

static inline bool incoming_is_dropped(const struct incoming *incoming)
{
	return incoming->verdict >= INCOMING_STRANGER;
}

#endif
