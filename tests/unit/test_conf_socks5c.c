#include "conf/socks5c.h"

#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/conf_case.h"
#include "tests/unit/run_suite.h"

static char path[] = "/tmp/socks5c.XXXXXX";

static void write_file(const char *text)
{
	int fd;

	memset(path + sizeof(path) - 7, 'X', 6);
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static struct conf *load(const char *text)
{
	struct environment environment = {{{"SOCKS5C_CONFIG", path}}};
	struct conf_sources sources = sources_of(&environment);
	struct conf *conf;

	write_file(text);
	conf = expect_loaded(&sources);
	unlink(path);
	return conf;
}

/* The server that an address, or an address with a name, goes by. */
static const char *way_of(const struct conf *conf, const char *address, const char *name)
{
	struct endpoint to;
	struct decision decision;

	ck_assert_int_eq(endpoint_parse(&to, address, strlen(address), 53), OUTCOME_OK);
	decision = rules_decide(conf->settings.rules, &to, name, name ? strlen(name) : 0);
	if (decision.action == ACTION_DIRECT)
		return "NONE";
	ck_assert_int_eq(decision.action, ACTION_RELAY);
	ck_assert_int_ge(decision.server, 0);
	return conf->settings.servers[decision.server].label;
}

START_TEST(test_best_match)
{
	struct conf *conf = load("# a comment\n"
				 "9.0.0.0/8 wide.example\t# the wider one first\n"
				 "\n"
				 "9.3.0.0/16\tnarrow.example:1081\r\n"
				 "9.3.4.5 NONE\n"
				 "2001:db8::/32 2001:db8::7:1080\n"
				 "ibm.com names.example\n"
				 "austin.ibm.com 10.0.0.9\n"
				 "last.example [2001:db8::8]");

	ck_assert(conf->has_fragments);
	ck_assert_str_eq(way_of(conf, "9.1.1.1", NULL), "wide.example:1080");
	ck_assert_str_eq(way_of(conf, "9.3.1.1", NULL), "narrow.example:1081");
	ck_assert_str_eq(way_of(conf, "9.3.4.5", NULL), "NONE");
	ck_assert_str_eq(way_of(conf, "8.8.8.8", NULL), "NONE");
	ck_assert_str_eq(way_of(conf, "2001:db8::1", NULL), "[2001:db8::7]:1080");
	ck_assert_str_eq(way_of(conf, "2001:db9::1", NULL), "NONE");
	ck_assert_str_eq(way_of(conf, "9.3.4.5", "www.ibm.com"), "names.example:1080");
	ck_assert_str_eq(way_of(conf, "9.3.4.5", "notibm.com"), "names.example:1080");
	ck_assert_str_eq(way_of(conf, "8.8.8.8", "w3.Austin.IBM.com"), "10.0.0.9:1080");
	ck_assert_str_eq(way_of(conf, "8.8.8.8", "last.example"), "[2001:db8::8]:1080");
	ck_assert_str_eq(way_of(conf, "9.3.1.1", "elsewhere.example"), "narrow.example:1081");
	conf_free(conf);
}
END_TEST

START_TEST(test_equals)
{
	struct conf *conf = load("10.0.0.0/8 first\n10.0.0.0/8 second\n0.0.0.0/0 first\n");

	ck_assert_str_eq(way_of(conf, "10.1.1.1", NULL), "first:1080");
	ck_assert_str_eq(way_of(conf, "8.8.8.8", NULL), "first:1080");
	ck_assert_uint_eq(conf->settings.server_count, 2);
	ck_assert(!conf->has_fragments);
	ck_assert_str_eq(conf->file, path);
	conf_free(conf);
}
END_TEST

/* The preloaded library is not to take a program's own machine away from it; the documents have no such exemption. */
START_TEST(test_local_only)
{
	static const char *const local[] = {
	    "127.0.0.1", "169.254.1.1", "224.0.0.251", "255.255.255.255", "0.0.0.0", "::1", "fe80::1", "ff02::1", "::"};
	struct environment environment = {{{"SOCKS5C_CONFIG", path}}};
	struct conf_sources sources = sources_of(&environment);
	struct conf *conf, *documented;

	write_file("0.0.0.0/0 sox\n::/0 sox\n");
	conf = expect_loaded(&sources);
	sources.socks5c_first = true;
	documented = expect_loaded(&sources);
	unlink(path);
	for (size_t i = 0; i < sizeof(local) / sizeof(*local); i++) {
		ck_assert_str_eq(way_of(conf, local[i], NULL), "NONE");
		ck_assert_str_eq(way_of(documented, local[i], NULL), "sox:1080");
	}
	ck_assert_str_eq(way_of(conf, "192.0.2.1", NULL), "sox:1080");
	conf_free(documented);
	conf_free(conf);
	conf = load("0.0.0.0/0 sox\n127.0.0.0/8 near\n127.0.0.2 NONE\n");
	ck_assert_str_eq(way_of(conf, "127.0.0.1", NULL), "near:1080");
	ck_assert_str_eq(way_of(conf, "127.0.0.2", NULL), "NONE");
	conf_free(conf);
}
END_TEST

START_TEST(test_no_socks)
{
	struct environment environment = {{{"SOCKS5C_CONFIG", ""}}};
	struct conf_sources sources = sources_of(&environment);
	struct conf *conf = expect_loaded(&sources);

	ck_assert_int_eq(conf->fallback, ACTION_DIRECT);
	ck_assert(!conf->relays);
	conf_free(conf);
}
END_TEST

/* Missing: the system's own, which is missing too, so that nothing is configured. */
START_TEST(test_missing)
{
	struct environment environment = {{{"SOCKS5C_CONFIG", "/dev/null/no.conf"}}};
	struct conf_sources sources = sources_of(&environment);
	struct conf *conf = expect_loaded(&sources);

	ck_assert_ptr_null(conf->file);
	ck_assert_int_eq(conf->fallback, ACTION_RELAY);
	conf_free(conf);
}
END_TEST

START_TEST(test_system_file)
{
	struct environment environment = {{{NULL, NULL}}};
	struct conf_sources sources = sources_of(&environment);
	struct conf *conf;

	write_file("10.0.0.0/8 sox\n");
	sources.socks5c_file = path;
	conf = expect_loaded(&sources);
	unlink(path);
	ck_assert_str_eq(way_of(conf, "10.1.1.1", NULL), "sox:1080");
	conf_free(conf);
}
END_TEST

/* What the user said of servers is not undone by a file for other programs, unless these ask. */
START_TEST(test_order_of_sources)
{
	struct environment environment = {{{"SOCKS5C_CONFIG", path}, {"SOCKS5UDP_PROXY", "socks5://192.0.2.1"}}};
	struct conf_sources sources = sources_of(&environment);
	struct conf *conf;

	write_file("10.0.0.0/8 sox\n");
	conf = expect_loaded(&sources);
	ck_assert_ptr_null(conf->file);
	ck_assert_int_eq(conf->fallback, ACTION_RELAY);
	conf_free(conf);
	sources.socks5c_first = true;
	conf = expect_loaded(&sources);
	unlink(path);
	ck_assert_str_eq(way_of(conf, "10.1.1.1", NULL), "sox:1080");
	ck_assert_str_eq(way_of(conf, "8.8.8.8", NULL), "NONE");
	conf_free(conf);
}
END_TEST

#define RECORD "allowed a destination and a server, found "
#define DESTINATION                                                                                                    \
	"destination: allowed an address, a prefix without bits after its length, or the end of a host name, found "
#define SERVER "server: allowed NONE, host[:port], address[:port], IPv6:port or [IPv6][:port], found "

static const struct {
	const char *text;
	const char *complaint;
} wrong[] = {
    {"10.0.0.0/8\n", "1: " RECORD "\"10.0.0.0/8\" alone"},
    {"# one\n10.0.0.0/8 a b\n", "2: " RECORD "\"b\" after them"},
    {"10.0.0.1/8 sox\n", "1: " DESTINATION "\"10.0.0.1/8\""},
    {"10.0.0.0/33 sox\n", "1: " DESTINATION "\"10.0.0.0/33\""},
    {"300.1.1.1 sox\n", "1: " DESTINATION "\"300.1.1.1\""},
    {".. sox\n", "1: " DESTINATION "\"..\""},
    {"\001 sox\n", "1: " DESTINATION "\"?\""},
    {"\n\n10.0.0.0/8 2001:db8::7\n", "3: " SERVER "\"2001:db8::7\""},
    {"10.0.0.0/8 sox:0\n", "1: " SERVER "\"sox:0\""},
    {"10.0.0.0/8 sox:65536\n", "1: " SERVER "\"sox:65536\""},
    {"10.0.0.0/8 user:pw@sox\n", "1: " SERVER "\"user:pw@sox\""},
    {"10.0.0.0/8 sox/\n", "1: " SERVER "\"sox/\""},
    {"10.0.0.0/8 :1080\n", "1: " SERVER "\":1080\""},
};

START_TEST(test_wrong)
{
	struct environment environment = {{{"SOCKS5C_CONFIG", path}}};
	struct conf_sources sources = sources_of(&environment);
	char complaint[512];

	write_file(wrong[_i].text);
	snprintf(complaint, sizeof(complaint), "%s:%s", path, wrong[_i].complaint);
	expect_refused(&sources, complaint);
	unlink(path);
}
END_TEST

START_TEST(test_relative)
{
	struct environment environment = {{{"SOCKS5C_CONFIG", "socks5c.conf"}}};
	struct conf_sources sources = sources_of(&environment);

	expect_refused(&sources, "environment: SOCKS5C_CONFIG: allowed a path that begins with '/', or nothing, "
				 "found \"socks5c.conf\"");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("socks5c.conf");
	TCase *tests = tcase_create("records");

	tcase_add_test(tests, test_best_match);
	tcase_add_test(tests, test_equals);
	tcase_add_test(tests, test_local_only);
	tcase_add_test(tests, test_no_socks);
	tcase_add_test(tests, test_missing);
	tcase_add_test(tests, test_system_file);
	tcase_add_test(tests, test_order_of_sources);
	tcase_add_loop_test(tests, test_wrong, 0, sizeof(wrong) / sizeof(*wrong));
	tcase_add_test(tests, test_relative);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
