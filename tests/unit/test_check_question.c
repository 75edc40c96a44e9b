#include "core/check/question.h"

#include <string.h>

#include "core/check/dns_target.h"
#include "core/check/echo_target.h"
#include "core/check/target.h"
#include "core/dns_message.h"
#include "tests/unit/guard_page.h"
#include "tests/unit/run_suite.h"

static uint8_t bytes[QUESTION_SIZE_MAX], other[QUESTION_SIZE_MAX];

static enum match match(const struct question *question, const uint8_t *answer, size_t size)
{
	struct guarded copy = guarded_copy(GUARD_BEHIND, answer, size);
	enum match found = question_match(question, copy.at, size);

	guarded_free(&copy);
	return found;
}

START_TEST(an_echo_is_known_again)
{
	static const size_t sizes[] = {0, 20, 21, 64, 1200, 65507};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct question question = {QUESTION_ECHO, 4711, sizes[i]};
		size_t size = question_write(&question, bytes);

		ck_assert_uint_eq(size, sizes[i] < ECHO_TARGET_LEAST ? ECHO_TARGET_LEAST : sizes[i]);
		ck_assert_int_eq(match(&question, bytes, size), MATCH_WHOLE);
		question.id++;
		ck_assert_int_eq(match(&question, bytes, size), MATCH_NONE);
	}
}
END_TEST

START_TEST(an_echo_that_is_cut_or_changed)
{
	struct question question = {QUESTION_ECHO, 1, 300};
	size_t size = question_write(&question, bytes);

	for (size_t length = 0; length < size; length++)
		ck_assert_int_eq(match(&question, bytes, length), length < ECHO_TARGET_LEAST ? MATCH_NONE : MATCH_CUT);
	for (size_t at = 0; at < size; at++) {
		bytes[at] ^= 1;
		ck_assert_int_eq(match(&question, bytes, size), at < ECHO_TARGET_LEAST ? MATCH_NONE : MATCH_WRONG);
		bytes[at] ^= 1;
	}
	ck_assert_int_eq(match(&question, bytes, size + 1), MATCH_WRONG);
}
END_TEST

/* What a nameserver reads of it. */
START_TEST(a_query_is_as_long_as_is_asked_for)
{
	static const struct {
		size_t wanted, found;
	} sizes[] = {{0, 17}, {17, 17}, {18, 28}, {28, 28}, {29, 32}, {32, 32}, {33, 33}, {1000, 1000}, {4096, 4096}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct question question = {QUESTION_DNS, 0x1234, sizes[i].wanted};
		struct dns_question asked;
		size_t size = question_write(&question, bytes);

		ck_assert_uint_eq(size, sizes[i].found);
		if (size > DNS_QUERY_MAX)
			continue;
		ck_assert(dns_question_read(&asked, bytes, size));
		ck_assert_uint_eq(asked.id, 0x1234);
		ck_assert_uint_eq(asked.opt, size > 17 ? 17 : 0);
		ck_assert_uint_eq(asked.room, size > 17 ? DNS_EDNS_SIZE : DNS_PLAIN_SIZE);
	}
}
END_TEST

START_TEST(answers_of_a_nameserver)
{
	struct question question = {QUESTION_DNS, 7, 500};
	struct dns_question asked;
	size_t size = question_write(&question, bytes);

	ck_assert(dns_question_read(&asked, bytes, size));
	ck_assert_int_eq(match(&question, bytes, size), MATCH_NONE);
	for (enum dns_rcode code = DNS_NO_ERROR; code <= DNS_REFUSED; code++) {
		size_t answered = dns_reply(other, &asked, bytes, code);

		ck_assert_int_eq(match(&question, other, answered),
				 code == DNS_FORMAT_ERROR ? MATCH_WRONG : MATCH_WHOLE);
		for (size_t length = 0; length < answered; length++)
			ck_assert_int_eq(match(&question, other, length), MATCH_NONE);
		other[1] ^= 1;
		ck_assert_int_eq(match(&question, other, answered), MATCH_NONE);
	}
	question.kind = QUESTION_DNS_LONG;
	ck_assert_int_eq(match(&question, other, dns_reply(other, &asked, bytes, DNS_NO_ERROR)), MATCH_NONE);
}
END_TEST

START_TEST(targets_are_read)
{
	static const struct {
		const char *text;
		enum question_kind kind;
		const char *endpoint; /* NULL: it is none */
	} cases[] = {
	    {"192.0.2.1", QUESTION_DNS, "192.0.2.1:53"},
	    {"dns:192.0.2.1:5353", QUESTION_DNS, "192.0.2.1:5353"},
	    {"2001:db8::1", QUESTION_DNS, "[2001:db8::1]:53"},
	    {"dns:[2001:db8::1]:54", QUESTION_DNS, "[2001:db8::1]:54"},
	    {"one.example", QUESTION_DNS, "one.example:53"},
	    {"echo:192.0.2.1:7", QUESTION_ECHO, "192.0.2.1:7"},
	    {"echo:[::1]:7", QUESTION_ECHO, "[::1]:7"},
	    {"echo:192.0.2.1", QUESTION_ECHO, NULL},
	    {"echo:", QUESTION_ECHO, NULL},
	    {"192.0.2.1:0", QUESTION_DNS, NULL},
	    {"192.0.2.1:x", QUESTION_DNS, NULL},
	    {"", QUESTION_DNS, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct targets targets = {.count = 0};
		char text[ENDPOINT_TEXT_SIZE];

		ck_assert_int_eq(targets_add(&targets, cases[i].text), cases[i].endpoint != NULL);
		ck_assert_uint_eq(targets.count, cases[i].endpoint != NULL);
		if (!cases[i].endpoint)
			continue;
		ck_assert_int_eq(targets.items[0].kind, cases[i].kind);
		ck_assert_str_eq(endpoint_print(&targets.items[0].endpoint, text, sizeof(text)), cases[i].endpoint);
	}
}
END_TEST

START_TEST(targets_where_none_is_given)
{
	struct endpoint own = endpoint_ipv4(0xc0000235, 53);
	struct settings settings = {.dns_servers = {&own, 1}};
	struct targets targets = {.count = 0};

	targets_default(&targets, &settings);
	ck_assert_uint_eq(targets.count, 1);
	ck_assert(endpoint_equal(&targets.items[0].endpoint, &own));
	ck_assert_ptr_null(targets_find(&targets, ENDPOINT_IPV6));

	settings.dns_servers.count = 0;
	targets_default(&targets, &settings);
	ck_assert_uint_eq(targets.count, 1);
	targets.count = 0;
	targets_default(&targets, &settings);
	ck_assert_ptr_eq(targets_find(&targets, ENDPOINT_IPV4), &targets.items[0]);
	ck_assert_ptr_nonnull(targets_find(&targets, ENDPOINT_IPV6));
	ck_assert_ptr_nonnull(targets_find(&targets, ENDPOINT_NAME));
	for (unsigned i = targets.count; i < TARGETS_MAX; i++)
		ck_assert(targets_add(&targets, "192.0.2.1"));
	ck_assert(!targets_add(&targets, "192.0.2.1"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("question");
	TCase *tests = tcase_create("question");

	tcase_add_test(tests, an_echo_is_known_again);
	tcase_add_test(tests, an_echo_that_is_cut_or_changed);
	tcase_add_test(tests, a_query_is_as_long_as_is_asked_for);
	tcase_add_test(tests, answers_of_a_nameserver);
	tcase_add_test(tests, targets_are_read);
	tcase_add_test(tests, targets_where_none_is_given);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
