#include "core/negotiator.h"

#include <errno.h>

#include "tests/unit/negotiator_case.h"
#include "tests/unit/run_suite.h"

START_TEST(the_first_server_is_tried_first)
{
	struct flow *flow = add_flow();

	ck_assert_uint_eq(fake.threads, 0);
	associate(flow, ANY_SERVER);
	ck_assert_int_eq(flow->now.phase, PHASE_NEGOTIATING);
	ck_assert_uint_eq(fake.threads, 1);
	turn();
	check_ready(flow, FIRST);
	ck_assert_uint_eq(fake_own_count(), 3);
	associate(add_flow(), ANY_SERVER);
	ck_assert_uint_eq(fake.threads, 1);
}
END_TEST

START_TEST(the_next_server_takes_over)
{
	struct flow *flow = add_flow();

	fake.servers[FIRST].refuses = -ECONNREFUSED;
	fake.servers[SECOND].fails = -EHOSTUNREACH;
	associate(flow, ANY_SERVER);
	turns(2);
	check_ready(flow, THIRD);
	associate(add_flow(), ANY_SERVER); /* the last good one goes first */
	ck_assert_uint_eq(fake.servers[FIRST].connections, 1);
	ck_assert_uint_eq(fake.servers[SECOND].connections, 1);
	ck_assert_uint_eq(fake.servers[THIRD].connections, 2);
}
END_TEST

static void check_event(enum event_kind kind, const struct flow *flow, unsigned server, unsigned count)
{
	ck_assert_uint_eq(fake.events, count);
	ck_assert_int_eq(fake.event.kind, kind);
	ck_assert_uint_eq(fake.event.flow, flow_table_handle(flow));
	ck_assert_str_eq(fake.event.server, fake_settings.servers[server].label);
}

START_TEST(what_becomes_of_an_association_is_recorded)
{
	struct flow *flow = add_flow();

	fake.servers[FIRST].refuses = -ECONNREFUSED;
	associate(flow, ANY_SERVER);
	check_event(EVENT_FAILED, flow, FIRST, 1);
	ck_assert_int_eq(fake.event.outcome, OUTCOME_REFUSED);
	ck_assert_str_eq(fake.event.step, "connecting");
	turn();
	check_ready(flow, SECOND);
	check_event(EVENT_MADE, flow, SECOND, 2);
	ck_assert(endpoint_equal(&fake.event.relay, &flow->now.relay));
	negotiator_lose(&negotiator, flow);
	check_event(EVENT_LOST, flow, SECOND, 3);
}
END_TEST

START_TEST(a_server_that_says_no_is_passed_over)
{
	struct flow *flow = add_flow();

	fake.servers[FIRST].answers[1] = (struct fake_answer)FAKE_ANSWER("\5\7");
	fake.servers[SECOND].answers[1] =
	    (struct fake_answer)FAKE_ANSWER("\5\0\0\1\306\63\144\2\0\0"); /* a relay on port 0 */
	associate(flow, ANY_SERVER);
	turns(3);
	check_ready(flow, THIRD);
}
END_TEST

START_TEST(a_server_that_failed_rests)
{
	struct flow *flow = ready_flow();

	fake_hang_up(&fake.servers[FIRST]);
	fake.servers[FIRST].refuses = -ECONNREFUSED;
	turn();
	associate(flow, ANY_SERVER);
	turn();
	check_ready(flow, SECOND);
	fake_hang_up(&fake.servers[SECOND]);
	fake.servers[SECOND].refuses = -ECONNREFUSED;
	turn();
	associate(flow, ANY_SERVER);
	turn();
	check_ready(flow, THIRD);
	ck_assert_uint_eq(fake.servers[FIRST].connections, 2);
	fake.servers[FIRST] = fake_good_server(FIRST); /* still resting: the last resort */
	fake.servers[THIRD].refuses = -ECONNREFUSED;
	flow = add_flow();
	associate(flow, ANY_SERVER);
	turn();
	check_ready(flow, FIRST);
}
END_TEST

