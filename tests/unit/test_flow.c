#include "core/flow.h"

#include <errno.h>

#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

enum { GENERATION = 3, SERVER = 2 };

static const struct settings bounds = {.queue_datagrams = 64, .queue_octets = 4096};
static struct flow flow;
static struct endpoint server, relay, peer, direct;

static struct flow *fresh_flow(int family)
{
	memset(&flow, 0, sizeof(flow));
	flow.now = (struct view){.generation = GENERATION, .family = (uint8_t)family, .server = ANY_SERVER};
	flow.fd = fake_udp(family);
	association_reset(&flow.round.association);
	flow.round.association.server = SERVER;
	flow_publish(&flow);
	return &flow;
}

static void begin(void)
{
	fake_world_begin();
	server = fake_endpoint("198.51.100.1:1080");
	relay = fake_endpoint("198.51.100.2:4000");
	peer = fake_endpoint("203.0.113.7:53");
	direct = fake_endpoint("10.1.2.3:53");
	fresh_flow(AF_INET);
}

/* Whatever a test did: no relayed destination was ever the kernel's. */
static void end(void)
{
	for (unsigned i = 0; i < fake.connect_count; i++)
		ck_assert(!endpoint_equal(&fake.connects[i], &peer));
	for (unsigned i = 0; i < fake.sent_count; i++)
		ck_assert(!endpoint_equal(&fake.sent[i].to, &peer));
	flow_forget(&flow, &fake_functions);
	correspondents_free(atomic_load(&flow.correspondents));
	ck_assert_uint_eq(fake.map_count, 0);
	fake_world_end();
}

static struct view published(void)
{
	struct view view;

	ck_assert(flow_read(&flow, GENERATION, &view));
	return view;
}

static bool kernel_is_at(const struct endpoint *expected)
{
	return endpoint_equal(&fake.table[flow.fd].peer, expected);
}

static uint16_t port(void)
{
	return fake.table[flow.fd].local.port;
}

START_TEST(a_view_is_read_as_it_was_published)
{
	struct view view;

	flow.now.segment = 1200;
	flow.now.peer = fake_endpoint("[fe80::1%7]:99");
	ck_assert_uint_eq(published().segment, 0);
	flow_publish(&flow);
	view = published();
	ck_assert_mem_eq(&view, &flow.now, sizeof(view));
	ck_assert(!flow_read(&flow, GENERATION - 1, &view));
	ck_assert(!flow_read(&flow, GENERATION + 2, &view));
}
END_TEST

START_TEST(entering_a_phase_wakes)
{
	uint32_t event = flow.event;

	flow_enter(&flow, &fake_functions, PHASE_NEGOTIATING);
	ck_assert_uint_ne(flow.event, event);
	ck_assert_uint_eq(fake.wakes, 0); /* nobody sleeps */
	ck_assert_int_eq(flow_sleep(&flow, &fake_functions, event, NEVER), -EAGAIN);
	ck_assert_uint_eq(flow.sleepers, 0);
	flow.sleepers = 1;
	flow_enter(&flow, &fake_functions, PHASE_NEGOTIATING);
	ck_assert_uint_eq(fake.wakes, 1);
	ck_assert_int_eq(published().phase, PHASE_NEGOTIATING);
}
END_TEST

START_TEST(the_guard_leads_to_the_server)
{
	flow_hold(&flow, &fake_functions, &server);
	ck_assert_int_eq(flow.now.link, LINK_GUARD);
	ck_assert(kernel_is_at(&server));
	flow_hold(&flow, &fake_functions, &relay); /* it holds already */
	ck_assert(kernel_is_at(&server));
}
END_TEST

START_TEST(an_unusable_server_leaves_the_discard_port)
{
	static const struct {
		int family;
		const char *server;
		const char *held;
	} cases[] = {
	    {AF_INET, "server.example:1080", "127.0.0.1:9"},
	    {AF_INET6, "server.example:1080", "[::1]:9"},
	    {AF_INET, "[2001:db8::1]:1080", "127.0.0.1:9"},
	    {AF_INET6, "198.51.100.1:1080", "198.51.100.1:1080"},
	    {AF_INET6, "[2001:db8::1]:1080", "[2001:db8::1]:1080"},
	};
	struct endpoint to = fake_endpoint(cases[_i].server);
	struct endpoint held = fake_endpoint(cases[_i].held);

	fresh_flow(cases[_i].family);
	flow.now.peer = peer;
	flow_hold(&flow, &fake_functions, &to);
	ck_assert_int_eq(flow.now.link, LINK_GUARD);
	ck_assert(kernel_is_at(&held));
}
END_TEST

