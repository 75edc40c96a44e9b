#include "preload/relayed.h"

#include <check.h>
#include <pthread.h>

#include "tests/unit/run_suite.h"

START_TEST(nothing_is_known_at_first)
{
	struct endpoint nowhere = endpoint_ipv4(0, 0), somewhere = endpoint_ipv4(0xc0000201, 53);

	ck_assert(!relayed_is_known(&nowhere));
	ck_assert(!relayed_is_known(&somewhere));
}
END_TEST

START_TEST(address_and_port_are_told_apart)
{
	struct endpoint noted = endpoint_ipv4(0xc0000201, 53), other_port = endpoint_ipv4(0xc0000201, 54),
			other_address = endpoint_ipv4(0xc0000202, 53), swapped = endpoint_ipv4(0x0035c000, 0x201);

	relayed_note(&noted);
	ck_assert(relayed_is_known(&noted));
	ck_assert(!relayed_is_known(&other_port));
	ck_assert(!relayed_is_known(&other_address));
	ck_assert(!relayed_is_known(&swapped));
}
END_TEST

/* More than it holds: what it says of any is right, and the last one is there. */
START_TEST(many_take_each_other_s_places)
{
	struct endpoint first = endpoint_ipv4(0x0a000000, 1);
	size_t known = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		struct endpoint to = endpoint_ipv4(0x0a000000 + i, (uint16_t)(1 + i)),
				never = endpoint_ipv4(0x0b000000 + i, (uint16_t)(1 + i));
		relayed_note(&to);
		ck_assert(relayed_is_known(&to));
		ck_assert(!relayed_is_known(&never));
	}
	for (uint32_t i = 0; i < 1000; i++) {
		struct endpoint to = endpoint_ipv4(0x0a000000 + i, (uint16_t)(1 + i));
		known += relayed_is_known(&to);
	}
	ck_assert_uint_gt(known, 1U << (RELAYED_BITS - 1)); /* they are spread */
	ck_assert_uint_le(known, 1U << RELAYED_BITS);
	relayed_note(&first);
	ck_assert(relayed_is_known(&first));
}
END_TEST

static void *ask(void *argument)
{
	static bool known;

	known = relayed_is_known(argument);
	return &known;
}

START_TEST(each_thread_has_its_own)
{
	struct endpoint noted = endpoint_ipv4(0xc0000201, 53);
	pthread_t thread;
	void *known;

	relayed_note(&noted);
	ck_assert_int_eq(pthread_create(&thread, NULL, ask, &noted), 0);
	ck_assert_int_eq(pthread_join(thread, &known), 0);
	ck_assert(!*(bool *)known);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("relayed");
	TCase *tests = tcase_create("relayed");

	tcase_add_test(tests, nothing_is_known_at_first);
	tcase_add_test(tests, address_and_port_are_told_apart);
	tcase_add_test(tests, many_take_each_other_s_places);
	tcase_add_test(tests, each_thread_has_its_own);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
