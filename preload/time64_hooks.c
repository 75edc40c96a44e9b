/* Calls with 64 bits of time, on a machine whose own have 32: no timeout is so long that it matters here. */
#if defined(__i386__)
#include "preload/hooks.h"
#include "preload/user_memory.h"

static struct timespec narrow(const struct wide_time *wide)
{
	struct timespec time = {.tv_sec = (time_t)wide->seconds, .tv_nsec = wide->nanoseconds};
	if (wide->seconds > INT32_MAX)
		time.tv_sec = INT32_MAX;
	if (wide->seconds < 0)
		time.tv_sec = -1;
	return time;
}

int hook___recvmmsg64(int fd, struct mmsghdr *messages, unsigned count, int flags, struct wide_time *timeout)
{
	if (!timeout || !user_can_write(timeout, sizeof *timeout))
		return timeout ? real.__recvmmsg64(fd, messages, count, flags, timeout)
			       : hook_recvmmsg(fd, messages, count, flags, NULL);
	struct timespec given = narrow(timeout), left = given;
	int answer = hook_recvmmsg(fd, messages, count, flags, &left);
	if (left.tv_sec != given.tv_sec || left.tv_nsec != given.tv_nsec)
		*timeout = (struct wide_time){left.tv_sec, (int32_t)left.tv_nsec, 0};
	return answer;
}

int hook___gai_suspend_time64(const struct gaicb *const list[], int count, const struct wide_time *timeout)
{
	struct timespec time;
	if (!timeout)
		return hook_gai_suspend(list, count, NULL);
	time = narrow(timeout);
	return hook_gai_suspend(list, count, &time);
}
#endif
