/* Associations kept ready, and servers tried for their own sake. */
#include "core/negotiator_spare.h"

#include <errno.h>

#include "tests/unit/negotiator_case.h"
#include "tests/unit/run_suite.h"

enum { POOL = 3 };

static void begin_with_pool(void)
{
	begin();
	fake_settings.preconnect = POOL;
	ck_assert_int_eq(begin_negotiator(&negotiator), OUTCOME_OK);
}

/* What the first flow asks for fills the pool too. */
static struct flow *fill(void)
{
	struct flow *flow = add_flow();

	associate(flow, ANY_SERVER);
	turns(3);
	check_ready(flow, FIRST);
	ck_assert_uint_eq(fake.servers[FIRST].connections, POOL + 1);
	return flow;
}

START_TEST(nothing_is_asked_for_before_the_first_flow_asks)
{
	ck_assert_uint_eq(fake.threads, 0);
	ck_assert_uint_eq(fake_own_count(), 0);
	fill();
	ck_assert_uint_eq(fake.threads, 1);
}
END_TEST

START_TEST(a_fresh_flow_is_ready_at_once_and_the_pool_is_made_up)
{
	struct flow *flow;

	fill();
	for (int i = 0; i < 2 * POOL; i++) {
		flow = add_flow();
		associate(flow, ANY_SERVER);
		check_ready(flow, FIRST);
		fake.now_ms += TICK_MS;
		turns(3);
	}
	ck_assert_uint_eq(fake.servers[FIRST].connections, 3 * POOL + 1);
	fake_hang_up(&fake.servers[FIRST]); /* it is watched as the flow's own */
	turn();
	ck_assert_int_eq(flow->now.phase, PHASE_LOST);
}
END_TEST

/* It has been watched since it was made. */
START_TEST(one_of_the_pool_stays_when_it_is_used_again)
{
	struct flow *flow;

	fill();
	flow = add_flow();
	associate(flow, ANY_SERVER);
	ck_assert(flow->now.flags & VIEW_YOUNG);
	ck_assert_int_eq(negotiator_watch(&negotiator, flow), OUTCOME_OK);
	check_ready(flow, FIRST);
	fake_hang_up(&fake.servers[FIRST]);
	turn();
	ck_assert_int_eq(flow->now.phase, PHASE_LOST);
}
END_TEST

/* The next exchange may need it soon; the present one needs the processor now. */
START_TEST(what_is_taken_is_made_up_later)
{
	struct flow *flow;

	fill();
	flow = add_flow();
	associate(flow, ANY_SERVER);
	turns(3);
	ck_assert_uint_eq(fake.servers[FIRST].connections, POOL + 1);
	fake.now_ms += 9;
	turns(3);
	ck_assert_uint_eq(fake.servers[FIRST].connections, POOL + 1);
	fake.now_ms += 1;
	turns(3);
	ck_assert_uint_eq(fake.servers[FIRST].connections, POOL + 2);
}
END_TEST

/* However fast others come, and however few are left: it is made up when that is due after the first of them. */
START_TEST(who_comes_meanwhile_does_not_put_it_off)
{
	fill();
	for (int i = 0; i < POOL; i++) {
		associate(add_flow(), ANY_SERVER);
		turns(3);
		ck_assert_uint_eq(fake.servers[FIRST].connections, POOL + 1);
		fake.now_ms += 4;
	}
	turns(3);
	ck_assert_uint_eq(fake.servers[FIRST].connections, 2 * POOL + 1);
}
END_TEST

START_TEST(who_is_in_a_hurry_has_the_thread_close)
{
	struct flow *flow = fill();
	unsigned open = fake_own_count();
	uint64_t mask = negotiator_lock(&negotiator);

	flow_table_drop(&negotiator.table, flow->fd, HANDLE_NONE);
	negotiator_end_flow(&negotiator, flow);
	negotiator_unlock(&negotiator, mask);
	turn();
	ck_assert_uint_eq(fake_own_count(), open);
	fake.now_ms += ANSWERED_MS;
	turn();
	ck_assert_uint_eq(fake_own_count(), open - 1);
}
END_TEST

START_TEST(an_empty_pool_is_no_obstacle)
{
	struct flow *flows[POOL + 1];

	fill();
	for (int i = 0; i <= POOL; i++) {
		flows[i] = add_flow();
		associate(flows[i], ANY_SERVER);
		ck_assert_int_eq(flows[i]->now.phase, i < POOL ? PHASE_READY : PHASE_NEGOTIATING);
	}
	turns(2);
	check_ready(flows[POOL], FIRST);
}
END_TEST

START_TEST(a_spare_that_was_ended_is_not_given_away)
{
	struct flow *flow;

	fill();
	fake_hang_up(&fake.servers[FIRST]); /* and nobody has noticed yet */
	flow = add_flow();
	associate(flow, ANY_SERVER);
	ck_assert_int_eq(flow->now.phase, PHASE_NEGOTIATING);
	fake.now_ms += 60000;
	turns(3);
	check_ready(flow, FIRST);
}
END_TEST

