#include "core/message.h"

#include "tests/unit/random_endpoint.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/truncation.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum outcome decode_address(struct reader *reader, void *out)
{
	return address_decode(reader, out);
}

static enum outcome decode_greeting(struct reader *reader, void *out)
{
	return greeting_decode(reader, out);
}

static enum outcome decode_method(struct reader *reader, void *out)
{
	return method_decode(reader, out);
}

static enum outcome decode_login(struct reader *reader, void *out)
{
	return login_decode(reader, out);
}

static enum outcome decode_login_status(struct reader *reader, void *out)
{
	return login_status_decode(reader, out);
}

static enum outcome decode_request(struct reader *reader, void *out)
{
	return request_decode(reader, out);
}

static enum outcome decode_reply(struct reader *reader, void *out)
{
	return reply_decode(reader, out);
}

static enum outcome encode_address(struct writer *writer, const void *value)
{
	return address_encode(writer, value);
}

static enum outcome encode_greeting(struct writer *writer, const void *value)
{
	return greeting_encode(writer, value);
}

static enum outcome encode_method(struct writer *writer, const void *value)
{
	return method_encode(writer, *(const uint8_t *)value);
}

static enum outcome encode_login(struct writer *writer, const void *value)
{
	return login_encode(writer, value);
}

static enum outcome encode_login_status(struct writer *writer, const void *value)
{
	return login_status_encode(writer, *(const uint8_t *)value);
}

static enum outcome encode_request(struct writer *writer, const void *value)
{
	return request_encode(writer, value);
}

static enum outcome encode_reply(struct writer *writer, const void *value)
{
	return reply_encode(writer, value);
}

static const uint8_t methods[] = {METHOD_NONE, METHOD_LOGIN};
static const uint8_t login_status = 0;
static const uint8_t method = METHOD_LOGIN;
static const struct greeting greeting = {.methods = methods, .count = 2};
static const struct credentials login = {
    .username = "user", .username_length = 4, .password = "pass!", .password_length = 5};
static const struct credentials empty_login = {.username = "", .password = ""};
static const struct endpoint v4 = {.kind = ENDPOINT_IPV4, .port = 0x1234, .ip = {192, 0, 2, 1}};
static const struct endpoint name = {.kind = ENDPOINT_NAME, .port = 80, .name_length = 3, .name = "abc"};
static const struct request associate = {.command = COMMAND_UDP_ASSOCIATE, .target = {.kind = ENDPOINT_IPV4}};
static const struct reply granted = {
    .bound = {.kind = ENDPOINT_IPV6, .port = 1080, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}};
static const struct reply refused = {.rep = 7};

static const struct golden {
	const char *source;
	uint8_t bytes[24];
	size_t size;
	decode_function *decode;
	encode_function *encode;
	const void *value;
} goldens[] = {
    {"RFC 1928 section 5, IPv4", {1, 192, 0, 2, 1, 0x12, 0x34}, 7, decode_address, encode_address, &v4},
    {"RFC 1928 section 5, name", {3, 3, 'a', 'b', 'c', 0, 80}, 7, decode_address, encode_address, &name},
    {"RFC 1928 section 3, greeting", {5, 2, 0, 2}, 4, decode_greeting, encode_greeting, &greeting},
    {"RFC 1928 section 3, method", {5, 2}, 2, decode_method, encode_method, &method},
    {"RFC 1929 section 2, login",
     {1, 4, 'u', 's', 'e', 'r', 5, 'p', 'a', 's', 's', '!'},
     12,
     decode_login,
     encode_login,
     &login},
    {"empty login, as curl sends it", {1, 0, 0}, 3, decode_login, encode_login, &empty_login},
    {"RFC 1929 section 2, status", {1, 0}, 2, decode_login_status, encode_login_status, &login_status},
    {"RFC 1928 section 4, request", {5, 3, 0, 1, 0, 0, 0, 0, 0, 0}, 10, decode_request, encode_request, &associate},
    {"RFC 1928 section 6, reply",
     {5, 0, 0, 4, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x04, 0x38},
     22,
     decode_reply,
     encode_reply,
     &granted},
    {"RFC 1928 section 6, refusal", {5, 7}, 2, decode_reply, encode_reply, &refused},
};

START_TEST(golden_messages)
{
	const struct golden *golden = &goldens[_i];

	expect_whole(golden->decode, golden->bytes, golden->size);
	expect_encoded(golden->encode, golden->value, golden->bytes, golden->size);
}
END_TEST

