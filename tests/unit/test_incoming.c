#include "core/incoming.h"

#include "tests/unit/fake_world.h"
#include "tests/unit/guard_page.h"
#include "tests/unit/run_suite.h"

#define RELAY             "198.51.100.1:4000"
#define PEER              "203.0.113.7:53"
#define STRANGER          "203.0.113.99:9"
#define V4                "\0\0\0\1\313\0\161\7\0\65" /* from PEER */
#define V6                "\0\0\0\4\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\7\1\xbb"
#define MAPPED            "\0\0\0\4\0\0\0\0\0\0\0\0\0\0\xff\xff\313\0\161\7\0\65"
#define DATAGRAM(literal) literal, sizeof(literal) - 1

static const struct {
	enum link link;
	const char *relay; /* NULL: there was none yet */
	const char *peer;  /* NULL: not connected */
	int family;
	const char *from;
	const char *octets;
	size_t size;
	enum incoming_verdict verdict;
	const char *source; /* where it is delivered */
	uint16_t header_length;
} cases[] = {
    /* from the relay */
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM(V4 "hello"), INCOMING_RELAYED, PEER, 10},
    {LINK_RELAY, RELAY, PEER, AF_INET, RELAY, DATAGRAM(V4 "hello"), INCOMING_RELAYED, PEER, 10},
    {LINK_NONE, RELAY, NULL, AF_INET, RELAY, DATAGRAM(V4 "hello"), INCOMING_RELAYED, PEER, 10},
    {LINK_GUARD, RELAY, NULL, AF_INET, RELAY, DATAGRAM(V4 "hello"), INCOMING_RELAYED, PEER, 10},
    {LINK_RELAY, RELAY, NULL, AF_INET6, RELAY, DATAGRAM(V4 "hello"), INCOMING_RELAYED, PEER, 10},
    {LINK_RELAY, RELAY, NULL, AF_INET6, RELAY, DATAGRAM(V6 "hello"), INCOMING_RELAYED, "[2001:db8::7]:443", 22},
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM(MAPPED "hello"), INCOMING_RELAYED, PEER, 22},
    {LINK_RELAY, RELAY, PEER, AF_INET, RELAY, DATAGRAM(MAPPED "hello"), INCOMING_RELAYED, PEER, 22},
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM(V4), INCOMING_RELAYED, PEER, 10},
    /* names: the text of an address, or the connected peer by its port */
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM("\0\0\0\3\013203.0.113.7\0\65x"), INCOMING_RELAYED, PEER, 18},
    {LINK_RELAY, RELAY, PEER, AF_INET, RELAY, DATAGRAM("\0\0\0\3\003dns\0\65x"), INCOMING_RELAYED, PEER, 10},
    {LINK_RELAY, RELAY, PEER, AF_INET, RELAY, DATAGRAM("\0\0\0\3\003dns\0\66x"), INCOMING_FOREIGN, NULL, 0},
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM("\0\0\0\3\003dns\0\65x"), INCOMING_FOREIGN, NULL, 0},
    {LINK_RELAY, RELAY, PEER, AF_INET, RELAY, DATAGRAM("\0\0\0\3\0\0\65x"), INCOMING_RELAYED, PEER, 7},
    /* not from the peer */
    {LINK_RELAY, RELAY, "203.0.113.7:54", AF_INET, RELAY, DATAGRAM(V4 "x"), INCOMING_OTHER, NULL, 0},
    {LINK_RELAY, RELAY, "203.0.113.8:53", AF_INET, RELAY, DATAGRAM(V4 "x"), INCOMING_OTHER, NULL, 0},
    {LINK_RELAY, RELAY, PEER, AF_INET6, RELAY, DATAGRAM(V6 "x"), INCOMING_OTHER, NULL, 0},
    {LINK_NONE, RELAY, "203.0.113.8:53", AF_INET, RELAY, DATAGRAM(V4 "x"), INCOMING_OTHER, NULL, 0},
    {LINK_RELAY, RELAY, PEER, AF_INET, RELAY, DATAGRAM("\0\0\0\3\013203.0.113.8\0\65x"), INCOMING_OTHER, NULL, 0},
    /* a source that the socket cannot express */
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM(V6 "x"), INCOMING_FOREIGN, NULL, 0},
    /* malformed */
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, "", 0, INCOMING_MALFORMED, NULL, 0},
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM("hello, world"), INCOMING_MALFORMED, NULL, 0},
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM("\0\1\0\1\313\0\161\7\0\65x"), INCOMING_MALFORMED, NULL, 0},
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM("\1\0\0\1\313\0\161\7\0\65x"), INCOMING_MALFORMED, NULL, 0},
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM("\0\0\1\1\313\0\161\7\0\65x"), INCOMING_MALFORMED, NULL, 0},
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM("\0\0\x80\1\313\0\161\7\0\65x"), INCOMING_MALFORMED, NULL, 0},
    {LINK_RELAY, RELAY, NULL, AF_INET, RELAY, DATAGRAM("\0\0\0\2\313\0\161\7\0\65x"), INCOMING_MALFORMED, NULL, 0},
    {LINK_NONE, RELAY, NULL, AF_INET, RELAY, DATAGRAM("hello, world"), INCOMING_MALFORMED, NULL, 0},
    /* strangers, also on the relay's host or with a header of the right shape */
    {LINK_RELAY, RELAY, NULL, AF_INET, STRANGER, DATAGRAM("hello"), INCOMING_STRANGER, NULL, 0},
    {LINK_RELAY, RELAY, NULL, AF_INET, STRANGER, DATAGRAM(V4 "x"), INCOMING_STRANGER, NULL, 0},
    {LINK_RELAY, RELAY, NULL, AF_INET, "198.51.100.1:4001", DATAGRAM(V4 "x"), INCOMING_STRANGER, NULL, 0},
    {LINK_RELAY, RELAY, PEER, AF_INET, PEER, DATAGRAM("x"), INCOMING_STRANGER, NULL, 0},
    {LINK_GUARD, NULL, NULL, AF_INET, STRANGER, DATAGRAM(V4 "x"), INCOMING_STRANGER, NULL, 0},
    {LINK_GUARD, NULL, PEER, AF_INET, PEER, DATAGRAM("x"), INCOMING_STRANGER, NULL, 0},
    /* direct */
    {LINK_NONE, NULL, NULL, AF_INET, STRANGER, DATAGRAM("hello"), INCOMING_DIRECT, STRANGER, 0},
    {LINK_NONE, RELAY, NULL, AF_INET, STRANGER, DATAGRAM("hello"), INCOMING_DIRECT, STRANGER, 0},
    {LINK_NONE, RELAY, NULL, AF_INET, "198.51.100.1:4001", DATAGRAM(V4), INCOMING_DIRECT, "198.51.100.1:4001", 0},
    {LINK_NONE, NULL, NULL, AF_INET, RELAY, DATAGRAM(V4 "x"), INCOMING_DIRECT, RELAY, 0},
    {LINK_PEER, NULL, PEER, AF_INET, PEER, DATAGRAM("hello"), INCOMING_DIRECT, PEER, 0},
    {LINK_PEER, RELAY, RELAY, AF_INET, RELAY, DATAGRAM(V4 "x"), INCOMING_DIRECT, RELAY, 0},
    {LINK_NONE, NULL, NULL, AF_INET, STRANGER, "", 0, INCOMING_DIRECT, STRANGER, 0},
};

