#include "core/check/probe.h"

#include <check.h>
#include <errno.h>
#include <unistd.h>

#include "core/check/patience.h"
#include "tests/unit/run_suite.h"

static struct circuit circuit;
static int relay, server;

static struct endpoint bound_socket(int *fd)
{
	union socket_address address = {.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address.v4);
	struct endpoint endpoint;

	*fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(*fd, &address.any, size), 0);
	ck_assert_int_eq(getsockname(*fd, &address.any, &size), 0);
	ck_assert_int_eq(endpoint_from_sockaddr(&endpoint, &address.any, size), OUTCOME_OK);
	return endpoint;
}

static void set_up(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	server = pair[1];
	circuit = (struct circuit){.control.fd = pair[0], .relay = bound_socket(&relay)};
	circuit.fd = circuit_socket(&circuit.relay);
	ck_assert_int_ge(circuit.fd, 0);
}

static void tear_down(void)
{
	circuit_close(&circuit);
	close(relay);
	close(server);
}

/* What came to the relay goes back as it is: an answer from the target. */
static void answer(void)
{
	uint8_t bytes[2048];
	union socket_address from;
	socklen_t from_size = sizeof(from);
	ssize_t size = recvfrom(relay, bytes, sizeof(bytes), 0, &from.any, &from_size);

	ck_assert_int_gt(size, 0);
	ck_assert_int_eq(sendto(relay, bytes, (size_t)size, 0, &from.any, from_size), size);
}

/* The kernel refuses broadcasts of a socket that did not ask for them. */
START_TEST(an_answer_to_what_could_not_be_sent_again)
{
	const struct endpoint target = endpoint_ipv4(0xc0000201, 7), usable = circuit.relay;
	struct probe probe = probe_of(&target, QUESTION_ECHO, 0);

	ck_assert(probe_send(&circuit, &probe));
	circuit.relay = endpoint_ipv4(INADDR_BROADCAST, 7);
	ck_assert(!probe_send(&circuit, &probe));
	ck_assert_int_eq(circuit.error, EACCES);
	circuit.relay = usable;
	circuit.error = 0;
	answer();
	ck_assert_uint_eq(probes_await(&circuit, &probe, 1, 1, now_us() + 10000000), 1);
	ck_assert_uint_le(probe.took_us, 10000000);
	ck_assert_uint_eq(circuit.slowest_us, probe.took_us);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("probe");
	TCase *tests = tcase_create("probe");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, an_answer_to_what_could_not_be_sent_again);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
