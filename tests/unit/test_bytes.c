#include "core/bytes.h"

#include "tests/unit/guard_page.h"
#include "tests/unit/run_suite.h"

START_TEST(a_reader_takes_octets_in_order)
{
	static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07};
	struct guarded copy = guarded_copy(GUARD_BEHIND, bytes, sizeof(bytes));
	struct reader reader = reader_of(copy.at, sizeof(bytes));
	const uint8_t *view;
	uint8_t octet;
	uint16_t pair;
	uint8_t out[2];

	ck_assert_uint_eq(reader_left(&reader), 7);
	ck_assert(read_u8(&reader, &octet) && octet == 1);
	ck_assert(read_u16(&reader, &pair) && pair == 0x0203);
	ck_assert(read_bytes(&reader, out, 2) && out[0] == 4 && out[1] == 5);
	ck_assert(read_view(&reader, &view, 2) && view == copy.at + 5);
	ck_assert_uint_eq(reader_left(&reader), 0);
	guarded_free(&copy);
}
END_TEST

START_TEST(a_reader_that_lacks_octets_changes_nothing)
{
	static const uint8_t bytes[] = {0x01};
	struct guarded copy = guarded_copy(GUARD_BEHIND, bytes, sizeof(bytes));
	struct reader reader = reader_of(copy.at, sizeof(bytes));
	const uint8_t *view = NULL;
	uint16_t pair = 0xabcd;
	uint8_t octet = 0xee;
	uint8_t out[2] = {7, 8};

	ck_assert(!read_u16(&reader, &pair) && pair == 0xabcd);
	ck_assert(!read_bytes(&reader, out, 2) && out[0] == 7 && out[1] == 8);
	ck_assert(!read_view(&reader, &view, SIZE_MAX) && view == NULL);
	ck_assert_uint_eq(reader_left(&reader), 1);
	ck_assert(read_u8(&reader, &octet) && octet == 1);
	octet = 0xee;
	ck_assert(!read_u8(&reader, &octet) && octet == 0xee);
	guarded_free(&copy);
}
END_TEST

START_TEST(nothing_can_be_read_from_nothing)
{
	struct reader reader = reader_of(NULL, 0);
	const uint8_t *view;
	uint8_t octet;

	ck_assert_uint_eq(reader_left(&reader), 0);
	ck_assert(!read_u8(&reader, &octet));
	ck_assert(read_view(&reader, &view, 0));
	ck_assert(read_bytes(&reader, NULL, 0));
}
END_TEST

START_TEST(a_writer_writes_in_network_order)
{
	static const uint8_t expected[] = {0x01, 0xfe, 0x02, 'a', 'b'};
	struct guarded buffer = guarded_make(GUARD_BEHIND, sizeof(expected));
	struct writer writer = writer_over(buffer.at, sizeof(expected));

	write_u8(&writer, 0x01);
	write_u16(&writer, 0xfe02);
	write_bytes(&writer, "ab", 2);
	write_bytes(&writer, NULL, 0);
	ck_assert(!writer.overflow);
	ck_assert_uint_eq(written(&writer), sizeof(expected));
	ck_assert_mem_eq(buffer.at, expected, sizeof(expected));
	guarded_free(&buffer);
}
END_TEST

START_TEST(an_overflow_is_for_good)
{
	struct guarded buffer = guarded_make(GUARD_BEHIND, 2);
	struct writer writer = writer_over(buffer.at, 2);

	write_u8(&writer, 0x11);
	write_u16(&writer, 0x2233);
	ck_assert(writer.overflow);
	write_u8(&writer, 0x44);
	ck_assert(writer.overflow);
	ck_assert_uint_eq(written(&writer), 1);
	ck_assert_uint_eq(buffer.at[0], 0x11);
	ck_assert_uint_eq(buffer.at[1], 0);
	guarded_free(&buffer);
}
END_TEST

START_TEST(a_writer_over_nothing_overflows)
{
	struct writer writer = writer_over(NULL, 0);

	write_bytes(&writer, "", 0);
	ck_assert(!writer.overflow);
	write_u8(&writer, 1);
	ck_assert(writer.overflow);
	ck_assert_uint_eq(written(&writer), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bytes");
	TCase *tests = tcase_create("bytes");

	tcase_add_test(tests, a_reader_takes_octets_in_order);
	tcase_add_test(tests, a_reader_that_lacks_octets_changes_nothing);
	tcase_add_test(tests, nothing_can_be_read_from_nothing);
	tcase_add_test(tests, a_writer_writes_in_network_order);
	tcase_add_test(tests, an_overflow_is_for_good);
	tcase_add_test(tests, a_writer_over_nothing_overflows);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
