#include "conf/explain.h"

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/conf_case.h"
#include "tests/unit/run_suite.h"

static const char text[] = "servers = ( { name = \"home\"; url = \"socks5://u:hunter2@192.0.2.1\"; },\n"
			   "  { name = \"spare\"; url = \"socks5://192.0.2.2\"; } );\n"
			   "rules = (\n"
			   "  { to = [ \"10.0.0.0/8\", \"fd00::/8\" ]; action = \"direct\"; },\n"
			   "  { to = \".example.com\"; port = \"53,5000-5999\"; via = \"spare\"; },\n"
			   "  { to = \"host.example.org\"; action = \"direct\"; },\n"
			   "  { to = \"127.9.0.0/16\"; action = \"drop\"; },\n"
			   "  { port = 443; action = \"reject\"; } );\n"
			   "dns = { mode = \"tunnel\"; };\n";

static char path[] = "/tmp/explain.XXXXXX";
static struct conf *conf;

static void load(void)
{
	struct conf_sources sources = sources_of(ENVIRONMENT({"SOCKS5UDP_CONFIG", path}));

	strcpy(path + sizeof(path) - 7, "XXXXXX");
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	conf = expect_loaded(&sources);
	unlink(path);
}

static void unload(void)
{
	conf_free(conf);
}

#define RULE(n, what)   "rule " #n " of 5: " what
#define DEFAULT         "no rule holds it: default = \"relay\""
#define THROUGH         "it is looked up through the proxy: dns.mode = \"tunnel\""
#define BY_ITSELF(what) "no target of a rule holds it, and " what " goes direct by itself"
#define BY_BOTH         "relay, by home, else spare"
#define BY_SPARE        "relay, by spare and no other server"

/* The destination as it is printed, what becomes of it, what decides, and the line. */
static const struct {
	const char *asked;
	const char *destination;
	const char *action;
	const char *reason;
	unsigned line;
} cases[] = {
    {"10.1.2.3:53", "10.1.2.3:53", "direct", RULE(1, "to 10.0.0.0/8 and 1 more: direct"), 4},
    {"[fd00::1]:9", "[fd00::1]:9", "direct", RULE(1, "to 10.0.0.0/8 and 1 more: direct"), 4},
    {"[::ffff:10.1.2.3]:9", "10.1.2.3:9", "direct", RULE(1, "to 10.0.0.0/8 and 1 more: direct"), 4},
    {"a.example.com:53", "a.example.com:53", BY_SPARE, RULE(2, "to .example.com port 53,5000-5999 via spare: relay"),
     5},
    {"A.Example.COM:5999", "A.Example.COM:5999", BY_SPARE,
     RULE(2, "to .example.com port 53,5000-5999 via spare: relay"), 5},
    {"a.example.com:54", "a.example.com:54", BY_BOTH, DEFAULT, 0},
    {"host.example.org:1", "host.example.org:1", "direct", RULE(3, "to host.example.org: direct"), 6},
    {"127.9.1.1:5", "127.9.1.1:5", "drop, nothing leaves and the call succeeds", RULE(4, "to 127.9.0.0/16: drop"), 7},
    {"192.0.2.9:443", "192.0.2.9:443", "reject, the call fails with ECONNREFUSED",
     RULE(5, "to anywhere port 443: reject"), 8},
    {"192.0.2.9:444", "192.0.2.9:444", BY_BOTH, DEFAULT, 0},
    {"127.0.0.1:443", "127.0.0.1:443", "direct", BY_ITSELF("loopback"), 0},
    {"localhost:443", "localhost:443", "direct", BY_ITSELF("loopback"), 0},
    {"[::1]:443", "[::1]:443", "direct", BY_ITSELF("loopback"), 0},
    {"[fe80::1]:443", "[fe80::1]:443", "direct", BY_ITSELF("link-local"), 0},
    {"169.254.1.1:443", "169.254.1.1:443", "direct", BY_ITSELF("link-local"), 0},
    {"224.0.0.251:5353", "224.0.0.251:5353", "direct", BY_ITSELF("multicast"), 0},
    {"255.255.255.255:67", "255.255.255.255:67", "direct", BY_ITSELF("broadcast"), 0},
    {"0.0.0.0:67", "0.0.0.0:67", "direct", BY_ITSELF("the unspecified address"), 0},
};

