#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/url.h"
#include "tests/unit/guard_page.h"
#include "tests/unit/run_suite.h"

struct good {
	const char *text;
	const char *control;
	const char *username;
	const char *password;
};

static const struct good good_urls[] = {
    {"socks5://proxy.example.net", "proxy.example.net:1080", "", ""},
    {"socks5://proxy.example.net:1081/", "proxy.example.net:1081", "", ""},
    {"SOCKS5H://Proxy", "Proxy:1080", "", ""},
    {"socks5://192.0.2.1:65535", "192.0.2.1:65535", "", ""},
    {"socks5://[2001:db8::7]", "[2001:db8::7]:1080", "", ""},
    {"socks5://[2001:db8::7]:1/", "[2001:db8::7]:1", "", ""},
    {"socks5://[fe80::1%252]:9", "[fe80::1%2]:9", "", ""},
    {"socks5://[::ffff:192.0.2.1]:9", "192.0.2.1:9", "", ""},
    {"socks5://u:p@h.x", "h.x:1080", "u", "p"},
    {"socks5://u@h.x", "h.x:1080", "u", ""},
    {"socks5://u%3a%40%2F:p%25%20:@@h.x:2", "h.x:2", "u:@/", "p% :@"},
    {"socks5://\xc3\xa4:\xff@h.x", "h.x:1080", "\xc3\xa4", "\xff"},
    {"socks5://u:p@[::1]:2", "[::1]:2", "u", "p"},
    {"socks5://%68%2e%78", "h.x:1080", "", ""},
};

START_TEST(good_urls_are_taken_apart)
{
	const struct good *good = &good_urls[_i];
	struct guarded copy = guarded_copy(GUARD_BEHIND, good->text, strlen(good->text));
	char control[ENDPOINT_TEXT_SIZE];
	struct url url;
	const char *error = url_parse(&url, (const char *)copy.at, strlen(good->text));

	ck_assert_msg(!error, "%s: %s", good->text, error);
	ck_assert_str_eq(endpoint_print(&url.control, control, sizeof(control)), good->control);
	ck_assert_str_eq(url.username.text, good->username);
	ck_assert_str_eq(url.password.text, good->password);
	ck_assert_uint_eq(url.username.length, strlen(good->username));
	ck_assert_uint_eq(url.password.length, strlen(good->password));
	guarded_free(&copy);
}
END_TEST

struct bad {
	const char *text;
	const char *found;
};

static const struct bad bad_urls[] = {
    {"", "no scheme"},
    {"proxy.example.net:1080", "no scheme"},
    {"hunter2@proxy", "no scheme"},
    {"//proxy", "no scheme"},
    {"http://proxy", "the scheme http"},
    {"SOCKS4A://proxy", "the scheme socks4a"},
    {"hunter2://proxy", "another scheme"},
    {"://proxy", "another scheme"},
    {"socks5://", "no host"},
    {"socks5:///", "no host"},
    {"socks5://:1080", "no host"},
    {"socks5://u:p@", "no host"},
    {"socks5://u:p@:1", "no host"},
    {"socks5://[]", "no host"},
    {"socks5://proxy/x", NULL},
    {"socks5://proxy//", NULL},
    {"socks5://proxy?x", NULL},
    {"socks5://proxy#x", NULL},
    {"socks5://u:hunt/er2@proxy", NULL},
    {"socks5://proxy:", "an empty port"},
    {"socks5://proxy:0", "port 0"},
    {"socks5://proxy:65536", "a port above 65535"},
    {"socks5://proxy:4294968376", "a port above 65535"},
    {"socks5://proxy:+1", "a port that is not a number"},
    {"socks5://bob:hunter2", "a port that is not a number"},
    {"socks5://proxy: 1", "a port that is not a number"},
    {"socks5://2001:db8::7", "an IPv6 address without brackets, or text that is no address"},
    {"socks5://[2001:db8::7", "'[' without ']'"},
    {"socks5://[2001:db8::7]x", "text between ']' and the port"},
    {"socks5://[192.0.2.1]", "brackets without an IPv6 address"},
    {"socks5://[proxy:1]", "brackets without an IPv6 address"},
    {"socks5://[::1%25lo]", "a zone that is not a number"},
    {"socks5://[::1%2]", "a '%' without two hexadecimal digits"},
    {"socks5://300.1.1.1", "a host that is neither an address nor a name"},
    {"socks5://a..b", "a host that is neither an address nor a name"},
    {"socks5://a%3a80", "a host that is neither an address nor a name"},
    {"socks5://a%00b", "a NUL octet"},
    {"socks5://u%00:p@h", "a NUL octet"},
    {"socks5://pro xy", "a blank or control character"},
    {"socks5://u\x7f@h", "a blank or control character"},
    {"socks5://@h", "an empty user name"},
    {"socks5://:p@h", "an empty user name"},
    {"socks5://u:@h", "an empty password"},
    {"socks5://u:%@h", "a '%' without two hexadecimal digits"},
    {"socks5://u:%1@h", "a '%' without two hexadecimal digits"},
    {"socks5://u:%g0@h", "a '%' without two hexadecimal digits"},
};

START_TEST(bad_urls_leave_everything_as_it_was)
{
	const struct bad *bad = &bad_urls[_i];
	size_t length = strlen(bad->text);
	struct guarded copy = guarded_copy(GUARD_BEHIND, bad->text, length);
	struct url url, before;
	const char *error;

	memset(&url, 0xa5, sizeof(url));
	before = url;
	error = url_parse(&url, (const char *)copy.at, length);
	ck_assert_msg(error != NULL, "%s", bad->text);
	if (bad->found)
		ck_assert_str_eq(error, bad->found);
	else
		ck_assert_ptr_nonnull(strstr(error, "text after the address"));
	ck_assert_mem_eq(&url, &before, sizeof(url));
	guarded_free(&copy);
}
END_TEST

/* 255 octets fit into a login message (RFC 1929), counted after decoding; one more does not. */
START_TEST(parts_are_limited_after_decoding)
{
	static const char *const found[] = {"a user name of more than 255 octets",
					    "a password of more than 255 octets"};
	char text[2000], part[256 * 3 + 1] = "";
	struct url url;

	for (int octets = 255; octets <= 256; octets++) {
		const char *error;

		part[0] = '\0';
		for (int i = 0; i < octets; i++)
			strcat(part, "%41");
		snprintf(text, sizeof(text), _i ? "socks5://u:%s@h" : "socks5://%s:p@h", part);
		error = url_parse(&url, text, strlen(text));
		if (octets == 255)
			ck_assert_msg(!error, "%s", error);
		else
			ck_assert_str_eq(error, found[_i]);
	}
	ck_assert_uint_eq(_i ? url.password.length : url.username.length, 255);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_url");
	TCase *tcase = tcase_create("url");

	tcase_add_loop_test(tcase, good_urls_are_taken_apart, 0, sizeof(good_urls) / sizeof(*good_urls));
	tcase_add_loop_test(tcase, bad_urls_leave_everything_as_it_was, 0, sizeof(bad_urls) / sizeof(*bad_urls));
	tcase_add_loop_test(tcase, parts_are_limited_after_decoding, 0, 2);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
