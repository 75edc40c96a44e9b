/* Streams to the stub; its sockets and its jobs are made up here. */
#include "preload/stub_call.h"

#include <errno.h>
#include <string.h>

#include "preload/process.h"
#include "preload/stub.h"
#include "preload/stub_asker.h"
#include "preload/stub_job.h"
#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

struct negotiator negotiator;
static struct desk only;
static const char *arriving; /* what the stream has to read */
static bool listens;         /* whoever opened it */
static char taken[16];       /* queries, by their first octets */

struct desk *stub_desk(int desk)
{
	(void)desk;
	return &only;
}

int stub_socket_accept(_Atomic int *fd, const _Atomic int *listener, struct sockaddr_in *peer)
{
	(void)listener;
	memset(peer, 0, sizeof *peer);
	atomic_store(fd, 7);
	return 0;
}

void stub_socket_close(_Atomic int *fd)
{
	atomic_store(fd, -1);
}

void stub_socket_hand_on(_Atomic int *from, _Atomic int *to)
{
	atomic_store(to, atomic_exchange(from, -1));
}

long stub_socket_receive(const _Atomic int *fd, struct msghdr *message)
{
	size_t size = strlen(arriving);
	ck_assert_int_eq(atomic_load(fd), 7);
	ck_assert_uint_le(size, message->msg_iov->iov_len);
	memcpy(message->msg_iov->iov_base, arriving, size);
	for (size_t i = 0; i < size; i++) /* '0' for an octet of zero */
		if (arriving[i] == '0')
			((char *)message->msg_iov->iov_base)[i] = 0;
	return (long)size;
}

long stub_socket_send(const _Atomic int *fd, const struct msghdr *message)
{
	ck_assert_int_eq(atomic_load(fd), 7);
	return listens ? (long)(message->msg_iov[0].iov_len + message->msg_iov[1].iov_len) : -EPIPE;
}

bool stub_asker_is_ours(int protocol, const struct sockaddr_in *asker, uint16_t desk_port)
{
	(void)asker;
	(void)desk_port;
	return protocol == IPPROTO_TCP;
}

/* Answered at once, as what needs no nameserver is. */
void stub_job_accept(const struct asker *asker, const uint8_t *query, size_t size)
{
	strncat(taken, (const char *)query, 1);
	stub_call_answer(asker->call, query, size);
}

void stub_jobs_call_ended(int call)
{
	ck_assert_int_eq(call, 0);
}

static void begin(void)
{
	fake_world_begin();
	negotiator.world = &fake_functions;
	listens = true;
	taken[0] = '\0';
	stub_calls_clear();
	stub_calls_take(0);
	ck_assert_int_eq(stub_call_descriptor(0), 7);
}

START_TEST(queries_that_come_together_are_all_taken)
{
	arriving = "0\1a0\2bb0\1c0";
	stub_call_read(0);
	ck_assert_str_eq(taken, "abc");
	arriving = "\1d";
	stub_call_read(0);
	ck_assert_str_eq(taken, "abcd");
	ck_assert_int_eq(stub_call_descriptor(0), 7);
}
END_TEST

/* The place may be another stream's by the time that an answer to the second one comes. */
START_TEST(who_has_hung_up_asks_nothing_more)
{
	arriving = "0\1a0\1b";
	listens = false;
	stub_call_read(0);
	ck_assert_int_eq(stub_call_descriptor(0), -1);
	ck_assert_str_eq(taken, "a");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stub_call");
	TCase *tests = tcase_create("calls");

	tcase_add_checked_fixture(tests, begin, fake_world_end);
	tcase_add_test(tests, queries_that_come_together_are_all_taken);
	tcase_add_test(tests, who_has_hung_up_asks_nothing_more);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