START_TEST(all_fail_and_the_last_says_why)
{
	struct flow *flow = add_flow();

	fake_settings.log_level = LOG_LEVEL_WARN;
	for (int i = 0; i < SERVERS; i++)
		fake.servers[i].answers[1] = (struct fake_answer)FAKE_ANSWER("\5\2");
	associate(flow, ANY_SERVER);
	queue_add(&flow->queue, &fake_functions, &fake_settings, "a", 1);
	queue_add(&flow->queue, &fake_functions, &fake_settings, "b", 1);
	turns(3);
	check_failed(flow, OUTCOME_REPLY_NOT_ALLOWED);
	ck_assert_uint_eq(negotiator.statistics.counts[STATISTIC_LOST_WAITING], 2);
	ck_assert_uint_eq(fake.log_lines, 3);
	ck_assert_ptr_nonnull(strstr(fake.log_line, "third"));
	ck_assert_uint_eq(fake_own_count(), 2);
	ck_assert_uint_eq(fake.sent_count, 0);
}
END_TEST

START_TEST(backoff_doubles_up_to_its_limit)
{
	struct flow *flow = add_flow();
	uint64_t expected = fake_settings.retry_min_ms;

	for (int i = 0; i < SERVERS; i++)
		fake.servers[i].refuses = -ECONNREFUSED;
	for (int round = 0; round < 12; round++) {
		associate(flow, ANY_SERVER);
		check_failed(flow, OUTCOME_REFUSED);
		ck_assert_uint_eq(flow->round.backoff_ms, expected);
		ck_assert_uint_ge(flow->retry_ms, fake.now_ms + expected / 2);
		ck_assert_uint_le(flow->retry_ms, fake.now_ms + expected);
		expected = expected * 2 < fake_settings.retry_max_ms ? expected * 2 : fake_settings.retry_max_ms;
		fake.now_ms = flow->retry_ms;
	}
	ck_assert_uint_eq(expected, fake_settings.retry_max_ms);
	for (int i = 0; i < SERVERS; i++)
		fake.servers[i].refuses = 0;
	associate(flow, ANY_SERVER);
	turn();
	ck_assert_int_eq(flow->now.phase, PHASE_READY);
	ck_assert_uint_eq(flow->round.backoff_ms, 0);
}
END_TEST

START_TEST(a_connection_that_hangs_times_out)
{
	struct flow *flow = add_flow();

	fake.servers[FIRST].hangs = true;
	associate(flow, ANY_SERVER);
	ck_assert_uint_eq(fake.alarm_ms, fake.now_ms + fake_settings.connect_ms);
	fake.now_ms += fake_settings.connect_ms - 1;
	turn();
	ck_assert_int_eq(flow->round.association.server, FIRST);
	fake.now_ms++;
	turns(2);
	check_ready(flow, SECOND);
}
END_TEST

START_TEST(a_tarpit_times_out)
{
	struct flow *flow = add_flow();

	fake.servers[FIRST].answers[1].octets = NULL;
	associate(flow, ANY_SERVER);
	fake.now_ms += 100;
	turn();
	ck_assert_int_eq(flow->round.association.stage, STAGE_NEGOTIATING);
	fake.now_ms += fake_settings.handshake_ms - 1;
	turn();
	ck_assert_int_eq(flow->round.association.server, FIRST);
	fake.now_ms++;
	turns(2);
	check_ready(flow, SECOND);
}
END_TEST

/* The alarm is set for whoever is due first, again and again. */
START_TEST(many_deadlines_one_alarm)
{
	struct flow *flows[50];

	fake_settings.server_count = 1;
	ck_assert_int_eq(begin_negotiator(&negotiator), OUTCOME_OK);
	fake.servers[FIRST].hangs = true;
	for (int i = 0; i < 50; i++) {
		flows[i] = add_flow();
		associate(flows[i], FIRST);
		fake.now_ms += 10;
	}
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(flows[i]->now.phase, PHASE_NEGOTIATING);
		fake.now_ms = fake.alarm_ms;
		turn();
		check_failed(flows[i], OUTCOME_TIMED_OUT);
	}
	ck_assert_uint_eq(fake_own_count(), 2);
}
END_TEST

