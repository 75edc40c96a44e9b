#include "core/check/size_search.h"

#include "tests/unit/run_suite.h"

enum { ATTEMPTS = 18, LEAST = 20, MOST = 65497 };

/* Of a path that passes what is no longer than end; answers the number of attempts. */
static size_t search(size_t end, size_t *found)
{
	struct attempt attempts[ATTEMPTS + 1];
	size_t count = 0, size;

	while ((size = size_search_next(attempts, count, LEAST, MOST)) != 0) {
		ck_assert_uint_ge(size, LEAST);
		ck_assert_uint_le(size, MOST);
		ck_assert_uint_lt(count, ATTEMPTS);
		attempts[count++] = (struct attempt){size, size <= end};
	}
	*found = size_search_largest(attempts, count, LEAST);
	return count;
}

START_TEST(every_end_is_found)
{
	for (size_t end = LEAST; end <= MOST; end += end < 3000 ? 1 : 61) {
		size_t found;

		search(end, &found);
		ck_assert_uint_eq(found, end);
	}
}
END_TEST

START_TEST(a_path_that_takes_all_is_asked_once)
{
	size_t found;

	ck_assert_uint_eq(search(MOST, &found), 1);
	ck_assert_uint_eq(search(MOST + 100, &found), 1);
}
END_TEST

START_TEST(a_late_answer_moves_the_search_up)
{
	struct attempt attempts[] = {{MOST, false}, {1400, true}, {30000, false}, {10000, true}};

	ck_assert_uint_lt(size_search_next(attempts, 4, LEAST, MOST), 30000);
	attempts[2].came = true;
	ck_assert_uint_gt(size_search_next(attempts, 4, LEAST, MOST), 30000);
	attempts[0].came = true;
	ck_assert_uint_eq(size_search_next(attempts, 4, LEAST, MOST), 0);
	ck_assert_uint_eq(size_search_largest(attempts, 4, LEAST), MOST);
}
END_TEST

START_TEST(nothing_but_the_least_comes)
{
	size_t found;

	search(LEAST, &found);
	ck_assert_uint_eq(found, LEAST);
	ck_assert_uint_eq(size_search_next(NULL, 0, 20, 20), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("size_search");
	TCase *tests = tcase_create("size_search");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, every_end_is_found);
	tcase_add_test(tests, a_path_that_takes_all_is_asked_once);
	tcase_add_test(tests, a_late_answer_moves_the_search_up);
	tcase_add_test(tests, nothing_but_the_least_comes);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
