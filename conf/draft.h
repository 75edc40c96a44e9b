/* Settings while they are put together: lists that still grow, and names not yet resolved to servers. */
#ifndef CONF_DRAFT_H
#define CONF_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/complaint.h"
#include "conf/conf.h"
#include "conf/list.h"
#include "conf/url.h"
#include "core/rule.h"

struct draft_server {
	const char *name; /* NULL: it has none */
	struct server server;
	struct place place;
	bool spare; /* of the file, while the environment names servers: kept for the rules that name it only */
};

struct draft_rule {
	struct place place;
	size_t first_target; /* the targets and ports up to the next rule's are its own */
	size_t first_port;
	enum action action;
	const char *via; /* a server's name, or NULL */
	struct place via_place;
	const char *to; /* the targets in short, or NULL */
	const char *port;
};

struct draft {
	struct conf *conf; /* texts go to its arena */
	bool notes;        /* are asked for (conf_sources) */
	struct complaint *complaint;
	struct list servers; /* struct draft_server */
	struct list rules;   /* struct draft_rule */
	struct list targets; /* struct rule_target */
	struct list ports;   /* struct port_range */
};

void draft_free(struct draft *draft);

bool draft_out_of_memory(struct draft *draft); /* complains; false */

/* A copy in the arena, or NULL with a complaint. */
const char *draft_text(struct draft *draft, const char *text, size_t length);

/* The server of a URL; its login, if any, is taken too. NULL with a complaint. */
struct draft_server *draft_add_server(struct draft *draft, const struct url *url, const struct place *place);

/* A rule to which the targets and ports added next belong. NULL with a complaint. */
struct draft_rule *draft_add_rule(struct draft *draft, const struct place *place);

/* Anything that is an address or a prefix is one; else ".example.com" or "host.example.com". */
bool draft_add_target(struct draft *draft, const char *text, size_t length, const struct place *place, const char *key);

/* A target a line; blank lines and what follows a '#' do not count. given: the path as the setting at place, a
 * to_file, has it. *count: how many targets. */
bool draft_add_target_file(struct draft *draft, const char *path, const char *given, const struct place *place,
			   size_t *count);

/* "53,5000-5999" */
bool draft_add_ports(struct draft *draft, const char *text, const struct place *place, const char *key);

/* Resolves the names of servers, compiles the rules, and fills in draft->conf. */
bool draft_complete(struct draft *draft);

#endif
