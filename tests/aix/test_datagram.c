#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/aix/socks5_api.h"
#include "tests/aix/stand.h"
#include "tests/unit/run_suite.h"

/* Here and there: the program's socket and the relay's, neither connected. The relay's address is one that
 * preloaded.conf has relayed: what is sent there must not go through the preloaded library. */
#define RELAY 0x7f000002
static int here, there;
static struct sockaddr_in relay, own;

static struct sockaddr *any(void *address)
{
	return address;
}

static int open_socket(struct sockaddr_in *address, uint32_t at)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*address = loopback(0);
	address->sin_addr.s_addr = htonl(at);
	ck_assert_int_eq(bind(fd, any(address), size), 0);
	getsockname(fd, any(address), &size);
	return fd;
}

static void set_up(void)
{
	here = open_socket(&own, INADDR_LOOPBACK);
	there = open_socket(&relay, RELAY);
}

static void tear_down(void)
{
	close(here);
	close(there);
}

static void say(const void *octets, size_t size)
{
	ck_assert_int_eq(sendto(there, octets, size, 0, any(&own), sizeof(own)), (ssize_t)size);
}

static ssize_t take(char *text, size_t size, int flags, struct sockaddr_in6 *from, size_t *from_size)
{
	return socks5udp_recvfrom(here, text, size, flags, any(from), from_size, any(&relay), sizeof(relay));
}

#define FRAMED       "\0\0\0\1\300\0\2\65\0\65"
#define OCTETS(text) text, sizeof(text) - 1

START_TEST(test_send)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(0xc0000235)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
	char text[64], message[] = "ask";

	ck_assert_int_eq(socks5udp_sendto(here, message, 3, 0, any(&to), sizeof(to), any(&relay), sizeof(relay)), 0);
	ck_assert_int_eq(recv(there, text, sizeof(text), 0), 13);
	ck_assert_mem_eq(text, FRAMED "ask", 13);
	ck_assert_int_eq(connect(here, any(&relay), sizeof(relay)), 0);
	ck_assert_int_eq(socks5udp_sendto(here, NULL, 0, 0, any(&six), sizeof(six), NULL, 0), 0);
	ck_assert_int_eq(recv(there, text, sizeof(text), 0), 22);
	ck_assert_int_eq(text[3], 4);
}
END_TEST

START_TEST(test_receive_connected)
{
	struct sockaddr_in peer = {.sin_family = AF_UNSPEC};
	socklen_t size = sizeof(peer);
	char text[64];

	ck_assert_int_eq(connect(here, any(&relay), sizeof(relay)), 0);
	ck_assert(socks5udp_recvfrom(here, text, sizeof(text), MSG_DONTWAIT, NULL, NULL, NULL, 0) == -1);
	ck_assert_int_eq(errno, EAGAIN);
	say(OCTETS(FRAMED "yes"));
	ck_assert_int_eq(socks5udp_recvfrom(here, text, sizeof(text), 0, NULL, NULL, NULL, 0), 3);
	ck_assert_int_eq(getpeername(here, any(&peer), &size), 0);
	ck_assert_int_eq(peer.sin_port, relay.sin_port);
}
END_TEST

/* A v4-mapped rendezvous address, which socks5udp_associate gives to a Dst of IPv6's size, on an IPv4 socket. */
START_TEST(test_send_mapped)
{
	struct sockaddr_in to = loopback(53);
	struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = relay.sin_port};
	char text[64], message[] = "ask";

	memcpy(mapped.sin6_addr.s6_addr, "\0\0\0\0\0\0\0\0\0\0\377\377\177\0\0\2", 16);
	ck_assert_int_eq(socks5udp_sendto(here, message, 3, 0, any(&to), sizeof(to), any(&mapped), sizeof(mapped)), 0);
	ck_assert_int_eq(recv(there, text, sizeof(text), 0), 13);
	say(OCTETS(FRAMED "yes"));
	ck_assert_int_eq(socks5udp_recvfrom(here, text, sizeof(text), 0, NULL, NULL, any(&mapped), sizeof(mapped)), 3);
}
END_TEST

START_TEST(test_send_errors)
{
	struct sockaddr_in to = loopback(53);
	static char large[65536];
	char *nowhere = (char *)16;
	int pipes[2], stream = stream_socket(true);

	ck_assert_int_eq(pipe(pipes), 0);
#define FAILS(fd, message, size, flags, to, server)                                                                    \
	socks5udp_sendto(fd, message, size, flags, any(to), sizeof(struct sockaddr_in), any(server),                   \
			 sizeof(struct sockaddr_in))
	ck_assert(FAILS(-1, large, 1, 0, &to, &relay) == -1 && errno == EBADF);
	ck_assert(FAILS(pipes[0], large, 1, 0, &to, &relay) == -1 && errno == ENOTSOCK);
	ck_assert(FAILS(stream, large, 1, 0, &to, &relay) == -1 && errno == EINVAL);
	ck_assert(FAILS(here, large, 65507 - 9, 0, &to, &relay) == -1 && errno == EMSGSIZE);
	ck_assert(FAILS(here, nowhere, 1, 0, &to, &relay) == -1 && errno == EFAULT);
	ck_assert(FAILS(here, large, 1, 0, nowhere, &relay) == -1 && errno == EFAULT);
	ck_assert(FAILS(here, large, 1, 0, &to, nowhere) == -1 && errno == EFAULT);
	ck_assert(FAILS(here, large, 1, MSG_MORE, &to, &relay) == -1 && errno == EOPNOTSUPP);
	ck_assert(FAILS(here, large, 1, 0, &to, NULL) == -1 && errno == EDESTADDRREQ);
	close(pipes[0]);
	close(pipes[1]);
	close(stream);
}
END_TEST

