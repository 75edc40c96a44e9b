#include "core/correspondents.h"

#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

enum { MANY = 20000, ROOM = 4096 };

static struct correspondents *correspondents;

static void begin(void)
{
	fake_world_begin();
	correspondents = correspondents_new(&fake_functions);
	ck_assert_ptr_nonnull(correspondents);
}

static struct endpoint nth(uint32_t n)
{
	return endpoint_ipv4(0x0a000000 + n / 7, (uint16_t)(1000 + n));
}

static unsigned known_below(uint32_t count)
{
	unsigned known = 0;

	for (uint32_t n = 0; n < count; n++) {
		struct endpoint peer = nth(n);

		known += correspondents_have(correspondents, &peer);
	}
	return known;
}

START_TEST(found_after_add)
{
	for (uint32_t n = 0; n < 100; n++) {
		struct endpoint peer = nth(n);

		ck_assert(!correspondents_have(correspondents, &peer));
		correspondents_add(correspondents, &peer);
		ck_assert(correspondents_have(correspondents, &peer));
	}
	ck_assert_uint_eq(known_below(100), 100);
}
END_TEST

/* Thousands of associations a second: what the last ones leave behind is on its way. */
START_TEST(the_last_ones_are_known)
{
	struct correspondents *own = correspondents;
	enum { LAST = 100, PORTS = 15000 }; /* a server's, which come round again */

	correspondents = correspondents_new_large(&fake_functions);
	for (uint32_t n = 0; n < 2 * MANY; n++) {
		struct endpoint newest = nth(n % PORTS);

		correspondents_renew(correspondents, &newest);
		for (uint32_t back = 0; n % 16 == 0 && back < LAST && back <= n; back++) {
			struct endpoint peer = nth((n - back) % PORTS);

			ck_assert_msg(correspondents_have(correspondents, &peer), "%u before the %uth", back, n);
		}
	}
	correspondents_free(correspondents);
	correspondents = own;
}
END_TEST

START_TEST(a_shared_copy_knows_them_all)
{
	struct correspondents *own = correspondents, *large = correspondents_new_large(&fake_functions);

	correspondents = large;
	for (uint32_t n = 0; n < ROOM; n++) {
		struct endpoint peer = nth(n);

		correspondents_add(large, &peer);
	}
	unsigned known = known_below(ROOM);
	correspondents = correspondents_share(large);
	ck_assert_ptr_nonnull(correspondents);
	ck_assert_uint_eq(known_below(ROOM), known);
	correspondents_free(correspondents);
	correspondents_free(large);
	correspondents = own;
	fake.fail_at = fake.calls + 1;
	ck_assert_ptr_null(correspondents_share(own));
}
END_TEST

/* More than there is room for at first: those that were put elsewhere before are found all the same. */
START_TEST(what_many_share_grows)
{
	struct correspondents *own = correspondents;

	correspondents = correspondents_new_large(&fake_functions);
	for (uint32_t n = 0; n < MANY; n++) {
		struct endpoint peer = nth(n);

		correspondents_add(correspondents, &peer);
		ck_assert(correspondents_have(correspondents, &peer));
	}
	ck_assert_uint_gt(known_below(MANY), MANY * 4 / 5);
	correspondents_free(correspondents);
	correspondents = own;
}
END_TEST

/* It does with the rows that it has. */
START_TEST(without_memory_it_stays_small)
{
	fake.fail_at = fake.calls + 1;
	fake.fail_on = true;
	for (uint32_t n = 0; n < ROOM; n++) {
		struct endpoint peer = nth(n);

		correspondents_add(correspondents, &peer);
		ck_assert(correspondents_have(correspondents, &peer));
	}
	fake.fail_at = 0;
	ck_assert_uint_lt(known_below(ROOM), ROOM / 8);
}
END_TEST

