#include "core/negotiation.h"

#include "tests/unit/run_suite.h"
#include "tests/unit/scripted_world.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct credentials user = {
    .username = "user", .username_length = 4, .password = "secret", .password_length = 6};

/* clang-format off */
#define ASSOCIATE {.command = COMMAND_UDP_ASSOCIATE, .target = {.kind = ENDPOINT_IPV4}}
#define ASSOCIATE_AS_USER {.command = COMMAND_UDP_ASSOCIATE, .target = {.kind = ENDPOINT_IPV4}, .credentials = &user}
/* clang-format on */

/* RFC 1928 sections 3 and 4, RFC 1929 section 2. */
#define GREETING         "\5\1\0"
#define GREETING_AS_USER "\5\2\0\2"
#define LOGIN            "\1\4user\6secret"
#define REQUEST          "\5\3\0\1\0\0\0\0\0\0"
#define REPLY            "\5\0\0\1\300\0\2\11\20\1"
#define RELAY                                                                                                          \
	{                                                                                                              \
		.kind = ENDPOINT_IPV4, .port = 0x1001, .ip = { 192, 0, 2, 9 }                                          \
	}

static const struct script scripts[] = {
    {
	.what = "no authentication",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS(REPLY)},
	.hears = OCTETS(GREETING REQUEST),
	.step = STEP_COMPLETE,
	.bound = RELAY,
    },
    {
	.what = "credentials that the server does not ask for",
	.order = ASSOCIATE_AS_USER,
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS(REPLY)},
	.hears = OCTETS(GREETING_AS_USER REQUEST),
	.step = STEP_COMPLETE,
	.bound = RELAY,
    },
    {
	.what = "login",
	.order = ASSOCIATE_AS_USER,
	.says = {[1] = OCTETS("\5\2"), [2] = OCTETS("\1\0"), [3] = OCTETS(REPLY)},
	.hears = OCTETS(GREETING_AS_USER LOGIN REQUEST),
	.step = STEP_COMPLETE,
	.bound = RELAY,
    },
    {
	.what = "relay at an IPv6 address",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS("\5\0\0\4\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x10\1")},
	.hears = OCTETS(GREETING REQUEST),
	.step = STEP_COMPLETE,
	.bound = {.kind = ENDPOINT_IPV6, .port = 0x1001, .ip = {0x20, 1, 0xd, 0xb8, [15] = 1}},
    },
    {
	.what = "relay with a name",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS("\5\0\0\3\5relay\x10\1")},
	.hears = OCTETS(GREETING REQUEST),
	.step = STEP_COMPLETE,
	.bound = {.kind = ENDPOINT_NAME, .port = 0x1001, .name_length = 5, .name = "relay"},
    },
    {
	.what = "relay with an empty name",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS("\5\0\0\3\0\x10\1")},
	.hears = OCTETS(GREETING REQUEST),
	.step = STEP_COMPLETE,
	.bound = {.kind = ENDPOINT_NAME, .port = 0x1001, .name = ""},
    },
    {
	.what = "a target that is a name",
	.order = {.command = COMMAND_CONNECT,
		  .target = {.kind = ENDPOINT_NAME, .port = 80, .name_length = 3, .name = "abc"}},
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS(REPLY)},
	.hears = OCTETS(GREETING "\5\1\0\3\3abc\0\x50"),
	.step = STEP_COMPLETE,
	.bound = RELAY,
    },
    {
	.what = "octets behind the reply",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS(REPLY "hello")},
	.hears = OCTETS(GREETING REQUEST),
	.step = STEP_COMPLETE,
	.left = 5,
	.bound = RELAY,
    },
    {
	.what = "every answer ahead of its question",
	.order = ASSOCIATE_AS_USER,
	.says = {OCTETS("\5\2\1\0" REPLY "hello")},
	.hears = OCTETS(GREETING_AS_USER LOGIN REQUEST),
	.step = STEP_COMPLETE,
	.left = 5,
	.bound = RELAY,
    },
    {
	.what = "method and reply in one",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0" REPLY)},
	.hears = OCTETS(GREETING REQUEST),
	.step = STEP_COMPLETE,
	.bound = RELAY,
    },
    {
	.what = "login status and reply in one",
	.order = ASSOCIATE_AS_USER,
	.says = {[1] = OCTETS("\5\2"), [2] = OCTETS("\1\0" REPLY)},
	.hears = OCTETS(GREETING_AS_USER LOGIN REQUEST),
	.step = STEP_COMPLETE,
	.bound = RELAY,
    },
    {
	.what = "a refusal ahead of the request",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0\5\2")},
	.hears = OCTETS(GREETING REQUEST),
	.outcome = OUTCOME_REPLY_NOT_ALLOWED,
	.step = STEP_REQUEST,
	.rep = 2,
    },
    {
	.what = "no acceptable method",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\377")},
	.hears = OCTETS(GREETING),
	.outcome = OUTCOME_NO_ACCEPTABLE_METHOD,
    },
    {
	.what = "a login that was not offered",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\2")},
	.hears = OCTETS(GREETING),
	.outcome = OUTCOME_UNOFFERED_METHOD,
    },
    {
	.what = "GSSAPI, which was not offered",
	.order = ASSOCIATE_AS_USER,
	.says = {[1] = OCTETS("\5\1")},
	.hears = OCTETS(GREETING_AS_USER),
	.outcome = OUTCOME_UNOFFERED_METHOD,
    },
    {
	.what = "login refused",
	.order = ASSOCIATE_AS_USER,
	.says = {[1] = OCTETS("\5\2"), [2] = OCTETS("\1\1")},
	.hears = OCTETS(GREETING_AS_USER LOGIN),
	.outcome = OUTCOME_LOGIN_REFUSED,
	.step = STEP_LOGIN,
    },
    {
	.what = "a login status of another version",
	.order = ASSOCIATE_AS_USER,
	.says = {[1] = OCTETS("\5\2"), [2] = OCTETS("\5\0")},
	.hears = OCTETS(GREETING_AS_USER LOGIN),
	.outcome = OUTCOME_BAD_LOGIN_VERSION,
	.step = STEP_LOGIN,
    },
    {
	.what = "SOCKS4",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\0\133")},
	.hears = OCTETS(GREETING),
	.outcome = OUTCOME_BAD_VERSION,
    },
    {
	.what = "an HTTP server",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")},
	.hears = OCTETS(GREETING),
	.outcome = OUTCOME_BAD_VERSION,
    },
    {
	.what = "an SSH server, which speaks first",
	.order = ASSOCIATE,
	.says = {OCTETS("SSH-2.0-OpenSSH_9.2p1\r\n")},
	.hears = OCTETS(""),
	.outcome = OUTCOME_BAD_VERSION,
    },
    {
	.what = "a reply of another version",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS("\4\0\0\1\0\0\0\0\0\0")},
	.hears = OCTETS(GREETING REQUEST),
	.outcome = OUTCOME_BAD_VERSION,
	.step = STEP_REQUEST,
    },
    {
	.what = "a reply with an unknown address type",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS("\5\0\0\2\0\0\0\0\0\0")},
	.hears = OCTETS(GREETING REQUEST),
	.outcome = OUTCOME_BAD_ADDRESS_TYPE,
	.step = STEP_REQUEST,
    },
    {
	.what = "a reply with a NUL in its name",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS("\5\0\0\3\3a\0b\x10\1")},
	.hears = OCTETS(GREETING REQUEST),
	.outcome = OUTCOME_BAD_NAME,
	.step = STEP_REQUEST,
    },
    {
	.what = "closed at once",
	.order = ASSOCIATE,
	.hears = OCTETS(GREETING),
	.outcome = OUTCOME_CLOSED,
    },
    {
	.what = "closed within the method",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5")},
	.hears = OCTETS(GREETING),
	.outcome = OUTCOME_CLOSED,
    },
    {
	.what = "closed without a login status",
	.order = ASSOCIATE_AS_USER,
	.says = {[1] = OCTETS("\5\2")},
	.hears = OCTETS(GREETING_AS_USER LOGIN),
	.outcome = OUTCOME_CLOSED,
	.step = STEP_LOGIN,
    },
    {
	.what = "closed without a reply",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0")},
	.hears = OCTETS(GREETING REQUEST),
	.outcome = OUTCOME_CLOSED,
	.step = STEP_REQUEST,
    },
    {
	.what = "closed within the reply",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS("\5\0\0\1\300\0\2\11\20")},
	.hears = OCTETS(GREETING REQUEST),
	.outcome = OUTCOME_CLOSED,
	.step = STEP_REQUEST,
    },
    {
	.what = "a refusal without an address",
	.order = ASSOCIATE,
	.says = {[1] = OCTETS("\5\0"), [2] = OCTETS("\5\7")},
	.hears = OCTETS(GREETING REQUEST),
	.outcome = OUTCOME_REPLY_COMMAND_NOT_SUPPORTED,
	.step = STEP_REQUEST,
	.rep = 7,
    },
};

