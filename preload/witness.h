/* What a call that sends or receives said or heard, as the capture has it (capture.h). */
#ifndef PRELOAD_WITNESS_H
#define PRELOAD_WITNESS_H

#include "preload/arrival.h"
#include "preload/capture.h"
#include "preload/passage.h"

/* One that was sent, or could not be, with errno. */
void witness_passage(struct passage *passage, enum step step);

/* The first so many of sendmmsg's messages have left. */
void witness_departures(const struct passage *passage, const struct mmsghdr *messages, unsigned count);

/* The program has been given a datagram with so much payload. */
void witness_arrival(const struct arrival *arrival, size_t payload);

#endif
