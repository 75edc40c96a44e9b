#include "core/check/patience.h"

#include <poll.h>

uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

struct timespec span_until(uint64_t until_us)
{
	uint64_t now = now_us(), left = until_us > now ? until_us - now : 0;

	return (struct timespec){.tv_sec = (time_t)(left / 1000000), .tv_nsec = (long)(left % 1000000) * 1000};
}

bool await_events(int fd, short events, uint64_t until_us)
{
	struct pollfd awaited = {.fd = fd, .events = events};

	for (;;) {
		struct timespec span = span_until(until_us);

		if (ppoll(&awaited, 1, &span, NULL) > 0)
			return true;
		if (span.tv_sec == 0 && span.tv_nsec == 0)
			return false;
	}
}
