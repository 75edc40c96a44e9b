#include "preload/convoy.h"

#include <check.h>
#include <string.h>

#include "preload/kernel.h"
#include "tests/unit/run_suite.h"

/* Nothing is sent here. */
ssize_t kernel_send(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to, socklen_t to_size)
{
	(void)fd, (void)bytes, (void)size, (void)flags, (void)to, (void)to_size;
	ck_abort_msg("sent");
}

ssize_t kernel_send_message(int fd, const struct msghdr *message, int flags)
{
	(void)fd, (void)message, (void)flags;
	ck_abort_msg("sent");
}

int kernel_send_messages(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	(void)fd, (void)messages, (void)count, (void)flags;
	ck_abort_msg("sent");
}

void control_put_segment(void *at, uint16_t segment)
{
	(void)at, (void)segment;
	ck_abort_msg("sent");
}

enum { ROOM = 200 * 1024, SIZE = 65000 };

static _Alignas(64) uint8_t memory[ROOM];
static uint8_t payload[SIZE];
static const uint8_t header[] = {0, 0, 0, 1, 192, 0, 2, 1, 0, 53, 'l', 'o', 'n', 'g', 'e', 'r'};

static struct convoy *empty_convoy(size_t room)
{
	struct scratch scratch;
	scratch.at = memory;
	scratch.size = room;
	for (size_t i = 0; i < SIZE; i++)
		payload[i] = (uint8_t)(i * 7 + i / 256);
	return convoy_in(&scratch);
}

/* Each datagram of the last run is its header and its part of the payload. */
static void check_run(const struct convoy *convoy, size_t header_length, size_t segment, size_t from, size_t taken)
{
	const struct convoy_run *run = &convoy->run[convoy->runs - 1];
	const uint8_t *at = convoy->pieces[run->first].iov_base;
	size_t left = taken;

	ck_assert_uint_eq(run->segment, header_length + segment);
	ck_assert_uint_eq(run->count, (taken + segment - 1) / segment);
	ck_assert_uint_eq(run->size, taken + run->count * header_length);
	ck_assert_uint_eq(convoy->pieces[run->first].iov_len, run->size);
	for (unsigned i = 0; i < run->count; i++) {
		size_t part = left < segment ? left : segment;
		ck_assert_mem_eq(at, header, header_length);
		ck_assert_mem_eq(at + header_length, payload + from, part);
		ck_assert_uint_eq(convoy->payloads[convoy->count - run->count + i], part);
		at += header_length + part;
		from += part;
		left -= part;
	}
	ck_assert(convoy->end == at);
}

START_TEST(a_run_has_header_and_payload_in_turn)
{
	for (size_t length = 8; length <= sizeof(header); length++) {
		struct convoy *convoy = empty_convoy(ROOM);
		ck_assert_uint_eq(convoy_add_run(convoy, header, length, payload, 10 * 512, 512), 10 * 512);
		check_run(convoy, length, 512, 0, 10 * 512);
	}
}
END_TEST

START_TEST(the_last_one_may_be_shorter)
{
	struct convoy *convoy = empty_convoy(ROOM);

	ck_assert_uint_eq(convoy_add_run(convoy, header, 10, payload, 1001, 100), 1001);
	check_run(convoy, 10, 100, 0, 1001);
	ck_assert(convoy->run[0].closed);
}
END_TEST

/* As many segments as a kernel takes, and as many octets as a datagram has. */
START_TEST(a_run_is_no_longer_than_the_kernel_takes)
{
	struct convoy *convoy = empty_convoy(ROOM);
	size_t taken = convoy_add_run(convoy, header, 10, payload, 100, 1);

	ck_assert_uint_eq(taken, 64);
	check_run(convoy, 10, 1, 0, taken);
	ck_assert_uint_eq(convoy_add_run(convoy, header, 10, payload + taken, 100 - taken, 1), 100 - taken);
	check_run(convoy, 10, 1, taken, 100 - taken);
	taken = convoy_add_run(convoy, header, 10, payload, SIZE, 1400);
	ck_assert_uint_eq(taken, (65535 - 48) / 1410 * 1400);
	check_run(convoy, 10, 1400, 0, taken);
}
END_TEST

START_TEST(what_there_is_no_room_for_stays)
{
	struct convoy *convoy = empty_convoy(sizeof(struct convoy) + 3 * 110 + 109);

	ck_assert_uint_eq(convoy_add_run(convoy, header, 10, payload, 1000, 100), 300);
	check_run(convoy, 10, 100, 0, 300);
	ck_assert_uint_eq(convoy_add_run(convoy, header, 10, payload, 1000, 100), 0);
	ck_assert_uint_eq(convoy->runs, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("convoy");
	TCase *tests = tcase_create("convoy");

	tcase_add_test(tests, a_run_has_header_and_payload_in_turn);
	tcase_add_test(tests, the_last_one_may_be_shorter);
	tcase_add_test(tests, a_run_is_no_longer_than_the_kernel_takes);
	tcase_add_test(tests, what_there_is_no_room_for_stays);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