START_TEST(a_guard_that_is_refused_tries_on)
{
	struct endpoint here = fake_endpoint("127.0.0.1:9");

	fake.fail_at = 1;
	flow_hold(&flow, &fake_functions, &server);
	ck_assert_int_eq(flow.now.link, LINK_GUARD);
	ck_assert(kernel_is_at(&here));
}
END_TEST

START_TEST(an_open_flow_is_not_held)
{
	flow.now.flags = VIEW_OPEN;
	flow_hold(&flow, &fake_functions, &server);
	ck_assert_int_eq(flow.now.link, LINK_NONE);
	ck_assert_uint_eq(fake.connect_count, 0);
	flow.now.peer = peer; /* but one that hears its peer only is */
	flow_hold(&flow, &fake_functions, &server);
	ck_assert_int_eq(flow.now.link, LINK_GUARD);
}
END_TEST

/* Nor is one of IPv6, that may yet talk directly: the kernel tells it of its relay all the same, until it does. */
START_TEST(an_ipv6_socket_is_not_held)
{
	fresh_flow(AF_INET6);
	flow_hold(&flow, &fake_functions, &server);
	ck_assert_int_eq(flow.now.link, LINK_NONE);
	ck_assert_uint_ne(port(), 0);
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert_int_eq(flow.now.link, LINK_NONE);
	ck_assert_uint_eq(fake.connect_count, 0);
	ck_assert(fake.table[flow.fd].reports && published().alerted);
	switch (_i) {
	case 0:
		flow_connect_relayed(&flow, &fake_functions, &peer, &server);
		ck_assert_int_eq(flow.now.link, LINK_RELAY);
		break;
	case 1:
		ck_assert_int_eq(flow_open(&flow, &fake_functions), 0);
		break;
	case 2:
		flow_heard(&flow, &fake_functions, &direct);
		break;
	case 3:
		flow_unalert(&flow, &fake_functions);
		break;
	default:
		ck_assert_int_eq(flow_dissolve(&flow, &fake_functions), 0);
	}
	ck_assert(!fake.table[flow.fd].reports && !flow.now.alerted);
}
END_TEST

/* A relative has left it set on the socket that they share, and perhaps an entry in the queue with it. */
START_TEST(a_relatives_alert_is_taken_over)
{
	fresh_flow(_i == 0 ? AF_INET : AF_INET6);
	fake.relatives = _i != 1;
	flow.asks = _i == 2;
	fake.table[flow.fd].reports = true;
	flow_told(&flow, &fake_functions);
	ck_assert_int_eq(flow.now.alerted, _i == 3);
	ck_assert(fake.table[flow.fd].reports);
	fake.relatives = false;
}
END_TEST

/* Nothing has come of it: the program is as it was, and so is what it cannot see. */
START_TEST(a_direct_connect_that_fails_keeps_the_alert)
{
	fresh_flow(AF_INET6);
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	fake.table[flow.fd].confined = true;
	ck_assert_int_lt(flow_connect_direct(&flow, &fake_functions, &direct), 0);
	ck_assert(fake.table[flow.fd].reports && flow.now.alerted);
}
END_TEST

/* From the beginning where it may yet talk directly: leaving the relay must not lose it for a moment. */
START_TEST(an_undecided_socket_keeps_its_port)
{
	uint16_t before;

	flow.undecided = true;
	if (_i)
		flow_hold(&flow, &fake_functions, &server);
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert(fake.table[flow.fd].keeps_port && kernel_is_at(&relay));
	before = port();
	ck_assert_int_eq(flow_open(&flow, &fake_functions), 0);
	ck_assert_uint_eq(port(), before);
	ck_assert_uint_eq(fake.table[flow.fd].dissolutions, 2 + (unsigned)_i); /* from one host to another */
}
END_TEST

