/* io_uring, through libc and past it. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/inline_call.h"
#include "tests/live/cases/observe.h"

static void exchange(const char *text)
{
	int fd = udp(AF_INET, 0);
	say(fd, &peer_a, text);
	hear(fd);
	close(fd);
}

void case_uring(void)
{
	observe_result("SYS_io_uring_setup", syscall(SYS_io_uring_setup, 0, NULL));
	exchange("by ordinary calls");
}

/* A process that can gain no privileges may be filtered, and is; every other call is as before. */
void case_uring_inline(void)
{
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0) {
		observe_result("PR_SET_NO_NEW_PRIVS", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		execv("/proc/self/exe", again_arguments);
	}
	errno = (int)-inline_call(SYS_io_uring_setup, 0, 0, 0);
	observe_result("io_uring_setup", -1);
	errno = (int)-inline_call(SYS_io_uring_enter, -1, 0, 0);
	observe_result("io_uring_enter", -1);
	observe("getppid: %d", inline_call(SYS_getppid, 0, 0, 0) == getppid());
	errno = (int)-inline_call(100000, 0, 0, 0);
	observe_result("no such call", -1);
	exchange("filtered");
}
