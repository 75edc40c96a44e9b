#include "preload/scratch.h"

#include <check.h>
#include <pthread.h>
#include <string.h>

#include "tests/unit/run_suite.h"

enum { MANY = 40, PLACES = 32, OWNED = 16 }; /* more than there are places, or owners */

/* Each test is a process of its own: nothing is taken so far. */
START_TEST(a_small_one_is_on_the_stack)
{
	struct scratch scratch;

	scratch_take(&scratch, SCRATCH_SMALL);
	ck_assert(scratch.at == scratch.small);
	scratch_give(&scratch);
}
END_TEST

START_TEST(what_was_given_back_is_taken_again)
{
	struct scratch one, other;

	scratch_take(&one, SCRATCH_SMALL + 1);
	ck_assert_ptr_nonnull(one.at);
	ck_assert_uint_eq(one.size, SCRATCH_LARGE);
	memset(one.at, 1, SCRATCH_LARGE);
	scratch_take(&other, SCRATCH_LARGE);
	ck_assert(other.at != one.at);
	scratch_give(&one);
	uint8_t *before = one.at;
	scratch_take(&one, SCRATCH_LARGE);
	ck_assert(one.at == before);
	scratch_give(&one);
	scratch_give(&other);
}
END_TEST

/* Nobody shares one, also where there are more than the thread's own and those of the shelf; such go for good. */
START_TEST(there_are_as_many_as_are_wanted)
{
	static struct scratch taken[MANY];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < MANY; i++) {
			scratch_take(&taken[i], SCRATCH_LARGE);
			ck_assert_ptr_nonnull(taken[i].at);
			ck_assert_int_eq(taken[i].at == scratch_own.buffer, i == 0);
			ck_assert_int_eq(taken[i].place != NULL, i > 0 && i <= PLACES);
			memset(taken[i].at, i, SCRATCH_LARGE);
		}
		for (int i = 0; i < MANY; i++) {
			ck_assert_uint_eq(taken[i].at[0], i);
			ck_assert_uint_eq(taken[i].at[SCRATCH_LARGE - 1], i);
			scratch_give(&taken[i]);
		}
	}
}
END_TEST

START_TEST(huge_ones_have_places_of_their_own)
{
	struct scratch huge, large;

	scratch_take(&huge, SCRATCH_LARGE + 1);
	scratch_take(&large, SCRATCH_LARGE);
	ck_assert_uint_eq(huge.size, SCRATCH_HUGE);
	huge.at[SCRATCH_HUGE - 1] = 1;
	ck_assert(huge.place && large.at == scratch_own.buffer && huge.at != large.at);
	large.at[SCRATCH_LARGE - 1] = 1;
	scratch_give(&huge);
	scratch_give(&large);
}
END_TEST

/* What the kernel may hold on to is nobody's afterwards. */
START_TEST(a_fresh_one_has_no_place)
{
	struct scratch scratch;

	scratch_take_fresh(&scratch);
	ck_assert_ptr_nonnull(scratch.at);
	ck_assert_ptr_null(scratch.place);
	ck_assert_uint_eq(scratch.size, SCRATCH_LARGE);
	scratch_give(&scratch);
}
END_TEST

/* What one takes, and has when it ends. */
struct user {
	uint8_t *own;
	uint8_t *at;
	pthread_barrier_t *together; /* NULL: it is alone */
};

static void *use(void *argument)
{
	struct user *user = argument;
	struct scratch scratch;

	scratch_take(&scratch, SCRATCH_LARGE);
	user->at = scratch.at;
	user->own = scratch_own.buffer;
	if (user->together)
		pthread_barrier_wait(user->together);
	scratch_give(&scratch);
	return NULL;
}

START_TEST(threads_share_none)
{
	static struct user users[MANY];
	pthread_t threads[MANY];
	pthread_barrier_t together;

	pthread_barrier_init(&together, NULL, MANY);
	for (int i = 0; i < MANY; i++) {
		users[i].together = &together;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, use, &users[i]), 0);
	}
	for (int i = 0; i < MANY; i++)
		pthread_join(threads[i], NULL);
	int owners = 0;
	for (int i = 0; i < MANY; i++) {
		owners += users[i].own != NULL;
		ck_assert(!users[i].own || users[i].own == users[i].at);
		for (int other = 0; other < i; other++)
			ck_assert(users[i].at != users[other].at);
	}
	ck_assert_int_eq(owners, OWNED);
	pthread_barrier_destroy(&together);
}
END_TEST

/* However many there have been. */
START_TEST(the_next_thread_has_it)
{
	struct user user = {.together = NULL};

	for (int i = 0; i < MANY; i++) {
		pthread_t thread;

		ck_assert_int_eq(pthread_create(&thread, NULL, use, &user), 0);
		pthread_join(thread, NULL);
		ck_assert_ptr_nonnull(user.own);
		ck_assert(user.at == user.own);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scratch");
	TCase *tests = tcase_create("scratch");

	tcase_add_test(tests, a_small_one_is_on_the_stack);
	tcase_add_test(tests, what_was_given_back_is_taken_again);
	tcase_add_test(tests, there_are_as_many_as_are_wanted);
	tcase_add_test(tests, huge_ones_have_places_of_their_own);
	tcase_add_test(tests, a_fresh_one_has_no_place);
	tcase_add_test(tests, threads_share_none);
	tcase_add_test(tests, the_next_thread_has_it);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
