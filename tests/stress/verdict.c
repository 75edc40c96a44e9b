#include "tests/stress/verdict.h"

#include <errno.h>
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

/* Ports come round the oftener the more sockets there are: three in 700,000 datagrams were seen. */
bool bear_with_late_answer(uint32_t owner, uint32_t serial)
{
	enum { SOCKETS_AT_ONCE = 4, A_SOCKET = 70000 };
	static _Atomic uint64_t sockets;
	static _Atomic uint64_t last = UINT64_MAX;
	uint64_t socket = (uint64_t)owner << 32 | serial;
	if (atomic_exchange(&last, socket) == socket)
		return true;
	return atomic_fetch_add(&sockets, 1) < SOCKETS_AT_ONCE + atomic_load(&taken) / A_SOCKET;
}

int verdict_report(void)
{
	int kinds = 0;
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
