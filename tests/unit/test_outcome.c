#include "core/outcome.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/run_suite.h"

static const struct {
	enum outcome outcome;
	int error;
	int socks_error;
} expected[] = {
    {OUTCOME_OK, 0, 0},
    {OUTCOME_NEED_MORE, EAGAIN, 0},
    {OUTCOME_BAD_VERSION, EPROTO, 1},
    {OUTCOME_BAD_LOGIN_VERSION, EPROTO, 1},
    {OUTCOME_BAD_RESERVED, EPROTO, 1},
    {OUTCOME_BAD_ADDRESS_TYPE, EPROTO, 1},
    {OUTCOME_BAD_NAME, EPROTO, 1},
    {OUTCOME_UNOFFERED_METHOD, EPROTO, 1},
    {OUTCOME_BAD_RELAY, EPROTO, 1},
    {OUTCOME_FRAGMENT, EPROTO, 1},
    {OUTCOME_NO_ACCEPTABLE_METHOD, EACCES, 2},
    {OUTCOME_LOGIN_REFUSED, EACCES, 2},
    {OUTCOME_REPLY_GENERAL_FAILURE, ENETDOWN, 1},
    {OUTCOME_REPLY_NOT_ALLOWED, EACCES, 2},
    {OUTCOME_REPLY_NETWORK_UNREACHABLE, ENETUNREACH, 3},
    {OUTCOME_REPLY_HOST_UNREACHABLE, EHOSTUNREACH, 4},
    {OUTCOME_REPLY_CONNECTION_REFUSED, ECONNREFUSED, 5},
    {OUTCOME_REPLY_TTL_EXPIRED, ETIMEDOUT, 6},
    {OUTCOME_REPLY_COMMAND_NOT_SUPPORTED, EOPNOTSUPP, 7},
    {OUTCOME_REPLY_ADDRESS_TYPE_NOT_SUPPORTED, EAFNOSUPPORT, 8},
    {OUTCOME_REPLY_UNASSIGNED, ENETDOWN, 1},
    {OUTCOME_CLOSED, ECONNRESET, 1},
    {OUTCOME_TIMED_OUT, ETIMEDOUT, 0},
    {OUTCOME_REFUSED, ECONNREFUSED, 0},
    {OUTCOME_UNREACHABLE, ENETUNREACH, 0},
    {OUTCOME_UNRESOLVED, EHOSTUNREACH, 0},
    {OUTCOME_NO_SERVER, ENOENT, 256},
    {OUTCOME_NO_ROOM, EMSGSIZE, 0},
    {OUTCOME_TOO_LONG, EINVAL, 0},
    {OUTCOME_BAD_TEXT, EINVAL, 0},
    {OUTCOME_WRONG_FAMILY, EAFNOSUPPORT, 0},
    {OUTCOME_NO_MEMORY, ENOMEM, 0},
    {OUTCOME_NO_DESCRIPTOR, EMFILE, 0},
    {OUTCOME_NO_THREAD, EAGAIN, 0},
    {OUTCOME_BAD_SETTINGS, ENETDOWN, 0},
};

_Static_assert(sizeof(expected) / sizeof(expected[0]) == OUTCOME_COUNT, "every outcome is expected once");

START_TEST(every_outcome_has_its_errno_and_socks_error)
{
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		ck_assert_int_eq(expected[i].outcome, i);
		ck_assert_int_eq(outcome_errno(expected[i].outcome), expected[i].error);
		ck_assert_int_eq(outcome_socks_error(expected[i].outcome), expected[i].socks_error);
	}
}
END_TEST

/* What Linux reports on UDP sockets: icmp_err_convert and what sendto(2) lists. */
START_TEST(a_datagram_socket_is_told_what_kernels_tell)
{
	static const int known[] = {0,        EACCES,      EAGAIN,   ECONNREFUSED, EHOSTUNREACH, EINVAL,
				    EMSGSIZE, ENETUNREACH, ENETDOWN, ENOBUFS,      EOPNOTSUPP,   EPROTO};

	for (int i = 0; i < OUTCOME_COUNT; i++) {
		int error = outcome_datagram_errno((enum outcome)i);
		size_t at = 0;

		while (at < sizeof(known) / sizeof(known[0]) && known[at] != error)
			at++;
		ck_assert_msg(at < sizeof(known) / sizeof(known[0]), "%s: %d", outcome_text((enum outcome)i), error);
		ck_assert_int_eq(error == 0, i == OUTCOME_OK);
		ck_assert_int_eq(error == ECONNREFUSED,
				 i == OUTCOME_CLOSED || i == OUTCOME_REFUSED || i == OUTCOME_REPLY_CONNECTION_REFUSED);
	}
}
END_TEST

