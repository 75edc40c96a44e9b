#include <string.h>

#include "core/endpoint.h"
#include "tests/unit/guard_page.h"
#include "tests/unit/random_endpoint.h"
#include "tests/unit/run_suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Text with a NUL in it counts too: size is that of the literal. */
#define TEXT(literal) literal, sizeof(literal) - 1

static enum outcome parse_guarded(struct endpoint *endpoint, const char *text, size_t size, int default_port)
{
	struct guarded copy = guarded_copy(GUARD_BEHIND, text, size);
	enum outcome outcome = endpoint_parse(endpoint, (const char *)copy.at, size, default_port);

	guarded_free(&copy);
	return outcome;
}

static const struct {
	const char *text;
	int default_port;
	const char *printed;
} readable[] = {
    {"192.0.2.1", 1080, "192.0.2.1:1080"},
    {"192.0.2.1:53", 1080, "192.0.2.1:53"},
    {"192.0.2.1:53", -1, "192.0.2.1:53"},
    {"192.0.2.1:0", -1, "192.0.2.1:0"},
    {"192.0.2.1:65535", -1, "192.0.2.1:65535"},
    {"192.0.2.1:00053", -1, "192.0.2.1:53"},
    {"[2001:db8::1]", 1080, "[2001:db8::1]:1080"},
    {"[2001:DB8::1]:53", -1, "[2001:db8::1]:53"},
    {"2001:db8::1", 1080, "[2001:db8::1]:1080"},
    {"::", 7, "[::]:7"},
    {"::1", 7, "[::1]:7"},
    {"1:2:3:4:5:6:7:8", 9, "[1:2:3:4:5:6:7:8]:9"},
    {"::ffff:192.0.2.1", 7, "192.0.2.1:7"},
    {"[::ffff:192.0.2.1]:8", 7, "192.0.2.1:8"},
    {"0000:0000:0000:0000:0000:ffff:255.255.255.255", 7, "255.255.255.255:7"},
    {"fe80::1%2", 7, "[fe80::1%2]:7"},
    {"[fe80::1%2]:8", 7, "[fe80::1%2]:8"},
    {"[fe80::1%4294967295]:8", 7, "[fe80::1%4294967295]:8"},
    {"fe80::1%lo", 7, "[fe80::1%1]:7"},
    {"[fe80::1%lo]:53", -1, "[fe80::1%1]:53"},
    {"2001:db8::1%2", 7, "[2001:db8::1]:7"},
    {"example.com", 1080, "example.com:1080"},
    {"Example.com:53", 1080, "Example.com:53"},
    {"_dns._udp.a-b.example.:53", 1080, "_dns._udp.a-b.example.:53"},
    {"a", 0, "a:0"},
    {"1.2.3", 5, "1.2.3:5"},
};

START_TEST(text_is_read_and_printed)
{
	char printed[ENDPOINT_TEXT_SIZE];
	struct endpoint endpoint;
	const char *text = readable[_i].text;

	ck_assert_int_eq(endpoint_parse(&endpoint, text, strlen(text), readable[_i].default_port), OUTCOME_OK);
	ck_assert_str_eq(endpoint_print(&endpoint, printed, sizeof(printed)), readable[_i].printed);
	ck_assert_int_eq(parse_guarded(&endpoint, text, strlen(text), readable[_i].default_port), OUTCOME_OK);
}
END_TEST

