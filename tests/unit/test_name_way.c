#include "core/name_way.h"

#include <string.h>

#include "tests/unit/run_suite.h"

static struct settings settings;
static struct nameservers asked, nameservers;
static enum name_purpose purpose;

static const struct rule_target home = {.kind = TARGET_SUFFIX, .name = ".home.example"};
static const struct rule_target mixed = {.kind = TARGET_SUFFIX, .name = "mixed.example"};
static const struct rule_target ten = {.kind = TARGET_PREFIX, .prefix = {ENDPOINT_IPV4, 8, {10}}};
static const struct port_range https = {443, 443};

static void set_rules(enum action fallback)
{
	const struct rule list[] = {
	    {.targets = &mixed,
	     .target_count = 1,
	     .ports = &https,
	     .port_count = 1,
	     .action = ACTION_RELAY,
	     .server = ANY_SERVER},
	    {.targets = &mixed, .target_count = 1, .action = ACTION_DIRECT, .server = ANY_SERVER},
	    {.targets = &home, .target_count = 1, .action = ACTION_DIRECT, .server = ANY_SERVER},
	    {.targets = &ten, .target_count = 1, .action = ACTION_DIRECT, .server = ANY_SERVER},
	};
	rules_free(settings.rules);
	settings.rules = rules_compile(list, sizeof list / sizeof *list, fallback);
	ck_assert_ptr_nonnull(settings.rules);
}

static void set_one(struct nameservers *list, uint32_t address)
{
	list->count = 1;
	list->items[0] = endpoint_ipv4(address, 53);
}

static void begin(void)
{
	settings = (struct settings){.stand_ins_ipv4 = {ENDPOINT_IPV4, 15, {198, 18}},
				     .stand_ins_ipv6 = {ENDPOINT_IPV6, 64, {0xfd}}};
	set_rules(ACTION_RELAY);
	asked.count = 0;
	set_one(&nameservers, 0x7f000035);
	purpose = NAME_FOR_ANYTHING;
}

static void finish(void)
{
	rules_free(settings.rules);
}

static struct name_way way_of(const char *name, uint16_t type)
{
	struct dns_question question = {.type = type, .class = 1, .is_plain = true};
	const struct name_lookup lookup = {.purpose = purpose, .asked = &asked, .system = &nameservers};
	struct name_way way;
	question.name_length = (uint8_t)strlen(name);
	memcpy(question.name, name, strlen(name) + 1);
	name_way_choose(&way, &settings, &lookup, &question);
	return way;
}

static void expect(const char *name, uint16_t type, enum name_way_kind kind)
{
	ck_assert_int_eq(way_of(name, type).kind, kind);
}

START_TEST(localhost_is_here)
{
	for (settings.dns_mode = DNS_MODE_AUTO; settings.dns_mode <= DNS_MODE_REMOTE; settings.dns_mode++) {
		expect("localhost", DNS_A, NAME_WAY_HERE);
		expect("a.LocalHost", DNS_AAAA, NAME_WAY_HERE);
	}
	settings.dns_mode = DNS_MODE_TUNNEL;
	expect("notlocalhost", DNS_A, NAME_WAY_NONE);
}
END_TEST

START_TEST(a_direct_name_is_asked_for_here)
{
	for (settings.dns_mode = DNS_MODE_AUTO; settings.dns_mode <= DNS_MODE_REMOTE; settings.dns_mode++) {
		expect("www.home.example", DNS_A, NAME_WAY_LOCAL);
		expect("1.0.0.10.in-addr.arpa", DNS_PTR, NAME_WAY_LOCAL);
	}
	settings.dns_mode = DNS_MODE_TUNNEL;
	expect("mixed.example", DNS_A, NAME_WAY_NONE); /* some of its datagrams are relayed */
	expect("1.0.0.127.in-addr.arpa", DNS_PTR, NAME_WAY_NONE);
	set_rules(ACTION_DIRECT);
	expect("other.example", DNS_A, NAME_WAY_LOCAL);
	expect("mixed.example", DNS_A, NAME_WAY_NONE);
}
END_TEST

START_TEST(a_nameserver_that_is_relayed_is_the_tunnel)
{
	static const struct endpoint local = {.kind = ENDPOINT_IPV4, .port = 53, .ip = {10, 0, 0, 53}};
	struct endpoint far = endpoint_ipv4(0xc0000235, 53);
	set_one(&nameservers, 0xc0000235);
	for (settings.dns_mode = DNS_MODE_AUTO; settings.dns_mode <= DNS_MODE_TUNNEL; settings.dns_mode++) {
		struct name_way way = way_of("a.example", DNS_A);
		ck_assert_int_eq(way.kind, NAME_WAY_TUNNEL);
		ck_assert(endpoint_equal(&way.servers.items[0], &far));
	}
	settings.dns_mode = DNS_MODE_TUNNEL;
	settings.dns_servers = (struct endpoints){&local, 1}; /* configured, but the rules do not relay it */
	expect("a.example", DNS_A, NAME_WAY_NONE);
	nameservers.count = 0;
	settings.dns_servers = (struct endpoints){&far, 1};
	expect("a.example", DNS_A, NAME_WAY_TUNNEL);
	settings.dns_servers.count = 0;
	settings.dns_servers.items = NULL;
}
END_TEST

