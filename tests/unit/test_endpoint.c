#include "core/endpoint.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/unit/guard_page.h"
#include "tests/unit/random_endpoint.h"
#include "tests/unit/run_suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct endpoint endpoint(const char *text)
{
	struct endpoint endpoint;

	ck_assert_msg(endpoint_parse(&endpoint, text, strlen(text), 0) == OUTCOME_OK, "%s", text);
	return endpoint;
}

static struct sockaddr_in6 socket_address_v6(const char *text, uint16_t port, uint32_t scope)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = scope};

	ck_assert_int_eq(inet_pton(AF_INET6, text, &address.sin6_addr), 1);
	return address;
}

static struct endpoint taken(const void *address, size_t size)
{
	struct endpoint taken;

	ck_assert_int_eq(endpoint_from_sockaddr(&taken, address, size), OUTCOME_OK);
	return taken;
}

START_TEST(a_socket_address_too_short_for_its_family_is_refused)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct endpoint before = endpoint("192.0.2.7:7");
	struct endpoint out = before;

	for (size_t size = 0; size < sizeof(v4); size++) {
		struct guarded copy = guarded_copy(GUARD_BEHIND, &v4, size);

		ck_assert_int_eq(endpoint_from_sockaddr(&out, (const struct sockaddr *)copy.at, size),
				 OUTCOME_BAD_TEXT);
		guarded_free(&copy);
	}
	for (size_t size = 0; size < offsetof(struct sockaddr_in6, sin6_scope_id); size++) {
		struct guarded copy = guarded_copy(GUARD_BEHIND, &v6, size);

		ck_assert_int_eq(endpoint_from_sockaddr(&out, (const struct sockaddr *)copy.at, size),
				 OUTCOME_BAD_TEXT);
		guarded_free(&copy);
	}
	ck_assert(endpoint_equal(&out, &before));
}
END_TEST

START_TEST(an_address_of_another_family_is_refused)
{
	static const sa_family_t families[] = {AF_UNSPEC, AF_UNIX, AF_NETLINK, 0xffff};
	struct endpoint before = endpoint("192.0.2.7:7");
	struct endpoint out = before;

	for (size_t i = 0; i < COUNT(families); i++) {
		union socket_address address = {.any = {.sa_family = families[i]}};

		ck_assert_int_eq(endpoint_from_sockaddr(&out, &address.any, sizeof(address)), OUTCOME_WRONG_FAMILY);
	}
	ck_assert(endpoint_equal(&out, &before));
}
END_TEST

START_TEST(an_unaligned_address_is_read)
{
	struct sockaddr_in6 address = socket_address_v6("2001:db8::1", 53, 0);
	struct endpoint expected = endpoint("[2001:db8::1]:53");
	char buffer[sizeof(address) + 1];
	struct endpoint out;

	memcpy(buffer + 1, &address, sizeof(address));
	out = taken(buffer + 1, sizeof(address));
	ck_assert(endpoint_equal(&out, &expected));
}
END_TEST

START_TEST(an_address_without_scope_id_is_read_as_the_kernel_does)
{
	struct sockaddr_in6 address = socket_address_v6("fe80::1", 53, 7);
	size_t size = offsetof(struct sockaddr_in6, sin6_scope_id);
	struct guarded copy = guarded_copy(GUARD_BEHIND, &address, size);
	struct endpoint out = taken(copy.at, size);

	ck_assert_uint_eq(out.scope, 0);
	ck_assert_uint_eq(out.port, 53);
	guarded_free(&copy);
}
END_TEST

START_TEST(a_scope_counts_only_where_the_kernel_reads_it)
{
	static const struct {
		const char *address;
		uint32_t scope;
	} cases[] = {
	    {"fe80::1", 7}, {"febf::1", 7}, {"ff02::1", 7},     {"ff01::1", 7},          {"2001:db8::1", 0},
	    {"::1", 0},     {"::", 0},      {"fec0::1", 0},     {"ff05::1", 0},          {"ff0e::1", 0},
	    {"fd00::1", 0}, {"fe00::", 0},  {"::192.0.2.1", 0}, {"::ffff:192.0.2.1", 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sockaddr_in6 address = socket_address_v6(cases[i].address, 53, 7);
		struct endpoint out = taken(&address, sizeof(address));

		ck_assert_msg(out.scope == cases[i].scope, "%s", cases[i].address);
	}
}
END_TEST

START_TEST(mapped_addresses_are_ipv4)
{
	struct sockaddr_in6 mapped = socket_address_v6("::ffff:192.0.2.1", 53, 3);
	struct endpoint expected = endpoint_ipv4(0xc0000201, 53);
	struct endpoint out = taken(&mapped, sizeof(mapped));

	ck_assert(endpoint_equal(&out, &expected));
	ck_assert_uint_eq(out.scope, 0);
}
END_TEST

START_TEST(a_socket_address_fits_the_socket)
{
	struct endpoint v4 = endpoint("192.0.2.1:53");
	struct sockaddr_in6 mapped = socket_address_v6("::ffff:192.0.2.1", 53, 0);
	struct endpoint v6 = endpoint("[fe80::1%4]:53");
	struct sockaddr_in6 scoped = socket_address_v6("fe80::1", 53, 4);
	struct sockaddr_in plain = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr = {htonl(0xc0000201)}};
	union socket_address out;
	socklen_t size;

	ck_assert_int_eq(endpoint_to_sockaddr(&v4, AF_INET, &out, &size), OUTCOME_OK);
	ck_assert_uint_eq(size, sizeof(plain));
	ck_assert_mem_eq(&out, &plain, size);
	ck_assert_int_eq(endpoint_to_sockaddr(&v4, AF_INET6, &out, &size), OUTCOME_OK);
	ck_assert_uint_eq(size, sizeof(mapped));
	ck_assert_mem_eq(&out, &mapped, size);
	ck_assert_int_eq(endpoint_to_sockaddr(&v6, AF_INET6, &out, &size), OUTCOME_OK);
	ck_assert_uint_eq(size, sizeof(scoped));
	ck_assert_mem_eq(&out, &scoped, size);
}
END_TEST

