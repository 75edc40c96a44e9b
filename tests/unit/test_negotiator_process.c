/* The negotiator and its process: the thread, its descriptors, forks. */
#include <errno.h>

#include "tests/unit/negotiator_case.h"
#include "tests/unit/run_suite.h"

/* Every call of the start made to fail: no thread runs, nothing stays open, and the next round starts afresh. */
START_TEST(a_start_that_fails_is_undone)
{
	enum { DESCRIPTORS = 3 };
	struct flow *flow = add_flow();

	fake.no_thread = _i == DESCRIPTORS;
	if (_i < DESCRIPTORS)
		fake.fail_at = fake.calls + FAKE_GUARD_RAIL + 1 + (unsigned)_i;
	associate(flow, ANY_SERVER);
	check_failed(flow, fake.no_thread ? OUTCOME_NO_THREAD : OUTCOME_NO_DESCRIPTOR);
	fake.no_thread = false;
	ck_assert_uint_eq(fake_own_count(), 0);
	ck_assert_int_eq(negotiator.watch, -1);
	associate(flow, ANY_SERVER);
	turn();
	check_ready(flow, FIRST);
	ck_assert_uint_eq(fake.threads, 1);
}
END_TEST

/* A handler may wait for the lock that has interrupted whoever has libc's. */
START_TEST(the_thread_is_started_without_the_lock)
{
	struct flow *flow = add_flow();
	uint64_t mask = negotiator_lock(&negotiator);

	negotiator_associate(&negotiator, flow, ANY_SERVER, false);
	ck_assert_uint_eq(fake.threads, 0);
	negotiator_unlock(&negotiator, mask);
	ck_assert_uint_eq(fake.threads, 1);
	ck_assert(!negotiator.starting);
}
END_TEST

/* Whoever has sent meanwhile, and relied on the thread. */
START_TEST(all_who_need_the_thread_are_told)
{
	struct flow *flows[] = {add_flow(), add_flow(), ready_flow()};
	uint64_t mask = negotiator_lock(&negotiator);

	negotiator_forked(&negotiator); /* which has no thread */
	negotiator_associate(&negotiator, flows[0], ANY_SERVER, false);
	negotiator_associate(&negotiator, flows[1], ANY_SERVER, false);
	ck_assert_int_eq(negotiator_watch(&negotiator, flows[2]), OUTCOME_OK);
	fake.no_thread = true;
	negotiator_unlock(&negotiator, mask);
	for (int i = 0; i < 2; i++) {
		check_failed(flows[i], OUTCOME_NO_THREAD);
		ck_assert(flows[i]->now.flags & VIEW_UNTOLD);
	}
	ck_assert_int_eq(flows[2]->now.phase, PHASE_READY);
	ck_assert(flows[2]->now.flags & VIEW_YOUNG);
	ck_assert_int_eq(negotiator.watch, -1);
}
END_TEST

START_TEST(want_at_home_is_no_servers_fault)
{
	ready_flow();

	struct flow *flow = add_flow();
	fake.fail_at = fake.calls + FAKE_GUARD_RAIL + 1; /* its control connection */
	associate(flow, ANY_SERVER);
	check_failed(flow, OUTCOME_NO_DESCRIPTOR);
	ck_assert_uint_eq(fake.servers[SECOND].connections, 0);
	fake.fail_at = fake.calls + 3; /* watching it */
	associate(flow, ANY_SERVER);
	check_failed(flow, OUTCOME_NO_DESCRIPTOR);
	ck_assert_uint_eq(fake_own_count(), 3);
}
END_TEST

START_TEST(a_young_flow_is_connected_before_a_fork)
{
	struct flow *flow = ready_flow();

	flow->now.flags |= VIEW_YOUNG;
	flow->now.link = LINK_NONE;
	fake.table[flow->fd].peer = (struct endpoint){0};
	negotiator_forking(&negotiator);
	ck_assert_int_eq(flow->now.link, LINK_RELAY);
	ck_assert(endpoint_equal(&fake.table[flow->fd].peer, &flow->now.relay));
	ck_assert(flow->now.flags & VIEW_YOUNG);
}
END_TEST