START_TEST(a_demand_has_no_alternative)
{
	struct flow *flow = add_flow();

	fake.servers[SECOND].refuses = -ECONNREFUSED;
	associate(flow, SECOND);
	check_failed(flow, OUTCOME_REFUSED);
	ck_assert_uint_eq(fake.servers[FIRST].connections + fake.servers[THIRD].connections, 0);
	flow = add_flow();
	associate(flow, THIRD);
	turn();
	check_ready(flow, THIRD);
}
END_TEST

START_TEST(no_server_fails)
{
	struct flow *flow = add_flow();
	struct endpoint guard;

	fake_settings.server_count = 0;
	guard = negotiator_guard(&negotiator, ANY_SERVER);
	ck_assert_int_eq(guard.kind, ENDPOINT_NONE);
	associate(flow, ANY_SERVER);
	check_failed(flow, OUTCOME_BAD_SETTINGS);
	ck_assert_int_ne(outcome_errno(flow->reason), 0);
}
END_TEST

static void name_the_first_server(void)
{
	fake_setting_servers[FIRST].control = endpoint_name("proxy.example", 13, 1081);
	fake_settings.server_count = 1;
	ck_assert_int_eq(begin_negotiator(&negotiator), OUTCOME_OK);
}

START_TEST(a_name_is_resolved_by_the_thread)
{
	struct endpoint guard;
	struct flow *flow;

	name_the_first_server();
	flow = add_flow();
	fake.resolved[0] = fake_endpoint("198.51.100.1:1081");
	fake.resolved_count = 1;
	guard = negotiator_guard(&negotiator, ANY_SERVER);
	ck_assert_int_eq(guard.kind, ENDPOINT_NONE);
	associate(flow, ANY_SERVER);
	ck_assert_uint_eq(fake.resolutions, 0);
	turns(2);
	check_ready(flow, FIRST);
	guard = negotiator_guard(&negotiator, ANY_SERVER);
	ck_assert(endpoint_equal(&guard, &fake.resolved[0]));
	associate(add_flow(), ANY_SERVER);
	turn();
	ck_assert_uint_eq(fake.resolutions, 1);
}
END_TEST

START_TEST(every_address_of_a_name_is_tried)
{
	struct flow *flow;

	name_the_first_server();
	fake.resolved[0] = fake_endpoint("198.51.100.1:1081");
	fake.resolved[1] = fake_endpoint("198.51.100.1:1083");
	fake.resolved_count = 2;
	fake.servers[FIRST].refuses = -ECONNREFUSED;
	fake_settings.log_level = LOG_LEVEL_WARN;
	flow = add_flow();
	associate(flow, ANY_SERVER);
	turns(2);
	ck_assert_int_eq(flow->now.phase, PHASE_READY);
	ck_assert_uint_eq(fake.servers[THIRD].connections, 1);
	ck_assert_uint_eq(fake.log_lines,
			  0); /* an address that does not answer is nobody's concern, if another one does */
	fake_hang_up(&fake.servers[THIRD]);
	fake.servers[THIRD].refuses = -ECONNREFUSED;
	flow = add_flow();
	associate(flow, ANY_SERVER);
	turns(2);
	check_failed(flow, OUTCOME_REFUSED);
	ck_assert_uint_eq(fake.log_lines, 1);
	associate(flow, ANY_SERVER); /* the name may have moved */
	turn();
	ck_assert_uint_eq(fake.resolutions, 2);
}
END_TEST

START_TEST(a_name_without_address_fails)
{
	struct flow *flow;

	name_the_first_server();
	flow = add_flow();
	associate(flow, ANY_SERVER);
	turn();
	check_failed(flow, OUTCOME_UNRESOLVED);
}
END_TEST

static void pipeline(void)
{
	fake_settings.pipeline = true;
	fake_settings.server_count = 1;
	ck_assert_int_eq(begin_negotiator(&negotiator), OUTCOME_OK);
}

