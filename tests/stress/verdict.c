#include "tests/stress/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { ERRORS = 256 };

static const char *const names[] = {
#define CALL(name) #name,
    CALLS(CALL)
#undef CALL
};

static _Atomic unsigned long counts[CALL_COUNT][ERRORS];

bool judge(enum call call, bool success, const int *allowed)
{
	if (success)
		return true;
	int error = errno;
	while (allowed && *allowed && *allowed != error)
		allowed++;
	if (!allowed || !*allowed)
		atomic_fetch_add(&counts[call][error % ERRORS], 1);
	return false;
}

void convict(enum call call)
{
	atomic_fetch_add(&counts[call][0], 1);
}

static _Atomic uint64_t taken; /* datagrams */

void note_taken(void)
{
	atomic_fetch_add_explicit(&taken, 1, memory_order_relaxed);
}

static _Atomic uint64_t late; /* sockets */

void note_late_answer(uint32_t owner, uint32_t serial)
{
	static _Atomic uint64_t last = UINT64_MAX;
	uint64_t socket = (uint64_t)owner << 32 | serial;
	if (atomic_exchange(&last, socket) != socket)
		atomic_fetch_add(&late, 1);
}

/* Ports come round the oftener the more sockets there are: three in 700,000 datagrams were seen. Judged when all have
 * been, for they do not come at even intervals. */
static bool are_too_many_late(void)
{
	enum { SOCKETS_AT_ONCE = 4, A_SOCKET = 70000 };
	uint64_t sockets = atomic_load(&late), datagrams = atomic_load(&taken);
	if (sockets)
		fprintf(stderr, "stress: late answers to %" PRIu64 " sockets, of %" PRIu64 " datagrams\n", sockets,
			datagrams);
	return sockets > SOCKETS_AT_ONCE + datagrams / A_SOCKET;
}

int verdict_report(void)
{
	int kinds = 0;
	if (are_too_many_late())
		convict(CALL_payload);
	for (int call = 0; call < CALL_COUNT; call++)
		for (int error = 0; error < ERRORS; error++) {
			unsigned long count = atomic_load(&counts[call][error]);
			if (!count)
				continue;
			kinds++;
			fprintf(stderr, "stress: %s: %s, %lu times\n", names[call],
				error ? strerrorname_np(error) : "wrong", count);
		}
	return kinds;
}
