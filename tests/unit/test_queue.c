#include "core/queue.h"

#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

enum { DATAGRAMS = 64, OCTETS = 256 * 1024 };

static const struct settings bounds = {.queue_datagrams = DATAGRAMS, .queue_octets = OCTETS};
static uint8_t octets[OCTETS + 1];

static void begin(void)
{
	fake_world_begin();
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 7 + i / 256);
}

START_TEST(comes_back_in_order)
{
	static const size_t sizes[] = {1, 0, 1500, 22, 65535};
	struct queue queue = {0};
	const uint8_t *datagram;
	size_t at = 0, size, n = 0;

	for (size_t i = 0; i < 5; i++)
		ck_assert(queue_add(&queue, &fake_functions, &bounds, octets + i, sizes[i]));
	while (queue_next(&queue, &at, &datagram, &size)) {
		ck_assert_uint_lt(n, 5);
		ck_assert_uint_eq(size, sizes[n]);
		ck_assert_mem_eq(datagram, octets + n, size);
		n++;
	}
	ck_assert_uint_eq(n, 5);
	queue_clear(&queue, &fake_functions);
	ck_assert_uint_eq(fake.map_count, 0);
}
END_TEST

START_TEST(an_empty_one_holds_no_pages)
{
	struct queue queue = {0};
	const uint8_t *datagram;
	size_t at = 0, size;

	ck_assert(!queue_next(&queue, &at, &datagram, &size));
	queue_clear(&queue, &fake_functions);
	ck_assert_uint_eq(fake.calls, 0);
}
END_TEST

START_TEST(so_many_and_no_more)
{
	struct queue queue = {0};
	const uint8_t *datagram;
	size_t at = 0, size;

	for (size_t i = 0; i < DATAGRAMS; i++)
		ck_assert(queue_add(&queue, &fake_functions, &bounds, octets + i, 2));
	ck_assert(!queue_add(&queue, &fake_functions, &bounds, octets, 0));
	ck_assert_uint_eq(queue.count, DATAGRAMS);
	for (size_t i = 0; i < DATAGRAMS; i++) {
		ck_assert(queue_next(&queue, &at, &datagram, &size));
		ck_assert_mem_eq(datagram, octets + i, 2);
	}
	ck_assert(!queue_next(&queue, &at, &datagram, &size));
	queue_clear(&queue, &fake_functions);
	ck_assert(queue_add(&queue, &fake_functions, &bounds, octets, 1));
	ck_assert_uint_eq(queue.count, 1);
}
END_TEST

/* To the last octet, whatever the sizes; what was there moves along as the pages grow. */
START_TEST(so_long_and_no_longer)
{
	struct queue queue = {0};
	const uint8_t *datagram;
	size_t at = 0, size;

	ck_assert(!queue_add(&queue, &fake_functions, &bounds, octets, OCTETS + 1));
	ck_assert(queue_add(&queue, &fake_functions, &bounds, octets, OCTETS));
	ck_assert(!queue_add(&queue, &fake_functions, &bounds, octets, 1));
	ck_assert(queue_add(&queue, &fake_functions, &bounds, octets, 0));
	queue_clear(&queue, &fake_functions);

	ck_assert(queue_add(&queue, &fake_functions, &bounds, octets + 5, 1000));
	ck_assert(queue_add(&queue, &fake_functions, &bounds, octets, OCTETS - 1010));
	ck_assert(!queue_add(&queue, &fake_functions, &bounds, octets, 11));
	ck_assert(queue_add(&queue, &fake_functions, &bounds, octets, 10));
	ck_assert(queue_next(&queue, &at, &datagram, &size));
	ck_assert_uint_eq(size, 1000);
	ck_assert_mem_eq(datagram, octets + 5, 1000);
	queue_clear(&queue, &fake_functions);
	ck_assert_uint_eq(fake.map_count, 0);
}
END_TEST

START_TEST(no_memory_adds_nothing)
{
	struct queue queue = {0};
	const uint8_t *datagram;
	size_t at = 0, size;

	fake.fail_at = 1;
	ck_assert(!queue_add(&queue, &fake_functions, &bounds, octets, 10));
	ck_assert(!queue_next(&queue, &at, &datagram, &size));
	ck_assert(queue_add(&queue, &fake_functions, &bounds, octets, 10));
	ck_assert(queue_next(&queue, &at, &datagram, &size));
	ck_assert_uint_eq(size, 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("queue");
	TCase *tests = tcase_create("queue");

	tcase_add_checked_fixture(tests, begin, fake_world_end);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, comes_back_in_order);
	tcase_add_test(tests, an_empty_one_holds_no_pages);
	tcase_add_test(tests, so_many_and_no_more);
	tcase_add_test(tests, so_long_and_no_longer);
	tcase_add_test(tests, no_memory_adds_nothing);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