START_TEST(a_child_keeps_what_stands)
{
	struct flow *ready = ready_flow();
	struct flow *busy = add_flow();
	uint32_t event;

	fake.servers[FIRST].hangs = true;
	associate(busy, ANY_SERVER);
	queue_add(&busy->queue, &fake_functions, &fake_settings, "a", 1);
	event = busy->event;
	fork_away();
	ck_assert_int_eq(busy->now.phase, PHASE_FRESH);
	ck_assert_uint_eq(busy->queue.count, 0);
	ck_assert_uint_ne(busy->event, event);
	ck_assert_int_eq(ready->now.phase, PHASE_READY);
	ck_assert(ready->now.flags & VIEW_YOUNG);
	ck_assert_uint_eq(fake_own_count(), 1);
	uint64_t mask = negotiator_lock(&negotiator);
	ck_assert_int_eq(negotiator_watch(&negotiator, ready), OUTCOME_OK);
	negotiator_unlock(&negotiator, mask);
	ck_assert(!(ready->now.flags & VIEW_YOUNG));
	ck_assert_uint_eq(fake.threads, 2);
	fake.servers[FIRST].hangs = false;
	fake_hang_up(&fake.servers[FIRST]);
	turn();
	ck_assert_int_eq(ready->now.phase, PHASE_LOST);
}
END_TEST

START_TEST(what_cannot_be_watched_is_lost)
{
	struct flow *flow = ready_flow();

	fork_away();
	fake.fail_at = fake.calls + 5; /* behind the four calls of the start */
	ck_assert_int_eq(negotiator_watch(&negotiator, flow), OUTCOME_OK);
	ck_assert_int_eq(flow->now.phase, PHASE_LOST);
	ck_assert_int_eq(flow->round.association.control, -1);
	ck_assert(!(flow->now.flags & VIEW_YOUNG));
}
END_TEST

START_TEST(a_watch_that_was_closed_ends_the_thread)
{
	struct flow *ready = ready_flow();
	struct flow *busy = add_flow();

	fake.servers[FIRST].hangs = true;
	associate(busy, ANY_SERVER);
	fake.watch_answer = -EBADF;
	ck_assert(!negotiator_turn(&negotiator));
	fake.watch_answer = 0;
	ck_assert_int_eq(busy->now.phase, PHASE_FRESH);
	ck_assert(ready->now.flags & VIEW_YOUNG);
	fake.servers[FIRST].hangs = false;
	associate(busy, ANY_SERVER);
	turn();
	check_ready(busy, FIRST);
	ck_assert_uint_eq(fake.threads, 2);
}
END_TEST

START_TEST(own_descriptors_make_room)
{
	struct flow *ready = ready_flow();
	struct flow *busy = add_flow();
	int old[4];

	fake.servers[FIRST].hangs = true;
	associate(busy, ANY_SERVER);
	memcpy(old,
	       (int[]){negotiator.watch, negotiator.alarm, ready->round.association.control,
		       busy->round.association.control},
	       sizeof(old));
	for (int i = 0; i < 4; i++) {
		negotiator_evict(&negotiator, old[i]);
		ck_assert_int_eq(fake.table[old[i]].kind, FAKE_FREE);
		fake.table[old[i]].kind = FAKE_UDP; /* the program has it */
	}
	fake.now_ms += fake_settings.connect_ms; /* the alarm works */
	turn();
	ck_assert_int_eq(busy->round.association.server, SECOND);
	turn();
	check_ready(busy, SECOND);
	fake.servers[FIRST].hangs = false;
	fake_hang_up(&fake.servers[FIRST]); /* and so does the watch */
	turn();
	ck_assert_int_eq(ready->now.phase, PHASE_LOST);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("negotiator_process");
	TCase *tests = tcase_create("negotiator_process");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 30);
	tcase_add_loop_test(tests, a_start_that_fails_is_undone, 0, 4);
	tcase_add_test(tests, the_thread_is_started_without_the_lock);
	tcase_add_test(tests, all_who_need_the_thread_are_told);
	tcase_add_test(tests, want_at_home_is_no_servers_fault);
	tcase_add_test(tests, a_young_flow_is_connected_before_a_fork);
	tcase_add_test(tests, a_child_keeps_what_stands);
	tcase_add_test(tests, what_cannot_be_watched_is_lost);
	tcase_add_test(tests, a_watch_that_was_closed_ends_the_thread);
	tcase_add_test(tests, own_descriptors_make_room);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
