#include "core/header.h"

#include "tests/unit/random_endpoint.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/truncation.h"

static enum outcome decode(struct reader *reader, void *out)
{
	return header_decode(reader, out);
}

static enum outcome encode(struct writer *writer, const void *value)
{
	return header_encode(writer, value);
}

/* RFC 1928 section 7: RSV(2) FRAG ATYP DST.ADDR DST.PORT, the address as in section 5. */
static const uint8_t to_ipv4[] = {0, 0, 0, 1, 192, 0, 2, 1, 0x00, 0x35};
static const uint8_t to_ipv6[] = {0, 0, 0, 4, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x1f, 0x90};
static const uint8_t to_name[] = {0, 0, 0, 3, 4, 'h', 'o', 's', 't', 0xff, 0xff};

_Static_assert(sizeof(to_ipv4) == HEADER_SIZE_IPV4, "size of an IPv4 header");
_Static_assert(sizeof(to_ipv6) == HEADER_SIZE_IPV6, "size of an IPv6 header");

START_TEST(headers_of_every_address_type)
{
	struct endpoint v4 = endpoint_ipv4(0xc0000201, 53);
	struct endpoint v6 = endpoint_from_ipv6(to_ipv6 + 4, 8080, 0);
	struct endpoint name = endpoint_name("host", 4, 65535);

	expect_encoded(encode, &v4, to_ipv4, sizeof(to_ipv4));
	expect_encoded(encode, &v6, to_ipv6, sizeof(to_ipv6));
	expect_encoded(encode, &name, to_name, sizeof(to_name));
	expect_whole(decode, to_ipv4, sizeof(to_ipv4));
	expect_whole(decode, to_ipv6, sizeof(to_ipv6));
	expect_whole(decode, to_name, sizeof(to_name));
}
END_TEST

START_TEST(the_reader_stands_at_the_payload)
{
	uint8_t datagram[sizeof(to_ipv4) + 5] = {0};
	struct reader reader = reader_of(datagram, sizeof(datagram));
	struct endpoint expected = endpoint_ipv4(0xc0000201, 53);
	struct endpoint source;

	memcpy(datagram, to_ipv4, sizeof(to_ipv4));
	memcpy(datagram + sizeof(to_ipv4), "hello", 5);
	ck_assert_int_eq(header_decode(&reader, &source), OUTCOME_OK);
	ck_assert(endpoint_equal(&source, &expected));
	ck_assert_uint_eq(reader_left(&reader), 5);
	ck_assert_mem_eq(reader.at, "hello", 5);
}
END_TEST

START_TEST(a_mapped_source_is_ipv4)
{
	static const uint8_t mapped[] = {0, 0, 0, 4,    0,    0,   0, 0, 0, 0,    0,
					 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1, 0x00, 0x35};
	struct reader reader = reader_of(mapped, sizeof(mapped));
	struct endpoint expected = endpoint_ipv4(0xc0000201, 53);
	struct endpoint source;

	ck_assert_int_eq(header_decode(&reader, &source), OUTCOME_OK);
	ck_assert(endpoint_equal(&source, &expected));
}
END_TEST

START_TEST(an_empty_name_is_accepted)
{
	static const uint8_t empty[] = {0, 0, 0, 3, 0, 0x12, 0x34};
	struct reader reader = reader_of(empty, sizeof(empty));
	struct endpoint source;

	expect_whole(decode, empty, sizeof(empty));
	ck_assert_int_eq(header_decode(&reader, &source), OUTCOME_OK);
	ck_assert_int_eq(source.kind, ENDPOINT_NAME);
	ck_assert_uint_eq(source.name_length, 0);
	ck_assert_uint_eq(source.port, 0x1234);
}
END_TEST