static const struct broken {
	decode_function *decode;
	uint8_t bytes[12];
	size_t size;
	size_t wrong;
	enum outcome complaint;
} broken[] = {
    {decode_address, {0, 192, 0, 2, 1, 0, 53}, 7, 0, OUTCOME_BAD_ADDRESS_TYPE},
    {decode_address, {2, 192, 0, 2, 1, 0, 53}, 7, 0, OUTCOME_BAD_ADDRESS_TYPE},
    {decode_address, {3, 9, 'a', 'b', 0}, 5, 4, OUTCOME_BAD_NAME},
    {decode_greeting, {4, 1, 0}, 3, 0, OUTCOME_BAD_VERSION},
    {decode_greeting, {5, 0, 0}, 3, 1, OUTCOME_NO_ACCEPTABLE_METHOD},
    {decode_method, {'H', 'T', 'T', 'P'}, 4, 0, OUTCOME_BAD_VERSION},
    {decode_method, {4, 0}, 2, 0, OUTCOME_BAD_VERSION},
    {decode_login, {5, 1, 'u', 1, 'p'}, 5, 0, OUTCOME_BAD_LOGIN_VERSION},
    {decode_login_status, {5, 0}, 2, 0, OUTCOME_BAD_LOGIN_VERSION},
    {decode_request, {4, 3, 0, 1, 0, 0, 0, 0, 0, 0}, 10, 0, OUTCOME_BAD_VERSION},
    {decode_request, {5, 3, 9, 1, 0, 0, 0, 0, 0, 0}, 10, 2, OUTCOME_BAD_RESERVED},
    {decode_request, {5, 3, 0, 6, 0, 0, 0, 0, 0, 0}, 10, 3, OUTCOME_BAD_ADDRESS_TYPE},
    {decode_reply, {0, 0, 0, 1, 0, 0, 0, 0, 0, 0}, 10, 0, OUTCOME_BAD_VERSION},
    {decode_reply, {5, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 10, 3, OUTCOME_BAD_ADDRESS_TYPE},
    {decode_reply, {5, 0, 0, 3, 2, 'a', 0, 0, 0}, 9, 6, OUTCOME_BAD_NAME},
};

START_TEST(the_first_wrong_octet_is_complained_of)
{
	const struct broken *each = &broken[_i];

	expect_complaint(each->decode, each->bytes, each->size, each->wrong, each->complaint);
}
END_TEST

START_TEST(the_reserved_octet_of_a_reply_is_not_checked)
{
	static const uint8_t bytes[] = {5, 0, 0xee, 1, 192, 0, 2, 1, 0x12, 0x34};
	struct reader reader = reader_of(bytes, sizeof(bytes));
	struct reply reply;

	ck_assert_int_eq(reply_decode(&reader, &reply), OUTCOME_OK);
	ck_assert(endpoint_equal(&reply.bound, &v4));
}
END_TEST

START_TEST(a_refusal_is_complete_after_its_code)
{
	static const uint8_t bytes[] = {5, 2, 0, 1, 0, 0, 0, 0, 0, 0};
	struct reader reader = reader_of(bytes, sizeof(bytes));
	struct reply reply = {.bound = v4};

	ck_assert_int_eq(reply_decode(&reader, &reply), OUTCOME_OK);
	ck_assert_uint_eq(reply.rep, 2);
	ck_assert_int_eq(reply.bound.kind, ENDPOINT_NONE);
	ck_assert_uint_eq(reader_left(&reader), 8);
}
END_TEST

START_TEST(a_refusal_with_an_address_is_encoded_whole)
{
	static const uint8_t bytes[] = {5, 1, 0, 1, 192, 0, 2, 1, 0x12, 0x34};
	struct reply reply = {.rep = 1, .bound = v4};

	expect_encoded(encode_reply, &reply, bytes, sizeof(bytes));
}
END_TEST

START_TEST(a_message_that_needs_an_address_has_one)
{
	struct reply reply = {.rep = 0};
	struct request request = {.command = COMMAND_CONNECT};
	uint8_t buffer[REQUEST_SIZE_MAX];
	struct writer writer = writer_over(buffer, sizeof(buffer));

	ck_assert_int_eq(reply_encode(&writer, &reply), OUTCOME_WRONG_FAMILY);
	ck_assert_int_eq(request_encode(&writer, &request), OUTCOME_WRONG_FAMILY);
	ck_assert_int_eq(address_encode(&writer, &request.target), OUTCOME_WRONG_FAMILY);
	ck_assert_uint_eq(written(&writer), 0);
}
END_TEST

START_TEST(what_has_no_length_octet_is_too_long)
{
	char text[256] = "";
	struct credentials user = {.username = text, .username_length = 256, .password = "p", .password_length = 1};
	struct credentials password = {.username = "u", .username_length = 1, .password = text, .password_length = 256};
	struct greeting many = {.methods = (const uint8_t *)text, .count = 256};
	struct greeting nothing = {.methods = (const uint8_t *)text, .count = 0};
	uint8_t buffer[1024];
	struct writer writer = writer_over(buffer, sizeof(buffer));

	ck_assert_int_eq(login_encode(&writer, &user), OUTCOME_TOO_LONG);
	ck_assert_int_eq(login_encode(&writer, &password), OUTCOME_TOO_LONG);
	ck_assert_int_eq(greeting_encode(&writer, &many), OUTCOME_TOO_LONG);
	ck_assert_int_eq(greeting_encode(&writer, &nothing), OUTCOME_NO_ACCEPTABLE_METHOD);
	ck_assert_uint_eq(written(&writer), 0);
}
END_TEST

START_TEST(the_longest_messages_fill_their_sizes)
{
	char text[255] = "";
	uint8_t buffer[LOGIN_SIZE_MAX];
	struct writer writer = writer_over(buffer, GREETING_SIZE_MAX);
	struct greeting longest = {.methods = (const uint8_t *)text, .count = 255};
	struct credentials credentials = {
	    .username = text, .username_length = 255, .password = text, .password_length = 255};
	struct request request = {.command = COMMAND_CONNECT, .target = endpoint_name(text, 255, 1)};

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(greeting_encode(&writer, &longest), OUTCOME_OK);
	ck_assert_uint_eq(written(&writer), GREETING_SIZE_MAX);
	writer = writer_over(buffer, LOGIN_SIZE_MAX);
	ck_assert_int_eq(login_encode(&writer, &credentials), OUTCOME_OK);
	ck_assert_uint_eq(written(&writer), LOGIN_SIZE_MAX);
	expect_whole(decode_login, buffer, LOGIN_SIZE_MAX);
	writer = writer_over(buffer, REQUEST_SIZE_MAX);
	ck_assert_int_eq(request_encode(&writer, &request), OUTCOME_OK);
	ck_assert_uint_eq(written(&writer), REQUEST_SIZE_MAX);
	expect_whole(decode_request, buffer, REQUEST_SIZE_MAX);
}
END_TEST

START_TEST(addressed_messages_survive_the_round_trip)
{
	uint64_t state = 7;

	for (int i = 0; i < 20000; i++) {
		char text[255] = "";
		uint8_t buffer[REQUEST_SIZE_MAX];
		struct request request = {.command = (uint8_t)random_u64(&state),
					  .target = random_endpoint(&state, text)};
		struct reply reply = {.bound = request.target};
		struct writer writer = writer_over(buffer, sizeof(buffer));
		struct request request_back;
		struct reply reply_back;
		struct reader reader;

		ck_assert_int_eq(request_encode(&writer, &request), OUTCOME_OK);
		reader = reader_of(buffer, written(&writer));
		ck_assert_int_eq(request_decode(&reader, &request_back), OUTCOME_OK);
		ck_assert_uint_eq(request_back.command, request.command);
		ck_assert(endpoint_equal(&request_back.target, &request.target));
		writer = writer_over(buffer, sizeof(buffer));
		ck_assert_int_eq(reply_encode(&writer, &reply), OUTCOME_OK);
		reader = reader_of(buffer, written(&writer));
		ck_assert_int_eq(reply_decode(&reader, &reply_back), OUTCOME_OK);
		ck_assert(endpoint_equal(&reply_back.bound, &reply.bound));
		ck_assert_uint_eq(reader_left(&reader), 0);
	}
}
END_TEST

START_TEST(logins_and_greetings_survive_the_round_trip)
{
	uint64_t state = 1929;

	for (int i = 0; i < 5000; i++) {
		char text[510] = "";
		uint8_t buffer[LOGIN_SIZE_MAX + GREETING_SIZE_MAX];
		struct credentials in = {.username = text,
					 .username_length = random_below(&state, 256),
					 .password = text + 255,
					 .password_length = random_below(&state, 256)};
		struct greeting offered = {.methods = (const uint8_t *)text, .count = 1 + random_below(&state, 255)};
		struct writer writer = writer_over(buffer, sizeof(buffer));
		struct credentials out;
		struct greeting heard;
		struct reader reader;

		random_octets(&state, text, sizeof(text));
		ck_assert_int_eq(login_encode(&writer, &in), OUTCOME_OK);
		ck_assert_int_eq(greeting_encode(&writer, &offered), OUTCOME_OK);
		reader = reader_of(buffer, written(&writer));
		ck_assert_int_eq(login_decode(&reader, &out), OUTCOME_OK);
		ck_assert_int_eq(greeting_decode(&reader, &heard), OUTCOME_OK);
		ck_assert_uint_eq(out.username_length, in.username_length);
		ck_assert_uint_eq(out.password_length, in.password_length);
		ck_assert_int_eq(memcmp(out.username, in.username, in.username_length), 0);
		ck_assert_int_eq(memcmp(out.password, in.password, in.password_length), 0);
		ck_assert_uint_eq(heard.count, offered.count);
		ck_assert_mem_eq(heard.methods, offered.methods, offered.count);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("message");
	TCase *tests = tcase_create("message");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, golden_messages, 0, COUNT(goldens));
	tcase_add_loop_test(tests, the_first_wrong_octet_is_complained_of, 0, COUNT(broken));
	tcase_add_test(tests, the_reserved_octet_of_a_reply_is_not_checked);
	tcase_add_test(tests, a_refusal_is_complete_after_its_code);
	tcase_add_test(tests, a_refusal_with_an_address_is_encoded_whole);
	tcase_add_test(tests, a_message_that_needs_an_address_has_one);
	tcase_add_test(tests, what_has_no_length_octet_is_too_long);
	tcase_add_test(tests, the_longest_messages_fill_their_sizes);
	tcase_add_test(tests, addressed_messages_survive_the_round_trip);
	tcase_add_test(tests, logins_and_greetings_survive_the_round_trip);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
