#include "core/negotiator_bridge.h"

#include <errno.h>

#include "core/engine.h"
#include "tests/unit/negotiator_case.h"
#include "tests/unit/run_suite.h"

/* The first server's relay is at 2001:db8::1, port 4001. */
static void begin_far(void)
{
	static const char granted[] = "\5\0\0\4\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1\17\241";

	begin();
	fake.servers[FIRST].answers[1] = (struct fake_answer)FAKE_ANSWER(granted);
}

static struct fake_descriptor *near_of(const struct flow *flow)
{
	return &fake.table[flow->bridge.near];
}

static struct fake_descriptor *far_of(const struct flow *flow)
{
	return &fake.table[flow->bridge.far];
}

static struct flow *bridged_flow(void)
{
	struct flow *flow = ready_flow();

	ck_assert(flow->bridge.stands);
	return flow;
}

START_TEST(an_ipv4_socket_meets_an_ipv6_relay)
{
	struct endpoint relay = fake_endpoint("[2001:db8::1]:4001");
	struct flow *flow = bridged_flow();

	ck_assert(endpoint_equal(&far_of(flow)->peer, &relay));
	ck_assert(bridge_is_at(&flow->now.relay));
	ck_assert(endpoint_equal(&flow->now.relay, &near_of(flow)->local));
	ck_assert(endpoint_equal(&fake.table[flow->fd].peer, &near_of(flow)->local));
	ck_assert_int_eq(flow->now.link, LINK_RELAY);
	ck_assert(correspondents_have(negotiator.relays, &relay));
	ck_assert(correspondents_have(negotiator.relays, &flow->now.relay));
}
END_TEST

/* Nobody else on this host may send by it: it is connected to the socket, and drops what came before that. */
START_TEST(the_near_end_hears_the_socket_alone)
{
	struct flow *flow = bridged_flow();

	ck_assert_uint_eq(near_of(flow)->peer.port, fake.table[flow->fd].local.port);
	ck_assert(endpoint_is_loopback(&near_of(flow)->peer));
	ck_assert_uint_eq(far_of(flow)->carried, 0);
}
END_TEST

START_TEST(datagrams_cross_both_ways)
{
	struct flow *flow = bridged_flow();

	near_of(flow)->waiting = 200;
	far_of(flow)->waiting = 3;
	ck_assert(negotiator_turn(&negotiator));
	ck_assert_uint_eq(far_of(flow)->carried, 128); /* and then it is another's turn */
	ck_assert_uint_eq(near_of(flow)->carried, 3);
	turn();
	ck_assert_uint_eq(far_of(flow)->carried, 200);
}
END_TEST

START_TEST(a_relay_that_refuses_is_lost)
{
	struct flow *flow = bridged_flow();

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(flow->now.phase, PHASE_READY);
		far_of(flow)->refused = true;
		turn();
	}
	ck_assert_int_ne(flow->now.phase, PHASE_READY);
	ck_assert_uint_eq(negotiator.statistics.counts[STATISTIC_LOST], 1);
}
END_TEST

/* Until there is another one, it is what the socket stays connected to. */
START_TEST(a_new_association_has_a_new_bridge)
{
	struct flow *flow = bridged_flow();
	struct endpoint entrance = flow->now.relay;
	unsigned own = fake_own_count();
	int near = flow->bridge.near;

	fake.now_ms += fake_settings.retry_min_ms;
	fake_hang_up(&fake.servers[FIRST]);
	turn();
	ck_assert(flow->bridge.stands);
	turns(2);
	ck_assert_int_eq(flow->now.phase, PHASE_READY);
	ck_assert(flow->bridge.stands);
	ck_assert_int_ne(flow->bridge.near, near);
	ck_assert(former_relays_have(&flow->former_relays, &entrance) || endpoint_equal(&flow->now.relay, &entrance));
	ck_assert_uint_eq(fake_own_count(), own);
}
END_TEST

START_TEST(it_ends_with_its_flow_and_loses_nothing)
{
	struct flow *flow = bridged_flow();
	struct fake_descriptor *far = far_of(flow);
	uint64_t mask = negotiator_lock(&negotiator);

	near_of(flow)->waiting = 40;
	bridge_empty(&flow->bridge, &fake_functions);
	ck_assert_uint_eq(far->carried, 40);
	negotiator_end_flow(&negotiator, flow);
	negotiator_unlock(&negotiator, mask);
	ck_assert(!flow->bridge.stands);
	ck_assert_uint_eq(fake_own_count(), 2);
}
END_TEST

