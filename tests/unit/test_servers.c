#include "core/servers.h"

#include <errno.h>

#include "tests/unit/fake_settings.h"
#include "tests/unit/run_suite.h"

static struct servers servers;

static void begin(void)
{
	fake_world_begin();
	fake_settings_begin();
	ck_assert_int_eq(servers_init(&servers, &fake_functions, &fake_settings), OUTCOME_OK);
}

static void end(void)
{
	fake_world_end();
	fake_settings_end();
}

/* All of them in the order in which a round asks them, a digit each. */
static int order(void)
{
	uint64_t tried = 0;
	int digits = 0, server;

	while ((server = servers_choose(&servers, ANY_SERVER, tried)) >= 0) {
		tried |= UINT64_C(1) << server;
		digits = digits * 10 + server + 1;
	}
	return digits;
}

static void give_way(int server)
{
	ck_assert(!servers_failed(&servers, server, OUTCOME_REFUSED, 1));
}

START_TEST(failover_is_the_order_of_the_settings)
{
	ck_assert_int_eq(order(), 123);
	servers_take_turn(&servers);
	ck_assert(!servers_succeeded(&servers, THIRD, 10));
	ck_assert_int_eq(order(), 123);
}
END_TEST

START_TEST(round_robin_begins_with_the_next)
{
	static const int orders[] = {123, 231, 312, 123};

	fake_settings.policy = POLICY_ROUND_ROBIN;
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(order(), orders[i]);
		servers_take_turn(&servers);
	}
}
END_TEST

START_TEST(fastest_is_who_answered_soonest)
{
	fake_settings.policy = POLICY_FASTEST;
	ck_assert_int_eq(order(), 123); /* nothing is known yet */
	servers_succeeded(&servers, FIRST, 3000);
	ck_assert_int_eq(order(), 231); /* the unknown ones are to be found out */
	servers_succeeded(&servers, SECOND, 1000);
	servers_succeeded(&servers, THIRD, 2000);
	ck_assert_int_eq(order(), 231);
	for (int i = 0; i < 20; i++)
		servers_succeeded(&servers, SECOND, 9000);
	ck_assert_int_eq(order(), 312);
}
END_TEST

START_TEST(who_failed_comes_last_until_it_succeeds)
{
	give_way(FIRST);
	ck_assert_int_eq(order(), 231);
	fake.now_ms += 10;
	give_way(SECOND);
	ck_assert_int_eq(order() / 100, THIRD + 1);
	fake.now_ms += fake_settings.retry_max_ms; /* having rested is not enough */
	ck_assert_int_eq(order() / 100, THIRD + 1);
	ck_assert(servers_succeeded(&servers, FIRST, 10));
	ck_assert_int_eq(order(), 132);
	ck_assert(!servers_succeeded(&servers, FIRST, 10));
}
END_TEST

START_TEST(a_demand_is_that_server_or_none)
{
	give_way(SECOND);
	ck_assert_int_eq(servers_choose(&servers, SECOND, 0), SECOND);
	ck_assert_int_eq(servers_choose(&servers, SECOND, 1 << SECOND), -1);
	fake_settings.server_count = 0;
	ck_assert_int_eq(servers_choose(&servers, ANY_SERVER, 0), -1);
}
END_TEST

START_TEST(rests_double_and_many_failures_at_once_are_one)
{
	uint32_t expected = fake_settings.retry_min_ms;

	for (int i = 0; i < 12; i++) {
		const struct server_state *state = &servers.states[FIRST];

		ck_assert_uint_eq(servers_has_rested(&servers, FIRST), i > 0);
		give_way(FIRST);
		give_way(FIRST);
		ck_assert_uint_eq(state->backoff_ms, expected);
		ck_assert_uint_ge(state->rests_until_ms, fake.now_ms + expected / 2);
		ck_assert_uint_le(state->rests_until_ms, fake.now_ms + expected);
		ck_assert_uint_eq(servers_next_rested_ms(&servers), state->rests_until_ms);
		fake.now_ms = state->rests_until_ms;
		expected = expected * 2 < fake_settings.retry_max_ms ? expected * 2 : fake_settings.retry_max_ms;
	}
	ck_assert_uint_eq(servers_next_rested_ms(&servers), UINT64_MAX);
}
END_TEST