START_TEST(a_relayed_peer_is_ours_to_know)
{
	flow_connect_relayed(&flow, &fake_functions, &peer, &server);
	ck_assert(kernel_is_at(&server));
	ck_assert(endpoint_equal(&flow.now.peer, &peer));
	ck_assert_int_eq(flow_connect_direct(&flow, &fake_functions, &direct), 0);
	ck_assert_int_eq(flow.now.link, LINK_PEER);
	ck_assert(kernel_is_at(&direct));
	flow_connect_relayed(&flow, &fake_functions, &peer, &server);
	ck_assert(kernel_is_at(&server));
	ck_assert_int_eq(flow_dissolve(&flow, &fake_functions), 0);
	ck_assert_int_eq(flow.now.link, LINK_NONE);
	ck_assert_int_eq(flow.now.peer.kind, ENDPOINT_NONE);
	ck_assert_int_eq(fake.table[flow.fd].peer.kind, ENDPOINT_NONE);
}
END_TEST

START_TEST(a_relayed_peer_of_a_ready_flow_goes_to_the_relay)
{
	flow.now.flags = VIEW_OPEN;
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert_int_eq(flow.now.link, LINK_NONE);
	flow_connect_relayed(&flow, &fake_functions, &peer, &server);
	ck_assert_int_eq(flow.now.link, LINK_RELAY);
	ck_assert(kernel_is_at(&relay));
}
END_TEST

START_TEST(a_direct_connect_that_fails_keeps_the_peer)
{
	flow_connect_relayed(&flow, &fake_functions, &peer, &server);
	fake.fail_at = fake.calls + 1;
	fake.fail_on = true;
	ck_assert_int_lt(flow_connect_direct(&flow, &fake_functions, &direct), 0);
	ck_assert(endpoint_equal(&flow.now.peer, &peer));
	ck_assert_int_ne(flow.now.link, LINK_PEER);
	ck_assert_int_lt(flow_dissolve(&flow, &fake_functions), 0);
	ck_assert(endpoint_equal(&flow.now.peer, &peer));
}
END_TEST

/* From guard or relay; a port that the kernel chose comes back with the wildcard address. */
START_TEST(opening_keeps_the_port)
{
	uint16_t before;

	flow_hold(&flow, &fake_functions, &server);
	if (_i)
		ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	before = port();
	ck_assert_uint_ne(before, 0);
	ck_assert_int_eq(flow_open(&flow, &fake_functions), 0);
	ck_assert_int_eq(flow.now.link, LINK_NONE);
	ck_assert(flow.now.flags & VIEW_OPEN);
	ck_assert_uint_eq(port(), before);
	ck_assert(endpoint_is_unspecified(&fake.table[flow.fd].local));
	ck_assert_int_eq(fake.table[flow.fd].peer.kind, ENDPOINT_NONE);
}
END_TEST

START_TEST(opening_an_open_one_does_nothing)
{
	ck_assert_int_eq(flow_open(&flow, &fake_functions), 0);
	ck_assert_int_eq(flow_open(&flow, &fake_functions), 0);
	ck_assert_uint_eq(fake.calls, 0);
}
END_TEST

START_TEST(a_connected_program_stays_held)
{
	flow_connect_relayed(&flow, &fake_functions, &peer, &server);
	ck_assert_int_eq(flow_open(&flow, &fake_functions), 0);
	ck_assert_int_eq(flow.now.link, LINK_GUARD);
	ck_assert(kernel_is_at(&server));
}
END_TEST

START_TEST(who_wrote_directly_is_answered_directly)
{
	flow_heard(&flow, &fake_functions, &direct);
	ck_assert(flow.now.flags & VIEW_OPEN);
	ck_assert(correspondents_have(flow.correspondents, &direct));
	ck_assert(!correspondents_have(flow.correspondents, &server));
	flow_forget(&flow, &fake_functions);
	ck_assert(!correspondents_have(flow.correspondents, &direct));
}
END_TEST

START_TEST(no_memory_knows_nobody)
{
	fake.fail_at = 1;
	flow_heard(&flow, &fake_functions, &direct);
	ck_assert(!correspondents_have(flow.correspondents, &direct));
	flow_heard(&flow, &fake_functions, &direct);
	ck_assert(correspondents_have(flow.correspondents, &direct));
}
END_TEST

/* READY may not be seen while something queued has not left; the relay must be known by then. */
static void not_ready_yet(const struct fake_sent *sent)
{
	struct view view = published();

	ck_assert_int_eq(view.phase, PHASE_NEGOTIATING);
	ck_assert(endpoint_equal(&view.relay, &relay));
	ck_assert(endpoint_equal(&sent->to, &relay));
}

