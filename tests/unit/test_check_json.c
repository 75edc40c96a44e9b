#include "core/check/json.h"

#include <string.h>

#include "tests/unit/run_suite.h"

static char *text;
static size_t text_size;

static FILE *begin(void)
{
	FILE *out = open_memstream(&text, &text_size);

	ck_assert_ptr_nonnull(out);
	return out;
}

static void expect(FILE *out, const char *expected)
{
	fclose(out);
	ck_assert_str_eq(text, expected);
	free(text);
}

static void expect_string(const char *value, const char *expected)
{
	FILE *out = begin();

	json_string(out, value);
	expect(out, expected);
}

START_TEST(strings_are_escaped)
{
	expect_string("", "\"\"");
	expect_string("plain", "\"plain\"");
	expect_string("\"\\/", "\"\\\"\\\\/\"");
	expect_string("\b\t\n\x1f\x7f", "\"\\u0008\\u0009\\u000a\\u001f\\u007f\"");
}
END_TEST

START_TEST(characters_stay_and_other_octets_do_not)
{
	expect_string("h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
	expect_string("\xff", "\"\\ufffd\"");
	expect_string("\xc3", "\"\\ufffd\"");
	expect_string("\xc3(", "\"\\ufffd(\"");
	expect_string("\xe2\x82", "\"\\ufffd\\ufffd\"");
	expect_string("\xc0\xaf", "\"\\ufffd\\ufffd\"");                       /* longer than need be */
	expect_string("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");            /* half of a pair of UTF-16 */
	expect_string("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* beyond U+10FFFF */
}
END_TEST

START_TEST(a_report_is_one_object)
{
	static struct report reports[2];
	struct finding *finding;
	FILE *out = begin();

	reports[0] = (struct report){.label = "a\"b"};
	finding = report_begin(&reports[0], CHECK_ASSOCIATE);
	finding->took_us = 1500;
	finding_say(finding, "reply %d", 7);
	finding_number(finding, "reply", 7);
	finding_judge(finding, MARK_FAILED, DIAGNOSIS_CLOSED_AT_LOGIN);
	reports[1] = (struct report){.label = "c"};
	finding = report_begin(&reports[1], CHECK_ROUND_TRIP);
	finding_text(finding, "target", "");
	finding_flag(finding, "kept", true);
	json_reports(out, reports, 2);
	expect(
	    out,
	    "{\"usable\": true, \"servers\": ["
	    "{\"server\": \"a\\\"b\", \"usable\": false, \"diagnosis\": \"closed_at_login\", \"steps\": ["
	    "{\"step\": \"associate\", \"mark\": \"failed\", \"microseconds\": 1500, \"found\": \"reply 7\", "
	    "\"reply\": 7, \"diagnosis\": \"closed_at_login\", "
	    "\"cause\": \"the server ended the connection over the login: some refuse a wrong one so\", "
	    "\"advice\": \"correct user name and password, and look at the server's log\"}]}, "
	    "{\"server\": \"c\", \"usable\": true, \"diagnosis\": \"none\", \"steps\": ["
	    "{\"step\": \"round_trip\", \"mark\": \"good\", \"found\": \"\", \"target\": \"\", \"kept\": true}]}]}\n");
}
END_TEST

START_TEST(a_finding_holds_no_more_than_fits)
{
	struct finding finding = {.step = CHECK_LOSS};

	for (int i = 0; i < FOUND_SIZE; i++)
		finding_say(&finding, "%s", "many words ");
	ck_assert_uint_eq(strlen(finding.found), FOUND_SIZE - 1);
	for (int i = 0; i < 2 * FACTS_MAX; i++)
		finding_number(&finding, "number", i);
	ck_assert_uint_eq(finding.fact_count, FACTS_MAX);
	ck_assert_int_eq(finding.facts[FACTS_MAX - 1].number, FACTS_MAX - 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json");
	TCase *tests = tcase_create("json");

	tcase_add_test(tests, strings_are_escaped);
	tcase_add_test(tests, characters_stay_and_other_octets_do_not);
	tcase_add_test(tests, a_report_is_one_object);
	tcase_add_test(tests, a_finding_holds_no_more_than_fits);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