static struct view view_of(int i)
{
	struct view view = {.link = (uint8_t)cases[i].link, .family = (uint8_t)cases[i].family};

	if (cases[i].relay)
		view.relay = fake_endpoint(cases[i].relay);
	if (cases[i].peer)
		view.peer = fake_endpoint(cases[i].peer);
	return view;
}

START_TEST(judged_by_relay_peer_and_header)
{
	struct view view = view_of(_i);
	struct endpoint from = fake_endpoint(cases[_i].from);
	struct guarded copy = guarded_copy(GUARD_BEHIND, (const uint8_t *)cases[_i].octets, cases[_i].size);
	struct incoming incoming = {.header_length = 99};
	char text[ENDPOINT_TEXT_SIZE];

	incoming_judge(&incoming, &view, &from, false, copy.at, cases[_i].size);
	ck_assert_int_eq(incoming.verdict, cases[_i].verdict);
	ck_assert(incoming_is_dropped(&incoming) == (cases[_i].source == NULL));
	if (cases[_i].source) {
		ck_assert_uint_eq(incoming.header_length, cases[_i].header_length);
		ck_assert_str_eq(endpoint_print(&incoming.source, text, sizeof(text)), cases[_i].source);
	}
	guarded_free(&copy);
}
END_TEST

/* What a socket hears that is unconnected in the kernel, and has been used by a relay only. */
static enum incoming_verdict verdict_in(const struct view *view, enum incoming_verdict verdict)
{
	bool client = view->link == LINK_NONE && view->phase != PHASE_FRESH && !(view->flags & VIEW_OPEN);

