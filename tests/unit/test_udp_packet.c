#include "core/udp_packet.h"

#include <check.h>
#include <string.h>

#include "tests/unit/run_suite.h"

static struct endpoint endpoint(const char *text)
{
	struct endpoint made = {0};

	ck_assert_int_eq(endpoint_parse(&made, text, strlen(text), -1), OUTCOME_OK);
	return made;
}

static struct udp_packet packet(const char *from, const char *to, const char *payload)
{
	return (struct udp_packet){.from = endpoint(from),
				   .to = endpoint(to),
				   .payload = (const uint8_t *)payload,
				   .captured = strlen(payload),
				   .size = strlen(payload)};
}

static void check(const struct udp_packet *packet, const uint8_t *expected, size_t size)
{
	uint8_t headers[UDP_PACKET_HEADERS_MAX];

	ck_assert_uint_eq(udp_packet_headers(headers, packet), size);
	ck_assert_mem_eq(headers, expected, size);
}

/* Sums that were made by hand. */
START_TEST(ipv4)
{
	static const uint8_t expected[] = {0x45, 0, 0,   33, 0,   0, 0x40, 0,  64, 17, 0x4e, 0x90, 192,  0,
					   2,    1, 198, 51, 100, 7, 0x30, 57, 0,  53, 0,    13,   0x9f, 0x57};
	struct udp_packet made = packet("192.0.2.1:12345", "198.51.100.7:53", "hello");

	check(&made, expected, sizeof(expected));
}
END_TEST

START_TEST(ipv6)
{
	static const uint8_t expected[] = {0x60, 0, 0, 0, 0, 12, 17, 64, 0x20, 1, 0x0d, 0xb8, 0, 0,  0,    0,
					   0,    0, 0, 0, 0, 0,  0,  1,  0x20, 1, 0x0d, 0xb8, 0, 0,  0,    0,
					   0,    0, 0, 0, 0, 0,  0,  2,  0,    1, 0,    2,    0, 12, 0xdf, 0x97};
	struct udp_packet made = packet("[2001:db8::1]:1", "[2001:db8::2]:2", "abcd");

	check(&made, expected, sizeof(expected));
}
END_TEST

/* An empty datagram has a header; one that is not all there has no checksum. */
START_TEST(lengths)
{
	uint8_t headers[UDP_PACKET_HEADERS_MAX];
	struct udp_packet made = packet("192.0.2.1:1", "192.0.2.2:2", "");

	ck_assert_uint_eq(udp_packet_headers(headers, &made), 28);
	ck_assert_uint_eq(headers[3], 28);
	ck_assert_uint_eq(headers[25], 8);
	ck_assert(headers[26] || headers[27]);
	made.size = 1000;
	ck_assert_uint_eq(udp_packet_headers(headers, &made), 28);
	ck_assert_uint_eq(headers[2] << 8 | headers[3], 1028);
	ck_assert_uint_eq(headers[24] << 8 | headers[25], 1008);
	ck_assert(!headers[26] && !headers[27]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("udp_packet");
	TCase *tests = tcase_create("udp_packet");

	tcase_add_test(tests, ipv4);
	tcase_add_test(tests, ipv6);
	tcase_add_test(tests, lengths);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