START_TEST(what_waits_leaves_in_order_before_ready)
{
	bool open = _i;

	flow_enter(&flow, &fake_functions, PHASE_NEGOTIATING);
	flow.now.flags = open ? VIEW_OPEN : 0;
	flow_hold(&flow, &fake_functions, &server);
	for (const char *letter = "abcdefghijklmnopqrstuvwxyz"; *letter; letter++)
		ck_assert(queue_add(&flow.queue, &fake_functions, &bounds, letter, 1));
	fake.on_send = not_ready_yet;
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert_uint_eq(fake.sent_count, 26);
	for (unsigned i = 0; i < 26; i++) {
		ck_assert_int_eq(fake.sent[i].head[0], (char)('a' + (int)i));
		ck_assert(fake.sent[i].named == open);
	}
	ck_assert_int_eq(published().phase, PHASE_READY);
	ck_assert_int_eq(published().link, open ? LINK_NONE : LINK_RELAY);
	ck_assert_int_eq(published().server, SERVER);
	ck_assert_uint_eq(flow.queue.count, 0);
}
END_TEST

/* Whatever the relay's family is. */
START_TEST(what_waits_leaves_with_the_marks_of_its_destination)
{
	static const uint8_t to[][HEADER_SIZE_IPV6] = {{0, 0, 0, ADDRESS_IPV4}, {0, 0, 0, ADDRESS_IPV6}};

	fresh_flow(AF_INET6);
	flow.now.relay = relay;
	flow.now.link = LINK_RELAY;
	flow_send(&flow, &fake_functions, to[1], sizeof(to[1]));
	ck_assert_uint_eq(fake.sent[0].marks.hops, 0);
	atomic_store(&flow.marks, marks_join((struct marks){11, 12}, (struct marks){13, 14}));
	flow.now.marks = MARKS_SENT;
	flow_send(&flow, &fake_functions, to[0], HEADER_SIZE_IPV4);
	flow_send(&flow, &fake_functions, to[1], sizeof(to[1]));
	ck_assert_uint_eq(fake.sent[1].marks.hops, 11);
	ck_assert_uint_eq(fake.sent[1].marks.traffic_class, 12);
	ck_assert_uint_eq(fake.sent[2].marks.hops, 13);
	ck_assert_uint_eq(fake.sent[2].marks.traffic_class, 14);
}
END_TEST

START_TEST(a_connected_peer_that_is_direct_keeps_the_kernel)
{
	char c = 'x';

	ck_assert_int_eq(flow_connect_direct(&flow, &fake_functions, &direct), 0);
	queue_add(&flow.queue, &fake_functions, &bounds, &c, 1);
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert(kernel_is_at(&direct));
	ck_assert(fake.sent[0].named && endpoint_equal(&fake.sent[0].to, &relay));
}
END_TEST

START_TEST(a_relay_out_of_reach_is_no_relay)
{
	struct endpoint six = fake_endpoint("[2001:db8::9]:4000");

	flow_enter(&flow, &fake_functions, PHASE_NEGOTIATING);
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &six), OUTCOME_WRONG_FAMILY);
	fake.fail_at = fake.calls + 1;
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_UNREACHABLE);
	ck_assert_int_eq(published().phase, PHASE_NEGOTIATING);
	ck_assert_int_eq(published().relay.kind, ENDPOINT_NONE);
}
END_TEST

/* From one relay to the next, the local port stays: servers tie the client by it. */
START_TEST(another_relay_keeps_the_port)
{
	struct endpoint next = fake_endpoint("192.0.2.200:5000");
	uint16_t before;

	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	before = port();
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &next), OUTCOME_OK);
	ck_assert(kernel_is_at(&next));
	ck_assert_uint_eq(port(), before);
}
END_TEST

/* Dissolving a connection takes the device away, the program's as well as the one that a scoped address brought. */
START_TEST(a_device_stays_unless_it_came_with_the_relay)
{
	struct endpoint scoped = fake_endpoint("[fe80::1%7]:4000");

	fresh_flow(AF_INET6);
	flow.now.peer = peer;
	fake.table[flow.fd].device = 7;
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, _i ? &scoped : &relay), OUTCOME_OK);
	flow_enter(&flow, &fake_functions, PHASE_LOST);
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert_int_eq(fake.table[flow.fd].device, _i ? 0 : 7);
}
END_TEST