	return client && verdict == INCOMING_DIRECT ? INCOMING_STRANGER : verdict;
}

/* The phase and the flags change little of it: what is on its way when an association is lost still counts. */
START_TEST(judged_alike_in_every_phase)
{
	struct view view = view_of(_i);
	struct endpoint from = fake_endpoint(cases[_i].from);
	struct incoming incoming;

	for (int phase = PHASE_FRESH; phase <= PHASE_FAILED; phase++)
		for (unsigned flags = 0; flags < VIEW_V6ONLY * 2; flags += 5) {
			view.phase = (uint8_t)phase;
			view.flags = (uint16_t)flags;
			incoming_judge(&incoming, &view, &from, false, cases[_i].octets, cases[_i].size);
			if (incoming.verdict != verdict_in(&view, cases[_i].verdict))
				ck_abort_msg("phase %d flags %#x: %u", phase, flags, incoming.verdict);
		}
}
END_TEST

/* The wire has no scope: it is the peer's, or the one that was given. */
START_TEST(a_scope_is_the_programs)
{
	static const char octets[] = "\0\0\0\4\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\7\0\65x";
	struct view view = {.link = LINK_RELAY, .family = AF_INET6, .relay = fake_endpoint(RELAY)};
	struct endpoint scoped = fake_endpoint("[fe80::7%3]:53"), global = fake_endpoint("[2001:db8::7]:443");
	struct incoming incoming;

	incoming_judge_relayed(&incoming, &view, octets, sizeof(octets) - 1);
	ck_assert_uint_eq(incoming.source.scope, 0);
	incoming_give_scope(&incoming, 3);
	ck_assert(endpoint_equal(&incoming.source, &scoped));
	incoming_give_scope(&incoming, 4);
	ck_assert(endpoint_equal(&incoming.source, &scoped));
	view.peer = scoped;
	incoming_judge_relayed(&incoming, &view, octets, sizeof(octets) - 1);
	ck_assert_int_eq(incoming.verdict, INCOMING_RELAYED);
	ck_assert(endpoint_equal(&incoming.source, &scoped));
	view.peer = global;
	incoming_judge_relayed(&incoming, &view, V6 "x", sizeof(V6));
	incoming_give_scope(&incoming, 3);
	ck_assert(endpoint_equal(&incoming.source, &global));
}
END_TEST

/* What a relay of before has sent may still wait in the socket; but a peer is a peer, wherever it is. */
START_TEST(a_former_relay_is_no_stranger)
{
	static const enum link links[] = {LINK_NONE, LINK_PEER};
	struct view view = {.link = (uint8_t)links[_i], .family = AF_INET};
	struct endpoint from = fake_endpoint(RELAY), peer = fake_endpoint(PEER);
	struct incoming incoming;

	if (links[_i] == LINK_PEER)
		view.peer = peer;
	incoming_judge(&incoming, &view, &from, true, V4 "x", 11);
	ck_assert_int_eq(incoming.verdict, INCOMING_RELAYED);
	ck_assert(endpoint_equal(&incoming.source, &peer));
	incoming_judge(&incoming, &view, &from, true, "hello", 5);
	ck_assert_int_eq(incoming.verdict, INCOMING_MALFORMED);
	if (links[_i] != LINK_PEER)
		return;
	view.peer = from;
	incoming_judge(&incoming, &view, &from, true, "hello", 5);
	ck_assert_int_eq(incoming.verdict, INCOMING_DIRECT);
}
END_TEST

