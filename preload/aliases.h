/* Which addresses of the program stand for something else (core/alias.h), and the table of stand-ins: a file
 * (stand_in_file.h); where there can be none, memory that is shared with the processes that this one forks. */
#ifndef PRELOAD_ALIASES_H
#define PRELOAD_ALIASES_H

#include "core/flow.h"
#include "core/settings.h"
#include "core/stand_ins.h"

/* The first octets tell most addresses apart. */
struct alias_hints {
	bool on;
	uint8_t ipv4;
	uint8_t ipv6;
};

extern struct alias_hints alias_hints;

/* With the settings of the process: at its start. */
void aliases_begin(const struct settings *settings);
void aliases_leave(void); /* at its end, whether it has had any or not */

/* Whether that destination may stand for something, whoever sends to it. */
static inline bool aliases_may_be(const struct endpoint *to)
{
	enum { DNS_PORT = 53, LOOPBACK = 127 };
	if (!alias_hints.on)
		return false;
	return (to->port == DNS_PORT && (to->ip[0] == LOOPBACK || to->ip[0] == 0)) ||
	       to->ip[0] == (to->kind == ENDPOINT_IPV4 ? alias_hints.ipv4 : alias_hints.ipv6);
}

/* Whether aliases_replace has anything to do for a datagram to that destination. */
static inline bool aliases_concern(struct flow *flow, const struct endpoint *to)
{
	return aliases_may_be(to) || (alias_hints.on && atomic_load_explicit(&flow->aliases, memory_order_relaxed));
}

/* *to: what is sent to instead, in *alias, unless shown is what it is. 0, or the errno that the datagram fails with. */
int aliases_replace(struct flow *flow, const struct endpoint *shown, struct alias *alias, const struct endpoint **to);

/* For the stub: see stand_ins_add and stand_ins_find. */
bool aliases_stand_in(const char *name, size_t length, int kind, struct endpoint *address);
bool aliases_name_of(const struct endpoint *address, char *name, uint8_t *length);

/* A stream to a nameserver that must not learn of lookups goes to the stub instead. 0: it is no such nameserver, 1: to
 * *instead, or a negative errno. */
int aliases_redirect(const struct endpoint *to, union socket_address *instead);

#endif
