#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/aix/socks5_api.h"
#include "tests/aix/stand.h"
#include "tests/call_answers.h"
#include "tests/unit/run_suite.h"

#define HOLD                                                                                                           \
	{                                                                                                              \
		NULL, "", false                                                                                        \
	}

static struct sockaddr *any(void *address)
{
	return address;
}

static struct sockaddr *nowhere(void)
{
	return (struct sockaddr *)16;
}

/* Fails with that, and leaves both addresses as they are. */
static void expect_failure(int fd, struct sockaddr_in *server, int error, int socks_error)
{
	struct sockaddr_in to = loopback(53), to_before = to, server_before = *server;

	socks5_errno = 77;
	errno = 0;
	ck_assert_int_eq(socks5udp_associate(fd, any(&to), sizeof(to), any(server), sizeof(*server)), -1);
	ck_assert_msg(errno == error, "%s instead of %s", strerrorname_np(errno), strerrorname_np(error));
	ck_assert_int_eq(socks5_errno, socks_error);
	ck_assert_mem_eq(&to, &to_before, sizeof(to));
	ck_assert_mem_eq(server, &server_before, sizeof(server_before));
}

/* A port that is known to be closed, for a socket that does not listen holds it. */
static int closed_port(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = stream_socket(true);

	*address = loopback(0);
	ck_assert_int_eq(bind(fd, any(address), size), 0);
	getsockname(fd, any(address), &size);
	return fd;
}

START_TEST(test_descriptors)
{
	struct sockaddr_in server = loopback(1);
	int pipes[2], unix_socket = socket(AF_UNIX, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_int_eq(pipe(pipes), 0);
	expect_failure(-1, &server, EBADF, 0);
	expect_failure(pipes[0], &server, ENOTSOCK, 0);
	expect_failure(unix_socket, &server, EAFNOSUPPORT, 0);
	expect_failure(datagrams, &server, EINVAL, 0);
	close(pipes[0]);
	close(pipes[1]);
	close(unix_socket);
	close(datagrams);
}
END_TEST

START_TEST(test_refused)
{
	struct sockaddr_in server;
	int holder = closed_port(&server), fd = stream_socket(true), again = stream_socket(false);

	expect_failure(fd, &server, ECONNREFUSED, 0);
	while (true) {
		struct sockaddr_in to = loopback(53);

		ck_assert_int_eq(socks5udp_associate(again, any(&to), sizeof(to), any(&server), sizeof(server)), -1);
		if (errno != EINPROGRESS)
			break;
	}
	ck_assert_int_eq(errno, ECONNREFUSED);
	close(again);
	close(fd);
	close(holder);
}
END_TEST

START_TEST(test_connected_already)
{
	static const struct line script[] = {HOLD};
	struct stand stand;
	int fd = stream_socket(true);

	stand_start(&stand, script);
	ck_assert_int_eq(connect(fd, any(&stand.address), sizeof(stand.address)), 0);
	expect_failure(fd, &stand.address, EISCONN, 0);
	close(fd);
	stand_end(&stand);
}
END_TEST

START_TEST(test_other_families)
{
	struct sockaddr_in server = loopback(1), to = loopback(53);
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = stream_socket(true);

	ck_assert_int_eq(socks5udp_associate(fd, any(&to), sizeof(to), any(&six), sizeof(six)), -1);
	ck_assert_int_eq(errno, EAFNOSUPPORT);
	to.sin_family = AF_UNIX;
	ck_assert_int_eq(socks5udp_associate(fd, any(&to), sizeof(to), any(&server), sizeof(server)), -1);
	ck_assert_int_eq(errno, EAFNOSUPPORT);
	close(fd);
}
END_TEST

START_TEST(test_lengths)
{
	static const size_t wrong[] = {0, 1, sizeof(struct sockaddr_in) - 1, 4096, SIZE_MAX};
	struct sockaddr_in server = loopback(1), to = loopback(53);
	int fd = stream_socket(true);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		ck_assert(socks5udp_associate(fd, any(&to), wrong[i], any(&server), sizeof(server)) == -1);
		ck_assert_int_eq(errno, EINVAL);
		ck_assert(socks5udp_associate(fd, any(&to), sizeof(to), any(&server), wrong[i]) == -1);
		ck_assert_int_eq(errno, EINVAL);
		ck_assert_ptr_null(socks5_getserv(any(&to), wrong[i]));
		ck_assert_int_eq(errno, EINVAL);
	}
	close(fd);
}
END_TEST

