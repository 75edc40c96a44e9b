#include "core/negotiator_departure.h"

#include <errno.h>

#include "tests/unit/negotiator_case.h"
#include "tests/unit/run_suite.h"

static enum admission admit(int fd, const char *framed)
{
	struct attendance attendance;
	int error;

	return admitted(engine_admit(&negotiator,
				     &(struct applicant){.fd = fd,
							 .handle = handle_of(fd),
							 .server = ANY_SERVER,
							 .framed = framed,
							 .size = framed ? strlen(framed) : 0,
							 .sleeps = true},
				     &attendance, &error),
			&attendance);
}

static int close_really(int fd)
{
	fake_close(fd);
	return 0;
}

/* A socket that has sent "one" and "two", and was closed before its association stood. */
static struct flow *departed_flow(void)
{
	int fd = add_socket();
	struct flow *flow = flow_table_flow(&negotiator.table, handle_of(fd));

	ck_assert_int_eq(admit(fd, "one"), ADMISSION_QUEUED);
	ck_assert_int_eq(admit(fd, "two"), ADMISSION_QUEUED);
	ck_assert_int_eq(engine_close(&negotiator, fd, close_really), 0);
	ck_assert_uint_eq(handle_of(fd), HANDLE_NONE);
	return flow;
}

static void check_gone(const struct flow *flow)
{
	ck_assert_uint_eq(negotiator.departed_count, 0);
	ck_assert_ptr_null(negotiator.departed);
	ck_assert_uint_eq(negotiator.table.live, 0);
	ck_assert(!flow->lives);
	ck_assert_ptr_null(flow->queue.pages);
}

START_TEST(what_waits_leaves_by_a_socket_of_ours)
{
	struct flow *flow = departed_flow();
	struct endpoint relay = fake_endpoint("198.51.100.1:4001");

	ck_assert(flow->departed);
	ck_assert_int_ge(flow->fd, FAKE_OWN);
	ck_assert_ptr_eq(negotiator_find_waiting(&negotiator), flow);
	turn();
	ck_assert_uint_eq(fake.sent_count, 2);
	ck_assert_mem_eq(fake.sent[0].head, "one", 3);
	ck_assert_mem_eq(fake.sent[1].head, "two", 3);
	ck_assert_int_ge(fake.sent[0].fd, FAKE_OWN);
	ck_assert(endpoint_equal(&fake.sent[1].to, &relay));
	check_gone(flow);
	ck_assert_ptr_null(negotiator_find_waiting(&negotiator));
	ck_assert(engine_is_unanswered(&negotiator)); /* and its association stays for a moment */
	ck_assert_uint_eq(fake_own_count(), 3);
	fake.now_ms += UNANSWERED_MS;
	turn();
	ck_assert_uint_eq(fake_own_count(), 2);
}
END_TEST

/* A connection in progress is still heard of under the flow's new handle. */
START_TEST(the_next_server_is_asked_as_ever)
{
	struct flow *flow;

	fake.servers[FIRST].fails = -ECONNREFUSED;
	flow = departed_flow();
	turns(3);
	ck_assert_uint_eq(fake.servers[SECOND].connections, 1);
	ck_assert_uint_eq(fake.sent_count, 2);
	check_gone(flow);
}
END_TEST

START_TEST(what_no_server_takes_is_lost_and_counted)
{
	struct flow *flow;

	for (int i = 0; i < SERVERS; i++)
		fake.servers[i].fails = -ECONNREFUSED;
	flow = departed_flow();
	turns(8);
	ck_assert_uint_eq(fake.sent_count, 0);
	ck_assert_uint_eq(counted(STATISTIC_LOST_WAITING), 2);
	check_gone(flow);
	ck_assert_uint_eq(fake_own_count(), 2);
}
END_TEST

/* The name of the server was being asked for, and is known by the time the thread looks again. */
START_TEST(a_server_by_name_is_resolved_for_it)
{
	struct flow *flow;

	fake_setting_servers[FIRST].control = endpoint_name("proxy.example.net", 17, 1081);
	ck_assert_int_eq(begin_negotiator(&negotiator), OUTCOME_OK);
	fake.resolved[0] = endpoint_ipv4(0xc6336401, 1081);
	fake.resolved_count = 1;
	flow = departed_flow();
	turns(3);
	ck_assert_uint_eq(fake.sent_count, 2);
	check_gone(flow);
}
END_TEST

/* The server was told the port of the program's socket, which is not the one that sends. */
START_TEST(an_announced_port_is_announced_anew)
{
	struct flow *flow;

	fake_settings.announce = ANNOUNCE_LOCAL;
	flow = departed_flow();
	turns(2);
	ck_assert_uint_eq(fake.servers[FIRST].connections, 2);
	ck_assert_uint_eq(fake.sent_count, 2);
	check_gone(flow);
}
END_TEST

