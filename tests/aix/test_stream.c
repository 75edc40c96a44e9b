#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/aix/socks5_api.h"
#include "tests/aix/stand.h"
#include "tests/unit/run_suite.h"

#define REPLY "05 00 00 01 7f000001 1234"
#define HOLD                                                                                                           \
	{                                                                                                              \
		NULL, "", false                                                                                        \
	}

static struct sockaddr *any(void *address)
{
	return address;
}

static struct sockaddr_in target(void)
{
	struct sockaddr_in address = loopback(53);

	address.sin_addr.s_addr = htonl(0xc0000235);
	return address;
}

START_TEST(test_associate)
{
	static const struct line script[] = {{GREETING, METHOD, false}, {ZEROS, REPLY, false}, HOLD};
	struct sockaddr_in to = target();
	struct stand stand;
	int fd = stream_socket(true);

	stand_start(&stand, script);
	ck_assert_int_eq(socks5udp_associate(fd, any(&to), sizeof(to), any(&stand.address), sizeof(stand.address)), 0);
	ck_assert_int_eq(ntohs(to.sin_port), 0x1234);
	ck_assert_int_eq(ntohl(to.sin_addr.s_addr), INADDR_LOOPBACK);
	ck_assert_int_eq(socks5udp_associate(fd, any(&to), sizeof(to), any(&stand.address), sizeof(to)), -1);
	ck_assert_int_eq(errno, EISCONN);
	close(fd);
	stand_end(&stand);
}
END_TEST

START_TEST(test_documented_example)
{
	static const struct line script[] = {{GREETING, METHOD, false}, {ZEROS, REPLY, false}, HOLD};
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
	struct stand stand;
	int fd = stream_socket(true);

	to.sin6_addr.s6_addr[15] = 9;
	stand_start(&stand, script);
	ck_assert_int_eq(socks5udp_associate(fd, any(&to), sizeof(to), any(&stand.address), sizeof(stand.address)), 0);
	ck_assert_int_eq(to.sin6_family, AF_INET6);
	ck_assert(IN6_IS_ADDR_V4MAPPED(&to.sin6_addr));
	ck_assert_int_eq(ntohs(to.sin6_port), 0x1234);
	close(fd);
	stand_end(&stand);
}
END_TEST

/* Octet by octet, so that every call but the last finds the message incomplete. */
START_TEST(test_non_blocking)
{
	static const struct line script[] = {{GREETING, METHOD, true}, {ZEROS, REPLY, true}, HOLD};
	struct sockaddr_in to = target(), before = to;
	struct stand stand;
	int fd = stream_socket(false), calls = 0;

	stand_listen(&stand, script);
	while (socks5udp_associate(fd, any(&to), sizeof(to), any(&stand.address), sizeof(to))) {
		struct pollfd ready = {.fd = fd, .events = calls ? POLLIN : POLLOUT};

		ck_assert_int_eq(errno, EINPROGRESS);
		ck_assert_int_eq(socks5_errno, 0);
		ck_assert_mem_eq(&to, &before, sizeof(to));
		if (calls++ == 1)
			stand_serve(&stand);
		ck_assert_int_eq(poll(&ready, 1, 5000), 1);
	}
	ck_assert_int_gt(calls, 1);
	ck_assert_int_eq(ntohs(to.sin_port), 0x1234);
	close(fd);
	stand_end(&stand);
}
END_TEST

START_TEST(test_login)
{
	static const struct line script[] = {
	    {"05 02 00 02", "05 02", false}, {"01 01 75 02 7077", "01 00", false}, {ZEROS, REPLY, false}, HOLD};
	struct sockaddr_in to = target();
	struct stand stand;
	int fd = stream_socket(true);

	ck_assert_int_eq(socks5_setcred("u", "pw"), 0);
	stand_start(&stand, script);
	ck_assert_int_eq(socks5udp_associate(fd, any(&to), sizeof(to), any(&stand.address), sizeof(to)), 0);
	close(fd);
	stand_end(&stand);
	ck_assert_int_eq(socks5_setcred(NULL, NULL), 0);
}
END_TEST

START_TEST(test_login_wrong)
{
	char long_one[300];

	memset(long_one, 'a', sizeof(long_one));
	long_one[256] = '\0';
	ck_assert(socks5_setcred("u", NULL) == -1 && errno == EINVAL);
	ck_assert(socks5_setcred("", "p") == -1 && errno == EINVAL);
	ck_assert(socks5_setcred("u", long_one) == -1 && errno == EINVAL);
	ck_assert(socks5_setcred((const char *)1, "p") == -1 && errno == EFAULT);
}
END_TEST

