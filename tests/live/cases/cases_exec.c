/* Programs that a program executes: by every way, with an environment that was cleared, and with sockets that stay
 * open. What is executed is this program again, with another case. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

#define SELF "/proc/self/exe"
#define KEPT 40 /* the number under which a socket is handed down */

/* An instrumented library must find its options also in an environment that is cleared of everything else. */
#define OPTIONS "ASAN_OPTIONS"

static char *nothing[2];

static void clear(void)
{
	char *options = getenv(OPTIONS);
	clearenv();
	if (options)
		putenv(options - sizeof OPTIONS);
}

static void exchange(int fd, const char *text)
{
	say(fd, &peer_a, text);
	hear(fd);
}

/* What is executed. */
void case_exec_met(void)
{
	int fd = udp(AF_INET, 0);
	exchange(fd, "in the new image");
	close(fd);
}

static char **again(const char *name)
{
	static char room[64];
	char *options = getenv(OPTIONS);
	nothing[0] = options ? options - sizeof OPTIONS : NULL;
	snprintf(room, sizeof room, "%s", name);
	again_arguments[1] = room;
	return again_arguments;
}

static void await(pid_t child)
{
	int status = -1;
	waitpid(child, &status, 0);
	observe("child: %#x", (unsigned)status);
}

static int by_execve(char **arguments)
{
	return execve(SELF, arguments, nothing);
}

static int by_null_environment(char **arguments)
{
	char *const *volatile none = getenv(OPTIONS) ? nothing : NULL;
	return execve(SELF, arguments, none);
}

static int by_execv(char **arguments)
{
	clear();
	return execv(SELF, arguments);
}

static int by_execvp(char **arguments)
{
	clear();
	return execvp(SELF, arguments);
}

static int by_execvpe(char **arguments)
{
	return execvpe(SELF, arguments, nothing);
}

static int by_fexecve(char **arguments)
{
	return fexecve(open(SELF, O_RDONLY | O_CLOEXEC), arguments, nothing);
}

static int by_execveat(char **arguments)
{
	return (int)syscall(SYS_execveat, open(SELF, O_PATH | O_CLOEXEC), "", arguments, nothing, AT_EMPTY_PATH);
}

static int by_execl(char **a)
{
	clear();
	return execl(SELF, a[0], a[1], a[2], a[3], a[4], (char *)NULL);
}

static int by_execlp(char **a)
{
	clear();
	return execlp(SELF, a[0], a[1], a[2], a[3], a[4], (char *)NULL);
}

static int by_execle(char **a)
{
	return execle(SELF, a[0], a[1], a[2], a[3], a[4], (char *)NULL, nothing);
}

static int by_number(char **arguments)
{
	return (int)syscall(SYS_execve, SELF, arguments, nothing);
}

static void in_child(const char *what, int (*way)(char **arguments))
{
	observe("%s:", what);
	pid_t child = fork();
	if (child == 0) {
		observe_result(what, way(again("exec_met")));
		_exit(1);
	}
	await(child);
}

void case_exec_cleared(void)
{
	in_child("execve", by_execve);
	in_child("execve, NULL", by_null_environment);
	in_child("execv", by_execv);
	in_child("execvp", by_execvp);
	in_child("execvpe", by_execvpe);
	in_child("fexecve", by_fexecve);
}

void case_exec_by_list(void)
{
	in_child("execl", by_execl);
	in_child("execlp", by_execlp);
	in_child("execle", by_execle);
}

void case_exec_by_number(void)
{
	in_child("SYS_execve", by_number);
	in_child("SYS_execveat", by_execveat);
}

void case_exec_spawned(void)
{
	pid_t child = -1;
	int error = posix_spawn(&child, SELF, NULL, NULL, again("exec_met"), nothing);
	await(child);
	observe("posix_spawn: %d", error);
	error = posix_spawnp(&child, SELF, NULL, NULL, again("exec_met"), nothing);
	await(child);
	observe("posix_spawnp: %d", error);
	observe("posix_spawn of nothing: %d", posix_spawn(&child, "/nonesuch", NULL, NULL, again(""), nothing));
	observe("posix_spawnp of nothing: %d", posix_spawnp(&child, "nonesuch", NULL, NULL, again(""), nothing));
}

