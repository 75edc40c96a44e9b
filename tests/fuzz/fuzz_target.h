/* A fuzz target: one function that takes any input and aborts where a promise is broken.
 *
 * Built by clang with -DFUZZ=ON it is linked with libFuzzer; else replay.c runs it over its corpus. */
#ifndef TESTS_FUZZ_FUZZ_TARGET_H
#define TESTS_FUZZ_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* assert() would be gone in a release build. */
static inline void promise(int kept)
{
	if (!kept)
		abort();
}

#endif
