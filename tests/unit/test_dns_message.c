#include "core/dns_message.h"

#include <string.h>

#include "tests/unit/guard_page.h"
#include "tests/unit/run_suite.h"

/* RFC 1035 section 4.1: www.example.org, type A, class IN, recursion desired. */
static const uint8_t plain[] = {0x12, 0x34, 1,   0,   0,   1,   0,   0, 0,   0,   0,   0, 3, 'w', 'w', 'w', 7,
				'e',  'x',  'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0, 0, 1,   0,   1};
enum { QUESTION_END = sizeof plain };

static const uint8_t opt[] = {0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0}; /* RFC 6891: 1232 octets */
static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};

static void read_plain(struct dns_question *question)
{
	ck_assert(dns_question_read(question, plain, sizeof plain));
}

/* An answer to plain, under id 1, with so many records and an OPT record behind them. */
static size_t make_answer(uint8_t *out, unsigned records)
{
	size_t size = sizeof plain;
	memcpy(out, plain, size);
	out[0] = 0, out[1] = 1, out[2] = 0x81, out[3] = 0x80, out[6] = (uint8_t)(records >> 8),
	out[7] = (uint8_t)records;
	for (; records; records--, size += sizeof record)
		memcpy(out + size, record, sizeof record);
	out[11] = 1;
	memcpy(out + size, opt, sizeof opt);
	return size + sizeof opt;
}

START_TEST(a_question_is_read)
{
	struct dns_question question;
	read_plain(&question);
	ck_assert_uint_eq(question.id, 0x1234);
	ck_assert_uint_eq(question.type, DNS_A);
	ck_assert_uint_eq(question.class, 1);
	ck_assert_uint_eq(question.end, QUESTION_END);
	ck_assert_uint_eq(question.opt, 0);
	ck_assert_uint_eq(question.room, DNS_PLAIN_SIZE);
	ck_assert(question.is_plain);
	ck_assert_str_eq(question.name, "www.example.org");
}
END_TEST

START_TEST(every_cut_question_is_none)
{
	struct dns_question question;
	for (size_t size = 0; size < sizeof plain; size++) {
		struct guarded guarded = guarded_copy(GUARD_BEHIND, plain, size);
		ck_assert(!dns_question_read(&question, guarded.at, size));
		guarded_free(&guarded);
	}
}
END_TEST

START_TEST(what_is_no_query_is_none)
{
	struct dns_question question;
	uint8_t bytes[sizeof plain];
	memcpy(bytes, plain, sizeof bytes);
	bytes[2] = 0x81; /* an answer */
	ck_assert(!dns_question_read(&question, bytes, sizeof bytes));
	bytes[2] = 1, bytes[5] = 2; /* two questions */
	ck_assert(!dns_question_read(&question, bytes, sizeof bytes));
	bytes[5] = 1, bytes[12] = 0xc0; /* compressed */
	ck_assert(!dns_question_read(&question, bytes, sizeof bytes));
}
END_TEST

START_TEST(a_dot_in_a_label_has_no_text)
{
	struct dns_question question;
	uint8_t bytes[sizeof plain];
	memcpy(bytes, plain, sizeof bytes);
	bytes[14] = '.';
	ck_assert(dns_question_read(&question, bytes, sizeof bytes));
	ck_assert(!question.is_plain);
	ck_assert_str_eq(question.name, "");
}
END_TEST

START_TEST(longer_answers_are_asked_for)
{
	struct dns_question question, forwarded;
	uint8_t out[sizeof plain + DNS_OPT_SIZE];
	read_plain(&question);
	ck_assert_uint_eq(dns_forward(out, sizeof out - 1, &question, plain, sizeof plain, 7, true), 0);
	size_t size = dns_forward(out, sizeof out, &question, plain, sizeof plain, 7, true);
	ck_assert_uint_eq(size, sizeof out);
	ck_assert(dns_question_read(&forwarded, out, size));
	ck_assert_uint_eq(forwarded.id, 7);
	ck_assert_uint_eq(forwarded.opt, QUESTION_END);
	ck_assert_uint_eq(forwarded.room, DNS_EDNS_SIZE);
	ck_assert_uint_eq(dns_forward(out, sizeof out, &question, plain, sizeof plain, 7, false), sizeof plain);
}
END_TEST

