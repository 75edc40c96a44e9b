/* Rules that may decide on a datagram, in first-match order; a name or an interval of addresses has one handle to
 * them. Adding allocates; deciding only reads. */
#ifndef CORE_CANDIDATES_H
#define CORE_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/rule.h"

/* A handle is the index of a rule that decides whatever the port, or the index of a list with CANDIDATES_LIST set. */
#define CANDIDATES_LIST      0x80000000u
#define CANDIDATES_NONE      0xffffffffu /* no rule: later than every other */
#define CANDIDATES_RULES_MAX 0x7fffffffu

struct candidate_list {
	uint32_t sure;  /* the first rule without ports, here or further out */
	uint32_t outer; /* handle of the enclosing prefix's, as far as a rule there can still come first */
	uint32_t first; /* into members: the rules with ports that come before sure, ascending */
	uint32_t count;
};

struct candidates {
	struct port_range *ranges; /* of all rules; those of one rule are sorted and apart from each other */
	uint32_t *range_ends;      /* by rule; its ranges begin where those of the rule before end */
	struct candidate_list *lists;
	uint32_t *members;
	uint32_t *latest; /* while adding: by rule, the list made last that begins with it */
	uint32_t rule_count;
	uint32_t list_count;
	uint32_t member_count;
	uint32_t list_room;
	uint32_t member_room;
	bool failed; /* out of memory: handles made since mean nothing */
};

/* false: out of memory; candidates_free is due all the same. */
bool candidates_start(struct candidates *candidates, const struct rule *rules, uint32_t count);
void candidates_finish(struct candidates *candidates); /* gives back what only adding needs */
void candidates_free(struct candidates *candidates);

/* rules: count indices, ascending, none twice. outer: the handle of what encloses this, or CANDIDATES_NONE.
 * Equal lists share one handle where they follow each other. */
uint32_t candidates_add(struct candidates *candidates, const uint32_t *rules, size_t count, uint32_t outer);

/* The first rule that takes the port, of those behind handle and of best. */
uint32_t candidates_decide(const struct candidates *candidates, uint32_t handle, uint16_t port, uint32_t best);

/* The rules with ports behind handle that come before another one, in order: the first of them after `after`, or
 * CANDIDATES_NONE. From CANDIDATES_NONE on: the first. */
uint32_t candidates_next(const struct candidates *candidates, uint32_t handle, uint32_t after, uint32_t before);

#endif