START_TEST(what_a_socket_cannot_express_is_refused)
{
	struct endpoint v4 = endpoint("192.0.2.1:53");
	struct endpoint v6 = endpoint("[2001:db8::1]:53");
	struct endpoint name = endpoint("example.com:53");
	struct endpoint none = {.kind = ENDPOINT_NONE};
	union socket_address out;
	union socket_address before;
	socklen_t size = 77;

	memset(&out, 0xa5, sizeof(out));
	before = out;
	ck_assert_int_eq(endpoint_to_sockaddr(&v6, AF_INET, &out, &size), OUTCOME_WRONG_FAMILY);
	ck_assert_int_eq(endpoint_to_sockaddr(&name, AF_INET, &out, &size), OUTCOME_WRONG_FAMILY);
	ck_assert_int_eq(endpoint_to_sockaddr(&name, AF_INET6, &out, &size), OUTCOME_WRONG_FAMILY);
	ck_assert_int_eq(endpoint_to_sockaddr(&none, AF_INET6, &out, &size), OUTCOME_WRONG_FAMILY);
	ck_assert_int_eq(endpoint_to_sockaddr(&v4, AF_UNIX, &out, &size), OUTCOME_WRONG_FAMILY);
	ck_assert_mem_eq(&out, &before, sizeof(out));
	ck_assert_uint_eq(size, 77);
}
END_TEST

START_TEST(socket_addresses_survive_the_round_trip)
{
	uint64_t state = 42;

	for (int i = 0; i < 20000; i++) {
		char name[255] = "";
		struct endpoint in = random_endpoint(&state, name);
		union socket_address address;
		struct endpoint out;
		socklen_t size;

		if (in.kind == ENDPOINT_NAME)
			continue;
		ck_assert_int_eq(endpoint_to_sockaddr(&in, AF_INET6, &address, &size), OUTCOME_OK);
		out = taken(&address, size);
		ck_assert(endpoint_equal(&in, &out));
		if (in.kind == ENDPOINT_IPV4) {
			ck_assert_int_eq(endpoint_to_sockaddr(&in, AF_INET, &address, &size), OUTCOME_OK);
			out = taken(&address, size);
			ck_assert(endpoint_equal(&in, &out));
		}
	}
}
END_TEST

