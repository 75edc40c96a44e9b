/* How a rule set is compiled. First match means: of the rules that hold the destination, the one with the lowest
 * index. So each target is filed under its prefix or its name with the index of its rule, a destination is looked up
 * once per kind of target, and the lowest index found decides. An interval of addresses or a name has one handle to
 * what was filed under it: the one rule that decides there, or, where rules with ports come before that one, a short
 * list of these (candidates.h), which goes on with the list of the enclosing prefix. So the tables grow with the
 * targets, however they nest. Addresses are found by prefix_table.c, names by name_table.c. The rules without targets
 * are one more list, which the local-only addresses do not see. */
#include "core/rule.h"

#include <stdlib.h>
#include <string.h>

#include "core/candidates.h"
#include "core/looked_up.h"
#include "core/name_table.h"
#include "core/prefix_table.h"

struct verdict {
	uint8_t action;
	int16_t server;
};

struct rules {
	struct verdict *verdicts; /* by rule */
	struct candidates candidates;
	struct prefix_table ipv4;
	struct prefix_table ipv6;
	struct name_table names;
	struct looked_up *looked_up; /* NULL: addresses are not known by names */
	uint32_t everywhere;         /* handle of the rules without targets */
	enum action fallback;
	bool empty;
	bool sends_direct; /* some of what is not local only */
};

/* Every target, filed by kind, while compiling. */
struct filing {
	struct prefix_entry *ipv4;
	struct prefix_entry *ipv6;
	struct name_entry *names;
	uint32_t *everywhere;
	size_t ipv4_count;
	size_t ipv6_count;
	size_t name_count;
	size_t everywhere_count;
};

static void file_prefix(struct filing *filing, const struct prefix *prefix, uint32_t rule)
{
	uint8_t width = prefix->kind == ENDPOINT_IPV4 ? 32 : 128;
	struct prefix_entry *entry =
	    width == 32 ? &filing->ipv4[filing->ipv4_count++] : &filing->ipv6[filing->ipv6_count++];

	entry->start = address_bits_of(prefix->ip, width);
	entry->length = prefix->length;
	entry->rule = rule;
}

static void file_name(struct filing *filing, const struct rule_target *target, uint32_t rule)
{
	struct name_entry *entry = &filing->names[filing->name_count++];
	size_t length;

	entry->kind = NAME_FRAGMENT;
	entry->text = target->name;
	if (target->kind == TARGET_SUFFIX) {
		entry->kind = *target->name == '.' ? NAME_DOMAIN : NAME_WHOLE;
		entry->text += *target->name == '.';
	}
	length = strlen(entry->text);
	entry->length = length > NAME_LENGTH_MAX ? NAME_LENGTH_MAX + 1 : (uint32_t)length;
	entry->rule = rule;
}

static bool filing_start(struct filing *filing, const struct rule *rules, size_t count)
{
	size_t ipv4 = 0, ipv6 = 0, names = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < rules[i].target_count; j++) {
			const struct rule_target *target = &rules[i].targets[j];

			if (target->kind != TARGET_PREFIX)
				names++;
			else if (target->prefix.kind == ENDPOINT_IPV4)
				ipv4++;
			else
				ipv6++;
		}
	memset(filing, 0, sizeof(*filing));
	filing->ipv4 = malloc((ipv4 + 1) * sizeof(*filing->ipv4));
	filing->ipv6 = malloc((ipv6 + 1) * sizeof(*filing->ipv6));
	filing->names = malloc((names + 1) * sizeof(*filing->names));
	filing->everywhere = malloc((count + 1) * sizeof(*filing->everywhere));
	return filing->ipv4 && filing->ipv6 && filing->names && filing->everywhere;
}

static void filing_free(struct filing *filing)
{
	free(filing->ipv4);
	free(filing->ipv6);
	free(filing->names);
	free(filing->everywhere);
}

static void file_rule(struct filing *filing, const struct rule *rule, uint32_t index)
{
	if (!rule->target_count)
		filing->everywhere[filing->everywhere_count++] = index;
	for (size_t i = 0; i < rule->target_count; i++) {
		if (rule->targets[i].kind == TARGET_PREFIX)
			file_prefix(filing, &rule->targets[i].prefix, index);
		else
			file_name(filing, &rule->targets[i], index);
	}
}