START_TEST(test_bad_pointers)
{
	struct sockaddr_in server = loopback(1), to = loopback(53);
	size_t size = sizeof(to);
	void *constant = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = stream_socket(true);

	ck_assert_ptr_ne(constant, MAP_FAILED);
	memcpy(constant, &to, size);
	mprotect(constant, 4096, PROT_READ);
	struct {
		struct sockaddr *to;
		struct sockaddr *server;
	} pairs[] = {{NULL, any(&server)}, {nowhere(), any(&server)}, {any(&to), nowhere()}, {constant, any(&server)}};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		ck_assert(socks5udp_associate(fd, pairs[i].to, size, pairs[i].server, size) == -1 && errno == EFAULT);
		ck_assert(socks5tcp_bind(fd, pairs[i].to, size, pairs[i].server, size) == -1 && errno == EFAULT);
		ck_assert(socks5tcp_accept(fd, pairs[i].to, size, pairs[i].server, size) == -1 && errno == EFAULT);
		if (i < 3)
			ck_assert(socks5tcp_connect(fd, pairs[i].to, size, pairs[i].server, size) == -1 &&
				  errno == EFAULT);
	}
	ck_assert(!socks5_getserv(nowhere(), size) && errno == EFAULT);
	ck_assert(!socks5_getserv(NULL, size) && errno == EFAULT);
	munmap(constant, 4096);
	close(fd);
}
END_TEST

START_TEST(test_accept_without_bind)
{
	static const struct line script[] = {HOLD};
	struct sockaddr_in to = loopback(53);
	struct stand stand;
	int fd = stream_socket(true);

	ck_assert(socks5tcp_accept(fd, any(&to), sizeof(to), NULL, 0) == -1 && errno == ENOTCONN);
	stand_start(&stand, script);
	ck_assert_int_eq(connect(fd, any(&stand.address), sizeof(stand.address)), 0);
	ck_assert(socks5tcp_accept(fd, any(&to), sizeof(to), NULL, 0) == -1 && errno == EINVAL);
	close(fd);
	stand_end(&stand);
}
END_TEST

START_TEST(test_timed_out)
{
	static const struct line script[] = {{GREETING, "", false}, HOLD};
	const struct timeval short_time = {0, 20000};
	struct stand stand;
	int fd = stream_socket(true);

	stand_start(&stand, script);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &short_time, sizeof(short_time));
	expect_failure(fd, &stand.address, ETIMEDOUT, 0);
	close(fd);
	stand_end(&stand);
}
END_TEST

/* A backlog that is full, as one of no length is after its first connection: the kernel drops the rest. */
START_TEST(test_connect_timed_out)
{
	const struct timeval short_time = {0, 20000};
	struct timeval after;
	struct sockaddr_in server;
	socklen_t size = sizeof(after);
	int listener = closed_port(&server), first = stream_socket(true), fd = stream_socket(true);

	ck_assert_int_eq(listen(listener, 0), 0);
	ck_assert_int_eq(connect(first, any(&server), sizeof(server)), 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &short_time, sizeof(short_time));
	expect_failure(fd, &server, ETIMEDOUT, 0);
	getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &after, &size);
	ck_assert_int_eq(after.tv_sec, 0);
	ck_assert_int_eq(after.tv_usec, 20000);
	close(fd);
	close(first);
	close(listener);
}
END_TEST