static void command_again(char *command, size_t size, const char *name)
{
	char self[512];
	ssize_t length = readlink(SELF, self, sizeof self - 1);
	self[length < 0 ? 0 : length] = '\0';
	snprintf(command, size, "%s %s %s %s %s", self, name, again_arguments[2], again_arguments[3],
		 again_arguments[4]);
}

void case_exec_shell(void)
{
	char command[1024], line[128];
	command_again(command, sizeof command, "exec_met");
	clear();
	observe("system: %d", system(command));
	FILE *pipe = popen(command, "r");
	while (pipe && fgets(line, sizeof line, pipe))
		observe("popen: %.*s", (int)strcspn(line, "\n"), line);
	observe("pclose: %d", pipe ? pclose(pipe) : -1);
	observe("system of none: %d", system(NULL) != 0);
}

void case_exec_vfork(void)
{
	char **arguments = again("exec_met");
	pid_t child = vfork();
	if (child == 0) {
		execve(SELF, arguments, nothing);
		_exit(1);
	}
	await(child);
	exchange(udp(AF_INET, 0), "of the parent");
	child = vfork();
	if (child == 0) {
		execle(SELF, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], (char *)NULL,
		       nothing);
		_exit(1);
	}
	await(child);
}

void case_exec_wrong(void)
{
	char *const *volatile nowhere = (char *const *)16;
	char *const *volatile none = NULL;
	char *bad_string[] = {(char *)16, NULL};
	observe_result("nothing", execve("/nonesuch", again(""), nothing));
	observe_result("a folder", execve("/proc", again(""), nothing));
	observe_result("no program", execve("/proc/self/status", again(""), nothing));
	observe_result("below a file", execve(SELF "/x", again(""), nothing));
	observe_result("searched", execvp("nonesuch", again("")));
	observe_result("no name", execvp("", again("")));
	observe_result("bad path", execve((const char *)(const volatile char *)nowhere, again(""), nothing));
	observe_result("bad environment", execve(SELF, again(""), nowhere));
	observe_result("bad string", execve(SELF, again(""), bad_string));
	observe_result("no environment", fexecve(open(SELF, O_RDONLY | O_CLOEXEC), again(""), none));
	observe_result("no path", syscall(SYS_execveat, AT_FDCWD, NULL, again(""), nothing, 0));
	observe_result("bad descriptor", fexecve(1000, again(""), nothing));
	observe_result("bad folder", execveat(1000, "x", again(""), nothing, 0));
	observe_result("bad flags", execveat(AT_FDCWD, SELF, again(""), nothing, 0x40000000));
	observe_result("a link that is not followed",
		       execveat(AT_FDCWD, SELF, again(""), nothing, AT_SYMLINK_NOFOLLOW));
}

/* Sockets that stay open */

static void keep(int fd)
{
	observe_result("dup2", dup2(fd, KEPT));
	close(fd);
}

void case_exec_kept(void)
{
	if (fcntl(KEPT, F_GETFD) >= 0) {
		exchange(KEPT, "from the new image");
		say(KEPT, &peer_b, "to another peer");
		hear(KEPT);
		return;
	}
	keep(udp(AF_INET, 0));
	exchange(KEPT, "from the old image");
	execv(SELF, again("exec_kept"));
}

void case_exec_kept_connected(void)
{
	if (fcntl(KEPT, F_GETFD) >= 0) {
		observe_names(KEPT);
		observe_result("send", send(KEPT, "new image", 9, 0));
		hear(KEPT);
		observe_result("connect", connect(KEPT, &peer_b.any, peer_b.size));
		observe_names(KEPT);
		observe_result("send", send(KEPT, "to b", 4, 0));
		hear(KEPT);
		return;
	}
	keep(udp(AF_INET, 0));
	observe_result("connect", connect(KEPT, &peer_a.any, peer_a.size));
	execv(SELF, again("exec_kept_connected"));
}

