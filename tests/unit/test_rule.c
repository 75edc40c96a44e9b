#include "core/rule.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RULES_MAX   40
#define TARGETS_MAX 6
#define PORTS_MAX   3

/* A rule set that owns what its rules point to. */
struct rule_set {
	struct rule rules[RULES_MAX];
	struct rule_target targets[RULES_MAX][TARGETS_MAX];
	struct port_range ports[RULES_MAX][PORTS_MAX];
	char names[RULES_MAX][TARGETS_MAX][32];
	size_t count;
	enum action fallback;
};

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 20) % limit;
}

static struct rule_target prefix_target(const char *text)
{
	struct rule_target target = {.kind = TARGET_PREFIX};

	ck_assert_msg(prefix_parse(&target.prefix, text, strlen(text)) == OUTCOME_OK, "%s", text);
	return target;
}

static struct endpoint address(const char *text, uint16_t port)
{
	struct endpoint endpoint;

	ck_assert_msg(endpoint_parse(&endpoint, text, strlen(text), port) == OUTCOME_OK, "%s", text);
	return endpoint;
}

static int32_t rule_for(const struct rules *rules, const char *host, uint16_t port)
{
	struct endpoint to = address(host, port);

	return rules_decide(rules, &to, NULL, 0).rule;
}

/* What the words of rule.h say, evaluated one rule after the other. */
static bool name_matches(const struct rule_target *target, const char *name, size_t length)
{
	const char *text = target->name;
	size_t wanted;

	if (!name || !length)
		return false;
	if (name[length - 1] == '.')
		length--;
	if (target->kind == TARGET_SUFFIX && *text == '.') {
		wanted = strlen(text + 1);
		if (length == wanted && !strncasecmp(name, text + 1, wanted))
			return true;
		return length > wanted && !strncasecmp(name + length - wanted - 1, text, wanted + 1);
	}
	wanted = strlen(text);
	if (target->kind == TARGET_SUFFIX && length != wanted)
		return false;
	return length >= wanted && !strncasecmp(name + length - wanted, text, wanted);
}

static bool rule_matches(const struct rule *rule, const struct endpoint *to, const char *name, size_t length)
{
	bool target = rule->target_count == 0 && !endpoint_is_local_only(to), port = rule->port_count == 0;

	for (size_t i = 0; i < rule->target_count && !target; i++)
		target = rule->targets[i].kind == TARGET_PREFIX ? prefix_contains(&rule->targets[i].prefix, to)
								: name_matches(&rule->targets[i], name, length);
	for (size_t i = 0; i < rule->port_count && !port; i++)
		port = to->port >= rule->ports[i].first && to->port <= rule->ports[i].last;
	return target && port;
}

static struct decision decide_one_by_one(const struct rule_set *set, const struct endpoint *to, const char *name,
					 size_t length)
{
	if (to->kind == ENDPOINT_NAME) {
		name = to->name;
		length = to->name_length;
	}
	for (size_t i = 0; i < set->count; i++)
		if (rule_matches(&set->rules[i], to, name, length))
			return (struct decision){(uint8_t)set->rules[i].action, (int16_t)set->rules[i].server,
						 (int32_t)i};
	return (struct decision){endpoint_is_local_only(to) ? ACTION_DIRECT : (uint8_t)set->fallback, ANY_SERVER,
				 NO_RULE};
}

/* Few distinct bits, so that addresses and prefixes meet. */
static void random_address(uint8_t ip[16], bool ipv6)
{
	static const uint8_t heads[][4] = {{10, 0, 0, 0}, {127, 0, 0, 1}, {192, 0, 2, 0}, {255, 255, 255, 255}, {0}};
	static const uint8_t heads6[][4] = {{0x20, 0x01, 0x0d, 0xb8}, {0xfe, 0x80}, {0xff, 0xff, 0xff, 0xff}, {0}};

	memset(ip, 0, 16);
	if (ipv6) {
		memset(ip, random_below(8) ? 0 : 0xff, 16);
		memcpy(ip, heads6[random_below(4)], 4);
		for (int i = 0; i < 2; i++)
			ip[random_below(16)] ^= (uint8_t)(1u << random_below(8));
		return;
	}
	memcpy(ip, heads[random_below(5)], 4);
	for (int i = 0; i < 3; i++)
		ip[random_below(4)] ^= (uint8_t)(1u << random_below(8));
}

