#include "core/rendezvous.h"

#include <string.h>

#include "tests/unit/run_suite.h"

static struct endpoint endpoint(const char *text)
{
	struct endpoint endpoint;

	ck_assert_msg(endpoint_parse(&endpoint, text, strlen(text), -1) == OUTCOME_OK, "%s", text);
	return endpoint;
}

static const struct {
	const char *bound;
	const char *server;
	enum relay_address mode;
	const char *relay;
} cases[] = {
    /* as given */
    {"203.0.113.5:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "203.0.113.5:4000"},
    {"[2001:db8::5]:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "[2001:db8::5]:4000"},
    {"203.0.113.5:4000", "127.0.0.1:1080", RELAY_ADDRESS_AUTO, "203.0.113.5:4000"},
    /* unspecified */
    {"0.0.0.0:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "198.51.100.1:4000"},
    {"0.0.0.0:4000", "[2001:db8::1]:1080", RELAY_ADDRESS_AUTO, "[2001:db8::1]:4000"},
    {"[::]:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "198.51.100.1:4000"},
    {"[::]:4000", "198.51.100.1:1080", RELAY_ADDRESS_REPLY, "198.51.100.1:4000"},
    /* behind the server's NAT */
    {"10.1.2.3:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "198.51.100.1:4000"},
    {"172.31.0.9:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "198.51.100.1:4000"},
    {"192.168.1.1:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "198.51.100.1:4000"},
    {"100.64.0.1:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "198.51.100.1:4000"},
    {"[fd00::1]:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "198.51.100.1:4000"},
    {"127.0.0.1:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "198.51.100.1:4000"},
    {"[::1]:4000", "[2001:db8::1]:1080", RELAY_ADDRESS_AUTO, "[2001:db8::1]:4000"},
    {"169.254.1.1:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "198.51.100.1:4000"},
    {"10.1.2.3:4000", "198.51.100.1:1080", RELAY_ADDRESS_REPLY, "10.1.2.3:4000"},
    /* near, and the server is near too */
    {"10.1.2.3:4000", "192.168.1.1:1080", RELAY_ADDRESS_AUTO, "10.1.2.3:4000"},
    {"127.0.0.2:4000", "127.0.0.1:1080", RELAY_ADDRESS_AUTO, "127.0.0.2:4000"},
    {"10.1.2.3:4000", "127.0.0.1:1080", RELAY_ADDRESS_AUTO, "10.1.2.3:4000"},
    /* a name: only the text of an address is understood */
    {"relay.example.com:4000", "198.51.100.1:1080", RELAY_ADDRESS_AUTO, "198.51.100.1:4000"},
    {"relay.example.com:4000", "198.51.100.1:1080", RELAY_ADDRESS_REPLY, "198.51.100.1:4000"},
    /* forced */
    {"203.0.113.5:4000", "198.51.100.1:1080", RELAY_ADDRESS_SERVER, "198.51.100.1:4000"},
    /* a scope that the wire cannot carry */
    {"[fe80::2]:4000", "[fe80::1%3]:1080", RELAY_ADDRESS_AUTO, "[fe80::2%3]:4000"},
    {"[fe80::2]:4000", "[fe80::1%3]:1080", RELAY_ADDRESS_REPLY, "[fe80::2%3]:4000"},
    {"[::]:4000", "[fe80::1%3]:1080", RELAY_ADDRESS_AUTO, "[fe80::1%3]:4000"},
};

START_TEST(the_relay_follows_from_reply_and_server)
{
	struct endpoint bound = endpoint(cases[_i].bound);
	struct endpoint server = endpoint(cases[_i].server);
	struct endpoint relay;
	char text[ENDPOINT_TEXT_SIZE];

	ck_assert_int_eq(rendezvous_address(&relay, &bound, &server, cases[_i].mode), OUTCOME_OK);
	ck_assert_str_eq(endpoint_print(&relay, text, sizeof(text)), cases[_i].relay);
}
END_TEST

START_TEST(a_name_that_is_an_address_is_one)
{
	struct endpoint server = endpoint("198.51.100.1:1080");
	struct endpoint given = endpoint_name("203.0.113.5", 11, 4000);
	struct endpoint inside = endpoint_name("10.0.0.1", 8, 4000);
	struct endpoint empty = endpoint_name("", 0, 4000);
	struct endpoint relay;
	char text[ENDPOINT_TEXT_SIZE];

	ck_assert_int_eq(rendezvous_address(&relay, &given, &server, RELAY_ADDRESS_AUTO), OUTCOME_OK);
	ck_assert_str_eq(endpoint_print(&relay, text, sizeof(text)), "203.0.113.5:4000");
	ck_assert_int_eq(rendezvous_address(&relay, &inside, &server, RELAY_ADDRESS_AUTO), OUTCOME_OK);
	ck_assert_str_eq(endpoint_print(&relay, text, sizeof(text)), "198.51.100.1:4000");
	ck_assert_int_eq(rendezvous_address(&relay, &empty, &server, RELAY_ADDRESS_REPLY), OUTCOME_OK);
	ck_assert_str_eq(endpoint_print(&relay, text, sizeof(text)), "198.51.100.1:4000");
}
END_TEST

START_TEST(port_zero_is_no_relay)
{
	struct endpoint server = endpoint("198.51.100.1:1080");
	struct endpoint bound = endpoint("203.0.113.5:0");
	struct endpoint relay = endpoint("192.0.2.9:9");
	struct endpoint before = relay;

	for (int mode = RELAY_ADDRESS_AUTO; mode <= RELAY_ADDRESS_SERVER; mode++)
		ck_assert_int_eq(rendezvous_address(&relay, &bound, &server, (enum relay_address)mode),
				 OUTCOME_BAD_RELAY);
	ck_assert(endpoint_equal(&relay, &before));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rendezvous");
	TCase *tests = tcase_create("rendezvous");

	tcase_add_loop_test(tests, the_relay_follows_from_reply_and_server, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, a_name_that_is_an_address_is_one);
	tcase_add_test(tests, port_zero_is_no_relay);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