START_TEST(the_askers_own_wish_is_raised)
{
	struct dns_question question, forwarded;
	uint8_t query[sizeof plain + sizeof opt], out[sizeof query + DNS_OPT_SIZE];
	memcpy(query, plain, sizeof plain);
	memcpy(query + sizeof plain, opt, sizeof opt);
	query[11] = 1;
	ck_assert(dns_question_read(&question, query, sizeof query));
	ck_assert_uint_eq(question.room, 1232);
	ck_assert_uint_eq(dns_forward(out, sizeof out, &question, query, sizeof query, 7, true), sizeof query);
	ck_assert(dns_question_read(&forwarded, out, sizeof query));
	ck_assert_uint_eq(forwarded.room, DNS_EDNS_SIZE);
}
END_TEST

START_TEST(only_the_answer_is_one)
{
	struct dns_question question;
	uint8_t answer[256];
	size_t size = make_answer(answer, 1);
	read_plain(&question);
	ck_assert(dns_is_answer(&question, plain, 1, answer, size));
	ck_assert(!dns_is_answer(&question, plain, 2, answer, size));
	answer[13] = 'W'; /* servers may change the case */
	ck_assert(dns_is_answer(&question, plain, 1, answer, size));
	answer[13] = 'x';
	ck_assert(!dns_is_answer(&question, plain, 1, answer, size));
	answer[13] = 'w', answer[30] = DNS_AAAA;
	ck_assert(!dns_is_answer(&question, plain, 1, answer, size));
	answer[30] = DNS_A, answer[2] = 1; /* a query */
	ck_assert(!dns_is_answer(&question, plain, 1, answer, size));
	for (size_t cut = 0; cut < QUESTION_END; cut++)
		ck_assert(!dns_is_answer(&question, plain, 1, answer, cut));
}
END_TEST

START_TEST(an_error_may_come_alone)
{
	static const uint8_t failure[] = {0, 1, 0x81, 0x82, 0, 0, 0, 0, 0, 0, 0, 0};
	static const uint8_t nothing[] = {0, 1, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0};
	struct dns_question question;
	uint8_t answer[256];
	read_plain(&question);
	ck_assert(!dns_is_answer(&question, plain, 1, nothing, sizeof nothing));
	ck_assert(dns_is_answer(&question, plain, 1, failure, sizeof failure));
	ck_assert_int_eq(dns_answer_code(failure), DNS_SERVER_FAILURE);
	memcpy(answer, failure, sizeof failure);
	size_t size = dns_return(answer, sizeof failure, &question, plain, 512);
	ck_assert_uint_eq(size, QUESTION_END);
	ck_assert(dns_is_answer(&question, plain, 0x1234, answer, size));
	ck_assert_int_eq(dns_answer_code(answer), DNS_SERVER_FAILURE);
}
END_TEST

