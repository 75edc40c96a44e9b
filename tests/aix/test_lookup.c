#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/aix/socks5_api.h"
#include "tests/aix/stand.h"
#include "tests/unit/run_suite.h"

/* Each test is a process of its own, which reads its configuration once. */
static void configure(const char *text)
{
	char path[] = "/tmp/socks5c.XXXXXX";
	int fd = mkstemp(path);
	struct sockaddr_in to = loopback(53);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	setenv("SOCKS5C_CONFIG", path, 1);
	socks5_getserv((struct sockaddr *)&to, sizeof(to));
	unlink(path);
}

static struct sockaddr *server_of(uint32_t address)
{
	struct sockaddr_in to = loopback(53);

	to.sin_addr.s_addr = htonl(address);
	return socks5_getserv((struct sockaddr *)&to, sizeof(to));
}

START_TEST(test_getserv)
{
	struct sockaddr_in *v4;
	struct sockaddr_in6 *v6;

	configure("10.0.0.0/8 192.0.2.1\n11.0.0.0/8 2001:db8::1:1081\n");
	v4 = (struct sockaddr_in *)(void *)server_of(0x0a000001);
	ck_assert_ptr_nonnull(v4);
	ck_assert_int_eq(v4->sin_family, AF_INET);
	ck_assert_int_eq(ntohs(v4->sin_port), 1080);
	ck_assert_int_eq(ntohl(v4->sin_addr.s_addr), 0xc0000201);
	v6 = (struct sockaddr_in6 *)(void *)server_of(0x0b000001);
	ck_assert_ptr_nonnull(v6);
	ck_assert_int_eq(v6->sin6_family, AF_INET6);
	ck_assert_int_eq(ntohs(v6->sin6_port), 1081);
	errno = 0;
	ck_assert_ptr_null(server_of(0x08080808));
	ck_assert_int_eq(errno, 0);
	ck_assert_int_eq(socks5_errno, S5_ENOSERV);
}
END_TEST

START_TEST(test_no_server)
{
	struct sockaddr_in to = loopback(53), before = to;
	int fd = stream_socket(true);

	configure("127.0.0.0/8 NONE\n");
	ck_assert_int_eq(socks5udp_associate(fd, (struct sockaddr *)&to, sizeof(to), NULL, 0), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(socks5_errno, S5_ENOSERV);
	ck_assert_mem_eq(&to, &before, sizeof(to));
	close(fd);
}
END_TEST

START_TEST(test_server_found)
{
	static const struct line script[] = {
	    {GREETING, METHOD, false}, {ZEROS, "05 00 00 01 00000000 1234", false}, {NULL, "", false}};
	struct sockaddr_in to = loopback(53);
	struct stand stand;
	char text[64];
	int fd = stream_socket(true);

	stand_start(&stand, script);
	snprintf(text, sizeof(text), "127.0.0.0/8 localhost:%d\n", ntohs(stand.address.sin_port));
	configure(text);
	ck_assert_int_eq(socks5udp_associate(fd, (struct sockaddr *)&to, sizeof(to), NULL, 0), 0);
	ck_assert_int_eq(ntohl(to.sin_addr.s_addr), INADDR_LOOPBACK);
	ck_assert_int_eq(ntohs(to.sin_port), 0x1234);
	close(fd);
	stand_end(&stand);
}
END_TEST

/* The loopback address has a name wherever there are hosts(5). */
START_TEST(test_name_record)
{
	struct sockaddr_in *server;

	configure("0.0.0.0/0 192.0.2.1\nocalhost 192.0.2.2\n");
	server = (struct sockaddr_in *)(void *)server_of(INADDR_LOOPBACK);
	ck_assert_ptr_nonnull(server);
	ck_assert_int_eq(ntohl(server->sin_addr.s_addr), 0xc0000202);
}
END_TEST

START_TEST(test_malformed)
{
	configure("10.0.0.0/8\n");
	ck_assert_ptr_null(server_of(0x0a000001));
	ck_assert_int_eq(errno, ENETDOWN);
	ck_assert_int_eq(socks5_errno, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("servers by destination");
	TCase *tests = tcase_create("lookup");

	unsetenv("SOCKS5UDP_PROXY");
	unsetenv("SOCKS5UDP_DIRECT");
	tcase_add_test(tests, test_getserv);
	tcase_add_test(tests, test_no_server);
	tcase_add_test(tests, test_server_found);
	tcase_add_test(tests, test_name_record);
	tcase_add_test(tests, test_malformed);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
