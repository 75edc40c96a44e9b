#include "core/pcapng.h"

#include <check.h>
#include <string.h>

#include "tests/unit/run_suite.h"

static uint8_t out[4096];

static uint32_t u32(size_t at)
{
	uint32_t value;

	memcpy(&value, out + at, sizeof(value));
	return value;
}

static uint16_t u16(size_t at)
{
	uint16_t value;

	memcpy(&value, out + at, sizeof(value));
	return value;
}

/* A block of that type from at on; answers where it ends. */
static size_t check_block(size_t at, uint32_t type)
{
	uint32_t length = u32(at + 4);

	ck_assert_uint_eq(u32(at), type);
	ck_assert_uint_eq(length % 4, 0);
	ck_assert_uint_eq(u32(at + length - 4), length);
	ck_assert_uint_eq(u32(at + length - 8), 0); /* the options' end */
	return at + length;
}

static size_t check_option(size_t at, uint16_t code, const void *value, uint16_t size)
{
	ck_assert_uint_eq(u16(at), code);
	ck_assert_uint_eq(u16(at + 2), size);
	ck_assert_mem_eq(out + at + 4, value, size);
	for (size_t i = size; i % 4; i++)
		ck_assert_uint_eq(out[at + 4 + i], 0);
	return at + 4 + (size + 3u) / 4 * 4;
}

START_TEST(a_file_begins_with_its_section_and_interface)
{
	static const uint8_t resolution = 9;
	size_t size = pcapng_begin(out, sizeof(out), "dig", "a comment"), at, end;

	end = check_block(0, 0x0a0d0d0a);
	ck_assert_uint_eq(u32(8), 0x1a2b3c4d);
	ck_assert_uint_eq(u16(12), 1);
	ck_assert_uint_eq(u16(14), 0);
	ck_assert_uint_eq(u32(16), UINT32_MAX);
	ck_assert_uint_eq(u32(20), UINT32_MAX);
	at = check_option(24, 1, "a comment", 9);
	at = check_option(at, 4, "libsocks5udp", 12);
	ck_assert_uint_eq(at, end - 8);
	at = end;
	end = check_block(at, 1);
	ck_assert_uint_eq(u16(at + 8), 101);
	ck_assert_uint_eq(u32(at + 12), 0);
	at = check_option(at + 16, 2, "dig", 3);
	at = check_option(at, 9, &resolution, 1);
	ck_assert_uint_eq(at, end - 8);
	ck_assert_uint_eq(end, size);
}
END_TEST

static struct pcapng_packet packet(void)
{
	static const uint8_t payload[] = "hello";

	return (struct pcapng_packet){.time_ns = UINT64_C(0x123456789abcdef0),
				      .udp = {.from = endpoint_ipv4(0xc0000201, 1000),
					      .to = endpoint_ipv4(0xc0000202, 53),
					      .payload = payload,
					      .captured = 5,
					      .size = 5},
				      .comments = {"one", "another"}};
}

START_TEST(a_packet_has_its_headers_flags_and_comments)
{
	const uint32_t outbound = 2, inbound = 1;
	struct pcapng_packet made = packet();
	uint8_t headers[UDP_PACKET_HEADERS_MAX];
	size_t size = pcapng_packet(out, sizeof(out), &made), at;

	ck_assert_uint_eq(check_block(0, 6), size);
	ck_assert_uint_eq(u32(8), 0);
	ck_assert_uint_eq(u32(12), 0x12345678);
	ck_assert_uint_eq(u32(16), 0x9abcdef0);
	ck_assert_uint_eq(u32(20), 33);
	ck_assert_uint_eq(u32(24), 33);
	ck_assert_uint_eq(udp_packet_headers(headers, &made.udp), 28);
	ck_assert_mem_eq(out + 28, headers, 28);
	ck_assert_mem_eq(out + 56, "hello\0\0\0", 8);
	at = check_option(64, 2, &outbound, 4);
	at = check_option(at, 1, "one", 3);
	at = check_option(at, 1, "another", 7);
	ck_assert_uint_eq(at, size - 8);
	made.inward = true;
	made.comments[0] = NULL;
	made.udp.size = 100;
	size = pcapng_packet(out, sizeof(out), &made);
	ck_assert_uint_eq(u32(20), 33);
	ck_assert_uint_eq(u32(24), 128);
	ck_assert_uint_eq(check_option(64, 2, &inbound, 4), size - 8);
}
END_TEST

