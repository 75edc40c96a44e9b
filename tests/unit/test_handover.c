#include "core/handover.h"

#include "tests/unit/pseudo_random.h"
#include "tests/unit/run_suite.h"

static struct handover sample(void)
{
	struct handover handover = {.cookie = UINT64_C(0x0123456789abcdef),
				    .control_cookie = 77,
				    .control = 1100,
				    .server = 2,
				    .address = endpoint_ipv4(0x7f000001, 1080),
				    .held = endpoint_ipv4(0x7f000009, 4000)};
	handover.view.phase = PHASE_READY;
	handover.view.link = LINK_RELAY;
	handover.view.family = AF_INET;
	handover.view.flags = VIEW_BOUND | VIEW_TIMED;
	handover.view.segment = 1200;
	handover.view.peer = endpoint_ipv4(0xc0000201, 53);
	handover.view.relay = endpoint_ipv4(0x7f000009, 4000);
	return handover;
}

static void encode(const struct handover *handover, uint8_t bytes[HANDOVER_SIZE])
{
	struct writer writer = writer_over(bytes, HANDOVER_SIZE);

	ck_assert_int_eq(handover_encode(&writer, handover), OUTCOME_OK);
	ck_assert_uint_eq(written(&writer), HANDOVER_SIZE);
}

static enum outcome decode(const uint8_t *bytes, size_t size, struct handover *handover)
{
	struct reader reader = reader_of(bytes, size);

	return handover_decode(&reader, handover);
}

START_TEST(what_is_encoded_is_decoded)
{
	struct handover handover = sample(), decoded;
	uint8_t bytes[HANDOVER_SIZE];

	encode(&handover, bytes);
	ck_assert_int_eq(decode(bytes, sizeof(bytes), &decoded), OUTCOME_OK);
	ck_assert_uint_eq(decoded.cookie, handover.cookie);
	ck_assert_uint_eq(decoded.control_cookie, 77);
	ck_assert_int_eq(decoded.control, 1100);
	ck_assert_int_eq(decoded.server, 2);
	ck_assert(endpoint_equal(&decoded.address, &handover.address));
	ck_assert(endpoint_equal(&decoded.held, &handover.held));
	ck_assert(endpoint_equal(&decoded.view.peer, &handover.view.peer));
	ck_assert(endpoint_equal(&decoded.view.relay, &handover.view.relay));
	ck_assert_uint_eq(decoded.view.flags, handover.view.flags);
	ck_assert_uint_eq(decoded.view.segment, 1200);
}
END_TEST

START_TEST(marks_are_an_ipv6_socket_s)
{
	struct handover handover = sample(), decoded;
	uint8_t bytes[HANDOVER_SIZE];

	handover.view.family = AF_INET6;
	handover.view.marks = MARKS_HOPS_IPV6 | MARKS_SENT;
	encode(&handover, bytes);
	ck_assert_int_eq(decode(bytes, sizeof(bytes), &decoded), OUTCOME_OK);
	ck_assert_uint_eq(decoded.view.marks, handover.view.marks);
	handover.view.marks = MARKS_SENT << 1;
	encode(&handover, bytes);
	ck_assert_int_eq(decode(bytes, sizeof(bytes), &decoded), OUTCOME_BAD_TEXT);
}
END_TEST

START_TEST(every_shorter_length_wants_more)
{
	struct handover handover = sample(), decoded;
	uint8_t bytes[HANDOVER_SIZE];

	encode(&handover, bytes);
	for (size_t size = 0; size < sizeof(bytes); size++)
		ck_assert_int_eq(decode(bytes, size, &decoded), OUTCOME_NEED_MORE);
	for (size_t room = 0; room < sizeof(bytes); room++) {
		struct writer writer = writer_over(bytes, room);

		ck_assert_int_eq(handover_encode(&writer, &handover), OUTCOME_NO_ROOM);
		ck_assert_uint_eq(written(&writer), 0);
	}
}
END_TEST

static void expect_refused(const struct handover *handover)
{
	struct handover decoded;
	uint8_t bytes[HANDOVER_SIZE];

	encode(handover, bytes);
	ck_assert_int_eq(decode(bytes, sizeof(bytes), &decoded), OUTCOME_BAD_TEXT);
}

#define EXPECT_REFUSED(field, value)                                                                                   \
	do {                                                                                                           \
		struct handover wrong = sample();                                                                      \
		wrong.field = value;                                                                                   \
		expect_refused(&wrong);                                                                                \
	} while (0)