/* However long it has been down: whoever had an association finds out soon that it is back, and one asks for all. */
START_TEST(one_asks_at_a_time)
{
	const uint64_t longest = 8 * fake_settings.retry_min_ms;

	ck_assert_uint_eq(servers_may_ask(&servers, FIRST), 0);
	ck_assert_uint_eq(servers_may_ask(&servers, FIRST), 0);
	for (int i = 0; i < 12; i++) {
		uint64_t later;

		give_way(FIRST);
		later = servers_may_ask(&servers, FIRST);
		ck_assert_uint_gt(later, fake.now_ms);
		ck_assert_uint_le(later, fake.now_ms + longest);
		fake.now_ms = later;
		ck_assert_uint_eq(servers_may_ask(&servers, FIRST), 0);
		ck_assert_uint_gt(servers_may_ask(&servers, FIRST), fake.now_ms);
		fake.now_ms += fake_settings.retry_max_ms;
	}
	servers_succeeded(&servers, FIRST, 10);
	ck_assert_uint_eq(servers_may_ask(&servers, FIRST), 0);
}
END_TEST

START_TEST(a_reason_is_news_once)
{
	ck_assert(servers_is_news(&servers, FIRST, OUTCOME_REFUSED));
	give_way(FIRST);
	ck_assert(!servers_is_news(&servers, FIRST, OUTCOME_REFUSED));
	ck_assert(servers_is_news(&servers, FIRST, OUTCOME_LOGIN_REFUSED));
	servers_succeeded(&servers, FIRST, 10);
	ck_assert(servers_is_news(&servers, FIRST, OUTCOME_REFUSED));
}
END_TEST

START_TEST(every_address_is_due_before_the_server_has_failed)
{
	struct endpoint addresses[3], none = {0};
	struct endpoint at;

	fake_setting_servers[FIRST].control = endpoint_name("proxy.example", 13, 1081);
	servers_init(&servers, &fake_functions, &fake_settings);
	at = servers_address(&servers, FIRST);
	ck_assert(endpoint_equal(&at, &none));
	for (int i = 0; i < 3; i++)
		addresses[i] = endpoint_ipv4(0xc6336401 + (uint32_t)i, 1081);
	servers_resolved(&servers, FIRST, addresses, 3);
	for (unsigned i = 0; i < 3; i++) {
		at = servers_address(&servers, FIRST);
		ck_assert(endpoint_equal(&at, &addresses[i]));
		ck_assert_uint_eq(servers.states[FIRST].backoff_ms, 0);
		ck_assert(servers_failed(&servers, FIRST, OUTCOME_REFUSED, i + 1) == (i < 2));
	}
	ck_assert_uint_ne(servers.states[FIRST].backoff_ms, 0);
	at = servers_address(&servers, FIRST); /* the name may have moved */
	ck_assert_int_eq(at.kind, ENDPOINT_NONE);
}
END_TEST

START_TEST(so_many_servers_and_no_more)
{
	fake_settings.server_count = SERVERS_MAX + 1;
	ck_assert_int_eq(servers_init(&servers, &fake_functions, &fake_settings), OUTCOME_NO_ROOM);
	fake_settings.server_count = SERVERS;
	fake.fail_at = fake.calls + 1;
	ck_assert_int_eq(servers_init(&servers, &fake_functions, &fake_settings), OUTCOME_NO_MEMORY);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("servers");
	TCase *tests = tcase_create("servers");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, failover_is_the_order_of_the_settings);
	tcase_add_test(tests, round_robin_begins_with_the_next);
	tcase_add_test(tests, fastest_is_who_answered_soonest);
	tcase_add_test(tests, who_failed_comes_last_until_it_succeeds);
	tcase_add_test(tests, a_demand_is_that_server_or_none);
	tcase_add_test(tests, rests_double_and_many_failures_at_once_are_one);
	tcase_add_test(tests, one_asks_at_a_time);
	tcase_add_test(tests, a_reason_is_news_once);
	tcase_add_test(tests, every_address_is_due_before_the_server_has_failed);
	tcase_add_test(tests, so_many_servers_and_no_more);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