static bool compile(struct rules *compiled, const struct rule *rules, size_t count)
{
	struct candidates *candidates = &compiled->candidates;
	struct filing filing;

	compiled->everywhere = CANDIDATES_NONE;
	if (!count) /* all tables are empty */
		return true;

	bool done = filing_start(&filing, rules, count) && candidates_start(candidates, rules, (uint32_t)count);

	if (done) {
		for (size_t i = 0; i < count; i++)
			file_rule(&filing, &rules[i], (uint32_t)i);
		compiled->everywhere =
		    candidates_add(candidates, filing.everywhere, filing.everywhere_count, CANDIDATES_NONE);
		done = prefix_table_build(&compiled->ipv4, 32, filing.ipv4, filing.ipv4_count, candidates) &&
		       prefix_table_build(&compiled->ipv6, 128, filing.ipv6, filing.ipv6_count, candidates) &&
		       name_table_build(&compiled->names, filing.names, filing.name_count, candidates) &&
		       !candidates->failed;
		candidates_finish(candidates);
	}
	filing_free(&filing);
	return done;
}

struct rules *rules_compile(const struct rule *rules, size_t count, enum action fallback)
{
	struct rules *compiled;

	if (count >= CANDIDATES_RULES_MAX)
		return NULL;
	compiled = calloc(1, sizeof(*compiled));
	if (!compiled)
		return NULL;
	compiled->fallback = fallback;
	compiled->empty = count == 0;
	compiled->sends_direct = fallback == ACTION_DIRECT;
	compiled->verdicts = malloc((count + 1) * sizeof(*compiled->verdicts));
	if (!compiled->verdicts || !compile(compiled, rules, count)) {
		rules_free(compiled);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		compiled->verdicts[i].action = (uint8_t)rules[i].action;
		compiled->verdicts[i].server = (int16_t)rules[i].server;
		compiled->sends_direct |= rules[i].action == ACTION_DIRECT;
	}
	return compiled;
}

bool rules_send_direct(const struct rules *rules)
{
	return rules && rules->sends_direct;
}

bool rules_are_settled(const struct rules *rules)
{
	return !rules->looked_up;
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	prefix_table_free(&rules->ipv4);
	prefix_table_free(&rules->ipv6);
	name_table_free(&rules->names);
	looked_up_free(rules->looked_up);
	candidates_free(&rules->candidates);
	free(rules->verdicts);
	free(rules);
}

static uint32_t address_handle(const struct rules *rules, const struct endpoint *to)
{
	if (to->kind == ENDPOINT_IPV4)
		return prefix_table_find(&rules->ipv4, address_bits_of(to->ip, 32));
	if (to->kind == ENDPOINT_IPV6)
		return prefix_table_find(&rules->ipv6, address_bits_of(to->ip, 128));
	return CANDIDATES_NONE;
}

/* A rule for some ports, before the one that decides for all others, relays. */
static bool may_relay(const struct rules *rules, uint32_t handle, uint32_t before)
{
	uint32_t rule = CANDIDATES_NONE;

	while ((rule = candidates_next(&rules->candidates, handle, rule, before)) != CANDIDATES_NONE)
		if (rules->verdicts[rule].action == ACTION_RELAY)
			return true;
	return false;
}

bool rules_send_name_direct(const struct rules *rules, const char *name, size_t name_length)
{
	struct endpoint to = endpoint_name(name, name_length, 0); /* a port that no rule with ports holds */
	struct decision decision = rules_decide(rules, &to, NULL, 0);
	uint32_t before = decision.rule == NO_RULE ? CANDIDATES_NONE : (uint32_t)decision.rule;
	uint32_t slots[NAME_SLOTS_MAX];
	size_t count;

	if (decision.action != ACTION_DIRECT || may_relay(rules, rules->everywhere, before))
		return false;
	count = name_table_find(&rules->names, name, name_length, slots, NAME_SLOTS_MAX);
	for (size_t i = 0; i < count; i++)
		if (may_relay(rules, rules->names.slots[slots[i]].handle, before))
			return false;
	return true;
}

bool rules_know_names(struct rules *rules, uint64_t (*random)(void))
{
	if (!rules->looked_up && rules->names.slots && rules->names.mask <= LOOKED_UP_TARGET_MAX)
		rules->looked_up = looked_up_new(random());
	return rules->looked_up != NULL;
}

