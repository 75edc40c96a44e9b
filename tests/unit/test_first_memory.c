#include "preload/first_memory.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "tests/unit/run_suite.h"

enum { ODD = 1000, SOME = 20 * 1024, LARGE = 100 * 1024 };

static bool are_zeros(const uint8_t *octets, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (octets[i])
			return false;
	return true;
}

/* Each test is a process of its own: nothing is taken so far. */
START_TEST(lies_dense_and_apart)
{
	uint8_t *one = first_memory_take(ODD), *other = first_memory_take(ODD);

	ck_assert_ptr_nonnull(one);
	ck_assert_uint_eq((uintptr_t)one % 64, 0);
	ck_assert(other == one + 1024);
	memset(one, 1, ODD);
	ck_assert(are_zeros(other, ODD));
}
END_TEST

/* Nothing small lies beyond it. */
START_TEST(what_is_large_lies_behind)
{
	uint8_t *one = first_memory_take(ODD), *large = first_memory_take(LARGE), *other = first_memory_take(ODD);

	ck_assert(other == one + 1024);
	ck_assert(large > other);
}
END_TEST

START_TEST(ends)
{
	uint8_t *last = NULL, *next;
	size_t all = 0;

	while ((next = first_memory_take(LARGE))) {
		ck_assert(!last || next == last - LARGE);
		ck_assert(are_zeros(next, LARGE));
		memset(next, 1, LARGE);
		last = next;
		all += LARGE;
	}
	ck_assert_uint_gt(all, 4 * LARGE);
	ck_assert_ptr_null(first_memory_take(SIZE_MAX));
	ck_assert_ptr_nonnull(first_memory_take(1)); /* something less is left */
}
END_TEST

/* What is given back takes nothing of what lies beside it, and is not given again. */
START_TEST(given_back_it_is_the_kernels)
{
	uint8_t *before = first_memory_take(ODD), *given = first_memory_take(SOME), *behind = first_memory_take(ODD);

	memset(before, 1, ODD);
	memset(given, 2, SOME);
	memset(behind, 3, ODD);
	ck_assert(first_memory_give_back(given, SOME));
	ck_assert(are_zeros(given + 4096, SOME - 2 * 4096));
	for (int i = 0; i < ODD; i++)
		ck_assert(before[i] == 1 && behind[i] == 3);
	ck_assert(first_memory_take(SOME) != given);
}
END_TEST

START_TEST(other_memory_is_not_its_own)
{
	uint8_t others[64];

	ck_assert(!first_memory_give_back(others, sizeof(others)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("first_memory");
	TCase *tests = tcase_create("first_memory");

	tcase_add_test(tests, lies_dense_and_apart);
	tcase_add_test(tests, what_is_large_lies_behind);
	tcase_add_test(tests, ends);
	tcase_add_test(tests, given_back_it_is_the_kernels);
	tcase_add_test(tests, other_memory_is_not_its_own);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