START_TEST(scripts_end_as_they_must_however_they_are_cut)
{
	script_run(&scripts[_i]);
}
END_TEST

/* One test and not a loop of tests: 255 forks are dear under a sanitizer. */
START_TEST(every_reply_code_has_its_outcome)
{
	for (unsigned rep = 1; rep < 256; rep++) {
		uint8_t refusal[] = {5, (uint8_t)rep, 0, 1, 0, 0, 0, 0, 0, 0};
		struct script script = {
		    .what = "refusal",
		    .order = ASSOCIATE,
		    .says = {[1] = OCTETS("\5\0"), [2] = {refusal, sizeof(refusal)}},
		    .hears = OCTETS(GREETING REQUEST),
		    .outcome = outcome_from_reply((uint8_t)rep),
		    .step = STEP_REQUEST,
		    .rep = (uint8_t)rep,
		};

		script_run(&script);
	}
}
END_TEST

START_TEST(the_longest_reply_fits)
{
	uint8_t answer[2 + 2 + REPLY_SIZE_MAX + 9] = {5, 2, 1, 0, 5, 0, 0, 3, 255};
	struct script script = {
	    .what = "longest reply ahead of its turn",
	    .order = ASSOCIATE_AS_USER,
	    .says = {{answer, sizeof(answer)}},
	    .hears = OCTETS(GREETING_AS_USER LOGIN REQUEST),
	    .step = STEP_COMPLETE,
	    .left = 9,
	    .bound = {.kind = ENDPOINT_NAME, .port = 0x6e6e, .name_length = 255, .name = (char *)answer + 9},
	};

	memset(answer + 9, 'n', sizeof(answer) - 9);
	script_run(&script);
}
END_TEST