START_TEST(what_decides_is_told)
{
	struct explanation explanation;
	char first[300];

	ck_assert(explain(&explanation, conf, cases[_i].asked));
	snprintf(first, sizeof(first), "%s: %s", cases[_i].destination, cases[_i].action);
	ck_assert_str_eq(explanation.lines[0].text, first);
	ck_assert_ptr_null(explanation.lines[0].place);
	ck_assert_str_eq(explanation.lines[1].text, cases[_i].reason);
	if (cases[_i].line) {
		ck_assert_str_eq(explanation.lines[1].place->source, path);
		ck_assert_uint_eq(explanation.lines[1].place->line, cases[_i].line);
	} else if (strcmp(cases[_i].reason, DEFAULT) == 0) {
		ck_assert_str_eq(explanation.lines[1].place->source, "default");
	} else {
		ck_assert_ptr_null(explanation.lines[1].place);
	}
}
END_TEST

/* A name's address is a destination of its own, which an earlier rule may hold. */
START_TEST(the_way_of_a_lookup_is_told)
{
	struct explanation explanation;

	ck_assert(explain(&explanation, conf, "a.example.com:53"));
	ck_assert_uint_eq(explanation.count, 4);
	ck_assert_str_eq(explanation.lines[2].text, THROUGH);
	ck_assert_uint_eq(explanation.lines[2].place->line, 9);
	ck_assert_str_eq(explanation.lines[3].text, "an earlier rule that holds the address found for it comes first");
	ck_assert(explain(&explanation, conf, "host.example.org:53"));
	ck_assert_str_eq(explanation.lines[2].text,
			 "it is looked up locally, for the rules send it direct whatever the port");
	ck_assert(explain(&explanation, conf, "10.1.2.3:53"));
	ck_assert_uint_eq(explanation.count, 2);
	ck_assert(explain(&explanation, conf, "127.0.0.1:53"));
	ck_assert_uint_eq(explanation.count, 3);
	ck_assert(explain(&explanation, conf, "0.0.0.0:53"));
	ck_assert_uint_eq(explanation.count, 3);
}
END_TEST

START_TEST(a_name_that_nobody_looks_up_has_no_address)
{
	struct conf_sources sources =
	    sources_of(ENVIRONMENT({"SOCKS5UDP_PROXY", "socks5://192.0.2.1"}, {"SOCKS5UDP_DIRECT", "10.0.0.0/8"},
				   {"SOCKS5UDP_DNS", "remote"}));
	struct conf *remote = expect_loaded(&sources);
	struct explanation explanation;

	ck_assert(explain(&explanation, remote, "a.example.com:53"));
	ck_assert_uint_eq(explanation.count, 3);
	ck_assert_str_eq(explanation.lines[0].text, "a.example.com:53: relay, by 192.0.2.1:1080");
	ck_assert_str_eq(explanation.lines[2].text, "an address of 198.18.0.0/15 stands for it: dns.mode = \"remote\"");
	ck_assert_str_eq(explanation.lines[2].place->source, "environment");
	conf_free(remote);
}
END_TEST

START_TEST(what_cannot_relay_is_refused)
{
	struct conf_sources sources = sources_of(ENVIRONMENT({NULL, NULL}));
	struct conf *none = expect_loaded(&sources);
	struct explanation explanation;

	ck_assert(explain(&explanation, none, "192.0.2.9:1"));
	ck_assert_str_eq(explanation.lines[0].text,
			 "192.0.2.9:1: refused, for no server is configured that could relay it");
	conf_free(none);
}
END_TEST

static const char *const wrong[] = {"",         "192.0.2.1",      "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536",
				    ":53",      "[::1]",          "::1",        "host",        "ho st:53",
				    "1.2.3:53", "a..b:1",         "[::1:5",     "192.0.2.1:x", "192.0.2.1:53\n:1",
				    "*.a.b:1",  ".example.com:53"};

START_TEST(what_is_no_destination_is_not_explained)
{
	struct explanation explanation;

	ck_assert_msg(!explain(&explanation, conf, wrong[_i]), "%s", wrong[_i]);
	ck_assert_uint_eq(explanation.count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("explain");
	TCase *tests = tcase_create("explain");

	tcase_add_checked_fixture(tests, load, unload);
	tcase_add_loop_test(tests, what_decides_is_told, 0, sizeof(cases) / sizeof(*cases));
	tcase_add_test(tests, the_way_of_a_lookup_is_told);
	tcase_add_test(tests, a_name_that_nobody_looks_up_has_no_address);
	tcase_add_test(tests, what_cannot_relay_is_refused);
	tcase_add_loop_test(tests, what_is_no_destination_is_not_explained, 0, sizeof(wrong) / sizeof(*wrong));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