static struct prefix random_prefix(void)
{
	bool ipv6 = random_below(2);
	struct prefix prefix = {.kind = ipv6 ? ENDPOINT_IPV6 : ENDPOINT_IPV4};
	unsigned width = ipv6 ? 128 : 32;

	random_address(prefix.ip, ipv6);
	prefix.length = (uint8_t)(random_below(3) ? width - random_below(width / 2) : random_below(width + 1));
	for (unsigned bit = prefix.length; bit < 128; bit++)
		prefix.ip[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	return prefix;
}

static size_t random_name(char *out, size_t size, bool dot)
{
	static const char *const labels[] = {"a", "b", "ab", "com", "example", "Example", "x-1"};
	unsigned count = 1 + random_below(3);
	size_t used = dot ? (size_t)snprintf(out, size, ".") : 0;

	for (unsigned i = 0; i < count; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? "." : "", labels[random_below(7)]);
	return used;
}

static void random_rule(struct rule_set *set, size_t index)
{
	struct rule *rule = &set->rules[index];

	rule->targets = set->targets[index];
	rule->target_count = random_below(8) ? 1 + random_below(TARGETS_MAX) : 0;
	for (size_t i = 0; i < rule->target_count; i++) {
		struct rule_target *target = &set->targets[index][i];

		target->kind = (uint8_t)(random_below(3) ? TARGET_PREFIX : TARGET_SUFFIX + random_below(2));
		target->prefix = random_prefix();
		target->name = set->names[index][i];
		random_name(set->names[index][i], sizeof(set->names[index][i]), random_below(2));
	}
	rule->ports = set->ports[index];
	rule->port_count = random_below(2) ? random_below(PORTS_MAX + 1) : 0;
	for (size_t i = 0; i < rule->port_count; i++) {
		set->ports[index][i].first = (uint16_t)(1 + random_below(20));
		set->ports[index][i].last = (uint16_t)(set->ports[index][i].first + random_below(8));
	}
	rule->action = (enum action)random_below(4);
	rule->server = (int)random_below(3) - 1;
}

static struct endpoint random_destination(char *name, size_t size)
{
	struct endpoint to = {.port = (uint16_t)(1 + random_below(30))};
	unsigned kind = random_below(5);

	if (kind == 0)
		return endpoint_name(name, random_name(name, size, false), to.port);
	to.kind = kind < 3 ? ENDPOINT_IPV4 : ENDPOINT_IPV6;
	random_address(to.ip, to.kind == ENDPOINT_IPV6);
	return to;
}

static void compare_lookups(const struct rule_set *set, const struct rules *rules, int rounds)
{
	while (rounds--) {
		char text[64], looked_up[64], print[ENDPOINT_TEXT_SIZE];
		struct endpoint to = random_destination(text, sizeof(text));
		size_t length = random_name(looked_up, sizeof(looked_up) - 1, false);
		const char *name = random_below(2) ? looked_up : NULL;
		struct decision wanted, found;

		if (!random_below(8))
			looked_up[length++] = '.';
		wanted = decide_one_by_one(set, &to, name, length);
		found = rules_decide(rules, &to, name, length);
		ck_assert_msg(wanted.rule == found.rule && wanted.action == found.action &&
				  wanted.server == found.server,
			      "%s (%.*s): rule %d, found %d", endpoint_print(&to, print, sizeof(print)), (int)length,
			      name ? name : "", wanted.rule, found.rule);
	}
}

START_TEST(whether_anything_is_direct_is_known)
{
	static const enum action actions[] = {ACTION_RELAY, ACTION_REJECT, ACTION_DROP, ACTION_DIRECT};
	struct rule rule = {.server = ANY_SERVER};

	ck_assert(!rules_send_direct(NULL));
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 4; k++) {
			rule.action = actions[i];
			struct rules *rules = rules_compile(&rule, 1, actions[k]);
			ck_assert(rules_send_direct(rules) == (i == 3 || k == 3));
			rules_free(rules);
		}
}
END_TEST

