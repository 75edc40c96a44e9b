/* The limit on descriptors: what the program sees of it, sets and passes on, while relays need descriptors as well. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

#define SOFT    200
#define HARD    1200
#define RAISED  700
#define LOWERED 100
#define SOCKETS 400

extern char **environ;

static char *shell[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, (char[]){"ulimit -Sn; ulimit -Hn"}, NULL};

static void exchange(int fd, const char *text)
{
	say(fd, &peer_a, text);
	hear(fd);
}

static void set_limit(rlim_t soft)
{
	struct rlimit limit = {soft, HARD};
	observe_result("setrlimit", setrlimit(RLIMIT_NOFILE, &limit));
}

static void observe_pair(rlim64_t soft, rlim64_t hard)
{
	observe("  %lu of %lu", (unsigned long)soft, (unsigned long)hard);
}

static void observe_limit(void)
{
	struct rlimit limit = {0};
	struct rlimit64 wide = {0};
	observe_result("getrlimit", getrlimit(RLIMIT_NOFILE, &limit));
	observe_pair(limit.rlim_cur, limit.rlim_max);
	observe_result("prlimit", prlimit(0, RLIMIT_NOFILE, NULL, &limit));
	observe_pair(limit.rlim_cur, limit.rlim_max);
	observe_result("SYS_prlimit64", syscall(SYS_prlimit64, getpid(), RLIMIT_NOFILE, NULL, &wide));
	observe_pair(wide.rlim_cur, wide.rlim_max);
	observe("sysconf: %ld", sysconf(_SC_OPEN_MAX));
}

/* Opens files until there is no descriptor left; answers the first of them. */
static int use_up(void)
{
	int first = -1, last = -1, fd;
	while ((fd = open("/dev/null", O_RDONLY)) >= 0) {
		first = first < 0 ? fd : first;
		last = fd;
	}
	observe_result("open", fd);
	observe("  from %d to %d", first, last);
	return first;
}

void case_limit_seen(void)
{
	set_limit(SOFT);
	int fd = udp(AF_INET, 0);
	exchange(fd, "relayed");
	observe_limit();
	close_range((unsigned)use_up(), SOFT, 0);
	exchange(fd, "again");
	exchange(udp(AF_INET, 0), "anew");
	observe_limit();
}

/* None is left for the program, but its sockets are there. */
void case_limit_reached(void)
{
	set_limit(SOFT);
	int early = udp(AF_INET, 0), late = udp(AF_INET, 0);
	exchange(early, "early");
	int first = use_up();
	exchange(late, "late");
	observe_result("socket", socket(AF_INET, SOCK_DGRAM, 0));
	observe_result("dup", dup(early));
	close(first);
	int fd = udp(AF_INET, 0);
	observe("the number that was free: %d", fd == first);
	exchange(fd, "in its place");
}

void case_limit_raised(void)
{
	static int fds[SOCKETS];
	set_limit(SOFT);
	exchange(udp(AF_INET, 0), "first");
	set_limit(RAISED);
	observe_limit();
	for (int i = 0; i < SOCKETS; i++)
		fds[i] = udp(AF_INET, 0);
	exchange(fds[0], "lowest");
	exchange(fds[SOCKETS - 1], "highest");
	observe_limit();
	struct rlimit limit = {RAISED, HARD + 1};
	limit.rlim_cur = HARD + 2;
	observe_result("setrlimit", setrlimit(RLIMIT_NOFILE, &limit));
}

void case_limit_lowered(void)
{
	set_limit(SOFT);
	int fd = udp(AF_INET, 0);
	exchange(fd, "before");
	set_limit(LOWERED);
	observe_limit();
	exchange(fd, "after");
	exchange(udp(AF_INET, 0), "anew");
	use_up();
	observe_limit();
}

static void spawn_shell(void)
{
	pid_t child;
	int error = posix_spawn(&child, shell[0], NULL, NULL, shell, environ);
	if (error == 0)
		waitpid(child, NULL, 0);
	observe_result("posix_spawn", error);
}

static void fork_shell(void)
{
	pid_t child = fork();
	if (child == 0) {
		execv(shell[0], shell);
		_exit(1);
	}
	waitpid(child, NULL, 0);
}

static void vfork_shell(void)
{
	pid_t child = vfork();
	if (child == 0) {
		execv(shell[0], shell);
		_exit(1);
	}
	waitpid(child, NULL, 0);
}

void case_limit_children(void)
{
	set_limit(SOFT);
	exchange(udp(AF_INET, 0), "before");
	observe_result("system", system(shell[2]));
	spawn_shell();
	fork_shell();
	vfork_shell();
	exchange(udp(AF_INET, 0), "after");
	observe_limit();
	execv(shell[0], shell);
}