/* Another socket's answer is taken for one only where it can be nothing else. */
static const struct {
	const char *peer;
	int family;
	const char *octets;
	size_t size;
	bool answer;
} of_group[] = {
    {NULL, AF_INET, DATAGRAM(V4 "hello"), true},
    {NULL, AF_INET, DATAGRAM(V4), true},
    {NULL, AF_INET, DATAGRAM(MAPPED "x"), true},
    {NULL, AF_INET6, DATAGRAM(V6 "x"), true},
    {PEER, AF_INET, DATAGRAM(V4 "x"), true},
    {"203.0.113.8:53", AF_INET, DATAGRAM(V4 "x"), true},
    {NULL, AF_INET, DATAGRAM("\0\0\0\3\013203.0.113.7\0\65x"), true},
    {NULL, AF_INET, DATAGRAM("\0\0\0\3\003dns\0\65x"), false},
    {NULL, AF_INET, DATAGRAM(V6 "x"), false},
    {NULL, AF_INET, DATAGRAM("hello, world"), false},
    {NULL, AF_INET, DATAGRAM("\0\1\0\1\313\0\161\7\0\65x"), false},
    {NULL, AF_INET, DATAGRAM("\0\0\1\1\313\0\161\7\0\65x"), false},
    {NULL, AF_INET, DATAGRAM("\0\0\0\2\313\0\161\7\0\65x"), false},
    {NULL, AF_INET, DATAGRAM("\0\0\0\1\313\0\161\7\0\0x"), false},
    {NULL, AF_INET, DATAGRAM("\0\0\0\1\0\0\0\0\0\65x"), false},
    {NULL, AF_INET, DATAGRAM("\0\0\0\1\357\0\161\7\0\65x"), false},
    {NULL, AF_INET, DATAGRAM("\0\0\0\1\377\377\377\377\0\65x"), false},
    {NULL, AF_INET, "", 0, false},
};

START_TEST(an_answer_to_another_of_a_group)
{
	struct view view = {.link = LINK_NONE, .family = (uint8_t)of_group[_i].family};
	struct incoming incoming = {.verdict = INCOMING_DIRECT, .header_length = 99};

	if (of_group[_i].peer)
		view.peer = fake_endpoint(of_group[_i].peer);
	bool answer = incoming_judge_group(&incoming, &view, of_group[_i].octets, of_group[_i].size);
	ck_assert(answer == of_group[_i].answer);
	ck_assert((incoming.header_length == 99) != answer);
	ck_assert((incoming.verdict == INCOMING_DIRECT) != answer);
}
END_TEST

/* Every truncated length of a header is malformed, and never read beyond. */
START_TEST(a_header_is_whole_or_nothing)
{
	static const struct {
		const char *octets;
		size_t size;
	} headers[] = {{V4, 10}, {V6, 22}, {MAPPED, 22}, {"\0\0\0\3\003dns\0\65", 10}};
	struct view view = {.link = LINK_RELAY, .family = AF_INET6, .relay = fake_endpoint(RELAY)};
	struct endpoint from = view.relay;
	struct incoming incoming;

	for (size_t size = 0; size < headers[_i].size; size++) {
		struct guarded copy = guarded_copy(GUARD_BEHIND, (const uint8_t *)headers[_i].octets, size);

		incoming_judge(&incoming, &view, &from, false, copy.at, size);
		guarded_free(&copy);
		ck_assert_msg(incoming.verdict == INCOMING_MALFORMED, "%zu octets", size);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("incoming");
	TCase *tests = tcase_create("incoming");

	tcase_add_loop_test(tests, judged_by_relay_peer_and_header, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(tests, judged_alike_in_every_phase, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, a_scope_is_the_programs);
	tcase_add_loop_test(tests, a_former_relay_is_no_stranger, 0, 2);
	tcase_add_loop_test(tests, an_answer_to_another_of_a_group, 0, sizeof(of_group) / sizeof(of_group[0]));
	tcase_add_loop_test(tests, a_header_is_whole_or_nothing, 0, 4);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