START_TEST(statistics_count_what_is_missing)
{
	const uint64_t seen = 1000, missing = 7;
	struct pcapng_statistics made = {.time_ns = 1, .seen = seen, .missing = missing, .comments = {"the last"}};
	size_t size = pcapng_statistics(out, sizeof(out), &made), at;

	ck_assert_uint_eq(check_block(0, 5), size);
	ck_assert_uint_eq(u32(8), 0);
	ck_assert_uint_eq(u32(16), 1);
	at = check_option(20, 4, &seen, 8);
	at = check_option(at, 5, &missing, 8);
	ck_assert_uint_eq(check_option(at, 1, "the last", 8), size - 8);
}
END_TEST

START_TEST(what_does_not_fit_is_not_written_in_part)
{
	struct pcapng_packet made = packet();
	size_t whole = pcapng_packet(out, sizeof(out), &made), begin = pcapng_begin(out, sizeof(out), "a", "b");

	for (size_t room = 0; room < whole; room++) {
		memset(out, 0xee, sizeof(out));
		ck_assert_uint_eq(pcapng_packet(out, room, &made), 0);
		ck_assert_uint_eq(out[room], 0xee);
	}
	ck_assert_uint_eq(pcapng_packet(out, whole, &made), whole);
	for (size_t room = 0; room < begin; room++)
		ck_assert_uint_eq(pcapng_begin(out, room, "a", "b"), 0);
	ck_assert_uint_eq(pcapng_begin(out, begin, "a", "b"), begin);
}
END_TEST

START_TEST(a_block_that_is_cut_short_is_not_whole)
{
	struct pcapng_packet made = packet();
	size_t begin = pcapng_begin(out, sizeof(out), "a", "b");
	size_t one = begin + pcapng_packet(out + begin, sizeof(out) - begin, &made);
	size_t two = one + pcapng_packet(out + one, sizeof(out) - one, &made);
	unsigned packets;

	for (size_t size = 0; size <= two; size++) {
		size_t whole = pcapng_whole(out, size, &packets);

		ck_assert_uint_le(whole, size);
		ck_assert_uint_eq(packets, (size >= one) + (size >= two));
		if (size >= begin)
			ck_assert_uint_eq(whole, size < one ? begin : size < two ? one : two);
	}
}
END_TEST

/* The largest block has room in what is said to be enough. */
START_TEST(the_largest_packet_fits)
{
	static uint8_t payload[65535], large[PCAPNG_BLOCK_MAX];
	static char comment[PCAPNG_COMMENT_SIZE + 100];
	struct pcapng_packet made = {.udp = {.from = {.kind = ENDPOINT_IPV6},
					     .to = {.kind = ENDPOINT_IPV6},
					     .payload = payload,
					     .captured = 65527,
					     .size = 65527}};

	memset(comment, 'c', sizeof(comment) - 1);
	for (size_t i = 0; i < PCAPNG_COMMENTS; i++)
		made.comments[i] = comment;
	ck_assert_uint_gt(pcapng_packet(large, sizeof(large), &made), 65527 + PCAPNG_COMMENTS * PCAPNG_COMMENT_SIZE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pcapng");
	TCase *tests = tcase_create("pcapng");

	tcase_add_test(tests, a_file_begins_with_its_section_and_interface);
	tcase_add_test(tests, a_packet_has_its_headers_flags_and_comments);
	tcase_add_test(tests, statistics_count_what_is_missing);
	tcase_add_test(tests, what_does_not_fit_is_not_written_in_part);
	tcase_add_test(tests, a_block_that_is_cut_short_is_not_whole);
	tcase_add_test(tests, the_largest_packet_fits);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
