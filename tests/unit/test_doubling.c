#include "core/doubling.h"

#include "tests/unit/run_suite.h"

enum { BITS = 3, PIECES = 5 };

/* From the first index on, without a gap, and each piece to its end. */
START_TEST(every_index_has_the_next_place)
{
	uint32_t index = 0;

	for (unsigned piece = 0; piece < PIECES; piece++)
		for (uint32_t at = 0; at < doubling_size(piece, BITS); at++, index++) {
			struct doubling_place place = doubling_find(index, BITS);

			ck_assert_uint_eq(place.piece, piece);
			ck_assert_uint_eq(place.at, at);
		}
	ck_assert_uint_eq(index, DOUBLING_TOTAL(PIECES, BITS));
}
END_TEST

START_TEST(the_last_index_has_a_place)
{
	struct doubling_place place = doubling_find(UINT32_MAX, BITS);

	ck_assert_uint_eq(place.piece, 32 - BITS);
	ck_assert_uint_eq(place.at, (1 << BITS) - 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("doubling");
	TCase *tests = tcase_create("doubling");

	tcase_add_test(tests, every_index_has_the_next_place);
	tcase_add_test(tests, the_last_index_has_a_place);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