static void answer(struct negotiation *negotiation, const char *octets, size_t size)
{
	size_t out;

	negotiation_output(negotiation, &out);
	negotiation_sent(negotiation, out);
	ck_assert_uint_eq(negotiation_received(negotiation, (const uint8_t *)octets, size), size);
}

START_TEST(what_is_awaited_never_passes_the_reply)
{
	static const char *const replies[] = {
	    "\5\0\0\1\300\0\2\11\20\1tail",
	    "\5\0\0\4\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x10\1tail",
	    "\5\0\0\3\0\x10\1tail",
	    "\5\0\0\3\5relay\x10\1tail",
	};
	static const size_t sizes[] = {10, 22, 7, 12};
	static const struct negotiation_order order = ASSOCIATE;
	struct negotiation negotiation;
	size_t read = 0;
	size_t most;

	negotiation_start(&negotiation, &order);
	ck_assert_uint_eq(negotiation_awaits(&negotiation), 0);
	answer(&negotiation, "\5", 1);
	ck_assert_uint_eq(negotiation_awaits(&negotiation), 1);
	ck_assert_uint_eq(negotiation_received(&negotiation, (const uint8_t *)"\0", 1), 1);
	ck_assert_uint_eq(negotiation_awaits(&negotiation), 0);
	answer(&negotiation, "", 0);
	while ((most = negotiation_awaits(&negotiation)) > 0) {
		const uint8_t *at = (const uint8_t *)replies[_i] + read;

		ck_assert_uint_eq(negotiation_received(&negotiation, at, most), most);
		read += most;
	}
	ck_assert_int_eq(negotiation_wants(&negotiation), NEGOTIATION_DONE);
	ck_assert_uint_eq(read, sizes[_i]);
}
END_TEST

START_TEST(nothing_behind_a_refusal_is_taken)
{
	static const struct negotiation_order order = ASSOCIATE;
	static const uint8_t said[] = {5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0};
	struct negotiation negotiation;
	size_t size;

	negotiation_start(&negotiation, &order);
	negotiation_output(&negotiation, &size);
	negotiation_sent(&negotiation, size);
	ck_assert_uint_eq(negotiation_received(&negotiation, said, sizeof(said)), 4);
	ck_assert_int_eq(negotiation_wants(&negotiation), NEGOTIATION_WANTS_SEND);
	ck_assert_uint_eq(negotiation_received(&negotiation, said + 4, sizeof(said) - 4), 0);
}
END_TEST

START_TEST(bind_has_a_second_reply)
{
	static const struct negotiation_order order = {.command = COMMAND_BIND, .target = {.kind = ENDPOINT_IPV4}};
	struct endpoint first = endpoint_ipv4(0xc0000209, 0x1001);
	struct endpoint second = endpoint_ipv4(0xc6336401, 0x0050);
	struct negotiation negotiation;

	negotiation_start(&negotiation, &order);
	negotiation_await_second_reply(&negotiation);
	ck_assert_int_eq(negotiation_wants(&negotiation), NEGOTIATION_WANTS_SEND);
	answer(&negotiation, "\5\0", 2);
	answer(&negotiation, REPLY, 10);
	ck_assert_int_eq(negotiation_wants(&negotiation), NEGOTIATION_DONE);
	ck_assert(endpoint_equal(&negotiation.bound, &first));
	negotiation_await_second_reply(&negotiation);
	ck_assert_int_eq(negotiation_wants(&negotiation), NEGOTIATION_WANTS_RECEIVE);
	ck_assert_uint_eq(negotiation_received(&negotiation, (const uint8_t *)"\5\0\0\1\306\63\144\1\0\120!", 11), 10);
	ck_assert_int_eq(negotiation_wants(&negotiation), NEGOTIATION_DONE);
	ck_assert(endpoint_equal(&negotiation.bound, &second));
}
END_TEST

