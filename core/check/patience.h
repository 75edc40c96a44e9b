/* Time, and waiting until a moment of it at the latest. */
#ifndef CORE_CHECK_PATIENCE_H
#define CORE_CHECK_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

uint64_t now_us(void); /* of a clock that only goes forward */

/* How long it is until then, as waits take it; zeros: it is past. */
struct timespec span_until(uint64_t until_us);

/* events as poll(2) has them. false: the moment has come first. */
bool await_events(int fd, short events, uint64_t until_us);

#endif