/* The association was lost, and its successor is not there yet. */
START_TEST(a_lost_flow_departs_as_well)
{
	int fd = add_socket();
	struct flow *flow = flow_table_flow(&negotiator.table, handle_of(fd));

	ck_assert_int_eq(admit(fd, "early"), ADMISSION_QUEUED);
	turn();
	fake.sent_count = 0;
	fake.now_ms += fake_settings.retry_min_ms;
	fake.servers[FIRST].hangs = true;
	uint64_t mask = negotiator_lock(&negotiator);
	negotiator_lose(&negotiator, flow);
	negotiator_unlock(&negotiator, mask);
	ck_assert_int_eq(admit(fd, "late"), ADMISSION_QUEUED);
	engine_close(&negotiator, fd, close_really);
	ck_assert_int_eq(flow->now.phase, PHASE_LOST);
	fake.servers[FIRST].hangs = false;
	turn();
	ck_assert_uint_eq(fake.sent_count, 1);
	check_gone(flow);
}
END_TEST

START_TEST(without_a_descriptor_it_ends_at_once)
{
	int fd = add_socket();
	struct flow *flow = flow_table_flow(&negotiator.table, handle_of(fd));

	ck_assert_int_eq(admit(fd, "one"), ADMISSION_QUEUED);
	fake.fail_at = fake.calls + 1;
	engine_close(&negotiator, fd, close_really);
	ck_assert_uint_eq(counted(STATISTIC_LOST_WAITING), 1);
	check_gone(flow);
}
END_TEST

START_TEST(nothing_departs_where_nothing_waits)
{
	int fd = add_socket();

	ck_assert_int_eq(admit(fd, NULL), ADMISSION_WAIT);
	engine_close(&negotiator, fd, close_really);
	ck_assert_uint_eq(negotiator.departed_count, 0);
	ck_assert_uint_eq(negotiator.table.live, 0);
}
END_TEST

START_TEST(they_are_not_too_many)
{
	negotiator.departed_count = DEPARTURES;
	int fd = add_socket();

	ck_assert_int_eq(admit(fd, "one"), ADMISSION_QUEUED);
	engine_close(&negotiator, fd, close_really);
	ck_assert_uint_eq(counted(STATISTIC_LOST_WAITING), 1);
	ck_assert_uint_eq(negotiator.table.live, 0);
}
END_TEST

/* What waits is the parent's. */
START_TEST(a_child_of_fork_has_none)
{
	struct flow *flow = departed_flow();

	fork_away();
	check_gone(flow);
	ck_assert_uint_eq(fake_own_count(), 0);
	ck_assert_uint_eq(fake.sent_count, 0);
}
END_TEST

/* Who waits for the end of an association that was lost hears when its successor fails. */
START_TEST(the_end_hears_of_a_lost_one)
{
	int fd = add_socket();
	struct flow *flow = flow_table_flow(&negotiator.table, handle_of(fd));

	ck_assert_int_eq(admit(fd, "early"), ADMISSION_QUEUED);
	turn();
	for (int i = 0; i < SERVERS; i++)
		fake.servers[i].refuses = -ECONNREFUSED;
	uint64_t mask = negotiator_lock(&negotiator);
	negotiator_lose(&negotiator, flow);
	negotiator_unlock(&negotiator, mask);
	ck_assert_int_eq(admit(fd, "late"), ADMISSION_QUEUED);
	uint32_t event = atomic_load(&flow->event);
	fake.now_ms += fake_settings.retry_min_ms;
	turns(4);
	ck_assert_int_eq(flow->now.phase, PHASE_LOST);
	ck_assert_uint_eq(flow->queue.count, 0);
	ck_assert_uint_ne(atomic_load(&flow->event), event);
}
END_TEST

/* The process ends: it waits for what is under way, and not for a server that is away. */
START_TEST(the_end_waits_for_what_is_under_way)
{
	int fd = add_socket();

	engine_await_departures(&negotiator, fake.now_ms + 1000);
	ck_assert_int_eq(admit(fd, "one"), ADMISSION_QUEUED);
	engine_await_departures(&negotiator, fake.now_ms + 1000); /* the fake's time is up at once */
	ck_assert_uint_eq(fake.sent_count, 0);
	fake.on_wait = turn;
	engine_await_departures(&negotiator, fake.now_ms + 1000);
	ck_assert_uint_eq(fake.sent_count, 1);
	ck_assert_uint_gt(fake.wakes, 0); /* who sleeps is known, and told */
	fake.on_wait = NULL;
	for (int i = 0; i < SERVERS; i++)
		fake.servers[i].refuses = -ECONNREFUSED;
	fake_hang_up(&fake.servers[FIRST]);
	turns(4);
	ck_assert_int_eq(admit(fd, "two"), ADMISSION_QUEUED);
	ck_assert_ptr_null(negotiator_find_waiting(&negotiator));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("negotiator_departure");
	TCase *tests = tcase_create("departures");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, what_waits_leaves_by_a_socket_of_ours);
	tcase_add_test(tests, the_next_server_is_asked_as_ever);
	tcase_add_test(tests, what_no_server_takes_is_lost_and_counted);
	tcase_add_test(tests, a_server_by_name_is_resolved_for_it);
	tcase_add_test(tests, an_announced_port_is_announced_anew);
	tcase_add_test(tests, a_lost_flow_departs_as_well);
	tcase_add_test(tests, without_a_descriptor_it_ends_at_once);
	tcase_add_test(tests, nothing_departs_where_nothing_waits);
	tcase_add_test(tests, they_are_not_too_many);
	tcase_add_test(tests, a_child_of_fork_has_none);
	tcase_add_test(tests, the_end_hears_of_a_lost_one);
	tcase_add_test(tests, the_end_waits_for_what_is_under_way);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