static const struct {
	const char *text;
	size_t size;
	int default_port;
} unreadable[] = {
    {TEXT(""), 1080},
    {TEXT(":"), 1080},
    {TEXT(":53"), 1080},
    {TEXT("host:"), 1080},
    {TEXT("host"), -1},
    {TEXT("192.0.2.1"), -1},
    {TEXT("::1"), -1},
    {TEXT("[::1]"), -1},
    {TEXT("host:65536"), 1080},
    {TEXT("host:99999999999999999999"), 1080},
    {TEXT("host:18446744073709551617"), 1080},
    {TEXT("host:53x"), 1080},
    {TEXT("host:+53"), 1080},
    {TEXT("host:-1"), 1080},
    {TEXT("host: 53"), 1080},
    {TEXT("host:0x35"), 1080},
    {TEXT("host:53 "), 1080},
    {TEXT(" host:53"), 1080},
    {TEXT("ho st:53"), 1080},
    {TEXT("ho\tst:53"), 1080},
    {TEXT("host\n:53"), 1080},
    {TEXT("ho\0st:53"), 1080},
    {TEXT("192.0.2.1\0:53"), 1080},
    {TEXT("::1\0"), 1080},
    {TEXT("host\x7f"), 1080},
    {TEXT("h\xc3\xb6st"), 1080},
    {TEXT("host/53"), 1080},
    {TEXT("user@host"), 1080},
    {TEXT("a:b:c"), 1080},
    {TEXT("host:53:54"), 1080},
    {TEXT("1:2:3:4:5:6:7:8:9"), 1080},
    {TEXT("0000:0000:0000:0000:0000:ffff:255.255.255.2555"), 1080},
    {TEXT(":::"), 1080},
    {TEXT("[::1"), 1080},
    {TEXT("::1]"), 1080},
    {TEXT("[::1]]:53"), 1080},
    {TEXT("[[::1]]:53"), 1080},
    {TEXT("[]"), 1080},
    {TEXT("["), 1080},
    {TEXT("[]:53"), 1080},
    {TEXT("[::1]53"), 1080},
    {TEXT("[::1]:"), 1080},
    {TEXT("[::1]:65536"), 1080},
    {TEXT("[192.0.2.1]:53"), 1080},
    {TEXT("[host]:53"), 1080},
    {TEXT("fe80::1%"), 1080},
    {TEXT("[fe80::1%]:53"), 1080},
    {TEXT("fe80::1%4294967296"), 1080},
    {TEXT("fe80::1%no-such-link"), 1080},
    {TEXT("fe80::1%a-link-name-that-is-too-long"), 1080},
    {TEXT("fe80::1%l\0o"), 1080},
    {TEXT("192.0.2.1%2"), 1080},
    {TEXT("host%2"), 1080},
    {TEXT("host"), 65536},
};

START_TEST(what_is_no_endpoint_is_refused)
{
	struct endpoint before = endpoint_ipv4(0xc0000207, 7);
	struct endpoint out = before;

	ck_assert_int_eq(parse_guarded(&out, unreadable[_i].text, unreadable[_i].size, unreadable[_i].default_port),
			 OUTCOME_BAD_TEXT);
	ck_assert(endpoint_equal(&out, &before));
}
END_TEST

START_TEST(names_end_at_255_octets)
{
	char text[256];
	struct endpoint endpoint;

	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(parse_guarded(&endpoint, text, 255, 53), OUTCOME_OK);
	ck_assert_uint_eq(endpoint.name_length, 255);
	ck_assert_int_eq(parse_guarded(&endpoint, text, 256, 53), OUTCOME_BAD_TEXT);
}
END_TEST

START_TEST(a_name_is_borrowed_from_the_text)
{
	static const char text[] = "example.com:53";
	struct endpoint endpoint;

	ck_assert_int_eq(endpoint_parse(&endpoint, text, sizeof(text) - 1, -1), OUTCOME_OK);
	ck_assert_int_eq(endpoint.kind, ENDPOINT_NAME);
	ck_assert_ptr_eq(endpoint.name, text);
	ck_assert_uint_eq(endpoint.name_length, 11);
}
END_TEST

START_TEST(printing_is_bounded_and_harmless)
{
	char longest[255];
	char out[ENDPOINT_TEXT_SIZE];
	struct endpoint hostile = endpoint_name("a\x1b[2J\n\xff b", 9, 53);
	struct endpoint long_name = endpoint_name(longest, sizeof(longest), 65535);
	struct endpoint none = {.kind = ENDPOINT_NONE};
	struct guarded small = guarded_make(GUARD_BEHIND, 4);

	memset(longest, 'n', sizeof(longest));
	ck_assert_str_eq(endpoint_print(&hostile, out, sizeof(out)), "a?[2J???b:53");
	ck_assert_uint_eq(strlen(endpoint_print(&long_name, out, sizeof(out))), 255 + 6);
	ck_assert_str_eq(endpoint_print(&none, out, sizeof(out)), "none");
	ck_assert_str_eq(endpoint_print(&long_name, (char *)small.at, 4), "nnn");
	guarded_free(&small);
}
END_TEST

