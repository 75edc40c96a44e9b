#include "core/check/diagnosis.h"

#include <string.h>

#include "tests/unit/run_suite.h"

START_TEST(every_diagnosis_has_a_name_a_cause_and_advice)
{
	ck_assert_str_eq(diagnosis_name(DIAGNOSIS_NONE), "none");
	for (enum diagnosis one = DIAGNOSIS_NONE + 1; one < DIAGNOSIS_COUNT; one++) {
		ck_assert_uint_gt(strlen(diagnosis_cause(one)), 0);
		ck_assert_uint_gt(strlen(diagnosis_advice(one)), 0);
		ck_assert_int_ne(diagnosis_cause(one)[strlen(diagnosis_cause(one)) - 1], '.');
		ck_assert_int_ne(diagnosis_advice(one)[strlen(diagnosis_advice(one)) - 1], '.');
		ck_assert_uint_eq(strspn(diagnosis_name(one), "abcdefghijklmnopqrstuvwxyz0123456789_"),
				  strlen(diagnosis_name(one)));
		for (enum diagnosis other = DIAGNOSIS_NONE; other < one; other++)
			ck_assert_str_ne(diagnosis_name(one), diagnosis_name(other));
	}
}
END_TEST

START_TEST(connections)
{
	ck_assert_int_eq(diagnose_connection(OUTCOME_REFUSED), DIAGNOSIS_REFUSED);
	ck_assert_int_eq(diagnose_connection(OUTCOME_TIMED_OUT), DIAGNOSIS_CONNECT_TIMED_OUT);
	ck_assert_int_eq(diagnose_connection(OUTCOME_UNREACHABLE), DIAGNOSIS_UNREACHABLE);
	ck_assert_int_eq(diagnose_connection(OUTCOME_NO_DESCRIPTOR), DIAGNOSIS_HERE_AT_HOME);
}
END_TEST

static enum diagnosis diagnose_heard(const char *heard, size_t size)
{
	const struct failed_negotiation failed = {
	    .step = STEP_METHOD, .outcome = OUTCOME_BAD_VERSION, .heard = (const uint8_t *)heard, .heard_size = size};

	return diagnose_negotiation(&failed);
}

START_TEST(what_else_listens_there)
{
	ck_assert_int_eq(diagnose_heard("HTTP/1.1 400", 12), DIAGNOSIS_WEB_SERVER);
	ck_assert_int_eq(diagnose_heard("<html>", 6), DIAGNOSIS_WEB_SERVER);
	ck_assert_int_eq(diagnose_heard("SSH-2.0-OpenSSH", 15), DIAGNOSIS_SSH_SERVER);
	ck_assert_int_eq(diagnose_heard("\x15\x03\x01\x00\x02", 5), DIAGNOSIS_TLS_SERVER);
	ck_assert_int_eq(diagnose_heard("\x04\x00", 2), DIAGNOSIS_SOCKS4);
	ck_assert_int_eq(diagnose_heard("\x00\x5b", 2), DIAGNOSIS_SOCKS4);
	ck_assert_int_eq(diagnose_heard("220 smtp", 8), DIAGNOSIS_NOT_SOCKS);
	ck_assert_int_eq(diagnose_heard("H", 1), DIAGNOSIS_NOT_SOCKS);
	ck_assert_int_eq(diagnose_heard("", 0), DIAGNOSIS_NOT_SOCKS);
}
END_TEST

static enum diagnosis diagnose(enum negotiation_step step, enum outcome outcome, bool has_credentials)
{
	const struct failed_negotiation failed = {
	    .step = step, .outcome = outcome, .has_credentials = has_credentials, .method = METHOD_UNACCEPTABLE};

	return diagnose_negotiation(&failed);
}

