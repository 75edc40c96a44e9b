#include "tests/live/socks_server/loop.h"

#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_A_ROUND 64

int loop_open(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

int loop_watch(int loop, struct watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};
	return epoll_ctl(loop, EPOLL_CTL_ADD, watch->fd, &event);
}

void loop_change(int loop, struct watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};
	if (watch->fd >= 0)
		epoll_ctl(loop, EPOLL_CTL_MOD, watch->fd, &event);
}

void loop_unwatch(struct watch *watch)
{
	if (watch->fd < 0)
		return;
	close(watch->fd);
	watch->fd = -1;
}

void loop_round(int loop, int timeout_ms)
{
	struct epoll_event events[EVENTS_A_ROUND];
	int count = epoll_wait(loop, events, EVENTS_A_ROUND, timeout_ms);
	for (int i = 0; i < count; i++) {
		struct watch *watch = events[i].data.ptr;
		if (watch->fd >= 0)
			watch->ready(watch, events[i].events);
	}
}

uint64_t clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