START_TEST(every_part_of_an_address_counts)
{
	static const char *const others[] = {"192.0.2.1:54", "192.0.2.2:53", "[2001:db8::1]:53", "[c000:201::]:53",
					     "[fe80::1%2]:53"};
	struct endpoint peer = fake_endpoint("192.0.2.1:53");
	struct endpoint scoped = fake_endpoint("[fe80::1%3]:53");

	correspondents_add(correspondents, &peer);
	correspondents_add(correspondents, &scoped);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct endpoint other = fake_endpoint(others[i]);

		ck_assert_msg(!correspondents_have(correspondents, &other), "%s", others[i]);
	}
}
END_TEST

START_TEST(everybody_is_forgotten)
{
	for (uint32_t n = 0; n < 1000; n++) {
		struct endpoint peer = nth(n);

		correspondents_add(correspondents, &peer);
	}
	correspondents_forget(correspondents);
	ck_assert_uint_eq(known_below(1000), 0);
	struct endpoint peer = nth(5);
	correspondents_add(correspondents, &peer);
	ck_assert_uint_eq(known_below(1000), 1);
}
END_TEST

/* More than fit: the newest is always known, and the table stays as full as it can be. */
START_TEST(crowded_rows_forget)
{
	for (uint32_t n = 0; n < MANY; n++) {
		struct endpoint peer = nth(n);

		correspondents_add(correspondents, &peer);
		ck_assert(correspondents_have(correspondents, &peer));
	}
	unsigned known = known_below(MANY);
	ck_assert_uint_le(known, ROOM);
	ck_assert_uint_gt(known, ROOM * 9 / 10);
}
END_TEST

START_TEST(who_comes_again_takes_no_second_place)
{
	struct endpoint first = nth(0);
	unsigned before;

	for (uint32_t n = 0; n < 500; n++) {
		struct endpoint peer = nth(n);

		correspondents_add(correspondents, &peer);
	}
	before = known_below(500);
	for (int i = 0; i < 100; i++)
		correspondents_add(correspondents, &first);
	ck_assert_uint_eq(known_below(500), before);
}
END_TEST

START_TEST(each_socket_has_its_own)
{
	struct endpoint peer = nth(0);
	uint64_t one = 1, other = 0x100000001;

	correspondents_renew_of(correspondents, one, &peer);
	ck_assert(correspondents_have_of(correspondents, one, &peer));
	ck_assert(!correspondents_have_of(correspondents, other, &peer));
	ck_assert(!correspondents_have(correspondents, &peer));
	correspondents_renew(correspondents, &peer);
	ck_assert(correspondents_have(correspondents, &peer));
	ck_assert(!correspondents_have_of(correspondents, other, &peer));
	correspondents_forget(correspondents);
	ck_assert(!correspondents_have_of(correspondents, one, &peer));
}
END_TEST

START_TEST(nobody_is_nobody)
{
	struct endpoint peer = nth(0);

	correspondents_add(NULL, &peer);
	ck_assert(!correspondents_have(NULL, &peer));
	correspondents_renew_of(NULL, 1, &peer);
	ck_assert(!correspondents_have_of(NULL, 1, &peer));
	correspondents_forget(NULL);
	correspondents_free(NULL);
	fake.calls = 0;
	fake.fail_at = 1;
	ck_assert_ptr_null(correspondents_new(&fake_functions));
	correspondents_free(correspondents);
	ck_assert_uint_eq(fake.map_count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("correspondents");
	TCase *tests = tcase_create("correspondents");

	tcase_add_checked_fixture(tests, begin, fake_world_end);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, found_after_add);
	tcase_add_test(tests, without_memory_it_stays_small);
	tcase_add_test(tests, every_part_of_an_address_counts);
	tcase_add_test(tests, everybody_is_forgotten);
	tcase_add_test(tests, crowded_rows_forget);
	tcase_add_test(tests, what_many_share_grows);
	tcase_add_test(tests, a_shared_copy_knows_them_all);
	tcase_add_test(tests, the_last_ones_are_known);
	tcase_add_test(tests, who_comes_again_takes_no_second_place);
	tcase_add_test(tests, each_socket_has_its_own);
	tcase_add_test(tests, nobody_is_nobody);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