START_TEST(random_rules_decide_as_one_by_one)
{
	static struct rule_set set;

	random_state += (uint64_t)_i * 7919;
	for (int round = 0; round < 50; round++) {
		struct rules *rules;

		memset(&set, 0, sizeof(set));
		set.count = random_below(RULES_MAX + 1);
		set.fallback = (enum action)random_below(4);
		for (size_t i = 0; i < set.count; i++)
			random_rule(&set, i);
		rules = rules_compile(set.rules, set.count, set.fallback);
		ck_assert_ptr_nonnull(rules);
		compare_lookups(&set, rules, 300);
		rules_free(rules);
	}
}
END_TEST

/* Many prefixes under one corner of the space, and a few far from it: the index has to refine itself. */
START_TEST(crowded_prefixes_are_all_found)
{
	enum { COUNT = 20000 };
	static struct rule_target targets[COUNT];
	static struct rule list[COUNT];
	bool ipv6 = _i;
	struct rules *rules;

	for (uint32_t i = 0; i < COUNT; i++) {
		struct prefix *prefix = &targets[i].prefix;

		targets[i].kind = TARGET_PREFIX;
		*prefix = (struct prefix){.kind = ipv6 ? ENDPOINT_IPV6 : ENDPOINT_IPV4, .length = ipv6 ? 128 : 32};
		memcpy(prefix->ip, "\xc0\x02\x00\x00", 4);
		for (int octet = 0; octet < 3; octet++)
			prefix->ip[(ipv6 ? 15 : 3) - octet] = (uint8_t)(i * 4 >> 8 * octet);
		if (i % 1000 == 0)
			prefix->ip[0] = (uint8_t)(i / 1000);
		list[i] = (struct rule){.targets = &targets[i], .target_count = 1, .action = ACTION_DIRECT};
	}
	rules = rules_compile(list, COUNT, ACTION_RELAY);
	ck_assert_ptr_nonnull(rules);
	for (uint32_t i = 0; i < COUNT; i++) {
		struct endpoint to = {.kind = targets[i].prefix.kind, .port = 1};

		memcpy(to.ip, targets[i].prefix.ip, sizeof(to.ip));
		ck_assert_int_eq(rules_decide(rules, &to, NULL, 0).rule, (int32_t)i);
		to.ip[ipv6 ? 15 : 3]++;
		ck_assert_int_eq(rules_decide(rules, &to, NULL, 0).rule, NO_RULE);
	}
	rules_free(rules);
}
END_TEST

/* Every rule on one prefix with a port of its own, and as many inside it: lists must not be copied inwards. */
START_TEST(nested_rules_with_ports_stay_apart)
{
	enum { COUNT = 4000 };
	static struct rule_target targets[2 * COUNT];
	static struct port_range ports[2 * COUNT];
	static struct rule list[2 * COUNT];
	struct rules *rules;

	for (uint32_t i = 0; i < 2 * COUNT; i++) {
		uint8_t inside[] = {10, 0, (uint8_t)(i >> 8), (uint8_t)i};

		targets[i] = prefix_target("10.0.0.0/8");
		if (i >= COUNT) {
			memcpy(targets[i].prefix.ip, inside, sizeof(inside));
			targets[i].prefix.length = 32;
		}
		ports[i] = (struct port_range){(uint16_t)(i + 1), (uint16_t)(i + 1)};
		list[i] = (struct rule){&targets[i], 1, &ports[i], 1, ACTION_DROP, ANY_SERVER};
	}
	rules = rules_compile(list, 2 * COUNT, ACTION_RELAY);
	ck_assert_ptr_nonnull(rules);
	for (uint32_t i = COUNT; i < 2 * COUNT; i += 7) {
		struct endpoint to = {.kind = ENDPOINT_IPV4, .port = (uint16_t)(i + 1)};

		memcpy(to.ip, targets[i].prefix.ip, sizeof(to.ip));
		ck_assert_int_eq(rules_decide(rules, &to, NULL, 0).rule, (int32_t)i);
		to.port = (uint16_t)(i + 1 - COUNT);
		ck_assert_int_eq(rules_decide(rules, &to, NULL, 0).rule, (int32_t)(i - COUNT));
		to.port = 9000;
		ck_assert_int_eq(rules_decide(rules, &to, NULL, 0).rule, NO_RULE);
	}
	rules_free(rules);
}
END_TEST