/* What the target says comes in one segment with the reply, and is the program's to read. */
START_TEST(test_connect)
{
	static const struct line script[] = {
	    {GREETING, METHOD, false}, {"05 01 00 01 c0000235 0035", REPLY "68656c6c6f", false}, HOLD};
	struct sockaddr_in to = target(), before = to;
	struct stand stand;
	char text[6] = "";
	int fd = stream_socket(true);

	stand_start(&stand, script);
	ck_assert_int_eq(socks5tcp_connect(fd, any(&to), sizeof(to), any(&stand.address), sizeof(to)), 0);
	ck_assert_mem_eq(&to, &before, sizeof(to));
	ck_assert_int_eq(recv(fd, text, 5, MSG_WAITALL), 5);
	ck_assert_str_eq(text, "hello");
	close(fd);
	stand_end(&stand);
}
END_TEST

START_TEST(test_bind_and_accept)
{
	static const struct line script[] = {
	    {GREETING, METHOD, false},
	    {"05 02 00 01 c0000235 0035", REPLY "05 00 00 01 c0000235 0050 6869", false},
	    HOLD};
	struct sockaddr_in to = target();
	struct stand stand;
	char text[3] = "";
	int fd = stream_socket(true);

	stand_start(&stand, script);
	ck_assert_int_eq(socks5tcp_bind(fd, any(&to), sizeof(to), any(&stand.address), sizeof(to)), 0);
	ck_assert_int_eq(ntohs(to.sin_port), 0x1234);
	ck_assert(socks5tcp_bind(fd, any(&to), sizeof(to), any(&stand.address), sizeof(to)) == -1);
	ck_assert_int_eq(errno, EISCONN);
	ck_assert_int_eq(socks5tcp_accept(fd, any(&to), sizeof(to), NULL, 0), 0);
	ck_assert_int_eq(ntohs(to.sin_port), 80);
	ck_assert_int_eq(ntohl(to.sin_addr.s_addr), 0xc0000235);
	ck_assert_int_eq(recv(fd, text, 2, MSG_WAITALL), 2);
	ck_assert_str_eq(text, "hi");
	ck_assert(socks5tcp_accept(fd, any(&to), sizeof(to), NULL, 0) == -1 && errno == EINVAL);
	close(fd);
	stand_end(&stand);
}
END_TEST

START_TEST(test_accept_can_be_repeated)
{
	static const struct line script[] = {
	    {GREETING, METHOD, false}, {"05 02 00 01 c0000235 0035", REPLY, false}, HOLD};
	const struct timeval short_time = {0, 20000};
	struct sockaddr_in to = target();
	struct stand stand;
	int fd = stream_socket(true);

	stand_start(&stand, script);
	ck_assert_int_eq(socks5tcp_bind(fd, any(&to), sizeof(to), any(&stand.address), sizeof(to)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &short_time, sizeof(short_time));
	for (int i = 0; i < 2; i++)
		ck_assert(socks5tcp_accept(fd, any(&to), sizeof(to), NULL, 0) == -1 && errno == ETIMEDOUT);
	close(fd);
	stand_end(&stand);
}
END_TEST

static void ignore(int number)
{
	(void)number;
}

/* A timer fires every millisecond all the while, without SA_RESTART. */
START_TEST(test_interrupted)
{
	static const struct line script[] = {{GREETING, METHOD, true}, {ZEROS, REPLY, true}, HOLD};
	const struct sigaction action = {.sa_handler = ignore};
	const struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
	struct sockaddr_in to = target();
	struct stand stand;
	sigset_t alarm;
	int fd = stream_socket(true);

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigaction(SIGALRM, &action, NULL);
	pthread_sigmask(SIG_BLOCK, &alarm, NULL); /* the server's thread inherits it */
	stand_start(&stand, script);
	pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	ck_assert_int_eq(socks5udp_associate(fd, any(&to), sizeof(to), any(&stand.address), sizeof(to)), 0);
	setitimer(ITIMER_REAL, &never, NULL);
	close(fd);
	stand_end(&stand);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("subroutines on streams");
	TCase *tests = tcase_create("negotiations");

	tcase_add_test(tests, test_associate);
	tcase_add_test(tests, test_documented_example);
	tcase_add_test(tests, test_non_blocking);
	tcase_add_test(tests, test_login);
	tcase_add_test(tests, test_login_wrong);
	tcase_add_test(tests, test_connect);
	tcase_add_test(tests, test_bind_and_accept);
	tcase_add_test(tests, test_accept_can_be_repeated);
	tcase_add_test(tests, test_interrupted);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