/* The same two ends once more. */
START_TEST(test_address_taken)
{
	struct sockaddr_in server, local = loopback(0);
	socklen_t size = sizeof(local);
	int on = 1, listener = closed_port(&server), first = stream_socket(true), fd = stream_socket(true);

	ck_assert_int_eq(listen(listener, 4), 0);
	setsockopt(first, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	ck_assert_int_eq(bind(first, any(&local), size), 0);
	getsockname(first, any(&local), &size);
	ck_assert_int_eq(bind(fd, any(&local), size), 0);
	ck_assert_int_eq(connect(first, any(&server), sizeof(server)), 0);
	expect_failure(fd, &server, EADDRNOTAVAIL, 0);
	close(fd);
	close(first);
	close(listener);
}
END_TEST

START_TEST(test_no_network)
{
	struct sockaddr_in server = loopback(1080);

	if (unshare(CLONE_NEWNET) < 0)
		return;
	int fd = stream_socket(true);
	expect_failure(fd, &server, ENETUNREACH, 0);
	close(fd);
}
END_TEST

/* Documented errors of connect(2) that no state of a Linux network gives: the kernel is told to give them. */
static const int odd_errors[] = {EADDRINUSE, ENETDOWN, ENOSPC, ENOBUFS};

START_TEST(test_odd_errors)
{
	struct sockaddr_in server = loopback(1080);
	int fd = stream_socket(true);

	if (call_answers(SYS_connect, odd_errors[_i]))
		expect_failure(fd, &server, odd_errors[_i], 0);
	close(fd);
}
END_TEST

/* A first call that does not block: the connection stands, or is about to. */
static int begin(struct sockaddr_in *server)
{
	int fd = stream_socket(false);

	expect_failure(fd, server, EINPROGRESS, 0);
	return fd;
}

static void await(int fd, short events)
{
	struct pollfd ready = {.fd = fd, .events = events};

	ck_assert_int_eq(poll(&ready, 1, -1), 1);
}

START_TEST(test_other_subroutine)
{
	struct sockaddr_in server, to = loopback(53);
	int listener = closed_port(&server), fd;

	ck_assert_int_eq(listen(listener, 1), 0);
	fd = begin(&server);
	ck_assert(socks5tcp_connect(fd, any(&to), sizeof(to), any(&server), sizeof(server)) == -1 && errno == EALREADY);
	ck_assert(socks5tcp_bind(fd, any(&to), sizeof(to), any(&server), sizeof(server)) == -1 && errno == EALREADY);
	ck_assert(socks5tcp_accept(fd, any(&to), sizeof(to), any(&server), sizeof(server)) == -1 && errno == EINVAL);
	expect_failure(fd, &server, EINPROGRESS, 0);
	close(fd);
	close(listener);
}
END_TEST

/* A connection request that nobody answers, as the backlog is full, until the listener is gone: the kernel asks again
 * after a second and is refused. The program then takes the error itself, so that the next call finds a socket that is
 * neither connected nor in error. */
START_TEST(test_error_taken)
{
	struct sockaddr_in server;
	socklen_t size = sizeof(int);
	int listener = closed_port(&server), first = stream_socket(true), error = 0, fd;

	ck_assert_int_eq(listen(listener, 0), 0);
	ck_assert_int_eq(connect(first, any(&server), sizeof(server)), 0);
	fd = begin(&server);
	close(listener);
	await(fd, POLLOUT);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
	ck_assert_int_eq(error, ECONNREFUSED);
	expect_failure(fd, &server, ENOTCONN, 0);
	close(fd);
	close(first);
}
END_TEST

/* SIGPIPE, had it been raised, would have ended this process. */
START_TEST(test_no_signal_stream)
{
	static const struct line script[] = {{GREETING, METHOD, false}, HOLD};
	struct stand stand;
	int fd;

	ck_assert_ptr_ne(signal(SIGPIPE, SIG_DFL), SIG_ERR);
	stand_listen(&stand, script);
	fd = begin(&stand.address);
	await(fd, POLLOUT);
	expect_failure(fd, &stand.address, EINPROGRESS, 0);
	stand_serve(&stand);
	await(fd, POLLIN);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	expect_failure(fd, &stand.address, ECONNRESET, S5_ESRVFAIL);
	close(fd);
	stand_end(&stand);
}
END_TEST

START_TEST(test_no_signal_datagram)
{
	struct sockaddr_in relay = loopback(9), to = loopback(53);
	char message[] = "ask";
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_ptr_ne(signal(SIGPIPE, SIG_DFL), SIG_ERR);
	ck_assert_int_eq(connect(fd, any(&relay), sizeof(relay)), 0);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	ck_assert(socks5udp_sendto(fd, message, 3, 0, any(&to), sizeof(to), NULL, 0) == -1 && errno == EPIPE);
	close(fd);
}
END_TEST

static const struct {
	const char *reply;
	int error;
	int socks_error;
} refusals[] = {
    {"05 01 00 01 00000000 0000", ENETDOWN, S5_ESRVFAIL},
    {"05 02 00 01 00000000 0000", EACCES, S5_EPERM},
    {"05 03 00 01 00000000 0000", ENETUNREACH, S5_ENETUNREACH},
    {"05 04 00 01 00000000 0000", EHOSTUNREACH, S5_EHOSTUNREACH},
    {"05 05 00 01 00000000 0000", ECONNREFUSED, S5_ECONNREFUSED},
    {"05 06 00 01 00000000 0000", ETIMEDOUT, S5_ETIMEDOUT},
    {"05 07 00 01 00000000 0000", EOPNOTSUPP, S5_EOPNOTSUPP},
    {"05 08 00 01 00000000 0000", EAFNOSUPPORT, S5_EAFNOSUPPORT},
    {"05 09", ENETDOWN, S5_ESRVFAIL},
    {"04 00", EPROTO, S5_ESRVFAIL},
    {"05 00 00 02", EPROTO, S5_ESRVFAIL},
    {"05 00 00 01 7f000001 0000", EPROTO, S5_ESRVFAIL},
};

START_TEST(test_refusals)
{
	const struct line script[] = {{GREETING, METHOD, false}, {ZEROS, refusals[_i].reply, false}, HOLD};
	struct stand stand;
	int fd = stream_socket(true);

	stand_start(&stand, script);
	expect_failure(fd, &stand.address, refusals[_i].error, refusals[_i].socks_error);
	close(fd);
	stand_end(&stand);
}
END_TEST

START_TEST(test_authentication)
{
	static const struct line unacceptable[] = {{GREETING, "05 ff", false}, HOLD};
	static const struct line wrong[] = {{"05 02 00 02", "05 02", false}, {"01 01 75 01 70", "01 01", false}, HOLD};
	struct stand stand;
	int fd = stream_socket(true);

	stand_start(&stand, unacceptable);
	expect_failure(fd, &stand.address, EACCES, S5_EPERM);
	close(fd);
	stand_end(&stand);
	ck_assert_int_eq(socks5_setcred("u", "p"), 0);
	fd = stream_socket(true);
	stand_start(&stand, wrong);
	expect_failure(fd, &stand.address, EACCES, S5_EPERM);
	close(fd);
	stand_end(&stand);
}
END_TEST

/* Without SIGPIPE, whose action is the default one here. */
START_TEST(test_closed)
{
	static const struct line at_once[] = {{NULL, NULL, false}};
	static const struct line later[] = {{GREETING, METHOD, false}, {NULL, NULL, false}};
	struct stand stand;
	int fd = stream_socket(true);

	stand_start(&stand, at_once);
	expect_failure(fd, &stand.address, ECONNRESET, S5_ESRVFAIL);
	close(fd);
	stand_end(&stand);
	fd = stream_socket(true);
	stand_start(&stand, later);
	expect_failure(fd, &stand.address, ECONNRESET, S5_ESRVFAIL);
	close(fd);
	stand_end(&stand);
}
END_TEST

/* An IPv6 rendezvous address and a Dst of IPv4's size. */
START_TEST(test_too_small)
{
	static const struct line script[] = {
	    {GREETING, METHOD, false}, {ZEROS, "05 00 00 04 20010db8000000000000000000000001 1234", false}, HOLD};
	struct stand stand;
	int fd = stream_socket(true);

	stand_start(&stand, script);
	expect_failure(fd, &stand.address, EINVAL, 0);
	close(fd);
	stand_end(&stand);
}
END_TEST

#define NEGOTIATIONS 1024

/* Those that were given up by closing their sockets make room again. */
START_TEST(test_too_many)
{
	struct rlimit limit = {NEGOTIATIONS + 64, NEGOTIATIONS + 64};
	struct sockaddr_in server, to = loopback(53);
	int listener = closed_port(&server), fds[NEGOTIATIONS + 1];

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	ck_assert_int_eq(listen(listener, 1), 0);
	for (size_t i = 0; i <= NEGOTIATIONS; i++) {
		fds[i] = stream_socket(false);
		ck_assert_int_eq(socks5udp_associate(fds[i], any(&to), sizeof(to), any(&server), sizeof(server)), -1);
		ck_assert_int_eq(errno, i == NEGOTIATIONS ? ENOSPC : EINPROGRESS);
	}
	close(fds[NEGOTIATIONS]);
	close(fds[3]);
	fds[3] = stream_socket(false);
	ck_assert_int_eq(socks5udp_associate(fds[3], any(&to), sizeof(to), any(&server), sizeof(server)), -1);
	ck_assert_int_eq(errno, EINPROGRESS);
	for (size_t i = 0; i < NEGOTIATIONS; i++)
		close(fds[i]);
	close(listener);
}
END_TEST

START_TEST(test_texts)
{
	static const int codes[] = {S5_ESRVFAIL,
				    S5_EPERM,
				    S5_ENETUNREACH,
				    S5_EHOSTUNREACH,
				    S5_ECONNREFUSED,
				    S5_ETIMEDOUT,
				    S5_EOPNOTSUPP,
				    S5_EAFNOSUPPORT,
				    S5_ENOSERV,
				    0,
				    9};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(socks5_strerror(codes[i]), socks5_strerror(codes[j]));
	ck_assert_str_eq(socks5_strerror(-1), socks5_strerror(9));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("errors");
	TCase *tests = tcase_create("errors");

	tcase_add_test(tests, test_descriptors);
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_connected_already);
	tcase_add_test(tests, test_other_families);
	tcase_add_test(tests, test_lengths);
	tcase_add_test(tests, test_bad_pointers);
	tcase_add_test(tests, test_accept_without_bind);
	tcase_add_test(tests, test_timed_out);
	tcase_add_test(tests, test_connect_timed_out);
	tcase_add_test(tests, test_address_taken);
	tcase_add_test(tests, test_no_network);
	tcase_add_loop_test(tests, test_odd_errors, 0, sizeof(odd_errors) / sizeof(*odd_errors));
	tcase_add_test(tests, test_other_subroutine);
	tcase_add_test(tests, test_error_taken);
	tcase_add_test(tests, test_no_signal_stream);
	tcase_add_test(tests, test_no_signal_datagram);
	tcase_add_loop_test(tests, test_refusals, 0, sizeof(refusals) / sizeof(*refusals));
	tcase_add_test(tests, test_authentication);
	tcase_add_test(tests, test_closed);
	tcase_add_test(tests, test_too_small);
	tcase_add_test(tests, test_too_many);
	tcase_add_test(tests, test_texts);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
