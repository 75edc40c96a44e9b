#include "core/association.h"

#include <errno.h>

#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

#define GRANTED "\5\0\0\1\306\63\144\2\17\240" /* 198.51.100.2:4000 */

static struct association association;
static struct handshake handshake;
static struct endpoint server, bound;
static struct announcement announced;
static const struct credentials login = {"u", "p", 1, 1};

static void begin(void)
{
	fake_world_begin();
	server = fake_endpoint("198.51.100.1:1080");
	bound = (struct endpoint){0};
	announced = (struct announcement){0};
	fake.servers[0] = (struct fake_server){.port = 1080, .answers = {FAKE_ANSWER("\5\0"), FAKE_ANSWER(GRANTED)}};
	association_reset(&association);
}

static void end(void)
{
	association_close(&association, &fake_functions);
	ck_assert_int_eq(association.control, -1);
	ck_assert_uint_eq(fake_own_count(), 0);
	association_close(&association, &fake_functions);
	fake_world_end();
}

static enum outcome open_to(const struct credentials *credentials)
{
	struct association_terms terms = {.credentials = credentials, .announcement = announced};

	enum outcome outcome = association_open(&association, &fake_functions, &server, &handshake, &terms);
	if (outcome == OUTCOME_OK)
		association_greet(&association, &fake_functions, NULL);
	return outcome;
}

static enum outcome drive(void)
{
	enum outcome outcome = OUTCOME_NEED_MORE;
	for (int messages = 0; messages < 4 && outcome == OUTCOME_NEED_MORE; messages++)
		outcome = association_drive(&association, &fake_functions, NULL, &bound);
	return outcome;
}

START_TEST(goes_from_opening_to_established)
{
	struct endpoint expected = fake_endpoint("198.51.100.2:4000");

	ck_assert_str_eq(association_step_text(&association), "connecting");
	ck_assert_int_eq(open_to(NULL), OUTCOME_OK);
	ck_assert_int_eq(association.stage, STAGE_CONNECTING);
	ck_assert_str_eq(association_step_text(&association), "connecting");
	ck_assert_int_eq(drive(), OUTCOME_OK);
	ck_assert_int_eq(association.stage, STAGE_ESTABLISHED);
	ck_assert(endpoint_equal(&bound, &expected));
	ck_assert(!association_has_ended(&association, &fake_functions));
	ck_assert_uint_eq(fake.table[association.control].messages, 2); /* and nothing after the reply */
}
END_TEST

/* The kernel takes nothing before the connection stands. */
START_TEST(greets_as_soon_as_it_can)
{
	fake.connects_at_once = true;
	ck_assert_int_eq(open_to(NULL), OUTCOME_OK);
	ck_assert_int_eq(association.stage, STAGE_NEGOTIATING);
	ck_assert_uint_eq(fake.table[association.control].messages, 1);
	ck_assert_int_eq(drive(), OUTCOME_OK);
}
END_TEST

START_TEST(waits_where_the_server_is_silent)
{
	fake.servers[0].answers[1].octets = NULL;
	ck_assert_int_eq(open_to(NULL), OUTCOME_OK);
	ck_assert_int_eq(drive(), OUTCOME_NEED_MORE);
	ck_assert_int_eq(association.stage, STAGE_NEGOTIATING);
	ck_assert_str_eq(association_step_text(&association), negotiation_step_text(STEP_REQUEST));
	fake.servers[0].answers[1] = (struct fake_answer)FAKE_ANSWER(GRANTED);
	ck_assert_int_eq(drive(), OUTCOME_OK);
	ck_assert_int_eq(association.stage, STAGE_ESTABLISHED);
}
END_TEST

static const struct failure {
	struct fake_server server;
	const struct credentials *credentials;
	enum outcome outcome;
	bool at_open;
} failures[] = {
    {{.port = 1080, .refuses = -ECONNREFUSED}, NULL, OUTCOME_REFUSED, true},
    {{.port = 1080, .refuses = -ENETUNREACH}, NULL, OUTCOME_UNREACHABLE, true},
    {{.port = 1080, .fails = -ECONNREFUSED}, NULL, OUTCOME_REFUSED, false},
    {{.port = 1080, .fails = -EHOSTUNREACH}, NULL, OUTCOME_UNREACHABLE, false},
    {{.port = 1080, .fails = -ETIMEDOUT}, NULL, OUTCOME_TIMED_OUT, false},
    {{.port = 1080, .ends = true}, NULL, OUTCOME_CLOSED, false},
    {{.port = 1080, .ends = true, .answers = {FAKE_ANSWER("\5\0")}}, NULL, OUTCOME_CLOSED, false},
    {{.port = 1080, .answers = {FAKE_ANSWER("HT")}}, NULL, OUTCOME_BAD_VERSION, false},
    {{.port = 1080, .answers = {FAKE_ANSWER("\5\xff")}}, NULL, OUTCOME_NO_ACCEPTABLE_METHOD, false},
    {{.port = 1080, .answers = {FAKE_ANSWER("\5\2")}}, NULL, OUTCOME_UNOFFERED_METHOD, false},
    {{.port = 1080, .answers = {FAKE_ANSWER("\5\2"), FAKE_ANSWER("\1\1")}}, &login, OUTCOME_LOGIN_REFUSED, false},
    {{.port = 1080, .answers = {FAKE_ANSWER("\5\0"), FAKE_ANSWER("\5\7")}},
     NULL,
     OUTCOME_REPLY_COMMAND_NOT_SUPPORTED,
     false},
};

