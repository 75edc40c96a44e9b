#include "core/check/stun.h"

#include "tests/unit/guard_page.h"
#include "tests/unit/run_suite.h"

static const uint8_t transaction[] = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

/* RFC 5769 sections 2.2 and 2.3, whose lengths and attributes are these; FINGERPRINT and the like are skipped. */
static const uint8_t over_ipv4[] = {0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
				    0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74,
				    0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01,
				    0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43, 0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99,
				    0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9, 0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b,
				    0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96};
static const uint8_t over_ipv6[] = {
    0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf,
    0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20, 0x00, 0x20,
    0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe,
    0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14, 0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c,
    0x82, 0x92, 0xc2, 0x75, 0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c};

enum { HEAD = 20 };

static bool accepts(struct stun_answer *answer, const uint8_t *bytes, size_t size)
{
	struct guarded copy = guarded_copy(GUARD_BEHIND, bytes, size);
	bool good = stun_read(answer, transaction, copy.at, size);

	guarded_free(&copy);
	return good;
}

static void expect_mapped(const uint8_t *bytes, size_t size, const char *text)
{
	struct stun_answer answer;
	char found[ENDPOINT_TEXT_SIZE];

	ck_assert(accepts(&answer, bytes, size));
	ck_assert_str_eq(endpoint_print(&answer.mapped, found, sizeof(found)), text);
	ck_assert_int_eq(answer.other.kind, ENDPOINT_NONE);
}

static void expect_refused(const uint8_t *bytes, size_t size)
{
	struct stun_answer answer, before;

	memset(&answer, 0xa5, sizeof(answer));
	memset(&before, 0xa5, sizeof(before));
	ck_assert(!accepts(&answer, bytes, size));
	ck_assert_mem_eq(&answer, &before, sizeof(answer));
}

START_TEST(answers_of_the_rfc)
{
	expect_mapped(over_ipv4, sizeof(over_ipv4), "192.0.2.1:32853");
	expect_mapped(over_ipv6, sizeof(over_ipv6), "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
}
END_TEST

START_TEST(nothing_shorter_is_an_answer)
{
	for (size_t size = 0; size < sizeof(over_ipv4); size++)
		expect_refused(over_ipv4, size);
	for (size_t size = 0; size < sizeof(over_ipv6); size++)
		expect_refused(over_ipv6, size);
}
END_TEST

/* The message's length is made to fit, so that attributes alone are at fault. */
START_TEST(attributes_that_are_cut_are_refused)
{
	uint8_t bytes[sizeof(over_ipv4)];

	for (size_t size = HEAD; size < HEAD + 16 + 12; size += 4) {
		memcpy(bytes, over_ipv4, size);
		bytes[3] = (uint8_t)(size - HEAD);
		expect_refused(bytes, size);
	}
	memcpy(bytes, over_ipv4, HEAD + 16 + 12);
	bytes[3] = 16 + 12;
	expect_mapped(bytes, HEAD + 16 + 12, "192.0.2.1:32853");
}
END_TEST

/* Every octet of the head matters, and every single change elsewhere is borne. */
START_TEST(a_changed_octet_is_refused_or_borne)
{
	uint8_t bytes[sizeof(over_ipv4)];
	struct stun_answer answer;

	for (size_t at = 0; at < sizeof(bytes); at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(bytes, over_ipv4, sizeof(bytes));
			bytes[at] ^= (uint8_t)(1U << bit);
			if (at < HEAD)
				expect_refused(bytes, sizeof(bytes));
			else if (accepts(&answer, bytes, sizeof(bytes)))
				ck_assert_int_ne(answer.mapped.kind, ENDPOINT_NONE);
		}
	}
}
END_TEST

static size_t write_answer(uint8_t *bytes, const uint8_t *attributes, size_t size)
{
	memcpy(bytes, over_ipv4, HEAD);
	bytes[2] = 0;
	bytes[3] = (uint8_t)size;
	memcpy(bytes + HEAD, attributes, size);
	return HEAD + size;
}