START_TEST(a_pipelined_round_is_one_message)
{
	struct flow *flow;

	pipeline();
	fake.servers[FIRST] = fake_good_server(FIRST);
	fake.servers[FIRST].eager = true;
	flow = add_flow();
	associate(flow, ANY_SERVER);
	turn();
	check_ready(flow, FIRST);
	ck_assert_uint_eq(fake.table[flow->round.association.control].messages, 1);
}
END_TEST

/* It answers the greeting, and has thrown away what came with it; or breaks off, or answers nonsense. */
START_TEST(who_does_not_take_it_is_asked_step_by_step)
{
	unsigned connections;
	struct flow *flow;

	pipeline();
	flow = add_flow();
	if (_i == 1)
		fake.servers[FIRST].answers[0] = (struct fake_answer)FAKE_ANSWER("\5\xff");
	associate(flow, ANY_SERVER);
	turn();
	ck_assert_int_eq(flow->now.phase, PHASE_NEGOTIATING);
	fake.servers[FIRST] = fake_good_server(FIRST);
	fake.now_ms += 200; /* far less than the handshake's time limit */
	turns(2);
	check_ready(flow, FIRST);
	ck_assert_uint_eq(negotiator.servers.states[FIRST].backoff_ms, 0);
	connections = fake.servers[FIRST].connections;
	flow = add_flow();
	associate(flow, ANY_SERVER); /* and so from the beginning the next time */
	turn();
	check_ready(flow, FIRST);
	ck_assert_uint_eq(fake.servers[FIRST].connections, connections + 1);
}
END_TEST

START_TEST(a_refusal_is_one_however_it_was_asked)
{
	struct flow *flow;

	pipeline();
	fake.servers[FIRST].eager = true;
	fake.servers[FIRST].answers[1] = (struct fake_answer)FAKE_ANSWER("\5\2");
	flow = add_flow();
	associate(flow, ANY_SERVER);
	turn();
	check_failed(flow, OUTCOME_REPLY_NOT_ALLOWED);
	ck_assert_uint_eq(fake.servers[FIRST].connections, 1);
}
END_TEST

/* It renews itself, without the program's doing. */
START_TEST(a_flow_that_only_hears_gets_another_association)
{
	struct flow *flow = ready_flow();
	uint16_t port = fake.table[flow->fd].local.port;

	fake.now_ms += 60000;
	fake_hang_up(&fake.servers[FIRST]);
	turns(2);
	check_ready(flow, FIRST);
	ck_assert_uint_eq(fake.servers[FIRST].connections, 2);
	ck_assert_uint_eq(fake.table[flow->fd].local.port, port);
	ck_assert_uint_eq(fake_own_count(), 3);
}
END_TEST

/* The kernel tells of both at once, and of neither again. */
START_TEST(an_end_with_the_reply_is_noticed)
{
	struct flow *flow = add_flow();

	fake.servers[FIRST].ends = true;
	associate(flow, ANY_SERVER);
	turn();
	ck_assert_int_eq(flow->now.phase, PHASE_LOST);
	ck_assert_int_eq(flow->round.association.control, -1);
}
END_TEST

/* One that ends every association at once is not asked again at once, and ever less often. */
START_TEST(associations_that_do_not_last_are_asked_for_less_often)
{
	struct flow *flow;
	unsigned asked;

	fake_settings.server_count = 1;
	ck_assert_int_eq(begin_negotiator(&negotiator), OUTCOME_OK);
	flow = ready_flow();
	for (int i = 0; i < 10000; i++) {
		if (flow->now.phase == PHASE_READY)
			fake_hang_up(&fake.servers[FIRST]);
		turn();
		fake.now_ms += 10;
	}
	asked = fake.servers[FIRST].connections;
	ck_assert_uint_gt(asked, 24);
	ck_assert_uint_lt(asked, 60); /* in 100 seconds, 0.5 to 4 apart */
	ck_assert(flow->now.phase == PHASE_LOST || flow->now.phase == PHASE_READY);
}
END_TEST

