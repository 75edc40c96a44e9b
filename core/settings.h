/* The settings in force: made by conf, frozen, and shared by every flow of the process. */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/endpoint.h"
#include "core/message.h"
#include "core/rendezvous.h"
#include "core/rule.h"

enum announce {
	ANNOUNCE_ZERO,  /* zeros in the request: the server takes the client's address from its first datagram */
	ANNOUNCE_LOCAL, /* the socket's own address and port, for servers that demand it */
};

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct server {
	const char *label;       /* its name in the configuration, or host:port */
	struct endpoint control; /* where TCP goes; may be a name */
	bool has_credentials;
	struct credentials credentials;
};

struct settings {
	struct server *servers; /* in order of preference */
	size_t server_count;    /* 0: whatever would be relayed is refused */
	struct rules *rules;    /* never NULL */
	uint32_t connect_ms;    /* TCP connection to a server */
	uint32_t handshake_ms;  /* from connected to the reply */
	uint32_t retry_min_ms;  /* a server that failed rests so long, doubling up to retry_max_ms */
	uint32_t retry_max_ms;
	enum relay_address relay_address;
	enum announce announce;
	enum log_level log_level;
	const char *log_file; /* NULL or "": standard error */
};

#endif
