/* Rules: which datagrams are relayed, by which server, and which go direct, are rejected or dropped.
 *
 * An ordered list; the first rule that matches decides. It is compiled once into tables that answer in a time which
 * hardly depends on the number of prefixes, and is immutable from then on: lookups take no lock. */
#ifndef CORE_RULE_H
#define CORE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/endpoint.h"
#include "core/outcome.h"

enum action {
	ACTION_RELAY,
	ACTION_DIRECT,
	ACTION_REJECT, /* the call fails with ECONNREFUSED, as after an ICMP port unreachable */
	ACTION_DROP,   /* the call succeeds, nothing leaves */
};

#define ANY_SERVER (-1)
#define NO_RULE    (-1)

struct decision {
	uint8_t action; /* enum action */
	int16_t server; /* index into the settings' servers, or ANY_SERVER */
	int32_t rule;   /* index of the deciding rule, or NO_RULE for the default and the local-only addresses */
};

enum rule_target_kind {
	TARGET_PREFIX,
	TARGET_SUFFIX,   /* ".example.com": the name itself and every name under it; "example.com": that name alone */
	TARGET_FRAGMENT, /* socks5c.conf: the name ends in this text, at any octet */
};

struct rule_target {
	uint8_t kind; /* enum rule_target_kind */
	struct prefix prefix;
	const char *name; /* borrowed until rules_compile returns; NUL-terminated */
};

struct port_range {
	uint16_t first;
	uint16_t last; /* inclusive */
};

struct rule {
	const struct rule_target *targets; /* none: every destination but the local-only ones */
	size_t target_count;
	const struct port_range *ports; /* none: every port */
	size_t port_count;
	enum action action;
	int server; /* index, or ANY_SERVER */
};

struct rules;

/* The rules are copied. NULL: out of memory. */
struct rules *rules_compile(const struct rule *rules, size_t count, enum action fallback);
void rules_free(struct rules *rules);

/* What happens to a datagram for this destination. name: the name that the program looked up to get the address, or
 * NULL: those that were noted; a destination that is itself a name is matched by it. A rule matches if its targets hold
 * the address or the name, and its ports the port. Addresses that are local only (endpoint_is_local_only) go direct
 * unless a rule with a target names them. */
struct decision rules_decide(const struct rules *rules, const struct endpoint *to, const char *name,
			     size_t name_length);

/* Whether a rule, or the default, sends anything direct. NULL: no. */
bool rules_send_direct(const struct rules *rules);

/* Whether they decide an address today as they will tomorrow: none of them goes by names that are looked up. */
bool rules_are_settled(const struct rules *rules);

/* Whether datagrams to this name go direct whatever their port: what may be told to the local network. */
bool rules_send_name_direct(const struct rules *rules, const char *name, size_t name_length);

/* From now on addresses are known by the names that they are found for: rules_decide without a name decides by these as
 * well. random: answers what is unpredictable. False: out of memory, or no rule has a name. */
bool rules_know_names(struct rules *rules, uint64_t (*random)(void));
void rules_note_name(const struct rules *rules, const struct endpoint *address, const char *name, size_t name_length);

/* "53,5000-5999" (ports 1 to 65535, blanks between) -> ranges. *count holds the room in, the number out.
 * OUTCOME_BAD_TEXT, OUTCOME_NO_ROOM. */
enum outcome port_ranges_parse(struct port_range *ranges, size_t *count, const char *text);

const char *action_text(enum action action); /* "relay", ... as in the configuration */
bool action_parse(enum action *action, const char *text);

#endif