void rules_note_name(const struct rules *rules, const struct endpoint *address, const char *name, size_t name_length)
{
	uint32_t slots[LOOKED_UP_TARGETS];
	size_t count;

	if (!rules->looked_up || name_length > NAME_LENGTH_MAX)
		return;
	count = name_table_find(&rules->names, name, name_length, slots, LOOKED_UP_TARGETS);
	for (size_t i = 0; i < count; i++)
		looked_up_add(rules->looked_up, address, slots[i]);
}

static uint32_t decide_by_noted(const struct rules *rules, const struct endpoint *to, uint32_t best)
{
	uint32_t slots[LOOKED_UP_TARGETS];
	size_t count = looked_up_find(rules->looked_up, to, slots);

	for (size_t i = 0; i < count; i++)
		best = candidates_decide(&rules->candidates, rules->names.slots[slots[i]].handle, to->port, best);
	return best;
}

static struct decision fall_back(const struct rules *rules, bool local_only)
{
	return (struct decision){
	    .action = local_only ? ACTION_DIRECT : (uint8_t)rules->fallback, .server = ANY_SERVER, .rule = NO_RULE};
}

static __attribute__((noinline)) struct decision decide(const struct rules *rules, const struct endpoint *to,
							const char *name, size_t name_length, bool local_only)
{
	const struct candidates *candidates = &rules->candidates;
	uint32_t best = candidates_decide(candidates, address_handle(rules, to), to->port, CANDIDATES_NONE);

	if (to->kind == ENDPOINT_NAME)
		best = name_table_decide(&rules->names, candidates, to->name, to->name_length, to->port, best);
	else if (name)
		best = name_table_decide(&rules->names, candidates, name, name_length, to->port, best);
	else if (rules->looked_up)
		best = decide_by_noted(rules, to, best);
	if (!local_only)
		best = candidates_decide(candidates, rules->everywhere, to->port, best);
	if (best == CANDIDATES_NONE)
		return fall_back(rules, local_only);
	return (struct decision){
	    .action = rules->verdicts[best].action, .server = rules->verdicts[best].server, .rule = (int32_t)best};
}

struct decision rules_decide(const struct rules *rules, const struct endpoint *to, const char *name, size_t name_length)
{
	bool local_only = endpoint_is_local_only(to);

	return rules->empty ? fall_back(rules, local_only) : decide(rules, to, name, name_length, local_only);
}

static bool parse_port(uint16_t *port, const char **text)
{
	uint32_t value = 0;
	const char *at = *text;

	for (; *at >= '0' && *at <= '9' && value <= UINT16_MAX; at++)
		value = value * 10 + (uint32_t)(*at - '0');
	if (at == *text || value == 0 || value > UINT16_MAX)
		return false;
	*port = (uint16_t)value;
	*text = at;
	return true;
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

static bool parse_range(struct port_range *range, const char **text)
{
	const char *at = skip_blanks(*text);

	if (!parse_port(&range->first, &at))
		return false;
	range->last = range->first;
	at = skip_blanks(at);
	if (*at == '-') {
		at = skip_blanks(at + 1);
		if (!parse_port(&range->last, &at) || range->last < range->first)
			return false;
		at = skip_blanks(at);
	}
	*text = at;
	return true;
}

enum outcome port_ranges_parse(struct port_range *ranges, size_t *count, const char *text)
{
	const char *at = text;
	struct port_range range;
	size_t found = 0;

	do {
		if (!parse_range(&range, &at) || (*at && *at != ','))
			return OUTCOME_BAD_TEXT;
		found++;
	} while (*at++ == ',');
	if (found > *count)
		return OUTCOME_NO_ROOM;
	at = text;
	for (size_t i = 0; i < found; i++, at++)
		parse_range(&ranges[i], &at);
	*count = found;
	return OUTCOME_OK;
}

static const char *const action_texts[] = {
    [ACTION_RELAY] = "relay", [ACTION_DIRECT] = "direct", [ACTION_REJECT] = "reject", [ACTION_DROP] = "drop"};

const char *action_text(enum action action)
{
	return (size_t)action < sizeof(action_texts) / sizeof(*action_texts) ? action_texts[action] : "unknown";
}

bool action_parse(enum action *action, const char *text)
{
	for (size_t i = 0; i < sizeof(action_texts) / sizeof(*action_texts); i++)
		if (!strcmp(text, action_texts[i])) {
			*action = (enum action)i;
			return true;
		}
	return false;
}