void case_exec_kept_bound(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	if (fcntl(KEPT, F_GETFD) >= 0) {
		observe_names(KEPT);
		exchange(KEPT, "new image");
		return;
	}
	keep(udp(AF_INET, 0));
	observe_result("bind", bind(KEPT, (struct sockaddr *)&any, sizeof any));
	exchange(KEPT, "old image");
	execv(SELF, again("exec_kept_bound"));
}

/* Two numbers name one socket, and an answer waits in it. */
void case_exec_kept_copies(void)
{
	if (fcntl(KEPT, F_GETFD) >= 0) {
		hear(KEPT + 1);
		observe_result("connect", connect(KEPT, &peer_a.any, peer_a.size));
		observe_names(KEPT + 1);
		observe_result("send", send(KEPT + 1, "by the copy", 11, 0));
		hear(KEPT);
		return;
	}
	keep(udp(AF_INET, 0));
	observe_result("dup2", dup2(KEPT, KEPT + 1));
	exchange(KEPT, "old image");
	say(KEPT, &peer_a, "answered after exec");
	await_readable(KEPT);
	execv(SELF, again("exec_kept_copies"));
}

void case_exec_kept_spawned(void)
{
	pid_t child = -1;
	posix_spawn_file_actions_t actions;
	int fd = udp(AF_INET, SOCK_CLOEXEC);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("send", send(fd, "parent", 6, 0));
	hear(fd);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, KEPT);
	int error = posix_spawn(&child, SELF, &actions, NULL, again("exec_kept_connected"), nothing);
	posix_spawn_file_actions_destroy(&actions);
	await(child);
	observe("posix_spawn: %d", error);
	close(fd);
}

static void ask_by_kept(const char *text)
{
	observe_names(KEPT);
	observe_result("send", send(KEPT, text, strlen(text), 0));
	hear(KEPT);
}

void case_exec_kept_shell(void)
{
	char command[1024], line[128];
	if (fcntl(KEPT, F_GETFD) >= 0) {
		ask_by_kept("child");
		return;
	}
	keep(udp(AF_INET, 0));
	observe_result("connect", connect(KEPT, &peer_a.any, peer_a.size));
	ask_by_kept("parent");
	command_again(command, sizeof command, "exec_kept_shell");
	observe("system: %d", system(command));
	FILE *pipe = popen(command, "r");
	while (pipe && fgets(line, sizeof line, pipe))
		observe("popen: %.*s", (int)strcspn(line, "\n"), line);
	observe("pclose: %d", pipe ? pclose(pipe) : -1);
	ask_by_kept("parent again");
	observe("the next number: %d", dup(KEPT) - KEPT);
}

void case_exec_kept_vfork(void)
{
	int fd = udp(AF_INET, SOCK_CLOEXEC);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("send", send(fd, "parent", 6, 0));
	hear(fd);
	char **arguments = again("exec_kept_connected");
	pid_t child = vfork();
	if (child == 0) {
		dup2(fd, KEPT);
		execve(SELF, arguments, nothing);
		_exit(1);
	}
	await(child);
	close(fd);
}

void case_exec_kept_twice(void)
{
	const char *turn = getenv("TURN");
	if (!turn)
		keep(udp(AF_INET, 0));
	exchange(KEPT, "one image after the other");
	if (turn && strcmp(turn, "2") == 0)
		return;
	setenv("TURN", turn ? "2" : "1", 1);
	execv(SELF, again("exec_kept_twice"));
}

/* The parent goes on with the socket after its child has been another program with it. */
void case_exec_kept_shared(void)
{
	if (fcntl(KEPT, F_GETFD) >= 0) {
		exchange(KEPT, "child");
		return;
	}
	keep(udp(AF_INET, 0));
	exchange(KEPT, "before");
	pid_t child = fork();
	if (child == 0) {
		execv(SELF, again("exec_kept_shared"));
		_exit(1);
	}
	await(child);
	exchange(KEPT, "after");
	close(KEPT);
}