START_TEST(first_match_decides)
{
	struct rule_target host = prefix_target("10.1.2.3"), net = prefix_target("10.0.0.0/8");
	struct rule_target all = prefix_target("0.0.0.0/0"), all6 = prefix_target("::/0");
	struct rule_target host6 = prefix_target("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	struct port_range dns = {53, 53};
	const struct rule list[] = {
	    {.targets = &net, .target_count = 1, .ports = &dns, .port_count = 1, .action = ACTION_DROP},
	    {.targets = &host, .target_count = 1, .action = ACTION_DIRECT, .server = ANY_SERVER},
	    {.targets = &net, .target_count = 1, .action = ACTION_RELAY, .server = 2},
	    {.targets = &host6, .target_count = 1, .action = ACTION_REJECT},
	    {.targets = &all, .target_count = 1, .action = ACTION_REJECT},
	    {.targets = &all6, .target_count = 1, .action = ACTION_RELAY, .server = 1},
	};
	struct rules *rules = rules_compile(list, 6, ACTION_DROP);
	struct endpoint to = address("10.9.9.9", 54);

	ck_assert_int_eq(rule_for(rules, "10.1.2.3", 53), 0);
	ck_assert_int_eq(rule_for(rules, "10.1.2.3", 54), 1);
	ck_assert_int_eq(rule_for(rules, "10.1.2.2", 54), 2);
	ck_assert_int_eq(rule_for(rules, "10.1.2.4", 54), 2);
	ck_assert_int_eq(rule_for(rules, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1), 3);
	ck_assert_int_eq(rule_for(rules, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 1), 5);
	ck_assert_int_eq(rule_for(rules, "0.0.0.0", 1), 4);
	ck_assert_int_eq(rule_for(rules, "255.255.255.255", 1), 4);
	ck_assert_int_eq(rule_for(rules, "::", 1), 5);
	ck_assert_int_eq(rules_decide(rules, &to, NULL, 0).server, 2);
	ck_assert_int_eq(rules_decide(rules, &to, NULL, 0).action, ACTION_RELAY);
	rules_free(rules);
}
END_TEST

START_TEST(local_only_addresses_need_a_target)
{
	struct rule_target loopback = prefix_target("127.0.0.2");
	const struct rule list[] = {
	    {.targets = &loopback, .target_count = 1, .action = ACTION_RELAY},
	    {.action = ACTION_DROP},
	};
	struct rules *rules = rules_compile(list, 2, ACTION_RELAY), *empty = rules_compile(NULL, 0, ACTION_RELAY);
	struct endpoint local = address("127.0.0.1", 9), far = address("192.0.2.1", 9);

	ck_assert_int_eq(rule_for(rules, "127.0.0.2", 9), 0);
	ck_assert_int_eq(rule_for(rules, "192.0.2.1", 9), 1);
	ck_assert_int_eq(rule_for(rules, "224.0.0.1", 9), NO_RULE);
	ck_assert_int_eq(rule_for(rules, "fe80::1", 9), NO_RULE);
	ck_assert_int_eq(rules_decide(rules, &local, NULL, 0).action, ACTION_DIRECT);
	ck_assert_int_eq(rules_decide(empty, &local, NULL, 0).action, ACTION_DIRECT);
	ck_assert_int_eq(rules_decide(empty, &far, NULL, 0).action, ACTION_RELAY);
	ck_assert_int_eq(rules_decide(empty, &far, "a.b", 3).rule, NO_RULE);
	rules_free(rules);
	rules_free(empty);
	rules_free(NULL);
}
END_TEST

static int32_t rule_for_name(const struct rules *rules, const char *name)
{
	struct endpoint to = endpoint_name(name, strlen(name), 1), numeric = address("192.0.2.1", 1);
	int32_t rule = rules_decide(rules, &to, NULL, 0).rule;

	ck_assert_int_eq(rules_decide(rules, &numeric, name, strlen(name)).rule, rule);
	return rule;
}

START_TEST(names_match_by_label_and_fragments_by_octet)
{
	struct rule_target exact = {.kind = TARGET_SUFFIX, .name = "www.example.com"};
	struct rule_target domain = {.kind = TARGET_SUFFIX, .name = ".Example.COM"};
	struct rule_target fragment = {.kind = TARGET_FRAGMENT, .name = "ple.org"};
	const struct rule list[] = {
	    {.targets = &exact, .target_count = 1},
	    {.targets = &domain, .target_count = 1},
	    {.targets = &fragment, .target_count = 1},
	};
	struct rules *rules = rules_compile(list, 3, ACTION_RELAY);
	char longest[256];

	ck_assert_int_eq(rule_for_name(rules, "WWW.example.com"), 0);
	ck_assert_int_eq(rule_for_name(rules, "www.example.com."), 0);
	ck_assert_int_eq(rule_for_name(rules, "a.www.example.com"), 1);
	ck_assert_int_eq(rule_for_name(rules, "example.com"), 1);
	ck_assert_int_eq(rule_for_name(rules, "myexample.com"), NO_RULE);
	ck_assert_int_eq(rule_for_name(rules, "com"), NO_RULE);
	ck_assert_int_eq(rule_for_name(rules, "example.org"), 2);
	ck_assert_int_eq(rule_for_name(rules, "ple.org"), 2);
	ck_assert_int_eq(rule_for_name(rules, "le.org"), NO_RULE);
	ck_assert_int_eq(rule_for_name(rules, "."), NO_RULE);
	ck_assert_int_eq(rule_for_name(rules, ""), NO_RULE);
	memset(longest, 'a', 255);
	memcpy(longest + 243, ".example.com", 13);
	ck_assert_int_eq(rule_for_name(rules, longest), 1);
	rules_free(rules);
}
END_TEST

START_TEST(port_texts_are_parsed_whole_or_not_at_all)
{
	static const char *const bad[] = {"",     ",",   "0",    "65536",      "1,",   ",1",   "2-1", "1-",
					  "-1",   "1 2", "x",    "1-2-3",      "0x10", "1;2",  "+1",  "1-65536",
					  "53,a", " ",   "1,,2", "4294967297", "1.5",  "80\n", "--",  "65535-1"};
	struct port_range ranges[3];
	size_t count = 3;

	ck_assert_int_eq(port_ranges_parse(ranges, &count, "53, 5000 - 5999 ,1-65535"), OUTCOME_OK);
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(ranges[0].first, 53);
	ck_assert_uint_eq(ranges[0].last, 53);
	ck_assert_uint_eq(ranges[1].first, 5000);
	ck_assert_uint_eq(ranges[1].last, 5999);
	ck_assert_uint_eq(ranges[2].last, 65535);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(port_ranges_parse(ranges, &count, bad[i]) == OUTCOME_BAD_TEXT, "\"%s\"", bad[i]);
	count = 1;
	ck_assert_int_eq(port_ranges_parse(ranges, &count, "1,2"), OUTCOME_NO_ROOM);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(ranges[0].first, 53);
}
END_TEST

START_TEST(actions_have_texts)
{
	enum action action = ACTION_DROP;

	for (enum action each = ACTION_RELAY; each <= ACTION_DROP; each++) {
		ck_assert(action_parse(&action, action_text(each)));
		ck_assert_int_eq(action, each);
	}
	ck_assert(!action_parse(&action, "Relay"));
	ck_assert(!action_parse(&action, ""));
	ck_assert_int_eq(action, ACTION_DROP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rule");
	TCase *tcase = tcase_create("rule");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, random_rules_decide_as_one_by_one, 0, 8);
	tcase_add_loop_test(tcase, crowded_prefixes_are_all_found, 0, 2);
	tcase_add_test(tcase, nested_rules_with_ports_stay_apart);
	tcase_add_test(tcase, whether_anything_is_direct_is_known);
	tcase_add_test(tcase, first_match_decides);
	tcase_add_test(tcase, local_only_addresses_need_a_target);
	tcase_add_test(tcase, names_match_by_label_and_fragments_by_octet);
	tcase_add_test(tcase, port_texts_are_parsed_whole_or_not_at_all);
	tcase_add_test(tcase, actions_have_texts);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