START_TEST(impossible_states_are_refused)
{
	EXPECT_REFUSED(view.family, AF_UNIX);
	EXPECT_REFUSED(view.phase, PHASE_NEGOTIATING);
	EXPECT_REFUSED(view.phase, PHASE_FAILED);
	EXPECT_REFUSED(view.phase, 15);
	EXPECT_REFUSED(view.phase, PHASE_FRESH); /* with a relay */
	EXPECT_REFUSED(view.link, LINK_PEER + 1);
	EXPECT_REFUSED(view.flags, VIEW_YOUNG);
	EXPECT_REFUSED(view.flags, 0x8000);
	EXPECT_REFUSED(view.marks, MARKS_HOPS_IPV6); /* on an IPv4 socket */
	EXPECT_REFUSED(view.relay, (struct endpoint){0});
	EXPECT_REFUSED(view.relay, endpoint_ipv4(0x7f000009, 0));
	EXPECT_REFUSED(view.peer, endpoint_from_ipv6((const uint8_t[16]){0xfd}, 53, 0)); /* on an IPv4 socket */
	EXPECT_REFUSED(held, (struct endpoint){0});
	EXPECT_REFUSED(address.kind, ENDPOINT_NAME);
	EXPECT_REFUSED(view.peer.kind, 9);
}
END_TEST

/* The octet that two encodings differ in. */
static size_t differing(const uint8_t *one, const uint8_t *other)
{
	size_t at = 0;

	while (at < HANDOVER_SIZE && one[at] == other[at])
		at++;
	return at;
}

/* Of an octet no more is kept than these take. */
START_TEST(phase_and_link_are_whole_octets)
{
	struct handover handover = sample(), lost = sample(), loose = sample(), decoded;
	uint8_t bytes[HANDOVER_SIZE], other[HANDOVER_SIZE];

	lost.view.phase = PHASE_LOST;
	loose.view.link = LINK_NONE;
	encode(&handover, bytes);
	encode(_i ? &loose : &lost, other);
	size_t at = differing(bytes, other);
	ck_assert_uint_lt(at, sizeof(bytes));
	bytes[at] |= 16;
	ck_assert_int_eq(decode(bytes, sizeof(bytes), &decoded), OUTCOME_BAD_TEXT);
	bytes[at] = 200;
	ck_assert_int_eq(decode(bytes, sizeof(bytes), &decoded), OUTCOME_BAD_TEXT);
}
END_TEST

/* Whatever the octets are: no answer but the two, and nothing but addresses comes of it. */
START_TEST(noise_is_survived)
{
	uint64_t random = 1;
	struct handover handover = sample(), decoded;
	uint8_t bytes[HANDOVER_SIZE];

	for (int i = 0; i < 20000; i++) {
		encode(&handover, bytes);
		for (size_t changes = random_below(&random, 4); changes < 4; changes++)
			bytes[random_below(&random, sizeof(bytes))] = (uint8_t)random_u64(&random);
		if (decode(bytes, sizeof(bytes), &decoded) != OUTCOME_OK)
			continue;
		ck_assert_int_le(decoded.view.peer.kind, ENDPOINT_IPV6);
		ck_assert_int_le(decoded.view.relay.kind, ENDPOINT_IPV6);
		ck_assert_int_le(decoded.held.kind, ENDPOINT_IPV6);
		ck_assert_int_le(decoded.address.kind, ENDPOINT_IPV6);
	}
}
END_TEST

START_TEST(a_flow_that_the_kernel_tells_of_is_not_handed_over)
{
	struct flow flow = {.now = {.family = AF_INET, .server = ANY_SERVER}};
	struct handover handover;

	ck_assert(!handover_from_flow(&handover, &flow));
	flow.now.flags = VIEW_YOUNG;
	ck_assert(!handover_from_flow(&handover, &flow));
	flow.now.flags = VIEW_BOUND;
	ck_assert(handover_from_flow(&handover, &flow));
	flow.now.flags = 0;
	flow.now.marks = MARKS_CLASS_IPV6;
	ck_assert(handover_from_flow(&handover, &flow));
}
END_TEST

START_TEST(a_negotiation_stays_behind)
{
	struct flow flow = {.cookie = 5, .now = {.family = AF_INET, .link = LINK_GUARD, .phase = PHASE_NEGOTIATING}};
	struct handover handover;

	flow.now.peer = endpoint_ipv4(0xc0000201, 53);
	flow.now.relay = endpoint_ipv4(0x7f000009, 4000);
	ck_assert(handover_from_flow(&handover, &flow));
	ck_assert_int_eq(handover.view.phase, PHASE_FRESH);
	ck_assert_int_eq(handover.view.relay.kind, ENDPOINT_NONE);
	ck_assert(endpoint_equal(&handover.view.peer, &flow.now.peer));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("handover");
	TCase *tcase = tcase_create("handover");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, what_is_encoded_is_decoded);
	tcase_add_test(tcase, marks_are_an_ipv6_socket_s);
	tcase_add_test(tcase, every_shorter_length_wants_more);
	tcase_add_test(tcase, impossible_states_are_refused);
	tcase_add_loop_test(tcase, phase_and_link_are_whole_octets, 0, 2);
	tcase_add_test(tcase, noise_is_survived);
	tcase_add_test(tcase, a_flow_that_the_kernel_tells_of_is_not_handed_over);
	tcase_add_test(tcase, a_negotiation_stays_behind);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