START_TEST(test_receive)
{
	struct sockaddr_in6 from;
	struct sockaddr_in *source = (struct sockaddr_in *)(void *)&from;
	size_t size = sizeof(from);
	char text[64];

	say(OCTETS(FRAMED "answer"));
	ck_assert_int_eq(take(text, sizeof(text), MSG_PEEK, &from, &size), 6);
	size = sizeof(from);
	ck_assert_int_eq(take(text, sizeof(text), 0, &from, &size), 6);
	ck_assert_mem_eq(text, "answer", 6);
	ck_assert_uint_eq(size, sizeof(*source));
	ck_assert_int_eq(source->sin_family, AF_INET);
	ck_assert_int_eq(ntohs(source->sin_port), 53);
	ck_assert_int_eq(ntohl(source->sin_addr.s_addr), 0xc0000235);
	say(OCTETS(FRAMED "answer"));
	ck_assert_int_eq(take(text, 3, 0, NULL, NULL), 3);
	say(OCTETS(FRAMED "answer"));
	ck_assert_int_eq(take(text, 3, MSG_TRUNC, NULL, NULL), 6);
	say(OCTETS("\0\0\0\3\4name\0\65hello"));
	ck_assert_int_eq(take(text, sizeof(text), 0, &from, &size), 5);
	ck_assert_int_eq(from.sin6_family, AF_UNSPEC);
}
END_TEST

/* A fragment, a cut header, and what comes from elsewhere; under MSG_PEEK too. */
START_TEST(test_receive_drops)
{
	struct sockaddr_in other_address;
	int other = open_socket(&other_address, INADDR_LOOPBACK);
	char text[64];

	for (int flags = MSG_PEEK; flags >= 0; flags -= MSG_PEEK) {
		say(OCTETS("\0\0\1\1\300\0\2\65\0\65x"));
		say(OCTETS("\0\0\0\1\300"));
		ck_assert_int_eq(sendto(other, FRAMED "x", 11, 0, any(&own), sizeof(own)), 11);
		say(OCTETS(FRAMED "right"));
		ck_assert_int_eq(take(text, sizeof(text), flags, NULL, NULL), 5);
		ck_assert_mem_eq(text, "right", 5);
	}
	ck_assert_int_eq(take(text, sizeof(text), 0, NULL, NULL), 5);
	say(OCTETS("\0\0\1\1\300\0\2\65\0\65x"));
	ck_assert(take(text, sizeof(text), MSG_DONTWAIT, NULL, NULL) == -1 && errno == EAGAIN);
	close(other);
}
END_TEST

START_TEST(test_receive_times_out)
{
	const struct timeval short_time = {0, 20000};
	char text[64] = "kept";

	setsockopt(here, SOL_SOCKET, SO_RCVTIMEO, &short_time, sizeof(short_time));
	say(OCTETS("\0\0\1\1\300\0\2\65\0\65x"));
	ck_assert(take(text, sizeof(text), 0, NULL, NULL) == -1 && errno == EAGAIN);
	ck_assert_str_eq(text, "kept");
	ck_assert_int_eq(fcntl(here, F_SETFL, O_NONBLOCK), 0);
	ck_assert(take(text, sizeof(text), 0, NULL, NULL) == -1 && errno == EAGAIN);
}
END_TEST

START_TEST(test_receive_errors)
{
	struct sockaddr_in6 from;
	size_t size = sizeof(from);
	char text[8], *nowhere = (char *)16;

	say(OCTETS(FRAMED "answer"));
	ck_assert(take(nowhere, 8, 0, NULL, NULL) == -1 && errno == EFAULT);
	ck_assert(take(text, 8, 0, (void *)nowhere, &size) == -1 && errno == EFAULT);
	ck_assert(take(text, 8, 0, &from, (void *)nowhere) == -1 && errno == EFAULT);
	ck_assert(take(text, 8, MSG_ERRQUEUE, NULL, NULL) == -1 && errno == EOPNOTSUPP);
	ck_assert(socks5udp_recvfrom(here, text, 8, 0, NULL, NULL, NULL, 0) == -1 && errno == ENOTCONN);
	ck_assert(socks5udp_recvfrom(-1, text, 8, 0, NULL, NULL, NULL, 0) == -1 && errno == EBADF);
	ck_assert_int_eq(take(text, 8, 0, NULL, NULL), 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("datagrams");
	TCase *tests = tcase_create("datagrams");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_send);
	tcase_add_test(tests, test_receive_connected);
	tcase_add_test(tests, test_send_mapped);
	tcase_add_test(tests, test_send_errors);
	tcase_add_test(tests, test_receive);
	tcase_add_test(tests, test_receive_drops);
	tcase_add_test(tests, test_receive_times_out);
	tcase_add_test(tests, test_receive_errors);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
