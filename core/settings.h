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

/* Which server an association is asked of: of those that are well, the first in order, each in turn, or the one that
 * answered fastest. Those that failed come last. */
enum policy { POLICY_FAILOVER, POLICY_ROUND_ROBIN, POLICY_FASTEST };

/* How names are looked up. auto: through a tunnel where there is a nameserver at the other end of it, else by stand-ins
 * for whoever wants datagrams, else not at all. */
enum dns_mode {
	DNS_MODE_AUTO,
	DNS_MODE_TUNNEL, /* by queries that are relayed like any datagram */
	DNS_MODE_REMOTE, /* not here: an address stands in for the name, which the server resolves */
	DNS_MODE_LOCAL,  /* as the system does */
};

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* What is told of associations and datagrams at the end of a process, to where the log goes. */
enum statistics_form { STATISTICS_OFF, STATISTICS_TABLE, STATISTICS_JSON };

enum { PRECONNECT_MAX = 256, QUEUE_DATAGRAMS_MAX = 65535, QUEUE_OCTETS_MAX = 1 << 24 };

struct server {
	const char *label;       /* its name in the configuration, or host:port */
	struct endpoint control; /* where TCP goes; may be a name */
	bool has_credentials;
	struct credentials credentials;
};

/* Addresses in a row; frozen. */
struct endpoints {
	const struct endpoint *items;
	size_t count;
};

struct settings {
	struct server *servers; /* in order of preference */
	size_t server_count;    /* 0: whatever would be relayed is refused */
	struct rules *rules;    /* never NULL */
	uint32_t connect_ms;    /* TCP connection to a server */
	uint32_t handshake_ms;  /* from connected to the reply */
	uint32_t retry_min_ms;  /* a server that failed rests so long, doubling up to retry_max_ms */
	uint32_t retry_max_ms;
	uint32_t keepalive_ms; /* a server that has been silent for so long, also to probes, is dead */
	enum policy policy;
	uint32_t preconnect;      /* associations that are kept ready, at most PRECONNECT_MAX */
	bool pipeline;            /* greeting, login and request in one segment, to servers that take it */
	uint32_t queue_datagrams; /* what one socket may have waiting for its association, at most */
	uint32_t queue_octets;
	enum relay_address relay_address;
	enum announce announce;
	enum dns_mode dns_mode;
	struct endpoints dns_servers; /* behind the tunnel, in order of preference; none: the system's */
	struct prefix stand_ins_ipv4; /* where the addresses that stand in for names are taken from */
	struct prefix stand_ins_ipv6;
	enum log_level log_level;
	const char *log_file; /* NULL or "": standard error */
	enum statistics_form statistics;
	const char *capture; /* NULL or "": what the program says and hears is not captured */
	bool follow;         /* what the program executes is covered as well, or refused */
	bool allow_uring;    /* io_uring, which no hook sees, is the program's to use */
};

#endif