START_TEST(stand_ins_are_for_datagrams)
{
	purpose = NAME_FOR_DATAGRAMS;
	expect("a.example", DNS_A, NAME_WAY_STAND_IN);
	expect("a.example", DNS_AAAA, NAME_WAY_STAND_IN);
	expect("a.example", 15, NAME_WAY_NONE);
	purpose = NAME_FOR_STREAMS;
	expect("a.example", DNS_A, NAME_WAY_NONE);
	purpose = NAME_FOR_ANYTHING;
	expect("a.example", DNS_A, NAME_WAY_NONE);
	settings.dns_mode = DNS_MODE_REMOTE;
	expect("a.example", DNS_A, NAME_WAY_STAND_IN);
	purpose = NAME_FOR_STREAMS;
	expect("a.example", DNS_A, NAME_WAY_NONE);
	set_one(&nameservers, 0xc0000235);
	expect("a.example", DNS_A, NAME_WAY_TUNNEL);
	settings.dns_mode = DNS_MODE_AUTO;
	purpose = NAME_FOR_DATAGRAMS;
	expect("a.example", DNS_A, NAME_WAY_TUNNEL);
}
END_TEST

START_TEST(an_update_gets_no_stand_in)
{
	struct dns_question question = {.opcode = 0x28, .type = DNS_A, .is_plain = true, .name_length = 1, .name = "a"};
	const struct name_lookup lookup = {.asked = &asked, .system = &nameservers};
	struct name_way way;
	settings.dns_mode = DNS_MODE_REMOTE;
	name_way_choose(&way, &settings, &lookup, &question);
	ck_assert_int_eq(way.kind, NAME_WAY_NONE);
}
END_TEST

START_TEST(the_way_back_from_a_stand_in_leaves_nothing)
{
	for (settings.dns_mode = DNS_MODE_AUTO; settings.dns_mode <= DNS_MODE_REMOTE; settings.dns_mode++)
		expect("1.0.18.198.in-addr.arpa", DNS_PTR, NAME_WAY_STAND_IN);
}
END_TEST

START_TEST(whom_the_program_names_is_asked)
{
	settings.dns_mode = DNS_MODE_REMOTE;
	set_one(&asked, 0xcb007135);
	expect("a.example", DNS_A, NAME_WAY_TUNNEL);
	set_one(&asked, 0x0a000035);
	expect("a.example", DNS_A, NAME_WAY_LOCAL);
	nameservers = asked;
	expect("a.example", DNS_A, NAME_WAY_NONE);
}
END_TEST

START_TEST(a_nameserver_on_loopback_is_not_asked)
{
	static const uint32_t addresses[] = {0x7f000001, 0x7f000035, 0};
	settings.dns_mode = DNS_MODE_TUNNEL;
	set_one(&nameservers, 0x0a000035);
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		set_one(&asked, addresses[i]);
		ck_assert(name_way_is_barred(&settings, &asked.items[0]));
		expect("a.example", DNS_A, NAME_WAY_NONE);
		asked.items[0].port = 5353; /* one of the program's own, perhaps */
		expect("a.example", DNS_A, NAME_WAY_LOCAL);
	}
	set_one(&asked, 0x0a000001);
	ck_assert(!name_way_is_barred(&settings, &asked.items[0]));
}
END_TEST

START_TEST(a_nameserver_on_loopback_that_a_rule_names_is_asked)
{
	static const struct rule_target loopback = {.kind = TARGET_PREFIX, .prefix = {ENDPOINT_IPV4, 8, {127}}};
	const struct rule rule = {
	    .targets = &loopback, .target_count = 1, .action = ACTION_DIRECT, .server = ANY_SERVER};
	rules_free(settings.rules);
	settings.rules = rules_compile(&rule, 1, ACTION_RELAY);
	settings.dns_mode = DNS_MODE_TUNNEL;
	set_one(&nameservers, 0x0a000035);
	set_one(&asked, 0x7f000001);
	expect("a.example", DNS_A, NAME_WAY_LOCAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("name_way");
	TCase *tests = tcase_create("name_way");

	tcase_add_checked_fixture(tests, begin, finish);
	tcase_add_test(tests, localhost_is_here);
	tcase_add_test(tests, a_direct_name_is_asked_for_here);
	tcase_add_test(tests, a_nameserver_that_is_relayed_is_the_tunnel);
	tcase_add_test(tests, stand_ins_are_for_datagrams);
	tcase_add_test(tests, an_update_gets_no_stand_in);
	tcase_add_test(tests, the_way_back_from_a_stand_in_leaves_nothing);
	tcase_add_test(tests, whom_the_program_names_is_asked);
	tcase_add_test(tests, a_nameserver_on_loopback_is_not_asked);
	tcase_add_test(tests, a_nameserver_on_loopback_that_a_rule_names_is_asked);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
