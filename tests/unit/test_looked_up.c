#include "core/looked_up.h"

#include <string.h>

#include "core/rule.h"
#include "tests/unit/run_suite.h"

static uint64_t three(void)
{
	return 3;
}

START_TEST(targets_of_an_address)
{
	struct looked_up *table = looked_up_new(1);
	uint32_t targets[LOOKED_UP_TARGETS];
	struct endpoint a = endpoint_ipv4(0xc0000201, 53), b = endpoint_ipv4(0xc0000202, 53);
	ck_assert_uint_eq(looked_up_find(table, &a, targets), 0);
	looked_up_add(table, &a, 7);
	looked_up_add(table, &a, 7);
	looked_up_add(table, &a, LOOKED_UP_TARGET_MAX);
	looked_up_add(table, &b, 0);
	a.port = 1;
	ck_assert_uint_eq(looked_up_find(table, &a, targets), 2);
	ck_assert_uint_eq(targets[0] + targets[1], 7 + LOOKED_UP_TARGET_MAX);
	ck_assert_uint_eq(looked_up_find(table, &b, targets), 1);
	ck_assert_uint_eq(targets[0], 0);
	looked_up_free(table);
}
END_TEST

START_TEST(a_flood_makes_no_wrong_target)
{
	enum { MANY = 100000 };
	struct looked_up *table = looked_up_new(0x1234567);
	uint32_t targets[LOOKED_UP_TARGETS];
	int kept = 0;
	for (uint32_t i = 0; i < MANY; i++) {
		struct endpoint address = endpoint_ipv4(0x0b000000 + i, 0);
		looked_up_add(table, &address, i);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		struct endpoint address = endpoint_ipv4(0x0b000000 + i, 0);
		size_t count = looked_up_find(table, &address, targets);
		ck_assert(count == 0 || (count == 1 && targets[0] == i));
		kept += (int)count;
	}
	ck_assert_int_gt(kept, 4000);
	looked_up_free(table);
}
END_TEST

/* The names of rules, by way of the addresses that were found for them. */
START_TEST(rules_for_names_decide_on_addresses)
{
	const struct rule_target domain = {.kind = TARGET_SUFFIX, .name = ".example.com"};
	const struct rule_target network = {.kind = TARGET_PREFIX, .prefix = {ENDPOINT_IPV4, 24, {192, 0, 2}}};
	const struct port_range port = {53, 53};
	const struct rule list[] = {
	    {&domain, 1, &port, 1, ACTION_REJECT, ANY_SERVER},
	    {&network, 1, NULL, 0, ACTION_DROP, ANY_SERVER},
	    {&domain, 1, NULL, 0, ACTION_DIRECT, ANY_SERVER},
	};
	struct rules *rules = rules_compile(list, 3, ACTION_RELAY);
	struct endpoint far = endpoint_ipv4(0xcb007101, 80), near = endpoint_ipv4(0xc0000201, 80);
	ck_assert_int_eq(rules_decide(rules, &far, NULL, 0).action, ACTION_RELAY);
	ck_assert(rules_know_names(rules, three));
	rules_note_name(rules, &far, "WWW.example.com", 15);
	rules_note_name(rules, &far, "other.example", 13);
	rules_note_name(rules, &near, "www.example.com", 15);
	ck_assert_int_eq(rules_decide(rules, &far, NULL, 0).action, ACTION_DIRECT);
	ck_assert_int_eq(rules_decide(rules, &near, NULL, 0).action, ACTION_DROP); /* the first rule decides */
	far.port = near.port = 53;
	ck_assert_int_eq(rules_decide(rules, &far, NULL, 0).action, ACTION_REJECT);
	ck_assert_int_eq(rules_decide(rules, &near, NULL, 0).action, ACTION_REJECT);
	rules_free(rules);
}
END_TEST

START_TEST(rules_without_names_know_none)
{
	struct rules *rules = rules_compile(NULL, 0, ACTION_RELAY);
	struct endpoint address = endpoint_ipv4(0xcb007101, 80);
	ck_assert(!rules_know_names(rules, three));
	rules_note_name(rules, &address, "www.example.com", 15);
	ck_assert_int_eq(rules_decide(rules, &address, NULL, 0).action, ACTION_RELAY);
	rules_free(rules);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("looked_up");
	TCase *tests = tcase_create("looked_up");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, targets_of_an_address);
	tcase_add_test(tests, a_flood_makes_no_wrong_target);
	tcase_add_test(tests, rules_for_names_decide_on_addresses);
	tcase_add_test(tests, rules_without_names_know_none);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
