#include "preload/stub_call.h"

#include <errno.h>
#include <string.h>

#include "core/bytes.h"
#include "preload/process.h"
#include "preload/stub.h"
#include "preload/stub_asker.h"
#include "preload/stub_job.h"

enum { LENGTH = 2 }; /* RFC 1035 section 4.2.2: ahead of each message */

struct call {
	_Atomic int fd;
	int desk;
	uint64_t used_ms;
	size_t used;
	uint8_t bytes[LENGTH + DNS_QUERY_MAX];
};

static struct call calls[CALLS];
static _Atomic int arrival = -1; /* one that nobody has looked at yet */

int stub_call_descriptor(int call)
{
	return atomic_load(&calls[call].fd);
}

void stub_calls_moved(int fd, int moved)
{
	for (int i = 0; i < CALLS; i++) {
		int known = fd;
		atomic_compare_exchange_strong(&calls[i].fd, &known, moved);
	}
	atomic_compare_exchange_strong(&arrival, &fd, moved);
}

void stub_calls_clear(void)
{
	for (int i = 0; i < CALLS; i++)
		atomic_store(&calls[i].fd, -1);
}

void stub_calls_forget(void)
{
	for (int i = 0; i < CALLS; i++)
		stub_socket_close(&calls[i].fd);
	stub_socket_close(&arrival);
}

static void hang_up(int call)
{
	stub_socket_close(&calls[call].fd);
	stub_jobs_call_ended(call);
}

/* One too many takes the place of the one that has been silent for longest. */
static int find_free(void)
{
	int oldest = 0;
	for (int i = 0; i < CALLS; i++) {
		if (stub_call_descriptor(i) < 0)
			return i;
		if (calls[i].used_ms < calls[oldest].used_ms)
			oldest = i;
	}
	hang_up(oldest);
	return oldest;
}

void stub_calls_take(int desk)
{
	struct sockaddr_in peer;
	if (stub_socket_accept(&arrival, &stub_desk(desk)->listener, &peer) < 0)
		return;
	if (!stub_asker_is_ours(IPPROTO_TCP, &peer, stub_desk(desk)->port)) {
		stub_socket_close(&arrival);
		return;
	}
	int call = find_free();
	stub_socket_hand_on(&arrival, &calls[call].fd);
	calls[call].desk = desk;
	calls[call].used = 0;
	calls[call].used_ms = negotiator.world->now_ms();
}

/* Takes one whole query out of what has been read; false: there is none, or nobody any more to answer. */
static bool take_query(int number)
{
	struct call *call = &calls[number];
	if (stub_call_descriptor(number) < 0 || call->used < LENGTH || call->used - LENGTH < load_u16(call->bytes))
		return false;
	size_t size = load_u16(call->bytes);
	const struct asker asker = {.desk = call->desk, .call = number};
	stub_job_accept(&asker, call->bytes + LENGTH, size);
	call->used -= LENGTH + size;
	memmove(call->bytes, call->bytes + LENGTH + size, call->used);
	return true;
}

void stub_call_read(int number)
{
	struct call *call = &calls[number];
	struct iovec piece = {call->bytes + call->used, sizeof call->bytes - call->used};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	long got = stub_socket_receive(&call->fd, &message);
	if (got == -EAGAIN)
		return;
	if (got <= 0) {
		hang_up(number);
		return;
	}
	call->used += (size_t)got;
	call->used_ms = negotiator.world->now_ms();
	while (take_query(number))
		;
	if (call->used == sizeof call->bytes) /* longer than any that is passed on */
		hang_up(number);
}

/* What does not fit into the socket at once is for somebody who does not read. */
void stub_call_answer(int number, const uint8_t *bytes, size_t size)
{
	uint8_t length[LENGTH];
	store_u16(length, (uint16_t)size);
	struct iovec pieces[] = {{length, LENGTH}, {(void *)(uintptr_t)bytes, size}};
	const struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
	if (stub_socket_send(&calls[number].fd, &message) != (long)(LENGTH + size))
		hang_up(number);
}
