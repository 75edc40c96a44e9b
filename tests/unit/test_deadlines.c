#include "core/deadlines.h"

#include "tests/unit/fake_world.h"
#include "tests/unit/pseudo_random.h"
#include "tests/unit/run_suite.h"

enum { MANY = 700, STEPS = 6000 };

static struct deadline deadlines_of[MANY];
static struct deadlines heap;

static void begin(void)
{
	fake_world_begin();
	memset(deadlines_of, 0, sizeof(deadlines_of));
	memset(&heap, 0, sizeof(heap));
}

/* The list that a heap is a faster way to keep. */
static uint64_t naive_first(void)
{
	uint64_t first = NEVER;

	for (size_t i = 0; i < MANY; i++)
		if (deadlines_of[i].place && deadlines_of[i].at_ms < first)
			first = deadlines_of[i].at_ms;
	return first;
}

static uint32_t naive_count(void)
{
	uint32_t count = 0;

	for (size_t i = 0; i < MANY; i++)
		count += deadlines_of[i].place != 0;
	return count;
}

static void check_places(void)
{
	for (uint32_t place = 1; place <= heap.count; place++) {
		ck_assert_uint_eq(heap.heap[place - 1]->place, place);
		ck_assert_uint_le(heap.heap[place / 2 ? place / 2 - 1 : 0]->at_ms, heap.heap[place - 1]->at_ms);
	}
}

static void random_step(uint64_t *state)
{
	struct deadline *chosen = &deadlines_of[random_below(state, MANY)];
	uint64_t at_ms = random_below(state, 3000);
	const struct deadline *due;

	switch (random_below(state, 4)) {
	case 0:
		deadlines_clear(&heap, chosen);
		ck_assert_uint_eq(chosen->place, 0);
		break;
	case 1:
		due = deadlines_take_due(&heap, at_ms / 8);
		ck_assert(!due || (due->place == 0 && due->at_ms <= at_ms / 8 && due->at_ms <= naive_first()));
		break;
	default:
		ck_assert_int_eq(deadlines_set(&heap, &fake_functions, chosen, at_ms), OUTCOME_OK);
		ck_assert_uint_eq(chosen->at_ms, at_ms);
		ck_assert_uint_ne(chosen->place, 0);
	}
}

START_TEST(is_a_naive_list)
{
	uint64_t state = 7;

	for (int i = 0; i < STEPS; i++) {
		random_step(&state);
		ck_assert_uint_eq(deadlines_first(&heap), naive_first());
		if (i % 64 == 0) {
			check_places();
			ck_assert_uint_eq(heap.count, naive_count());
		}
	}
	deadlines_free(&heap, &fake_functions);
	ck_assert_uint_eq(fake.map_count, 0);
}
END_TEST

START_TEST(taken_in_order_and_only_when_due)
{
	uint64_t state = 11, last = 0;
	struct deadline *due;
	uint32_t taken = 0;

	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(
		    deadlines_set(&heap, &fake_functions, &deadlines_of[i], 1000 + random_below(&state, 500)),
		    OUTCOME_OK);
	ck_assert_ptr_null(deadlines_take_due(&heap, naive_first() - 1));
	while ((due = deadlines_take_due(&heap, 1499))) {
		ck_assert_uint_ge(due->at_ms, last);
		last = due->at_ms;
		taken++;
	}
	ck_assert_uint_eq(taken, MANY);
	ck_assert_uint_eq(deadlines_first(&heap), NEVER);
	deadlines_free(&heap, &fake_functions);
}
END_TEST

START_TEST(moves_both_ways)
{
	for (size_t i = 0; i < 20; i++)
		deadlines_set(&heap, &fake_functions, &deadlines_of[i], 100 + i);
	deadlines_set(&heap, &fake_functions, &deadlines_of[19], 1);
	ck_assert_ptr_eq(deadlines_take_due(&heap, 1), &deadlines_of[19]);
	deadlines_set(&heap, &fake_functions, &deadlines_of[0], 500);
	ck_assert_ptr_eq(deadlines_take_due(&heap, 1000), &deadlines_of[1]);
	ck_assert_uint_eq(heap.count, 18);
	deadlines_clear(&heap, &deadlines_of[1]);
	ck_assert_uint_eq(heap.count, 18);
	deadlines_free(&heap, &fake_functions);
}
END_TEST

/* Growing fails with the heap as it was. */
START_TEST(no_memory_sets_nothing)
{
	size_t set = 0;

	fake.fail_at = 1; /* the first few need none */
	while (deadlines_set(&heap, &fake_functions, &deadlines_of[set], 2 * MANY - set) == OUTCOME_OK)
		set++;
	ck_assert_uint_eq(set, DEADLINES_FEW);
	ck_assert_uint_eq(deadlines_of[set].place, 0);
	ck_assert_uint_eq(deadlines_first(&heap), 2 * MANY - set + 1);
	fake.fail_at = 3; /* the second table */
	while (set < MANY && deadlines_set(&heap, &fake_functions, &deadlines_of[set], MANY - set) == OUTCOME_OK)
		set++;
	ck_assert_uint_lt(set, MANY);
	ck_assert_uint_eq(deadlines_of[set].place, 0);
	ck_assert_uint_eq(heap.count, set);
	check_places();
	ck_assert_int_eq(deadlines_set(&heap, &fake_functions, &deadlines_of[set], 5), OUTCOME_OK);
	ck_assert_uint_eq(deadlines_first(&heap), 5);
	deadlines_free(&heap, &fake_functions);
	ck_assert_uint_eq(fake.map_count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("deadlines");
	TCase *tests = tcase_create("deadlines");

	tcase_add_checked_fixture(tests, begin, fake_world_end);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, is_a_naive_list);
	tcase_add_test(tests, taken_in_order_and_only_when_due);
	tcase_add_test(tests, moves_both_ways);
	tcase_add_test(tests, no_memory_sets_nothing);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