START_TEST(says_why_it_failed)
{
	const struct failure *failure = &failures[_i];

	fake.servers[0] = failure->server;
	if (failure->at_open) {
		ck_assert_int_eq(open_to(failure->credentials), failure->outcome);
		ck_assert_int_eq(association.control, -1);
		return;
	}
	for (int at_once = 0; at_once <= 1; at_once++) {
		fake.connects_at_once = at_once;
		ck_assert_int_eq(open_to(failure->credentials), OUTCOME_OK);
		ck_assert_int_eq(drive(), failure->outcome);
		ck_assert_int_ge(association.control, 0);
		ck_assert_int_eq(bound.kind, ENDPOINT_NONE);
		association_close(&association, &fake_functions);
	}
}
END_TEST

START_TEST(logs_in)
{
	fake.servers[0] = (struct fake_server){
	    .port = 1080, .answers = {FAKE_ANSWER("\5\2"), FAKE_ANSWER("\1\0"), FAKE_ANSWER(GRANTED)}};
	ck_assert_int_eq(open_to(&login), OUTCOME_OK);
	ck_assert_int_eq(drive(), OUTCOME_OK);
	ck_assert_uint_eq(fake.table[association.control].messages, 3);
}
END_TEST

START_TEST(no_descriptor_no_association)
{
	fake.fail_at = 1;
	ck_assert_int_eq(open_to(NULL), OUTCOME_NO_DESCRIPTOR);
	ck_assert_int_eq(association.stage, STAGE_NONE);
	ck_assert_int_eq(association.control, -1);
}
END_TEST

/* Zeros come in the family of the control connection; an own address as it is, the host from there if need be. */
START_TEST(announces_what_it_is_told)
{
	static const struct {
		const char *server;
		const char *local;
		const char *target;
	} cases[] = {
	    {"198.51.100.1:1080", NULL, "0.0.0.0:0"},
	    {"[2001:db8::1]:1080", NULL, "[::]:0"},
	    {"198.51.100.1:1080", "192.0.2.77:5555", "192.0.2.77:5555"},
	    {"198.51.100.1:1080", "0.0.0.0:5555", "192.0.2.1:5555"},
	    {"198.51.100.1:1080", "[2001:db8::5]:5555", "[2001:db8::5]:5555"},
	};
	char text[ENDPOINT_TEXT_SIZE];

	server = fake_endpoint(cases[_i].server);
	announced.local = cases[_i].local != NULL;
	if (cases[_i].local) {
		struct endpoint local = fake_endpoint(cases[_i].local);
		socklen_t size;

		endpoint_to_sockaddr(&local, endpoint_family(&local), &announced.address, &size);
	}
	ck_assert_int_eq(open_to(NULL), OUTCOME_OK);
	ck_assert_str_eq(endpoint_print(&handshake.order.target, text, sizeof(text)), cases[_i].target);
}
END_TEST

START_TEST(ends_when_the_server_ends_it)
{
	fake.servers[0].answers[2] = (struct fake_answer)FAKE_ANSWER("unasked");
	ck_assert_int_eq(open_to(NULL), OUTCOME_OK);
	ck_assert_int_eq(drive(), OUTCOME_OK);
	fake.table[association.control].messages = 3; /* so that the server speaks once more */
	ck_assert(!association_has_ended(&association, &fake_functions));
	fake_hang_up(&fake.servers[0]);
	ck_assert(association_has_ended(&association, &fake_functions));
}
END_TEST

START_TEST(a_server_that_floods_has_ended_it)
{
	ck_assert_int_eq(open_to(NULL), OUTCOME_OK);
	ck_assert_int_eq(drive(), OUTCOME_OK);
	fake.servers[0].floods = true;
	ck_assert(association_has_ended(&association, &fake_functions));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("association");
	TCase *tests = tcase_create("association");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, goes_from_opening_to_established);
	tcase_add_test(tests, greets_as_soon_as_it_can);
	tcase_add_test(tests, waits_where_the_server_is_silent);
	tcase_add_loop_test(tests, says_why_it_failed, 0, sizeof(failures) / sizeof(failures[0]));
	tcase_add_test(tests, logs_in);
	tcase_add_test(tests, no_descriptor_no_association);
	tcase_add_loop_test(tests, announces_what_it_is_told, 0, 5);
	tcase_add_test(tests, ends_when_the_server_ends_it);
	tcase_add_test(tests, a_server_that_floods_has_ended_it);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
