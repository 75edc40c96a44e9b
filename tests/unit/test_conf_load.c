#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/conf_case.h"
#include "tests/unit/run_suite.h"

/* A folder of the test's own, removed with what is in it. */
static char own[64];
static const char *const own_files[] = {"socks5udp.conf", "system.conf", "x.conf", "fifo", "list.txt"};

static const char *in_own(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%s/%s", own, name);
	return out;
}

static void make_own(void)
{
	snprintf(own, sizeof(own), "/tmp/unit_conf_load.XXXXXX");
	if (!mkdtemp(own))
		abort();
}

static void remove_own(void)
{
	char path[128];

	for (size_t i = 0; i < sizeof(own_files) / sizeof(*own_files); i++)
		unlink(in_own(path, sizeof(path), own_files[i]));
	unlink(in_own(path, sizeof(path), ".config/socks5udp.conf"));
	rmdir(in_own(path, sizeof(path), ".config"));
	if (rmdir(own) != 0)
		abort();
}

static void fill_file(const char *name, const char *bytes, size_t size)
{
	char path[128];
	int fd = open(in_own(path, sizeof(path), name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
}

static void write_file(const char *name, const char *text)
{
	fill_file(name, text, strlen(text));
}

static enum action decide(const struct conf *conf, const char *host, uint16_t port, int *server)
{
	struct endpoint to;
	struct decision decision;

	ck_assert_int_eq(endpoint_parse(&to, host, strlen(host), port), OUTCOME_OK);
	decision = rules_decide(conf->settings.rules, &to, NULL, 0);
	*server = decision.server;
	return decision.action;
}

static void expect_action(const struct conf *conf, const char *host, uint16_t port, enum action action, int server)
{
	int found;

	ck_assert_msg(decide(conf, host, port, &found) == action && found == server, "%s:%u", host, port);
}

static void expect_login(const struct server *server, const char *username, const char *password)
{
	const struct credentials *login = &server->credentials;

	ck_assert(server->has_credentials);
	ck_assert_uint_eq(login->username_length, strlen(username));
	ck_assert_uint_eq(login->password_length, strlen(password));
	ck_assert_mem_eq(login->username, username, strlen(username));
	ck_assert_mem_eq(login->password, password, strlen(password));
}

START_TEST(without_any_source_the_defaults_are_in_force)
{
	struct conf_sources sources = sources_of(ENVIRONMENT({"HOME", ""}));
	struct conf *conf = expect_loaded(&sources);
	const struct settings *settings = &conf->settings;

	ck_assert_uint_eq(settings->server_count, 0);
	ck_assert_uint_eq(settings->connect_ms, 5000);
	ck_assert_uint_eq(settings->handshake_ms, 5000);
	ck_assert_uint_eq(settings->retry_min_ms, 500);
	ck_assert_uint_eq(settings->retry_max_ms, 30000);
	ck_assert_uint_eq(settings->keepalive_ms, 30000);
	ck_assert_int_eq(settings->policy, POLICY_FAILOVER);
	ck_assert_uint_eq(settings->preconnect, 0);
	ck_assert(!settings->pipeline && settings->statistics == STATISTICS_OFF);
	ck_assert(settings->follow && !settings->allow_uring);
	ck_assert_uint_eq(settings->queue_datagrams, 64);
	ck_assert_uint_eq(settings->queue_octets, 256 * 1024);
	ck_assert_int_eq(settings->relay_address, RELAY_ADDRESS_AUTO);
	ck_assert_int_eq(settings->announce, ANNOUNCE_ZERO);
	ck_assert_int_eq(settings->log_level, LOG_LEVEL_WARN);
	ck_assert_str_eq(settings->log_file, "");
	ck_assert_int_eq(settings->dns_mode, DNS_MODE_AUTO);
	ck_assert_uint_eq(settings->dns_servers.count, 0);
	ck_assert_uint_eq(settings->stand_ins_ipv4.length, 15);
	ck_assert_uint_eq(settings->stand_ins_ipv6.length, 64);
	ck_assert_ptr_null(conf->file);
	ck_assert(conf->relays);
	expect_action(conf, "192.0.2.1", 53, ACTION_RELAY, ANY_SERVER);
	expect_action(conf, "127.0.0.1", 53, ACTION_DIRECT, ANY_SERVER);
	conf_free(conf);
	conf_free(NULL);
}
END_TEST

static void expect_full_servers(const struct settings *settings)
{
	char text[ENDPOINT_TEXT_SIZE];

	ck_assert_uint_eq(settings->server_count, 3);
	ck_assert_str_eq(settings->servers[0].label, "first");
	ck_assert_str_eq(endpoint_print(&settings->servers[0].control, text, sizeof(text)), "first.example:1080");
	expect_login(&settings->servers[0], "u", "correct horse");
	ck_assert_str_eq(endpoint_print(&settings->servers[1].control, text, sizeof(text)), "[2001:db8::1]:1081");
	expect_login(&settings->servers[1], "bob", "p@ss");
	ck_assert_str_eq(settings->servers[2].label, "192.0.2.3:1080");
	ck_assert(!settings->servers[2].has_credentials);
}

static void expect_dns(const struct settings *settings)
{
	char text[ENDPOINT_TEXT_SIZE];

	ck_assert_int_eq(settings->dns_mode, DNS_MODE_TUNNEL);
	ck_assert_uint_eq(settings->dns_servers.count, 2);
	ck_assert_str_eq(endpoint_print(&settings->dns_servers.items[0], text, sizeof(text)), "192.0.2.53:53");
	ck_assert_str_eq(endpoint_print(&settings->dns_servers.items[1], text, sizeof(text)), "[2001:db8::53]:5353");
	ck_assert_uint_eq(settings->stand_ins_ipv4.ip[1], 64);
	ck_assert_uint_eq(settings->stand_ins_ipv6.ip[0], 0xfd);
}

START_TEST(a_file_sets_everything)
{
	char path[512];
	struct conf_sources sources =
	    sources_of(ENVIRONMENT({"SOCKS5UDP_CONFIG", beside_tests(path, sizeof(path), "conf/full.conf")}));
	struct conf *conf = expect_loaded(&sources);
	const struct settings *settings = &conf->settings;

	expect_full_servers(settings);
	ck_assert_uint_eq(settings->connect_ms, 1000);
	ck_assert_uint_eq(settings->handshake_ms, 2500);
	ck_assert_uint_eq(settings->retry_min_ms, 250);
	ck_assert_uint_eq(settings->retry_max_ms, 3600000);
	ck_assert_uint_eq(settings->keepalive_ms, 2000);
	ck_assert_int_eq(settings->policy, POLICY_FASTEST);
	ck_assert(settings->pipeline && settings->statistics == STATISTICS_TABLE);
	ck_assert(!settings->follow && settings->allow_uring);
	ck_assert_uint_eq(settings->queue_datagrams, 8);
	ck_assert_uint_eq(settings->queue_octets, 4096);
	ck_assert_int_eq(settings->relay_address, RELAY_ADDRESS_SERVER);
	ck_assert_int_eq(settings->announce, ANNOUNCE_LOCAL);
	ck_assert_int_eq(settings->log_level, LOG_LEVEL_DEBUG);
	expect_dns(settings);
	ck_assert_str_eq(settings->log_file, "/dev/null");
	ck_assert_str_eq(conf->file, path);
	expect_action(conf, "10.1.2.3", 53, ACTION_RELAY, 1);
	expect_action(conf, "10.1.2.3", 54, ACTION_DROP, ANY_SERVER);
	expect_action(conf, "a.example.com", 5000, ACTION_RELAY, 1);
	expect_action(conf, "203.0.113.200", 1, ACTION_DIRECT, ANY_SERVER);
	expect_action(conf, "2001:db8:5::1", 1, ACTION_DIRECT, ANY_SERVER);
	expect_action(conf, "x.list.example", 1, ACTION_DIRECT, ANY_SERVER);
	expect_action(conf, "host.list.example", 1, ACTION_DIRECT, ANY_SERVER);
	expect_action(conf, "host.example.org", 443, ACTION_REJECT, ANY_SERVER);
	expect_action(conf, "host.example.org", 444, ACTION_DROP, ANY_SERVER);
	conf_free(conf);
}
END_TEST

START_TEST(the_sample_is_right)
{
	char path[512];
	struct conf_sources sources = sources_of(
	    ENVIRONMENT({"SOCKS5UDP_CONFIG", beside_tests(path, sizeof(path), "../../conf/samples/socks5udp.conf")}));
	struct conf *conf = expect_loaded(&sources);

	ck_assert_uint_eq(conf->settings.server_count, 2);
	ck_assert_uint_eq(conf->rule_count, 3);
	expect_login(&conf->settings.servers[0], "u", "not a good one");
	expect_action(conf, "10.0.0.1", 1, ACTION_DIRECT, ANY_SERVER);
	expect_action(conf, "192.0.2.1", 443, ACTION_REJECT, ANY_SERVER);
	for (enum key key = 0; key < KEY_COUNT; key++)
		ck_assert_str_eq(conf->origins[key].source, path);
	conf_free(conf);
}
END_TEST

START_TEST(the_environment_comes_before_the_file)
{
	char path[512];
	struct conf_sources sources = sources_of(
	    ENVIRONMENT({"SOCKS5UDP_CONFIG", beside_tests(path, sizeof(path), "conf/full.conf")},
			{"SOCKS5UDP_PROXY", "socks5://e:pw@one.example, socks5://[::1]:9\tsocks5h://192.0.2.9,"},
			{"SOCKS5UDP_DIRECT", "10.1.0.0/16,.foo.example"}, {"SOCKS5UDP_LOG", "error"},
			{"SOCKS5UDP_LOG_FILE", "/dev/full"}, {"SOCKS5UDP_DNS", "remote"},
			{"SOCKS5UDP_DNS_SERVER", "192.0.2.7 192.0.2.8:54"}));
	struct conf *conf = expect_loaded(&sources);
	const struct settings *settings = &conf->settings;

	/* Of the file's servers only the one that a rule names is left, behind the others. */
	ck_assert_uint_eq(settings->server_count, 4);
	expect_login(&settings->servers[0], "e", "pw");
	ck_assert_str_eq(settings->servers[0].label, "one.example:1080");
	ck_assert_str_eq(settings->servers[1].label, "[::1]:9");
	ck_assert_str_eq(settings->servers[3].label, "second");
	expect_action(conf, "10.1.2.3", 53, ACTION_DIRECT, ANY_SERVER);
	expect_action(conf, "10.2.2.3", 53, ACTION_RELAY, 3);
	expect_action(conf, "foo.example", 1, ACTION_DIRECT, ANY_SERVER);
	ck_assert_int_eq(settings->dns_mode, DNS_MODE_REMOTE);
	ck_assert_uint_eq(settings->dns_servers.count, 2);
	ck_assert_uint_eq(settings->dns_servers.items[1].port, 54);
	ck_assert_int_eq(settings->log_level, LOG_LEVEL_ERROR);
	ck_assert_str_eq(settings->log_file, "/dev/full");
	ck_assert_str_eq(conf->origins[KEY_LOG_LEVEL].source, "environment");
	ck_assert_str_eq(conf->rules[0].place.source, "environment");
	conf_free(conf);
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	const char *complaint;
} wrong_variables[] = {
    {"SOCKS5UDP_PROXY", "http://u:hunter2@a",
     "environment: SOCKS5UDP_PROXY: allowed socks5://[user[:password]@]host[:port], found the scheme http"},
    {"SOCKS5UDP_PROXY", "socks5://a,socks5://u:hun,ter2@a",
     "environment: SOCKS5UDP_PROXY: allowed socks5://[user[:password]@]host[:port], found a port that is not a number"},
    {"SOCKS5UDP_PROXY", "socks5://u@a",
     "environment: SOCKS5UDP_PROXY: allowed socks5://[user[:password]@]host[:port], found a user name without a "
     "password"},
    {"SOCKS5UDP_DIRECT", "10.0.0.0/8 10.0.0.1/8",
     "environment: SOCKS5UDP_DIRECT: allowed an address, a prefix without bits after its length, \".domain\" or "
     "\"host.domain\", found \"10.0.0.1/8\""},
    {"SOCKS5UDP_LOG", "loud\033[2J",
     "environment: SOCKS5UDP_LOG: allowed \"error\", \"warn\", \"info\" or \"debug\", found \"loud?[2J\""},
    {"SOCKS5UDP_LOG_FILE", "here",
     "environment: SOCKS5UDP_LOG_FILE: allowed a path that begins with '/', or \"\" for standard error, found "
     "\"here\""},
    {"SOCKS5UDP_CONFIG", "socks5udp.conf",
     "environment: SOCKS5UDP_CONFIG: allowed a path that begins with '/', found \"socks5udp.conf\""},
    {"SOCKS5UDP_CONFIG", "/dev/null/x",
     "environment: SOCKS5UDP_CONFIG: allowed a readable file, found \"/dev/null/x\": Not a directory"},
    {"SOCKS5UDP_CONFIG", "/dev/null",
     "environment: SOCKS5UDP_CONFIG: allowed a readable file, found \"/dev/null\": not a regular file"},
};

START_TEST(wrong_variables_are_complained_of)
{
	struct conf_sources sources = sources_of(ENVIRONMENT({wrong_variables[_i].name, wrong_variables[_i].value}));

	expect_refused(&sources, wrong_variables[_i].complaint);
}
END_TEST

START_TEST(the_first_file_that_exists_is_read)
{
	char system_file[128], folder[128], path[128];
	struct environment environment = {{{"HOME", own}}};
	struct conf_sources sources = sources_of(&environment);
	struct conf *conf;

	sources.system_file = in_own(system_file, sizeof(system_file), "system.conf");
	write_file("system.conf", "announce = \"local\";");
	conf = expect_loaded(&sources);
	ck_assert_str_eq(conf->file, system_file);
	conf_free(conf);

	ck_assert_int_eq(mkdir(in_own(folder, sizeof(folder), ".config"), 0700), 0);
	write_file(".config/socks5udp.conf", "announce = \"zero\";");
	conf = expect_loaded(&sources);
	ck_assert_str_eq(conf->file, in_own(path, sizeof(path), ".config/socks5udp.conf"));
	ck_assert_int_eq(conf->settings.announce, ANNOUNCE_ZERO);
	conf_free(conf);

	environment.variables[1] = (struct variable){"XDG_CONFIG_HOME", "relative"};
	conf = expect_loaded(&sources);
	ck_assert_str_eq(conf->file, path);
	conf_free(conf);

	write_file("socks5udp.conf", "relay_address = \"server\";");
	environment.variables[1].value = own;
	conf = expect_loaded(&sources);
	ck_assert_str_eq(conf->file, in_own(path, sizeof(path), "socks5udp.conf"));
	conf_free(conf);

	sources.secure = true;
	conf = expect_loaded(&sources);
	ck_assert_str_eq(conf->file, system_file);
	conf_free(conf);
}
END_TEST

START_TEST(a_file_that_is_there_must_be_readable)
{
	char path[128], text[256];
	struct conf_sources sources = sources_of(ENVIRONMENT({"HOME", NULL}));

	sources.system_file = own;
	snprintf(text, sizeof(text), "%s: allowed a readable file or none, found not a regular file", own);
	expect_refused(&sources, text);
	sources.system_file = in_own(path, sizeof(path), "fifo");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	snprintf(text, sizeof(text), "%s: allowed a readable file or none, found not a regular file", path);
	expect_refused(&sources, text);
	sources.system_file = in_own(path, sizeof(path), "x.conf");
	fill_file("x.conf", "announce = \"local\";\0rules", 25);
	snprintf(text, sizeof(text), "%s: allowed text, found a NUL octet", path);
	expect_refused(&sources, text);
	ck_assert_int_eq(truncate(path, (16 << 20) + 1), 0);
	snprintf(text, sizeof(text), "%s: allowed a readable file or none, found a file of more than 16 MiB", path);
	expect_refused(&sources, text);
	write_file("x.conf", "");
	conf_free(expect_loaded(&sources));
}
END_TEST

START_TEST(only_an_array_s_last_string_is_looked_for)
{
	char path[128], text[256];
	struct conf_sources sources = sources_of(ENVIRONMENT({"HOME", NULL}));

	sources.system_file = in_own(path, sizeof(path), "x.conf");
	write_file("x.conf",
		   "rules = ( { action = \"direct\";\n to = [ \"10.0.0.1\",\n\n \"a/b\"\n\n # \"a/bc\"\n ] } );");
	snprintf(
	    text, sizeof(text),
	    "%s:4: to: allowed an address, a prefix without bits after its length, \".domain\" or \"host.domain\", "
	    "found \"a/b\"",
	    path);
	expect_refused(&sources, text);
}
END_TEST

START_TEST(the_shortest_time_is_a_millisecond)
{
	char path[128];
	struct conf_sources sources = sources_of(ENVIRONMENT({"HOME", NULL}));
	struct conf *conf;

	sources.system_file = in_own(path, sizeof(path), "x.conf");
	write_file("x.conf", "timeouts = { connect = 1e-9; handshake = 0.0015; };");
	conf = expect_loaded(&sources);
	ck_assert_uint_eq(conf->settings.connect_ms, 1);
	ck_assert_uint_eq(conf->settings.handshake_ms, 2);
	conf_free(conf);
}
END_TEST

START_TEST(a_long_list_is_loaded)
{
	enum { LINES = 10000 };
	static char list[LINES * 24];
	size_t used = 0;
	char path[128];
	struct conf_sources sources = sources_of(ENVIRONMENT({"HOME", NULL}));
	struct conf *conf;

	for (int i = 0; i < LINES; i++)
		used += (size_t)sprintf(list + used, "100.%d.%d.0/25\n", i >> 8, i & 255);
	write_file("list.txt", list);
	sources.system_file = in_own(path, sizeof(path), "x.conf");
	write_file("x.conf", "rules = ( { to_file = \"list.txt\"; action = \"direct\"; } );");
	conf = expect_loaded(&sources);
	expect_action(conf, "100.39.15.127", 1, ACTION_DIRECT, ANY_SERVER);
	expect_action(conf, "100.39.15.128", 1, ACTION_RELAY, ANY_SERVER);
	expect_action(conf, "100.39.16.1", 1, ACTION_RELAY, ANY_SERVER);
	ck_assert_str_eq(conf->rules[0].text, "to 10000 in list.txt: direct");
	conf_free(conf);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_load");
	TCase *tcase = tcase_create("load"), *files = tcase_create("files");

	tcase_add_test(tcase, without_any_source_the_defaults_are_in_force);
	tcase_add_test(tcase, a_file_sets_everything);
	tcase_add_test(tcase, the_sample_is_right);
	tcase_add_test(tcase, the_environment_comes_before_the_file);
	tcase_add_loop_test(tcase, wrong_variables_are_complained_of, 0,
			    sizeof(wrong_variables) / sizeof(*wrong_variables));
	tcase_add_test(files, the_first_file_that_exists_is_read);
	tcase_add_test(files, a_file_that_is_there_must_be_readable);
	tcase_add_test(files, only_an_array_s_last_string_is_looked_for);
	tcase_add_test(files, the_shortest_time_is_a_millisecond);
	tcase_add_test(files, a_long_list_is_loaded);
	/* Run in the parent, so that the folder goes even when a test fails. */
	tcase_add_unchecked_fixture(files, make_own, remove_own);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, files);
	return run_suite(suite);
}
