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