START_TEST(without_descriptors_the_next_server_is_asked)
{
	struct flow *flow = add_flow();

	associate(flow, ANY_SERVER);
	for (int fd = FAKE_OWN; fd < FAKE_DESCRIPTORS; fd++)
		if (fake.table[fd].kind == FAKE_FREE)
			fake.table[fd].kind = FAKE_ALARM; /* of no watch */
	turn();
	ck_assert(!flow->bridge.stands);
	ck_assert_int_ne(flow->now.phase, PHASE_READY);
}
END_TEST

START_TEST(its_ends_make_room)
{
	struct flow *flow = bridged_flow();
	int near = flow->bridge.near, far = flow->bridge.far;
	uint64_t mask = negotiator_lock(&negotiator);

	negotiator_evict(&negotiator, near);
	negotiator_evict(&negotiator, far);
	negotiator_unlock(&negotiator, mask);
	ck_assert_int_ne(flow->bridge.near, near);
	ck_assert_int_ne(flow->bridge.far, far);
	near_of(flow)->waiting = 1;
	turn();
	ck_assert_uint_eq(far_of(flow)->carried, 1);
}
END_TEST

/* A child of a fork carries as well, once it has a thread. */
START_TEST(a_child_carries_too)
{
	struct flow *flow = bridged_flow();

	fork_away();
	ck_assert(flow->bridge.stands);
	ck_assert(!flow->bridge.watched);
	uint64_t mask = negotiator_lock(&negotiator);
	ck_assert_int_eq(negotiator_watch(&negotiator, flow), OUTCOME_OK);
	negotiator_unlock(&negotiator, mask);
	ck_assert(flow->bridge.watched);
	near_of(flow)->waiting = 1;
	turn();
	ck_assert_uint_eq(far_of(flow)->carried, 1);
}
END_TEST

static struct flow *ipv6_flow(void)
{
	struct flow *last;
	int fd = fake_udp(AF_INET6);

	return flow_table_add(&negotiator.table, fd, AF_INET6, fake.table[fd].cookie, &last);
}

/* The second server's relay is at an IPv4 address. */
START_TEST(an_ipv6_socket_has_one_only_where_it_must)
{
	struct endpoint relay = fake_endpoint("198.51.100.2:4002"), far = fake_endpoint("[2001:db8::1]:4001"), host;
	struct flow *flow = ipv6_flow();

	ck_assert(flow_reaches(flow, &fake_functions, &relay, &host));
	ck_assert(flow_reaches(flow, &fake_functions, &far, &host));
	fake.table[flow->fd].v6only = true;
	ck_assert(!flow_reaches(flow, &fake_functions, &relay, &host));
	ck_assert_int_eq(host.kind, ENDPOINT_IPV6);
	fake.table[flow->fd].v6only = false;
	flow->now.flags |= VIEW_BOUND_ADDRESS;
	fake.table[flow->fd].local = fake_endpoint("[2001:db8::7]:0");
	ck_assert(!flow_reaches(flow, &fake_functions, &relay, &host));
	ck_assert(endpoint_same_host(&host, &fake.table[flow->fd].local));
	ck_assert(flow_reaches(flow, &fake_functions, &far, &host));
	fake.table[flow->fd].local = fake_endpoint("192.0.2.9:0"); /* v4-mapped */
	ck_assert(flow_reaches(flow, &fake_functions, &relay, &host));
	ck_assert(!flow_reaches(flow, &fake_functions, &far, &host));
	ck_assert(bridge_is_at(&host));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("negotiator_bridge");
	TCase *tests = tcase_create("bridges");

	tcase_add_checked_fixture(tests, begin_far, end);
	tcase_add_test(tests, an_ipv4_socket_meets_an_ipv6_relay);
	tcase_add_test(tests, the_near_end_hears_the_socket_alone);
	tcase_add_test(tests, datagrams_cross_both_ways);
	tcase_add_test(tests, a_relay_that_refuses_is_lost);
	tcase_add_test(tests, a_new_association_has_a_new_bridge);
	tcase_add_test(tests, it_ends_with_its_flow_and_loses_nothing);
	tcase_add_test(tests, without_descriptors_the_next_server_is_asked);
	tcase_add_test(tests, its_ends_make_room);
	tcase_add_test(tests, a_child_carries_too);
	tcase_add_test(tests, an_ipv6_socket_has_one_only_where_it_must);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