START_TEST(an_order_that_cannot_be_encoded_fails_at_once)
{
	static const char text[256] = "";
	static const struct credentials too_long = {
	    .username = text, .username_length = 256, .password = "p", .password_length = 1};
	static const struct negotiation_order orders[] = {
	    {.command = COMMAND_UDP_ASSOCIATE, .target = {.kind = ENDPOINT_IPV4}, .credentials = &too_long},
	    {.command = COMMAND_CONNECT, .target = {.kind = ENDPOINT_NONE}},
	};
	static const enum outcome outcomes[] = {OUTCOME_TOO_LONG, OUTCOME_WRONG_FAMILY};
	struct negotiation negotiation;
	size_t size;

	for (size_t i = 0; i < COUNT(orders); i++) {
		negotiation_start(&negotiation, &orders[i]);
		ck_assert_int_eq(negotiation_wants(&negotiation), NEGOTIATION_FAILED);
		ck_assert_int_eq(negotiation.outcome, outcomes[i]);
		negotiation_output(&negotiation, &size);
		ck_assert_uint_eq(size, 0);
	}
}
END_TEST

START_TEST(an_abort_ends_only_what_is_not_over)
{
	static const struct negotiation_order order = ASSOCIATE;
	struct negotiation negotiation;

	negotiation_start(&negotiation, &order);
	negotiation_abort(&negotiation, OUTCOME_TIMED_OUT);
	ck_assert_int_eq(negotiation_wants(&negotiation), NEGOTIATION_FAILED);
	ck_assert_int_eq(negotiation.outcome, OUTCOME_TIMED_OUT);
	negotiation_abort(&negotiation, OUTCOME_CLOSED);
	ck_assert_int_eq(negotiation.outcome, OUTCOME_TIMED_OUT);
	ck_assert_uint_eq(negotiation_received(&negotiation, (const uint8_t *)"\5\0", 2), 0);

	negotiation_start(&negotiation, &order);
	answer(&negotiation, "\5\0", 2);
	answer(&negotiation, REPLY, 10);
	negotiation_abort(&negotiation, OUTCOME_CLOSED);
	ck_assert_int_eq(negotiation_wants(&negotiation), NEGOTIATION_DONE);
	ck_assert_int_eq(negotiation.outcome, OUTCOME_OK);
}
END_TEST

START_TEST(more_sent_than_there_was_is_no_harm)
{
	static const struct negotiation_order order = ASSOCIATE;
	struct negotiation negotiation;
	size_t size;

	negotiation_start(&negotiation, &order);
	negotiation_sent(&negotiation, SIZE_MAX);
	ck_assert_int_eq(negotiation_wants(&negotiation), NEGOTIATION_WANTS_RECEIVE);
	negotiation_output(&negotiation, &size);
	ck_assert_uint_eq(size, 0);
	negotiation_sent(&negotiation, 1);
	ck_assert_int_eq(negotiation_wants(&negotiation), NEGOTIATION_WANTS_RECEIVE);
}
END_TEST

START_TEST(every_step_has_a_text_of_its_own)
{
	for (int i = STEP_METHOD; i <= STEP_COMPLETE; i++)
		for (int j = STEP_METHOD; j < i; j++)
			ck_assert_str_ne(negotiation_step_text((enum negotiation_step)i),
					 negotiation_step_text((enum negotiation_step)j));
	ck_assert_ptr_nonnull(negotiation_step_text((enum negotiation_step)99));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("negotiation");
	TCase *tests = tcase_create("negotiation");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, scripts_end_as_they_must_however_they_are_cut, 0, COUNT(scripts));
	tcase_add_test(tests, every_reply_code_has_its_outcome);
	tcase_add_test(tests, the_longest_reply_fits);
	tcase_add_loop_test(tests, what_is_awaited_never_passes_the_reply, 0, 4);
	tcase_add_test(tests, nothing_behind_a_refusal_is_taken);
	tcase_add_test(tests, bind_has_a_second_reply);
	tcase_add_test(tests, an_order_that_cannot_be_encoded_fails_at_once);
	tcase_add_test(tests, an_abort_ends_only_what_is_not_over);
	tcase_add_test(tests, more_sent_than_there_was_is_no_harm);
	tcase_add_test(tests, every_step_has_a_text_of_its_own);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