/* Of fifty flows of a server that went away, one finds out that it is back, and all are back soon after. */
START_TEST(one_asks_for_all)
{
	struct flow *flows[50];
	unsigned before;

	fake_settings.server_count = 1;
	ck_assert_int_eq(begin_negotiator(&negotiator), OUTCOME_OK);
	for (int i = 0; i < 50; i++)
		flows[i] = ready_flow();
	fake.now_ms += 60000;
	fake.servers[FIRST].refuses = -ECONNREFUSED;
	fake_hang_up(&fake.servers[FIRST]);
	turns(2);
	before = fake.servers[FIRST].connections;
	for (int i = 0; i < 600; i++) { /* a minute */
		fake.now_ms += 100;
		turn();
	}
	ck_assert_uint_gt(fake.servers[FIRST].connections, before + 12);
	ck_assert_uint_lt(fake.servers[FIRST].connections, before + 40);
	fake.servers[FIRST] = fake_good_server(FIRST);
	for (int i = 0; i < 42; i++) { /* 8 * retry_min, and a little */
		fake.now_ms += 100;
		turn();
	}
	for (int i = 0; i < 50; i++)
		check_ready(flows[i], FIRST);
	ck_assert_uint_eq(fake.servers[FIRST].connections, 50);
}
END_TEST

START_TEST(a_lost_association_is_made_again)
{
	struct flow *flow = ready_flow();
	uint16_t port = fake.table[flow->fd].local.port;

	fake_hang_up(&fake.servers[FIRST]);
	turn();
	ck_assert_int_eq(flow->now.phase, PHASE_LOST);
	ck_assert_int_eq(flow->round.association.control, -1);
	associate(flow, ANY_SERVER);
	turn();
	check_ready(flow, FIRST);
	ck_assert_uint_eq(fake.table[flow->fd].local.port, port);
	ck_assert_uint_ne(port, 0);
}
END_TEST

START_TEST(an_own_address_is_announced_with_its_port)
{
	struct flow *flow = add_flow();

	fake_settings.announce = ANNOUNCE_LOCAL;
	flow->now.flags |= VIEW_OPEN; /* the guard rail, which would choose one, is not for it */
	associate(flow, ANY_SERVER);
	turn();
	check_ready(flow, FIRST);
	ck_assert(fake.table[flow->fd].keeps_port);
	ck_assert_uint_ne(fake.table[flow->fd].local.port, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("negotiator");
	TCase *tests = tcase_create("negotiator");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, the_first_server_is_tried_first);
	tcase_add_test(tests, the_next_server_takes_over);
	tcase_add_test(tests, what_becomes_of_an_association_is_recorded);
	tcase_add_test(tests, a_server_that_says_no_is_passed_over);
	tcase_add_test(tests, a_server_that_failed_rests);
	tcase_add_test(tests, all_fail_and_the_last_says_why);
	tcase_add_test(tests, backoff_doubles_up_to_its_limit);
	tcase_add_test(tests, a_connection_that_hangs_times_out);
	tcase_add_test(tests, a_tarpit_times_out);
	tcase_add_test(tests, many_deadlines_one_alarm);
	tcase_add_test(tests, a_demand_has_no_alternative);
	tcase_add_test(tests, no_server_fails);
	tcase_add_test(tests, a_name_is_resolved_by_the_thread);
	tcase_add_test(tests, every_address_of_a_name_is_tried);
	tcase_add_test(tests, a_name_without_address_fails);
	tcase_add_test(tests, a_pipelined_round_is_one_message);
	tcase_add_loop_test(tests, who_does_not_take_it_is_asked_step_by_step, 0, 2);
	tcase_add_test(tests, a_refusal_is_one_however_it_was_asked);
	tcase_add_test(tests, a_flow_that_only_hears_gets_another_association);
	tcase_add_test(tests, an_end_with_the_reply_is_noticed);
	tcase_add_test(tests, associations_that_do_not_last_are_asked_for_less_often);
	tcase_add_test(tests, one_asks_for_all);
	tcase_add_test(tests, a_lost_association_is_made_again);
	tcase_add_test(tests, an_own_address_is_announced_with_its_port);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
