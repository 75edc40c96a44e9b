/* Streams: queries whose answers do not fit into a datagram, by TCP through the SOCKS server's CONNECT, or directly.
 * Each has a thread for as long as it takes. */
#ifndef PRELOAD_STUB_STREAM_H
#define PRELOAD_STUB_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/endpoint.h"

struct stream;

struct stream_order {
	struct endpoint server;
	bool relayed;
	const uint8_t *query; /* copied; at most DNS_QUERY_MAX octets */
	size_t size;
	uint64_t deadline_ms;
};

/* The stub is woken whenever one has ended. */
bool stream_has_room(void);

/* NULL: no memory, no thread, or no room. */
struct stream *stream_start(const struct stream_order *order);

/* False: not yet. Else the stream is over, and *size octets have been stored, DNS_MESSAGE_MAX at most; 0: it failed. */
bool stream_result(struct stream *stream, uint8_t *answer, size_t *size);

/* Nobody waits for it any more; NULL is possible. */
void stream_abandon(struct stream *stream);

/* In the child of a fork, where all have been abandoned: the threads are the parent's. */
void streams_forget(void);
void streams_moved(int fd, int moved);

#endif