/* A socket that is the standard input, and everything from some number on closed before the other image (inetd) */

enum { FIRST_CLOSED = 3, SEEN = 512 };

static void use_low(bool connected, const char *text)
{
	if (!connected) {
		exchange(0, text);
		return;
	}
	observe_names(0);
	observe_result("send", send(0, text, strlen(text), 0));
	hear(0);
}

static void observe_open(void)
{
	int count = 0;
	for (int fd = FIRST_CLOSED; fd < SEEN; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	observe("others that are open: %d", count);
}

/* What is closed before a number is given anew is closed, and what is opened behind that is open. */
static pid_t spawn_low(char **arguments)
{
	pid_t child = -1;
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, 1, KEPT);
	posix_spawn_file_actions_addclosefrom_np(&actions, FIRST_CLOSED);
	posix_spawn_file_actions_addopen(&actions, KEPT + 1, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&actions, KEPT + 2);
	int error = posix_spawn(&child, SELF, &actions, NULL, arguments, environ);
	if (error) /* the child may be the next to observe something */
		observe("posix_spawn: %d", error);
	posix_spawn_file_actions_destroy(&actions);
	return child;
}

static pid_t fork_low(char **arguments)
{
	pid_t child = fork();
	if (child == 0) {
		closefrom(FIRST_CLOSED);
		execv(SELF, arguments);
		_exit(1);
	}
	return child;
}

static pid_t vfork_low(char **arguments)
{
	pid_t child = vfork();
	if (child == 0) {
		close_range(FIRST_CLOSED, ~0u, 0);
		execv(SELF, arguments);
		_exit(1);
	}
	return child;
}

static void hand_down_low(char **arguments, bool connected, pid_t (*way)(char **arguments))
{
	int fd = udp(AF_INET, 0);
	observe_result("dup2", dup2(fd, 0));
	close(fd);
	if (connected)
		observe_result("connect", connect(0, &peer_a.any, peer_a.size));
	setenv("LOW", connected ? "connected" : "", 1);
	use_low(connected, "before");
	for (int i = 0; i < 2; i++) {
		await(way(arguments));
		use_low(connected, "after");
	}
}

static void low(const char *name, pid_t (*way)(char **arguments))
{
	const char *turn = getenv("LOW");
	int ends[2];
	if (turn) {
		observe_open();
		use_low(*turn, "child");
		return;
	}
	observe_result("pipe", pipe(ends));
	hand_down_low(again(name), false, way);
	hand_down_low(again(name), true, way);
	observe_result("read", close(ends[1]) == 0 ? read(ends[0], &ends[1], 1) : -1);
}

void case_exec_low_spawned(void)
{
	low("exec_low_spawned", spawn_low);
}

void case_exec_low_forked(void)
{
	low("exec_low_forked", fork_low);
}

void case_exec_low_vforked(void)
{
	low("exec_low_vforked", vfork_low);
}

/* No descriptor is free, but for those above the soft limit. */
void case_exec_crowded(void)
{
	struct rlimit limit;
	if (fcntl(KEPT, F_GETFD) >= 0) {
		exchange(KEPT, "from the new image");
		return;
	}
	keep(udp(AF_INET, 0));
	exchange(KEPT, "from the old image");
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = KEPT + 8;
	observe_result("setrlimit", setrlimit(RLIMIT_NOFILE, &limit));
	while (fcntl(KEPT, F_DUPFD_CLOEXEC, 0) >= 0)
		;
	execv(SELF, again("exec_crowded"));
	observe("execv: %d", errno);
}

void case_exec_failed(void)
{
	int fd = udp(AF_INET, 0);
	exchange(fd, "before");
	for (int i = 0; i < 3; i++)
		observe_result("execve", execve("/nonesuch", again(""), nothing));
	exchange(fd, "after");
	int next = udp(AF_INET, 0);
	observe("the next number: %d", next - fd);
	exchange(next, "another");
}
