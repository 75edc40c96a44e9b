#include "core/statistics.h"

#include <check.h>
#include <string.h>

#include "tests/unit/run_suite.h"

static struct statistics statistics;

static void begin(void)
{
	statistics_clear(&statistics);
	statistics.wanted = true;
}

static const char *line_with(const char *title)
{
	static char line[160];

	for (unsigned n = 0; statistics_line(&statistics, n, line, sizeof(line)); n++)
		if (strstr(line, title))
			return line;
	return NULL;
}

/* To the end of its bucket, which is at most a fourth longer. */
START_TEST(percentiles_are_right_to_a_fourth)
{
	ck_assert_uint_eq(statistics_percentile_us(&statistics, 50), 0);
	for (uint64_t us = 1; us <= 100000; us += us / 7 + 1) {
		begin();
		statistics_made(&statistics, us);
		for (unsigned percent = 1; percent <= 100; percent += 33) {
			uint64_t found = statistics_percentile_us(&statistics, percent);

			ck_assert_uint_ge(found + (us < 4), us);
			ck_assert_uint_le(found, us + us / 4 + 2);
		}
	}
	begin();
	for (int i = 0; i < 99; i++)
		statistics_made(&statistics, 1000);
	statistics_made(&statistics, 1000000);
	ck_assert_uint_lt(statistics_percentile_us(&statistics, 50), 1300);
	ck_assert_uint_lt(statistics_percentile_us(&statistics, 99), 1300);
	ck_assert_uint_gt(statistics_percentile_us(&statistics, 100), 900000);
	statistics_made(&statistics, UINT64_MAX);
}
END_TEST

START_TEST(the_table_has_what_was_counted)
{
	statistics_datagram(&statistics, STATISTIC_SENT_RELAYED, 100);
	statistics_datagram(&statistics, STATISTIC_SENT_RELAYED, 23);
	statistics_made(&statistics, 1000);
	statistics_failed(&statistics, OUTCOME_REFUSED);
	statistics_failed(&statistics, OUTCOME_LOGIN_REFUSED);
	ck_assert_ptr_nonnull(strstr(line_with("sent, relayed"), " 2  123 octets"));
	ck_assert_ptr_nonnull(strstr(line_with("associations made"), " 1"));
	ck_assert_ptr_nonnull(line_with(outcome_text(OUTCOME_REFUSED)));
	ck_assert_ptr_nonnull(line_with(outcome_text(OUTCOME_LOGIN_REFUSED)));
	ck_assert_ptr_null(line_with(outcome_text(OUTCOME_TIMED_OUT)));
}
END_TEST

START_TEST(the_object_has_what_was_counted)
{
	static const char beginning[] = "{\"process\":42,\"program\":\"a\\\"b\\\\c\\u000a\\u00e9\",";
	char object[STATISTICS_OBJECT_SIZE];
	size_t size;

	statistics_datagram(&statistics, STATISTIC_SENT_RELAYED, 100);
	statistics_datagram(&statistics, STATISTIC_SENT_RELAYED, 23);
	statistics_add(&statistics, STATISTIC_FOREIGN, 7);
	statistics_failed(&statistics, OUTCOME_REFUSED);
	statistics_failed(&statistics, OUTCOME_REPLY_NOT_ALLOWED);
	size = statistics_object(&statistics, 42, "a\"b\\c\n\xe9", object, sizeof(object));
	ck_assert_uint_eq(size, strlen(object));
	ck_assert_int_eq(strncmp(object, beginning, strlen(beginning)), 0);
	ck_assert_ptr_nonnull(strstr(object, ",\"sent_relayed\":2,\"sent_relayed_octets\":123,"));
	ck_assert_ptr_nonnull(strstr(object, ",\"dropped_other_family\":7,"));
	ck_assert_ptr_nonnull(strstr(object, ",\"attempts_failed\":{\"reply_not_allowed\":1,\"refused\":1}}\n"));
}
END_TEST

/* However much there is to tell. */
START_TEST(the_object_has_room)
{
	char object[STATISTICS_OBJECT_SIZE];
	char name[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";

	for (unsigned i = 0; i < STATISTIC_COUNT; i++)
		statistics.counts[i] = UINT64_MAX;
	for (unsigned i = 0; i < OUTCOME_COUNT; i++)
		statistics.failures[i] = UINT64_MAX;
	size_t size = statistics_object(&statistics, INT32_MAX, name, object, sizeof(object));
	ck_assert_uint_lt(size, sizeof(object) - 1);
	ck_assert_str_eq(object + size - 3, "}}\n");
}
END_TEST

START_TEST(datagrams_are_counted_on_request)
{
	statistics.wanted = false;
	statistics_datagram(&statistics, STATISTIC_RECEIVED_DIRECT, 5);
	ck_assert_uint_eq(statistics.counts[STATISTIC_RECEIVED_DIRECT], 0);
	statistics_add(&statistics, STATISTIC_LOST, 1);
	ck_assert_uint_eq(statistics.counts[STATISTIC_LOST], 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("statistics");
	TCase *tests = tcase_create("statistics");

	tcase_add_checked_fixture(tests, begin, NULL);
	tcase_add_test(tests, percentiles_are_right_to_a_fourth);
	tcase_add_test(tests, the_table_has_what_was_counted);
	tcase_add_test(tests, the_object_has_what_was_counted);
	tcase_add_test(tests, the_object_has_room);
	tcase_add_test(tests, datagrams_are_counted_on_request);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
