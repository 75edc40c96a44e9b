#include "core/stand_ins.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

static const struct stand_in_ranges usual = {
    .ipv4 = {ENDPOINT_IPV4, 15, {198, 18}},
    .ipv6 = {ENDPOINT_IPV6, 64, {0xfd, 0x53, 0x4f, 0x43, 0x4b, 0x53, 0, 5}},
};

static const struct stand_in_ranges tight = {
    .ipv4 = {ENDPOINT_IPV4, 24, {198, 18, 7}},
    .ipv6 = {ENDPOINT_IPV6, 96, {0xfd, 0x53}},
};

static struct stand_ins *table;

static void begin(void)
{
	fake_world_begin();
	table = calloc(1, stand_ins_size());
	ck_assert_ptr_nonnull(table);
}

static void finish(void)
{
	free(table);
}

static struct endpoint add(const struct stand_in_ranges *ranges, const char *name, int kind)
{
	struct endpoint address;
	ck_assert(stand_ins_add(table, &fake_functions, ranges, name, strlen(name), kind, &address));
	ck_assert_int_eq(address.kind, kind);
	ck_assert(prefix_contains(kind == ENDPOINT_IPV4 ? &ranges->ipv4 : &ranges->ipv6, &address));
	return address;
}

static bool stands_for(const struct stand_in_ranges *ranges, const struct endpoint *address, const char *name)
{
	char found[STAND_IN_NAME_MAX];
	uint8_t length;
	return stand_ins_find(table, &fake_functions, ranges, address, found, &length) && length == strlen(name) &&
	       memcmp(found, name, length) == 0;
}

START_TEST(a_name_has_one_address_of_each_family)
{
	struct endpoint v4 = add(&usual, "a.example", ENDPOINT_IPV4), v6 = add(&usual, "a.example", ENDPOINT_IPV6);
	struct endpoint again = add(&usual, "A.Example", ENDPOINT_IPV4);
	struct endpoint other = add(&usual, "b.example", ENDPOINT_IPV4);
	ck_assert(endpoint_equal(&v4, &again));
	ck_assert(!endpoint_equal(&v4, &other));
	ck_assert(stands_for(&usual, &v4, "a.example"));
	ck_assert(stands_for(&usual, &v6, "a.example"));
	ck_assert(stands_for(&usual, &other, "b.example"));
	v4.port = 53; /* whatever the port */
	ck_assert(stands_for(&usual, &v4, "a.example"));
}
END_TEST

START_TEST(other_addresses_stand_for_nothing)
{
	struct endpoint v4 = add(&usual, "a.example", ENDPOINT_IPV4), v6 = add(&usual, "a.example", ENDPOINT_IPV6);
	v4.ip[3] ^= 1;
	ck_assert(!stands_for(&usual, &v4, "a.example"));
	v4.ip[3] ^= 1;
	v4.ip[0] = 10;
	ck_assert(!stands_for(&usual, &v4, "a.example"));
	v6.ip[10] = 1; /* beyond what is ever given */
	ck_assert(!stands_for(&usual, &v6, "a.example"));
}
END_TEST

START_TEST(names_of_every_length)
{
	char name[STAND_IN_NAME_MAX + 2];
	struct endpoint address;
	memset(name, 'x', sizeof name);
	for (size_t length = 0; length < sizeof name; length++) {
		bool fits = length && length <= STAND_IN_NAME_MAX;
		ck_assert(stand_ins_add(table, &fake_functions, &usual, name, length, ENDPOINT_IPV4, &address) == fits);
	}
}
END_TEST

START_TEST(a_flood_forgets_the_oldest_and_misleads_nobody)
{
	enum { NAMES = 20000 };
	static struct endpoint addresses[NAMES];
	char name[32];
	int kept = 0;
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "%d.example", i);
		addresses[i] = add(&usual, name, ENDPOINT_IPV4);
		ck_assert(stands_for(&usual, &addresses[i], name));
		fake.now_ms++;
	}
	for (int i = 0; i < NAMES; i++) {
		char found[STAND_IN_NAME_MAX];
		uint8_t length;
		snprintf(name, sizeof name, "%d.example", i);
		if (!stand_ins_find(table, &fake_functions, &usual, &addresses[i], found, &length))
			continue;
		ck_assert(length == strlen(name) && memcmp(found, name, length) == 0);
		kept++;
	}
	ck_assert_int_gt(kept, 3000);
	ck_assert(stands_for(&usual, &addresses[NAMES - 1], "19999.example"));
}
END_TEST

START_TEST(what_is_in_use_stays)
{
	char name[32];
	struct endpoint used = add(&usual, "used.example", ENDPOINT_IPV4);
	for (int i = 0; i < 50000; i++) {
		snprintf(name, sizeof name, "%d.example", i);
		fake.now_ms++;
		add(&usual, name, ENDPOINT_IPV4);
		if (i % 16 == 0)
			ck_assert(stands_for(&usual, &used, "used.example"));
	}
}
END_TEST

START_TEST(a_small_range_is_enough)
{
	char name[32];
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "%d.example", i);
		fake.now_ms++;
		struct endpoint address = add(&tight, name, i & 1 ? ENDPOINT_IPV6 : ENDPOINT_IPV4);
		ck_assert(stands_for(&tight, &address, name));
		ck_assert(address.kind != ENDPOINT_IPV4 || address.ip[3] != 0);
	}
}
END_TEST

/* The memory is shared with other processes of this user. */
START_TEST(whatever_is_in_the_table)
{
	for (int octet = 1; octet < 256; octet += 2) {
		struct endpoint address;
		char found[STAND_IN_NAME_MAX];
		uint8_t length;
		memset(table, octet, stand_ins_size());
		stand_ins_add(table, &fake_functions, &usual, "a.example", 9, ENDPOINT_IPV4, &address);
		for (uint32_t i = 0; i < 1U << 17; i += 257) {
			address = endpoint_ipv4(0xc6120000 + i, 0);
			stand_ins_find(table, &fake_functions, &usual, &address, found, &length);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stand_ins");
	TCase *tests = tcase_create("stand_ins");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, begin, finish);
	tcase_add_test(tests, a_name_has_one_address_of_each_family);
	tcase_add_test(tests, other_addresses_stand_for_nothing);
	tcase_add_test(tests, names_of_every_length);
	tcase_add_test(tests, a_flood_forgets_the_oldest_and_misleads_nobody);
	tcase_add_test(tests, what_is_in_use_stays);
	tcase_add_test(tests, a_small_range_is_enough);
	tcase_add_test(tests, whatever_is_in_the_table);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
