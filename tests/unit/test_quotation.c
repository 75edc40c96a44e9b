#include "core/quotation.h"

#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

enum { LINK = 14, HEADERS = LINK + 20 + 8 };

/* Ethernet, IPv4 from 127.0.0.1 to the relay, UDP with its checksum begun, header for 127.0.0.2:7, "hello". */
static const uint8_t sample[] = {0,    0,    0,    0,    0,   0,  0,    0, 0,  0,  0,   0,   8,   0, /**/
				 0x45, 0,    0,    43,   1,   2,  0x40, 0, 64, 17, 0,   0,   127, 0,   0,
				 1,    198,  51,   100,  1,                /**/
				 0x12, 0x34, 0x0f, 0xa0, 0,   23, 0,    0, /**/
				 0,    0,    0,    1,    127, 0,  0,    2, 0,  7,  'h', 'e', 'l', 'l', 'o'};
static uint8_t frame[sizeof sample];
static struct endpoint relay;

static void begin(void)
{
	memcpy(frame, sample, sizeof sample);
	relay = fake_endpoint("198.51.100.1:4000");
}

static uint32_t folded(const uint8_t *at, size_t size)
{
	uint32_t total = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		total += load_u16(at + i);
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

START_TEST(a_frame_goes_to_its_destination)
{
	static const uint8_t destination[] = {127, 0, 0, 2};

	ck_assert_uint_eq(quotation_strip_frame(frame, sizeof frame, &relay), sizeof frame - HEADER_SIZE_IPV4);
	ck_assert_mem_eq(frame, sample, LINK);
	ck_assert_uint_eq(load_u16(frame + LINK + 2), 33);
	ck_assert_mem_eq(frame + LINK + 16, destination, sizeof destination);
	ck_assert_uint_eq(folded(frame + LINK, 20), 0xffff);
	ck_assert_uint_eq(load_u16(frame + LINK + 22), 7);
	ck_assert_uint_eq(load_u16(frame + LINK + 24), 13);
	ck_assert_mem_eq(frame + HEADERS, "hello", 5);
}
END_TEST

START_TEST(what_is_no_frame_to_the_relay_stays)
{
	struct endpoint other = fake_endpoint("198.51.100.1:4001"), six = fake_endpoint("[2001:db8::1]:4000");

	ck_assert_uint_eq(quotation_strip_frame(frame, sizeof frame, &other), sizeof frame);
	ck_assert_uint_eq(quotation_strip_frame(frame, sizeof frame, &six), sizeof frame);
	ck_assert_mem_eq(frame, sample, sizeof sample);
	for (size_t size = 0; size < sizeof frame; size++)
		ck_assert_uint_eq(quotation_strip_frame(frame, size, &relay), size);
	ck_assert_mem_eq(frame, sample, sizeof sample);
}
END_TEST

START_TEST(a_payload_tells_whom_it_was_for)
{
	struct endpoint to, expected = fake_endpoint("127.0.0.2:7");
	uint8_t *payload = frame + HEADERS;

	for (size_t size = 0; size < HEADER_SIZE_IPV4; size++) {
		ck_assert_uint_eq(quotation_strip(payload, size, &to), 0);
		ck_assert_int_eq(to.kind, ENDPOINT_NONE);
	}
	ck_assert_uint_eq(quotation_strip(payload, HEADER_SIZE_IPV4 + 5, &to), 5);
	ck_assert(endpoint_equal(&to, &expected));
	ck_assert_mem_eq(payload, "hello", 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("quotation");
	TCase *tests = tcase_create("quotation");

	tcase_add_checked_fixture(tests, begin, NULL);
	tcase_add_test(tests, a_frame_goes_to_its_destination);
	tcase_add_test(tests, what_is_no_frame_to_the_relay_stays);
	tcase_add_test(tests, a_payload_tells_whom_it_was_for);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
