#include "tests/bench/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void grow(struct samples *samples)
{
	size_t room = samples->room ? samples->room * 2 : 4096;
	uint64_t *values = realloc(samples->values, room * sizeof *values);
	if (!values) {
		perror("samples");
		exit(1);
	}
	samples->values = values;
	samples->room = room;
}

void samples_add(struct samples *samples, uint64_t value)
{
	if (samples->count == samples->room)
		grow(samples);
	samples->values[samples->count++] = value;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;
	return *left < *right ? -1 : *left > *right;
}

uint64_t samples_at(struct samples *samples, double share)
{
	if (!samples->count)
		return 0;
	qsort(samples->values, samples->count, sizeof *samples->values, compare);
	size_t at = (size_t)((double)samples->count * share);
	return samples->values[at < samples->count ? at : samples->count - 1];
}

void samples_free(struct samples *samples)
{
	free(samples->values);
	*samples = (struct samples){0};
}