START_TEST(the_first_wrong_octet_is_complained_of)
{
	static const struct {
		uint8_t bytes[12];
		size_t size;
		size_t wrong;
		enum outcome complaint;
	} cases[] = {
	    {{1, 0, 0, 1, 192, 0, 2, 1, 0, 53}, 10, 0, OUTCOME_BAD_RESERVED},
	    {{0, 1, 0, 1, 192, 0, 2, 1, 0, 53}, 10, 1, OUTCOME_BAD_RESERVED},
	    {{0, 0, 1, 1, 192, 0, 2, 1, 0, 53}, 10, 2, OUTCOME_FRAGMENT},
	    {{0, 0, 0x80, 1, 192, 0, 2, 1, 0, 53}, 10, 2, OUTCOME_FRAGMENT},
	    {{0, 0, 0, 0, 192, 0, 2, 1, 0, 53}, 10, 3, OUTCOME_BAD_ADDRESS_TYPE},
	    {{0, 0, 0, 2, 192, 0, 2, 1, 0, 53}, 10, 3, OUTCOME_BAD_ADDRESS_TYPE},
	    {{0, 0, 0, 5, 192, 0, 2, 1, 0, 53}, 10, 3, OUTCOME_BAD_ADDRESS_TYPE},
	    {{0, 0, 0, 0xff}, 4, 3, OUTCOME_BAD_ADDRESS_TYPE},
	    {{0, 0, 0, 3, 3, 'a', 0, 'b', 0, 53}, 10, 6, OUTCOME_BAD_NAME},
	    {{0, 0, 0, 3, 1, 0, 0, 53}, 8, 5, OUTCOME_BAD_NAME},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_complaint(decode, cases[i].bytes, cases[i].size, cases[i].wrong, cases[i].complaint);
}
END_TEST

START_TEST(nothing_is_no_target)
{
	struct endpoint none = {.kind = ENDPOINT_NONE};
	uint8_t buffer[HEADER_SIZE_MAX];
	struct writer writer = writer_over(buffer, sizeof(buffer));

	ck_assert_int_eq(header_encode(&writer, &none), OUTCOME_WRONG_FAMILY);
	ck_assert_uint_eq(written(&writer), 0);
}
END_TEST

START_TEST(what_is_encoded_is_decoded)
{
	uint64_t state = 1928;

	for (int i = 0; i < 20000; i++) {
		char name[255] = "";
		uint8_t buffer[HEADER_SIZE_MAX];
		struct endpoint target = random_endpoint(&state, name);
		struct writer writer = writer_over(buffer, sizeof(buffer));
		struct reader reader;
		struct endpoint source;

		ck_assert_int_eq(header_encode(&writer, &target), OUTCOME_OK);
		reader = reader_of(buffer, written(&writer));
		ck_assert_int_eq(header_decode(&reader, &source), OUTCOME_OK);
		ck_assert_uint_eq(reader_left(&reader), 0);
		ck_assert(endpoint_equal(&source, &target));
	}
}
END_TEST

START_TEST(the_longest_name_fills_the_longest_header)
{
	char name[255] = "";
	uint8_t expected[HEADER_SIZE_MAX] = {0, 0, 0, 3, 255};
	struct endpoint target = endpoint_name(name, sizeof(name), 0x0102);

	memset(name, 'n', sizeof(name));
	memset(expected + 5, 'n', sizeof(name));
	expected[260] = 1;
	expected[261] = 2;
	expect_encoded(encode, &target, expected, sizeof(expected));
	expect_whole(decode, expected, sizeof(expected));
}
END_TEST

START_TEST(ipv4_without_a_detour_is_the_same)
{
	for (unsigned i = 0; i < 1000; i++) {
		struct endpoint target = endpoint_ipv4(i * 2654435761U, (uint16_t)(i * 40503)), source;
		uint8_t straight[HEADER_SIZE_IPV4], buffer[HEADER_SIZE_MAX];
		struct writer writer = writer_over(buffer, sizeof(buffer));

		ck_assert_int_eq(header_encode(&writer, &target), OUTCOME_OK);
		header_put_ipv4(straight, target.ip, target.port);
		ck_assert_mem_eq(straight, buffer, sizeof(straight));
		memset(&source, 0xff, sizeof(source));
		ck_assert(header_take_ipv4(straight, sizeof(straight), &source));
		ck_assert_mem_eq(&source, &target, sizeof(source));
	}
}
END_TEST

/* It is left to header_decode, right or wrong. */
START_TEST(anything_else_is_not_taken_for_ipv4)
{
	const uint8_t whole[HEADER_SIZE_IPV6] = {0, 0, 0, 1, 192, 0, 2, 1, 0, 53};
	uint8_t other[sizeof(whole)];
	struct endpoint source;

	for (size_t size = 0; size < HEADER_SIZE_IPV4; size++)
		ck_assert(!header_take_ipv4(whole, size, &source));
	for (size_t at = 0; at < 4; at++) {
		memcpy(other, whole, sizeof(whole));
		other[at] ^= 2;
		ck_assert(!header_take_ipv4(other, sizeof(other), &source));
	}
	ck_assert(header_take_ipv4(whole, sizeof(whole), &source));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("header");
	TCase *tests = tcase_create("header");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, headers_of_every_address_type);
	tcase_add_test(tests, the_reader_stands_at_the_payload);
	tcase_add_test(tests, a_mapped_source_is_ipv4);
	tcase_add_test(tests, an_empty_name_is_accepted);
	tcase_add_test(tests, the_first_wrong_octet_is_complained_of);
	tcase_add_test(tests, nothing_is_no_target);
	tcase_add_test(tests, what_is_encoded_is_decoded);
	tcase_add_test(tests, the_longest_name_fills_the_longest_header);
	tcase_add_test(tests, ipv4_without_a_detour_is_the_same);
	tcase_add_test(tests, anything_else_is_not_taken_for_ipv4);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