START_TEST(printed_addresses_are_read_back)
{
	uint64_t state = 3;

	for (int i = 0; i < 20000; i++) {
		char name[255] = "";
		char text[ENDPOINT_TEXT_SIZE];
		struct endpoint in = random_endpoint(&state, name);
		struct endpoint out;

		if (in.kind == ENDPOINT_NAME)
			continue;
		endpoint_print(&in, text, sizeof(text));
		ck_assert_int_eq(endpoint_parse(&out, text, strlen(text), -1), OUTCOME_OK);
		ck_assert(endpoint_equal(&in, &out));
	}
}
END_TEST

START_TEST(a_name_settles_only_where_it_is_an_address)
{
	static const struct {
		const char *name;
		size_t length;
		enum endpoint_kind kind;
		const char *printed;
	} cases[] = {
	    {TEXT("8.8.8.8"), ENDPOINT_IPV4, "8.8.8.8:53"},
	    {TEXT("2001:db8::1"), ENDPOINT_IPV6, "[2001:db8::1]:53"},
	    {TEXT("::ffff:8.8.8.8"), ENDPOINT_IPV4, "8.8.8.8:53"},
	    {TEXT("8.8.8"), ENDPOINT_NAME, "8.8.8:53"},
	    {TEXT("8.8.8.8."), ENDPOINT_NAME, "8.8.8.8.:53"},
	    {TEXT("08.8.8.8"), ENDPOINT_NAME, "08.8.8.8:53"},
	    {TEXT("8.8.8.8\0"), ENDPOINT_NAME, "8.8.8.8?:53"},
	    {TEXT("fe80::1%1"), ENDPOINT_NAME, "fe80::1%1:53"},
	    {TEXT("example.com"), ENDPOINT_NAME, "example.com:53"},
	    {TEXT(""), ENDPOINT_NAME, ":53"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct endpoint endpoint = endpoint_name(cases[i].name, cases[i].length, 53);
		char text[ENDPOINT_TEXT_SIZE];

		endpoint_settle(&endpoint);
		ck_assert_int_eq(endpoint.kind, cases[i].kind);
		ck_assert_str_eq(endpoint_print(&endpoint, text, sizeof(text)), cases[i].printed);
	}
}
END_TEST

static const struct {
	const char *text;
	const char *inside; /* NULL: the text is no prefix */
	const char *outside;
} prefixes[] = {
    {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
    {"10.0.0.0/8", "::ffff:10.0.0.1", "::a00:1"},
    {"0.0.0.0/0", "203.0.113.1", "2001:db8::1"},
    {"::/0", "2001:db8::1", "203.0.113.1"},
    {"192.0.2.1", "192.0.2.1", "192.0.2.0"},
    {"192.0.2.0/31", "192.0.2.1", "192.0.2.2"},
    {"192.0.2.128/25", "192.0.2.200", "192.0.2.127"},
    {"172.16.0.0/12", "172.31.1.1", "172.32.0.0"},
    {"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
    {"2001:db8::1", "2001:db8::1", "2001:db8::2"},
    {"fe80::/10", "febf::1", "fec0::1"},
    {"::1/128", "::1", "::2"},
    {"::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0"},
    {"::ffff:0.0.0.0/96", "203.0.113.1", "2001:db8::1"},
    {"0.0.0.0/0", "0.0.0.0", "example.com"},
    {"10.0.0.1/8", NULL, NULL},
    {"192.0.2.1/31", NULL, NULL},
    {"2001:db8::1/64", NULL, NULL},
    {"::ffff:0.0.0.0/95", NULL, NULL},
    {"10.0.0.0/33", NULL, NULL},
    {"::/129", NULL, NULL},
    {"10.0.0.0/", NULL, NULL},
    {"10.0.0.0/-1", NULL, NULL},
    {"10.0.0.0/+8", NULL, NULL},
    {"10.0.0.0/8 ", NULL, NULL},
    {"10.0.0.0/8/8", NULL, NULL},
    {"10.0.0.0/255.0.0.0", NULL, NULL},
    {"10.0.0/24", NULL, NULL},
    {"/8", NULL, NULL},
    {"/", NULL, NULL},
    {"", NULL, NULL},
    {"[::]/0", NULL, NULL},
    {"fe80::1%1", NULL, NULL},
    {"example.com/8", NULL, NULL},
};

START_TEST(prefixes_hold_what_they_say)
{
	struct guarded copy = guarded_copy(GUARD_BEHIND, prefixes[_i].text, strlen(prefixes[_i].text));
	struct prefix prefix = {.kind = 99};
	struct endpoint inside;
	struct endpoint outside;
	enum outcome outcome = prefix_parse(&prefix, (const char *)copy.at, strlen(prefixes[_i].text));

	guarded_free(&copy);
	if (!prefixes[_i].inside) {
		ck_assert_int_eq(outcome, OUTCOME_BAD_TEXT);
		ck_assert_uint_eq(prefix.kind, 99);
		return;
	}
	ck_assert_int_eq(outcome, OUTCOME_OK);
	endpoint_parse(&inside, prefixes[_i].inside, strlen(prefixes[_i].inside), 0);
	endpoint_parse(&outside, prefixes[_i].outside, strlen(prefixes[_i].outside), 0);
	ck_assert(prefix_contains(&prefix, &inside));
	ck_assert(!prefix_contains(&prefix, &outside));
}
END_TEST

START_TEST(a_prefix_is_printed_as_it_is_read)
{
	static const char *const texts[] = {"0.0.0.0/0", "10.0.0.0/8", "::/0", "2001:db8::/32",
					    "2001:db8:1111:2222:3333:4444:5555:6666/128"};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct prefix prefix;
		char text[PREFIX_TEXT_SIZE];

		ck_assert_int_eq(prefix_parse(&prefix, texts[i], strlen(texts[i])), OUTCOME_OK);
		ck_assert_str_eq(prefix_print(&prefix, text, sizeof(text)), texts[i]);
	}
}
END_TEST

START_TEST(a_prefix_ends_at_its_last_bit)
{
	uint64_t state = 11;

	for (int i = 0; i < 20000; i++) {
		struct prefix prefix = {.kind = ENDPOINT_IPV6, .length = (uint8_t)random_below(&state, 129)};
		size_t flipped = random_below(&state, 128);
		struct endpoint endpoint = {.kind = ENDPOINT_IPV6};

		random_octets(&state, endpoint.ip, sizeof(endpoint.ip));
		for (size_t bit = 0; bit < prefix.length; bit++)
			prefix.ip[bit / 8] |= (uint8_t)(endpoint.ip[bit / 8] & 0x80 >> bit % 8);
		ck_assert(prefix_contains(&prefix, &endpoint));
		endpoint.ip[flipped / 8] ^= (uint8_t)(0x80 >> flipped % 8);
		ck_assert_int_eq(prefix_contains(&prefix, &endpoint), flipped >= prefix.length);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("endpoint text");
	TCase *tests = tcase_create("endpoint text");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, text_is_read_and_printed, 0, COUNT(readable));
	tcase_add_loop_test(tests, what_is_no_endpoint_is_refused, 0, COUNT(unreadable));
	tcase_add_test(tests, names_end_at_255_octets);
	tcase_add_test(tests, a_name_is_borrowed_from_the_text);
	tcase_add_test(tests, printing_is_bounded_and_harmless);
	tcase_add_test(tests, printed_addresses_are_read_back);
	tcase_add_test(tests, a_name_settles_only_where_it_is_an_address);
	tcase_add_loop_test(tests, prefixes_hold_what_they_say, 0, COUNT(prefixes));
	tcase_add_test(tests, a_prefix_is_printed_as_it_is_read);
	tcase_add_test(tests, a_prefix_ends_at_its_last_bit);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