START_TEST(equality_counts_what_the_contract_counts)
{
	static const struct {
		const char *a;
		const char *b;
		bool equal;
		bool same_host;
	} cases[] = {
	    {"192.0.2.1:53", "192.0.2.1:53", true, true},
	    {"192.0.2.1:53", "192.0.2.1:54", false, true},
	    {"192.0.2.1:53", "192.0.2.2:53", false, false},
	    {"192.0.2.1:53", "[::c000:201]:53", false, false},
	    {"[2001:db8::1]:53", "[2001:db8::1]:53", true, true},
	    {"[2001:db8::1]:53", "[2001:db8::2]:53", false, false},
	    {"[fe80::1%1]:53", "[fe80::1%2]:53", false, false},
	    {"Example.COM:53", "eXAMPLE.com:53", true, true},
	    {"example.com:53", "example.co:53", false, false},
	    {"example.com:53", "example.net:53", false, false},
	    {"a_b:53", "a-b:53", false, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct endpoint a = endpoint(cases[i].a);
		struct endpoint b = endpoint(cases[i].b);

		ck_assert_msg(endpoint_equal(&a, &b) == cases[i].equal, "%s %s", cases[i].a, cases[i].b);
		ck_assert_msg(endpoint_same_host(&b, &a) == cases[i].same_host, "%s %s", cases[i].a, cases[i].b);
	}
}
END_TEST

START_TEST(octets_beside_letters_are_not_folded)
{
	struct endpoint at = endpoint_name("@", 1, 0);
	struct endpoint backtick = endpoint_name("`", 1, 0);
	struct endpoint bracket = endpoint_name("[", 1, 0);
	struct endpoint brace = endpoint_name("{", 1, 0);

	ck_assert(!endpoint_equal(&at, &backtick));
	ck_assert(!endpoint_equal(&bracket, &brace));
}
END_TEST

enum {
	UNSPECIFIED = 1,
	LOOPBACK = 2,
	LINK_LOCAL = 4,
	PRIVATE = 8,
	MULTICAST = 16,
	BROADCAST = 32,
};

static const struct {
	const char *host;
	int classes;
} classified[] = {
    {"0.0.0.0", UNSPECIFIED},
    {"0.0.0.1", 0},
    {"::", UNSPECIFIED},
    {"::ffff:0.0.0.0", UNSPECIFIED},
    {"127.0.0.1", LOOPBACK},
    {"127.255.255.255", LOOPBACK},
    {"126.255.255.255", 0},
    {"128.0.0.0", 0},
    {"::1", LOOPBACK},
    {"::2", 0},
    {"::ffff:127.0.0.1", LOOPBACK},
    {"169.254.0.0", LINK_LOCAL},
    {"169.253.255.255", 0},
    {"169.255.0.0", 0},
    {"fe80::", LINK_LOCAL},
    {"febf:ffff::", LINK_LOCAL},
    {"fe7f::", 0},
    {"fec0::", 0},
    {"9.255.255.255", 0},
    {"10.0.0.0", PRIVATE},
    {"10.255.255.255", PRIVATE},
    {"11.0.0.0", 0},
    {"172.15.255.255", 0},
    {"172.16.0.0", PRIVATE},
    {"172.31.255.255", PRIVATE},
    {"172.32.0.0", 0},
    {"192.167.255.255", 0},
    {"192.168.0.0", PRIVATE},
    {"192.168.255.255", PRIVATE},
    {"192.169.0.0", 0},
    {"100.63.255.255", 0},
    {"100.64.0.0", PRIVATE},
    {"100.127.255.255", PRIVATE},
    {"100.128.0.0", 0},
    {"fc00::", PRIVATE},
    {"fdff::", PRIVATE},
    {"fbff::", 0},
    {"fe00::", 0},
    {"223.255.255.255", 0},
    {"224.0.0.0", MULTICAST},
    {"239.255.255.255", MULTICAST},
    {"240.0.0.0", 0},
    {"ff00::", MULTICAST},
    {"ff02::fb", MULTICAST},
    {"255.255.255.255", BROADCAST},
    {"255.255.255.254", 0},
    {"2001:db8::1", 0},
    {"localhost", 0},
};

START_TEST(addresses_are_of_their_class)
{
	struct endpoint host = endpoint(classified[_i].host);
	int classes = classified[_i].classes;

	ck_assert_int_eq(endpoint_is_unspecified(&host), (classes & UNSPECIFIED) != 0);
	ck_assert_int_eq(endpoint_is_loopback(&host), (classes & LOOPBACK) != 0);
	ck_assert_int_eq(endpoint_is_link_local(&host), (classes & LINK_LOCAL) != 0);
	ck_assert_int_eq(endpoint_is_private(&host), (classes & PRIVATE) != 0);
	ck_assert_int_eq(endpoint_is_multicast(&host), (classes & MULTICAST) != 0);
	ck_assert_int_eq(endpoint_is_broadcast(&host), (classes & BROADCAST) != 0);
	ck_assert_int_eq(endpoint_is_local_only(&host), (classes & ~PRIVATE) != 0);
}
END_TEST

START_TEST(names_and_nothing_have_no_class)
{
	struct endpoint empty = endpoint_name("", 0, 53);
	struct endpoint none = {.kind = ENDPOINT_NONE};

	ck_assert(endpoint_is_unspecified(&empty));
	ck_assert(endpoint_is_local_only(&empty));
	ck_assert(!endpoint_is_unspecified(&none));
	ck_assert(!endpoint_is_local_only(&none));
}
END_TEST

START_TEST(a_name_is_cut_at_what_the_wire_can_carry)
{
	static const char text[300] = "";
	struct endpoint name = endpoint_name(text, sizeof(text), 53);

	ck_assert_uint_eq(name.name_length, 255);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("endpoint");
	TCase *tests = tcase_create("endpoint");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_socket_address_too_short_for_its_family_is_refused);
	tcase_add_test(tests, an_address_of_another_family_is_refused);
	tcase_add_test(tests, an_unaligned_address_is_read);
	tcase_add_test(tests, an_address_without_scope_id_is_read_as_the_kernel_does);
	tcase_add_test(tests, a_scope_counts_only_where_the_kernel_reads_it);
	tcase_add_test(tests, mapped_addresses_are_ipv4);
	tcase_add_test(tests, a_socket_address_fits_the_socket);
	tcase_add_test(tests, what_a_socket_cannot_express_is_refused);
	tcase_add_test(tests, socket_addresses_survive_the_round_trip);
	tcase_add_test(tests, equality_counts_what_the_contract_counts);
	tcase_add_test(tests, octets_beside_letters_are_not_folded);
	tcase_add_loop_test(tests, addresses_are_of_their_class, 0, COUNT(classified));
	tcase_add_test(tests, names_and_nothing_have_no_class);
	tcase_add_test(tests, a_name_is_cut_at_what_the_wire_can_carry);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