START_TEST(a_demand_takes_only_what_it_demands)
{
	struct flow *flow = add_flow();

	fill();
	associate(flow, SECOND);
	ck_assert_int_eq(flow->now.phase, PHASE_NEGOTIATING);
	turn();
	check_ready(flow, SECOND);
}
END_TEST

START_TEST(a_lost_flow_takes_a_spare_too)
{
	struct flow *flow = fill();

	negotiator_lose(&negotiator, flow);
	ck_assert_int_eq(flow->now.phase, PHASE_LOST);
	negotiator_dissociate(&negotiator, flow);
	associate(flow, ANY_SERVER);
	check_ready(flow, FIRST);
}
END_TEST

START_TEST(the_pool_fails_without_a_word_to_flows)
{
	struct flow *flow = fill();

	for (int i = 0; i < SERVERS; i++)
		fake.servers[i].refuses = -ECONNREFUSED;
	associate(add_flow(), ANY_SERVER);
	turns(3);
	check_ready(flow, FIRST);
	for (int i = 0; i < SERVERS; i++)
		fake.servers[i].refuses = 0;
	fake.now_ms += fake_settings.retry_max_ms;
	turns(4);
	for (int i = 0; i < POOL; i++)
		associate(add_flow(), ANY_SERVER);
	turn();
	ck_assert_int_eq(flow_table_next(&negotiator.table, flow)->now.phase, PHASE_READY);
}
END_TEST

START_TEST(a_child_has_none_of_them)
{
	struct flow *flow = fill();

	fork_away();
	ck_assert_uint_eq(fake_own_count(), 1); /* the flow's own */
	ck_assert_int_eq(flow->now.phase, PHASE_READY);
	associate(add_flow(), ANY_SERVER);
	turns(3);
	ck_assert_uint_eq(fake_own_count(), 2 + 2 + POOL);
}
END_TEST

static void check_primary_is_tried(struct flow *flow)
{
	fake.servers[FIRST].refuses = -ECONNREFUSED;
	associate(flow, ANY_SERVER);
	turn();
	check_ready(flow, SECOND);
	ck_assert_uint_eq(fake.servers[FIRST].connections, 1);
	for (int i = 0; i < 5; i++) {
		fake.now_ms += fake_settings.retry_max_ms;
		turns(2);
	}
	ck_assert_uint_ge(fake.servers[FIRST].connections, 5);
}

/* It is found well by a trial, not by a program's datagram; nothing is left of the trial. */
START_TEST(a_server_that_failed_is_tried_for_its_own_sake)
{
	struct flow *flow = add_flow();

	check_primary_is_tried(flow);
	fake.servers[FIRST].refuses = 0;
	fake.now_ms += fake_settings.retry_max_ms;
	turns(4);
	ck_assert_uint_eq(fake_own_count(), 3);
	check_ready(flow, SECOND);
	flow = add_flow();
	associate(flow, ANY_SERVER);
	turn();
	check_ready(flow, FIRST);
}
END_TEST

START_TEST(without_flows_nobody_is_tried)
{
	struct flow *flow = add_flow();
	unsigned connections;

	check_primary_is_tried(flow);
	negotiator_dissociate(&negotiator, flow);
	flow_table_drop(&negotiator.table, flow->fd, HANDLE_NONE);
	flow_table_recycle(&negotiator.table, flow);
	fake.now_ms += fake_settings.retry_max_ms;
	turns(3);
	connections = fake.servers[FIRST].connections;
	fake.now_ms += fake_settings.retry_max_ms;
	turns(3);
	ck_assert_uint_eq(fake.servers[FIRST].connections, connections);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("negotiator_spare");
	TCase *pool = tcase_create("pool"), *trials = tcase_create("trials");

	tcase_add_checked_fixture(pool, begin_with_pool, end);
	tcase_add_test(pool, nothing_is_asked_for_before_the_first_flow_asks);
	tcase_add_test(pool, a_fresh_flow_is_ready_at_once_and_the_pool_is_made_up);
	tcase_add_test(pool, one_of_the_pool_stays_when_it_is_used_again);
	tcase_add_test(pool, what_is_taken_is_made_up_later);
	tcase_add_test(pool, who_comes_meanwhile_does_not_put_it_off);
	tcase_add_test(pool, who_is_in_a_hurry_has_the_thread_close);
	tcase_add_test(pool, an_empty_pool_is_no_obstacle);
	tcase_add_test(pool, a_spare_that_was_ended_is_not_given_away);
	tcase_add_test(pool, a_demand_takes_only_what_it_demands);
	tcase_add_test(pool, a_lost_flow_takes_a_spare_too);
	tcase_add_test(pool, the_pool_fails_without_a_word_to_flows);
	tcase_add_test(pool, a_child_has_none_of_them);
	tcase_add_checked_fixture(trials, begin, end);
	tcase_add_test(trials, a_server_that_failed_is_tried_for_its_own_sake);
	tcase_add_test(trials, without_flows_nobody_is_tried);
	suite_add_tcase(suite, pool);
	suite_add_tcase(suite, trials);
	return run_suite(suite);
}