/* It has chosen an address for the direct peer, and another one for the next. */
START_TEST(a_relayed_peer_after_a_direct_one_is_met_from_another_address)
{
	ck_assert_int_eq(flow_connect_direct(&flow, &fake_functions, &direct), 0);
	flow_connect_relayed(&flow, &fake_functions, &peer, &server);
	ck_assert(kernel_is_at(&server));
	ck_assert_uint_eq(fake.table[flow.fd].dissolutions, 1);
	ck_assert_int_eq(flow_connect_direct(&flow, &fake_functions, &direct), 0);
	ck_assert_uint_eq(fake.table[flow.fd].dissolutions, 2);
	ck_assert_int_eq(flow_connect_direct(&flow, &fake_functions, &server), 0);
	ck_assert_uint_eq(fake.table[flow.fd].dissolutions, 2);
}
END_TEST

/* This machine may have another address than when the last association was made. */
START_TEST(a_lost_flow_lets_go_of_its_source_address)
{
	uint16_t before;

	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	before = port();
	fake.table[flow.fd].dissolutions = 0;
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert_uint_eq(fake.table[flow.fd].dissolutions, 0);
	flow_enter(&flow, &fake_functions, PHASE_LOST);
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert_uint_eq(fake.table[flow.fd].dissolutions, 1);
	ck_assert_uint_eq(port(), before);
}
END_TEST

/* Another socket has taken the port in between: better another port than no association. */
START_TEST(a_port_that_is_lost_is_no_failure)
{
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	flow_enter(&flow, &fake_functions, PHASE_LOST);
	fake.fail_at = fake.calls + 3; /* behind the name and the dissolution: binding */
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert(kernel_is_at(&relay));
	ck_assert_int_eq(published().phase, PHASE_READY);
}
END_TEST

START_TEST(former_relays_are_remembered)
{
	struct endpoint next = fake_endpoint("192.0.2.200:5000");

	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert(!former_relays_have(&flow.former_relays, &relay));
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &next), OUTCOME_OK);
	ck_assert(former_relays_have(&flow.former_relays, &relay));
	ck_assert(!former_relays_have(&flow.former_relays, &next));
	flow.now.flags |= VIEW_YOUNG;
	flow_renounce(&flow, &fake_functions);
	ck_assert(!(flow.now.flags & VIEW_YOUNG));
	ck_assert(former_relays_have(&flow.former_relays, &next));
	ck_assert_int_eq(flow.now.relay.kind, ENDPOINT_NONE);
}
END_TEST

/* A connected program learns of it by every way the kernel has, an unconnected one at its next send. */
START_TEST(a_failure_is_told_once)
{
	bool connected = _i;
	unsigned sent = connected ? 1 : 0;

	if (connected)
		flow_connect_relayed(&flow, &fake_functions, &peer, &server);
	flow_hold(&flow, &fake_functions, &server);
	flow_fail(&flow, &fake_functions, OUTCOME_LOGIN_REFUSED);
	ck_assert_int_eq(published().phase, PHASE_FAILED);
	ck_assert(published().flags & VIEW_UNTOLD);
	ck_assert_uint_eq(fake.sent_count, sent);
	if (connected)
		ck_assert(endpoint_is_loopback(&fake.sent[0].to) && fake.sent[0].size == 0);
	ck_assert(kernel_is_at(&server));
	ck_assert_int_eq(flow_take_error(&flow, &fake_functions), EACCES);
	ck_assert(!(published().flags & VIEW_UNTOLD));
	ck_assert_uint_eq(fake.cleared_errors, 1);
	ck_assert_int_eq(flow_take_error(&flow, &fake_functions), 0);
	ck_assert_uint_eq(fake.cleared_errors, 1);
	flow_fail(&flow, &fake_functions, OUTCOME_REFUSED);
	ck_assert_int_eq(flow_ready(&flow, &fake_functions, &relay), OUTCOME_OK);
	ck_assert_int_eq(flow_take_error(&flow, &fake_functions), 0);
}
END_TEST

static bool kernel_joins(void)
{
	ck_assert_int_eq(fake.table[flow.fd].joins, (flow.now.flags & VIEW_JOINS) != 0);
	return fake.table[flow.fd].joins;
}

/* Joined datagrams of several sources could not be told one by one. */
START_TEST(the_kernel_joins_for_one_peer_only)
{
	flow_join(&flow, &fake_functions, true);
	ck_assert(!kernel_joins());
	flow_connect_relayed(&flow, &fake_functions, &peer, &server);
	ck_assert(kernel_joins());
	flow_connect_relayed(&flow, &fake_functions, &direct, &server);
	ck_assert(kernel_joins());
	flow_dissolve(&flow, &fake_functions);
	ck_assert(!kernel_joins());
	ck_assert(flow.now.flags & VIEW_GRO);
	flow_connect_direct(&flow, &fake_functions, &direct);
	ck_assert(kernel_joins());
	flow_join(&flow, &fake_functions, false);
	ck_assert(!kernel_joins());
	ck_assert(!(flow.now.flags & VIEW_GRO));
}
END_TEST