START_TEST(plain_and_other_addresses)
{
	static const uint8_t attributes[] = {
	    0x80, 0x2c, 0, 8, 0, 1, 0x0d, 0x97, 198, 51, 100, 2, /* OTHER-ADDRESS */
	    0x00, 0x01, 0, 8, 0, 1, 0x10, 0x00, 192, 0,  2,   9, /* MAPPED-ADDRESS */
	};
	static const uint8_t old[] = {
	    0x00, 0x05, 0, 8, 0, 1, 0x0d, 0x97, 198, 51, 100, 2, /* CHANGED-ADDRESS */
	    0x00, 0x01, 0, 8, 0, 1, 0x10, 0x00, 192, 0,  2,   9,
	};
	struct endpoint mapped = endpoint_ipv4(0xc0000209, 4096), other = endpoint_ipv4(0xc6336402, 3479);
	const uint8_t *const both[] = {attributes, old};
	uint8_t bytes[HEAD + sizeof(attributes)];

	for (int i = 0; i < 2; i++) {
		struct stun_answer answer;
		size_t size = write_answer(bytes, both[i], sizeof(attributes));

		ck_assert(accepts(&answer, bytes, size));
		ck_assert(endpoint_equal(&answer.mapped, &mapped));
		ck_assert(endpoint_equal(&answer.other, &other));
	}
}
END_TEST

/* Some NATs rewrite what looks like an address; the mixed one they do not see. */
START_TEST(the_mixed_address_stands_over_the_plain_one)
{
	static const uint8_t plain[] = {0x00, 0x01, 0, 8, 0, 1, 0x10, 0x00, 10, 0, 0, 9};
	static const uint8_t mixed[] = {0x00, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43};
	uint8_t attributes[24], bytes[HEAD + 24];

	for (int first = 0; first < 2; first++) {
		memcpy(attributes + (first ? 12 : 0), plain, 12);
		memcpy(attributes + (first ? 0 : 12), mixed, 12);
		expect_mapped(bytes, write_answer(bytes, attributes, 24), "192.0.2.1:32853");
	}
}
END_TEST

START_TEST(wrong_addresses_are_refused)
{
	static const uint8_t wrong[][12] = {
	    {0x00, 0x20, 0, 8, 0, 3, 0, 0, 1, 2, 3, 4}, /* no such family */
	    {0x00, 0x20, 0, 8, 0, 2, 0, 0, 1, 2, 3, 4}, /* too short for IPv6 */
	    {0x00, 0x20, 0, 7, 0, 1, 0, 0, 1, 2, 3, 0}, /* too short for IPv4 */
	    {0x00, 0x20, 0, 9, 0, 1, 0, 0, 1, 2, 3, 4}, /* beyond the end */
	    {0x80, 0x22, 0, 8, 0, 1, 0, 0, 1, 2, 3, 4}, /* none at all */
	};
	uint8_t bytes[HEAD + 12];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_refused(bytes, write_answer(bytes, wrong[i], 12));
}
END_TEST

START_TEST(a_request_is_a_binding_request)
{
	uint8_t request[STUN_REQUEST_SIZE];
	static const uint8_t head[] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};

	ck_assert_uint_eq(stun_write(transaction, request), STUN_REQUEST_SIZE);
	ck_assert_mem_eq(request, head, sizeof(head));
	ck_assert_mem_eq(request + sizeof(head), transaction, sizeof(transaction));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stun");
	TCase *tests = tcase_create("stun");

	tcase_add_test(tests, answers_of_the_rfc);
	tcase_add_test(tests, nothing_shorter_is_an_answer);
	tcase_add_test(tests, attributes_that_are_cut_are_refused);
	tcase_add_test(tests, a_changed_octet_is_refused_or_borne);
	tcase_add_test(tests, plain_and_other_addresses);
	tcase_add_test(tests, the_mixed_address_stands_over_the_plain_one);
	tcase_add_test(tests, wrong_addresses_are_refused);
	tcase_add_test(tests, a_request_is_a_binding_request);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
