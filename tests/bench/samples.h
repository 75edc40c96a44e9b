/* Times that were taken, and what is to be said of them. */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct samples {
	uint64_t *values;
	size_t count;
	size_t room;
};

uint64_t clock_ns(void);

/* Ends the program when there is no memory: a measurement that lacks times is none. */
void samples_add(struct samples *samples, uint64_t value);

/* The value that this share of them (0.5: the median; 1: the largest) does not exceed; 0 if there are none. */
uint64_t samples_at(struct samples *samples, double share);

void samples_free(struct samples *samples);

#endif