START_TEST(an_update_is_passed_on_as_it_is)
{
	static const uint8_t done[] = {0, 7, 0xa8, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	struct dns_question question;
	uint8_t update[sizeof plain], out[sizeof update + DNS_OPT_SIZE];
	memcpy(update, plain, sizeof update);
	update[2] = 0x28;
	ck_assert(dns_question_read(&question, update, sizeof update));
	ck_assert_uint_eq(dns_forward(out, sizeof out, &question, update, sizeof update, 7, true), sizeof update);
	ck_assert_uint_eq(out[2], 0x28);
	ck_assert(dns_is_answer(&question, update, 7, done, sizeof done));
	out[2] = 0x80; /* an answer to a query */
	ck_assert(!dns_is_answer(&question, update, 7, out, sizeof update));
	ck_assert_uint_eq(dns_reply(out, &question, update, DNS_SERVER_FAILURE), QUESTION_END);
	ck_assert_uint_eq(out[2], 0xa8);
}
END_TEST

START_TEST(an_answer_comes_back_without_what_was_not_asked_for)
{
	struct dns_question question;
	uint8_t answer[256];
	size_t size = make_answer(answer, 2);
	read_plain(&question);
	ck_assert_uint_eq(dns_return(answer, size, &question, plain, 512), size - DNS_OPT_SIZE);
	ck_assert_uint_eq(answer[11], 0);
	ck_assert(dns_is_answer(&question, plain, 0x1234, answer, size - DNS_OPT_SIZE));
}
END_TEST

START_TEST(a_longer_answer_is_marked_as_cut)
{
	struct dns_question question;
	uint8_t answer[1024];
	size_t size = make_answer(answer, 40);
	read_plain(&question);
	ck_assert_uint_eq(dns_return(answer, size, &question, plain, 512), QUESTION_END);
	ck_assert(dns_answer_is_truncated(answer));
	ck_assert_uint_eq(answer[7], 0);
	ck_assert(dns_is_answer(&question, plain, 0x1234, answer, QUESTION_END));
}
END_TEST

START_TEST(addresses_are_found)
{
	struct endpoint addresses[4];
	uint8_t answer[256];
	size_t size = make_answer(answer, 3);
	ck_assert_uint_eq(dns_answer_addresses(answer, size, addresses, 4), 3);
	struct endpoint expected = endpoint_ipv4(0xc0000201, 0);
	ck_assert(endpoint_equal(&addresses[2], &expected));
	ck_assert_uint_eq(dns_answer_addresses(answer, size, addresses, 2), 2);
	for (size_t cut = 0; cut < size; cut++) {
		struct guarded guarded = guarded_copy(GUARD_BEHIND, answer, cut);
		ck_assert_uint_le(dns_answer_addresses(guarded.at, cut, addresses, 4), 3);
		guarded_free(&guarded);
	}
}
END_TEST

START_TEST(answers_of_our_own)
{
	struct dns_question question;
	struct endpoint address = endpoint_ipv4(0xc6120001, 0), found;
	uint8_t out[DNS_QUERY_MAX];
	read_plain(&question);
	size_t size = dns_reply_address(out, &question, plain, &address);
	ck_assert(dns_is_answer(&question, plain, 0x1234, out, size));
	ck_assert_uint_eq(dns_answer_addresses(out, size, &found, 1), 1);
	ck_assert(endpoint_equal(&found, &address));
	size = dns_reply(out, &question, plain, DNS_NO_SUCH_NAME);
	ck_assert_uint_eq(size, QUESTION_END);
	ck_assert_int_eq(dns_answer_code(out), DNS_NO_SUCH_NAME);
	size = dns_reply_name(out, &question, plain, "a.example", 9);
	ck_assert_mem_eq(out + size - 13, "\0\13\1a\7example\0", 13);
}
END_TEST

static void expect_reversed(const char *name, const char *address)
{
	struct dns_question question = {.type = DNS_PTR, .class = 1, .name_length = (uint8_t)strlen(name)};
	struct endpoint found, expected;
	memcpy(question.name, name, strlen(name) + 1);
	bool is_address = dns_question_address(&question, &found);
	ck_assert(is_address == (address != NULL));
	if (!address)
		return;
	ck_assert_int_eq(endpoint_parse(&expected, address, strlen(address), 0), OUTCOME_OK);
	ck_assert(endpoint_equal(&found, &expected));
}

START_TEST(reversed_addresses_are_read)
{
	expect_reversed("1.2.0.192.in-addr.arpa", "192.0.2.1");
	expect_reversed("256.2.0.192.in-addr.arpa", NULL);
	expect_reversed("2.0.192.in-addr.arpa", NULL);
	expect_reversed("x.1.2.0.192.in-addr.arpa", NULL);
	expect_reversed("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.d.0.1.0.0.2.IP6.ARPA", "2001:db8::1");
	expect_reversed("10.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", NULL);
	expect_reversed("in-addr.arpa", NULL);
	expect_reversed("www.example.org", NULL);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, a_question_is_read);
	tcase_add_test(tests, every_cut_question_is_none);
	tcase_add_test(tests, what_is_no_query_is_none);
	tcase_add_test(tests, a_dot_in_a_label_has_no_text);
	tcase_add_test(tests, longer_answers_are_asked_for);
	tcase_add_test(tests, the_askers_own_wish_is_raised);
	tcase_add_test(tests, only_the_answer_is_one);
	tcase_add_test(tests, an_error_may_come_alone);
	tcase_add_test(tests, an_update_is_passed_on_as_it_is);
	tcase_add_test(tests, an_answer_comes_back_without_what_was_not_asked_for);
	tcase_add_test(tests, a_longer_answer_is_marked_as_cut);
	tcase_add_test(tests, addresses_are_found);
	tcase_add_test(tests, answers_of_our_own);
	tcase_add_test(tests, reversed_addresses_are_read);
}

int main(void)
{
	Suite *suite = suite_create("dns_message");
	TCase *tests = tcase_create("dns_message");

	add_tests(tests);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