START_TEST(the_step_decides)
{
	ck_assert_int_eq(diagnose(STEP_METHOD, OUTCOME_CLOSED, true), DIAGNOSIS_CLOSED_AT_GREETING);
	ck_assert_int_eq(diagnose(STEP_LOGIN, OUTCOME_CLOSED, true), DIAGNOSIS_CLOSED_AT_LOGIN);
	ck_assert_int_eq(diagnose(STEP_REQUEST, OUTCOME_CLOSED, true), DIAGNOSIS_CLOSED_AT_REQUEST);
	ck_assert_int_eq(diagnose(STEP_METHOD, OUTCOME_TIMED_OUT, true), DIAGNOSIS_SILENT_AT_GREETING);
	ck_assert_int_eq(diagnose(STEP_LOGIN, OUTCOME_TIMED_OUT, true), DIAGNOSIS_SILENT_AT_LOGIN);
	ck_assert_int_eq(diagnose(STEP_REQUEST, OUTCOME_TIMED_OUT, true), DIAGNOSIS_SILENT_AT_REQUEST);
	ck_assert_int_eq(diagnose(STEP_METHOD, OUTCOME_NO_ACCEPTABLE_METHOD, false), DIAGNOSIS_LOGIN_WANTED);
	ck_assert_int_eq(diagnose(STEP_METHOD, OUTCOME_NO_ACCEPTABLE_METHOD, true), DIAGNOSIS_METHOD_WANTED);
	ck_assert_int_eq(diagnose(STEP_LOGIN, OUTCOME_BAD_LOGIN_VERSION, true), DIAGNOSIS_BAD_LOGIN);
	ck_assert_int_eq(diagnose(STEP_REQUEST, OUTCOME_BAD_ADDRESS_TYPE, true), DIAGNOSIS_MALFORMED_REPLY);
}
END_TEST

/* REP 1 to 9 have a diagnosis each. */
START_TEST(every_reply_has_its_own)
{
	for (unsigned char rep = 1; rep <= 9; rep++) {
		enum diagnosis own = diagnose(STEP_REQUEST, outcome_from_reply(rep), false);

		ck_assert_int_ne(own, DIAGNOSIS_MALFORMED_REPLY);
		for (unsigned char other = 1; other < rep; other++)
			ck_assert_int_ne(own, diagnose(STEP_REQUEST, outcome_from_reply(other), false));
	}
}
END_TEST

static enum diagnosis diagnose_at(const char *bound, const char *server, enum relay_address mode)
{
	struct endpoint given, at;

	ck_assert_int_eq(endpoint_parse(&given, bound, strlen(bound), 4000), OUTCOME_OK);
	ck_assert_int_eq(endpoint_parse(&at, server, strlen(server), 1080), OUTCOME_OK);
	return diagnose_relay(&given, &at, mode);
}

START_TEST(relays)
{
	static const struct {
		const char *bound;
		enum relay_address mode;
		enum diagnosis diagnosis;
	} cases[] = {
	    {"203.0.113.1", RELAY_ADDRESS_AUTO, DIAGNOSIS_NONE},
	    {"203.0.113.1:0", RELAY_ADDRESS_AUTO, DIAGNOSIS_RELAY_PORT_ZERO},
	    {"0.0.0.0", RELAY_ADDRESS_AUTO, DIAGNOSIS_RELAY_UNSPECIFIED},
	    {"[::]", RELAY_ADDRESS_REPLY, DIAGNOSIS_RELAY_UNSPECIFIED},
	    {"relay.example", RELAY_ADDRESS_AUTO, DIAGNOSIS_RELAY_NAME},
	    {"10.0.0.1", RELAY_ADDRESS_AUTO, DIAGNOSIS_RELAY_PRIVATE},
	    {"10.0.0.1", RELAY_ADDRESS_REPLY, DIAGNOSIS_RELAY_ELSEWHERE},
	    {"10.0.0.1", RELAY_ADDRESS_SERVER, DIAGNOSIS_NONE},
	    {"203.0.113.2", RELAY_ADDRESS_AUTO, DIAGNOSIS_RELAY_ELSEWHERE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(diagnose_at(cases[i].bound, "203.0.113.1", cases[i].mode) == cases[i].diagnosis,
			      "%s: found %s", cases[i].bound,
			      diagnosis_name(diagnose_at(cases[i].bound, "203.0.113.1", cases[i].mode)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diagnosis");
	TCase *tests = tcase_create("diagnosis");

	tcase_add_test(tests, every_diagnosis_has_a_name_a_cause_and_advice);
	tcase_add_test(tests, connections);
	tcase_add_test(tests, what_else_listens_there);
	tcase_add_test(tests, the_step_decides);
	tcase_add_test(tests, every_reply_has_its_own);
	tcase_add_test(tests, relays);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