START_TEST(every_outcome_has_a_text_of_its_own)
{
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		const char *text = outcome_text((enum outcome)i);

		ck_assert_ptr_nonnull(text);
		ck_assert_uint_gt(strlen(text), 0);
		ck_assert_ptr_null(strchr(text, '\n'));
		ck_assert_int_ne(text[strlen(text) - 1], '.');
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(text, outcome_text((enum outcome)j));
	}
}
END_TEST

START_TEST(a_number_that_is_no_outcome_is_survived)
{
	ck_assert_ptr_nonnull(outcome_text(OUTCOME_COUNT));
	ck_assert_int_eq(outcome_errno(OUTCOME_COUNT), EPROTO);
	ck_assert_int_eq(outcome_socks_error((enum outcome) - 1), 1);
}
END_TEST

START_TEST(reply_codes_follow_rfc_1928_section_6)
{
	static const enum outcome by_rep[] = {
	    OUTCOME_OK,
	    OUTCOME_REPLY_GENERAL_FAILURE,
	    OUTCOME_REPLY_NOT_ALLOWED,
	    OUTCOME_REPLY_NETWORK_UNREACHABLE,
	    OUTCOME_REPLY_HOST_UNREACHABLE,
	    OUTCOME_REPLY_CONNECTION_REFUSED,
	    OUTCOME_REPLY_TTL_EXPIRED,
	    OUTCOME_REPLY_COMMAND_NOT_SUPPORTED,
	    OUTCOME_REPLY_ADDRESS_TYPE_NOT_SUPPORTED,
	};

	for (unsigned rep = 0; rep < 9; rep++) {
		ck_assert_int_eq(outcome_from_reply((unsigned char)rep), by_rep[rep]);
		ck_assert_int_eq(outcome_socks_error(by_rep[rep]), (int)rep);
	}
	for (unsigned rep = 9; rep < 256; rep++)
		ck_assert_int_eq(outcome_from_reply((unsigned char)rep), OUTCOME_REPLY_UNASSIGNED);
}
END_TEST

START_TEST(a_failed_connect_has_an_outcome)
{
	ck_assert_int_eq(outcome_from_errno(0), OUTCOME_OK);
	ck_assert_int_eq(outcome_from_errno(ECONNREFUSED), OUTCOME_REFUSED);
	ck_assert_int_eq(outcome_from_errno(ETIMEDOUT), OUTCOME_TIMED_OUT);
	ck_assert_int_eq(outcome_from_errno(ECONNRESET), OUTCOME_CLOSED);
	ck_assert_int_eq(outcome_from_errno(ENETUNREACH), OUTCOME_UNREACHABLE);
	ck_assert_int_eq(outcome_from_errno(EHOSTUNREACH), OUTCOME_UNREACHABLE);
	ck_assert_int_eq(outcome_from_errno(EMFILE), OUTCOME_NO_DESCRIPTOR);
	ck_assert_int_eq(outcome_from_errno(ENFILE), OUTCOME_NO_DESCRIPTOR);
	ck_assert_int_eq(outcome_from_errno(ENOBUFS), OUTCOME_NO_MEMORY);
	ck_assert_int_eq(outcome_from_errno(EAFNOSUPPORT), OUTCOME_WRONG_FAMILY);
	ck_assert_int_eq(outcome_from_errno(EPERM), OUTCOME_UNREACHABLE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outcome");
	TCase *tests = tcase_create("outcome");

	tcase_add_test(tests, every_outcome_has_its_errno_and_socks_error);
	tcase_add_test(tests, a_datagram_socket_is_told_what_kernels_tell);
	tcase_add_test(tests, every_outcome_has_a_text_of_its_own);
	tcase_add_test(tests, a_number_that_is_no_outcome_is_survived);
	tcase_add_test(tests, reply_codes_follow_rfc_1928_section_6);
	tcase_add_test(tests, a_failed_connect_has_an_outcome);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
