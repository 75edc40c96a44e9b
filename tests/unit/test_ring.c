#include "core/ring.h"

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/run_suite.h"

static struct ring *ring;

static void begin(void)
{
	ring = calloc(1, sizeof(*ring));
	ck_assert_ptr_nonnull(ring);
}

static void end(void)
{
	free(ring);
}

static bool put(uint64_t number, size_t size)
{
	uint8_t *record = ring_reserve(ring, size);

	if (!record)
		return false;
	memset(record, 0xff, size); /* what is taken must leave no trace of it */
	memcpy(record, &number, sizeof(number));
	ring_complete(record);
	return true;
}

static bool take(uint64_t *number)
{
	const void *record = ring_oldest(ring);

	if (!record)
		return false;
	memcpy(number, record, sizeof(*number));
	ring_take(ring);
	return true;
}

START_TEST(records_come_out_in_order)
{
	uint64_t number, next = 0, put_in = 0;

	ck_assert(!take(&number));
	for (int round = 0; round < 1000; round++) {
		for (unsigned i = 0; i < 7; i++, put_in++)
			ck_assert(put(put_in, sizeof(number) + put_in * 7919 % 70000));
		while (take(&number))
			ck_assert_uint_eq(number, next++);
	}
	ck_assert_uint_eq(next, put_in);
	ck_assert_uint_eq(atomic_load(&ring->refused), 0);
}
END_TEST

START_TEST(what_finds_no_room_is_counted)
{
	enum { SIZE = 1000, SPAN = 1008 };
	uint64_t number, count = 0, refused;

	while (put(count, SIZE))
		count++;
	ck_assert_uint_eq(count, RING_SIZE / SPAN);
	for (unsigned i = 0; i < 9; i++)
		ck_assert(!put(0, SIZE));
	ck_assert_uint_eq(atomic_load(&ring->refused), 10);
	ck_assert(take(&number) && number == 0);
	ck_assert(take(&number) && number == 1);
	/* What is left before the end does not count: a record is in one piece. */
	ck_assert(put(count, SIZE));
	refused = atomic_load(&ring->refused);
	for (uint64_t expected = 2; take(&number); expected++)
		ck_assert_uint_eq(number, expected);
	ck_assert_uint_eq(number, count);
	ck_assert_uint_eq(atomic_load(&ring->refused), refused);
	ck_assert(!put(0, RING_SIZE));
}
END_TEST

/* A signal handler puts one in while another is being filled. */
START_TEST(nothing_passes_a_record_that_is_not_complete)
{
	uint64_t number = 1;
	uint8_t *record = ring_reserve(ring, sizeof(number));

	ck_assert(put(2, sizeof(number)));
	ck_assert_ptr_null(ring_oldest(ring));
	memcpy(record, &number, sizeof(number));
	ring_complete(record);
	ck_assert(take(&number) && number == 1);
	ck_assert(take(&number) && number == 2);
	ck_assert(!take(&number));
}
END_TEST

enum { PUTTERS = 4, EACH = 100000 };

static void *put_many(void *argument)
{
	uint64_t putter = (uint64_t)(uintptr_t)argument;

	for (uint64_t i = 0; i < EACH; i++)
		put(putter << 32 | i, sizeof(uint64_t) + i % 300);
	return NULL;
}

START_TEST(threads_do_not_get_in_each_others_way)
{
	pthread_t threads[PUTTERS];
	uint64_t next[PUTTERS] = {0}, taken = 0, number;

	for (uintptr_t i = 0; i < PUTTERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, put_many, (void *)i), 0);
	while (taken + atomic_load(&ring->refused) < (uint64_t)PUTTERS * EACH) {
		if (!take(&number))
			continue;
		taken++;
		ck_assert_uint_lt(number >> 32, PUTTERS);
		ck_assert_uint_ge((uint32_t)number, next[number >> 32]);
		next[number >> 32] = (uint32_t)number + 1;
	}
	for (unsigned i = 0; i < PUTTERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert(!take(&number));
	ck_assert_uint_gt(taken, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ring");
	TCase *tests = tcase_create("ring");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, records_come_out_in_order);
	tcase_add_test(tests, what_finds_no_room_is_counted);
	tcase_add_test(tests, nothing_passes_a_record_that_is_not_complete);
	tcase_add_test(tests, threads_do_not_get_in_each_others_way);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
