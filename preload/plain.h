/* What is received plainly: a datagram from the relay that the socket is connected to, with an IPv4 source, for a
 * program of IPv4 that asks for nothing but that. What is not so plain goes the common way (arrival.h), which comes to
 * the same for what is. */
#ifndef PRELOAD_PLAIN_H
#define PRELOAD_PLAIN_H

#include <arpa/inet.h>
#include <string.h>

#include "core/inlining.h"
#include "preload/arrival.h"
#include "preload/capture.h"
#include "preload/user_memory.h"

/* Besides what its view says (VIEW_PLAIN_IN). A relative may have connected the socket elsewhere. */
ALWAYS_INLINE bool plain_is_heard(void)
{
	return !atomic_load_explicit(&process_has_relatives, memory_order_relaxed) && !capture_is_on();
}

/* Nothing has changed since the view was read, and no address stands for another one. */
ALWAYS_INLINE bool plain_is_still(const struct flow *flow, uint32_t sequence)
{
	return atomic_load_explicit(&flow->sequence, memory_order_acquire) == sequence &&
	       !atomic_load_explicit(&flow->aliases, memory_order_relaxed);
}

/* The source of a datagram that the program hears. */
ALWAYS_INLINE bool plain_take_source(const uint8_t *bytes, size_t held, const struct view *view,
				     struct endpoint *source)
{
	const struct endpoint *peer = &view->peer;
	return header_take_ipv4(bytes, held, source) &&
	       (!view_is_connected(view) || (peer->kind == ENDPOINT_IPV4 && peer->port == source->port &&
					     memcmp(peer->ip, source->ip, sizeof(struct in_addr)) == 0));
}

/* False: a bad address, or a size that the kernel would look at more closely. */
ALWAYS_INLINE bool plain_store_source(struct sockaddr *name, socklen_t *size, const struct endpoint *source)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(source->port)};
	memcpy(&address.sin_addr, source->ip, sizeof address.sin_addr);
	if (!user_can_write(size, sizeof *size) || *size < sizeof address || *size > sizeof(struct sockaddr_storage) ||
	    !user_can_write(name, sizeof address))
		return false;
	memcpy(name, &address, sizeof address);
	*size = sizeof address;
	return true;
}

#endif