/* What is joined already can be told apart only while the kernel tells sizes. */
START_TEST(what_waits_joined_is_told_first)
{
	flow_connect_relayed(&flow, &fake_functions, &peer, &server);
	flow_join(&flow, &fake_functions, true);
	fake.table[flow.fd].waiting = 1;
	flow_dissolve(&flow, &fake_functions);
	ck_assert(kernel_joins());
	fake.table[flow.fd].waiting = 0;
	flow_dissolve(&flow, &fake_functions);
	ck_assert(!kernel_joins());
}
END_TEST

START_TEST(a_kernel_that_cannot_join_is_left_alone)
{
	flow_connect_relayed(&flow, &fake_functions, &peer, &server);
	fake.fail_at = fake.calls + 1;
	flow_join(&flow, &fake_functions, true);
	ck_assert(!kernel_joins());
	ck_assert(flow.now.flags & VIEW_GRO);
}
END_TEST

START_TEST(forgetting_gives_everything_back)
{
	char c = 'x';

	queue_add(&flow.queue, &fake_functions, &bounds, &c, 1);
	flow.round.association.control = fake_functions.control_open(AF_INET);
	flow_forget(&flow, &fake_functions);
	ck_assert_uint_eq(fake_own_count(), 0);
	ck_assert_uint_eq(fake.map_count, 0);
	ck_assert_int_eq(flow.round.association.control, -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow");
	TCase *tests = tcase_create("flow");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, a_view_is_read_as_it_was_published);
	tcase_add_test(tests, entering_a_phase_wakes);
	tcase_add_test(tests, the_guard_leads_to_the_server);
	tcase_add_loop_test(tests, an_unusable_server_leaves_the_discard_port, 0, 5);
	tcase_add_test(tests, a_guard_that_is_refused_tries_on);
	tcase_add_test(tests, an_open_flow_is_not_held);
	tcase_add_loop_test(tests, an_ipv6_socket_is_not_held, 0, 5);
	tcase_add_loop_test(tests, a_relatives_alert_is_taken_over, 0, 4);
	tcase_add_test(tests, a_direct_connect_that_fails_keeps_the_alert);
	tcase_add_loop_test(tests, an_undecided_socket_keeps_its_port, 0, 2);
	tcase_add_test(tests, a_relayed_peer_is_ours_to_know);
	tcase_add_test(tests, a_relayed_peer_of_a_ready_flow_goes_to_the_relay);
	tcase_add_test(tests, a_direct_connect_that_fails_keeps_the_peer);
	tcase_add_test(tests, a_relayed_peer_after_a_direct_one_is_met_from_another_address);
	tcase_add_loop_test(tests, a_device_stays_unless_it_came_with_the_relay, 0, 2);
	tcase_add_loop_test(tests, opening_keeps_the_port, 0, 2);
	tcase_add_test(tests, opening_an_open_one_does_nothing);
	tcase_add_test(tests, a_connected_program_stays_held);
	tcase_add_test(tests, who_wrote_directly_is_answered_directly);
	tcase_add_test(tests, no_memory_knows_nobody);
	tcase_add_loop_test(tests, what_waits_leaves_in_order_before_ready, 0, 2);
	tcase_add_test(tests, what_waits_leaves_with_the_marks_of_its_destination);
	tcase_add_test(tests, a_connected_peer_that_is_direct_keeps_the_kernel);
	tcase_add_test(tests, a_relay_out_of_reach_is_no_relay);
	tcase_add_test(tests, another_relay_keeps_the_port);
	tcase_add_test(tests, a_lost_flow_lets_go_of_its_source_address);
	tcase_add_test(tests, a_port_that_is_lost_is_no_failure);
	tcase_add_test(tests, former_relays_are_remembered);
	tcase_add_test(tests, the_kernel_joins_for_one_peer_only);
	tcase_add_test(tests, what_waits_joined_is_told_first);
	tcase_add_test(tests, a_kernel_that_cannot_join_is_left_alone);
	tcase_add_loop_test(tests, a_failure_is_told_once, 0, 2);
	tcase_add_test(tests, forgetting_gives_everything_back);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
