/* What programs do to descriptors: copies, children, streams, sweeping closes, passing on. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/call_answers.h"
#include "tests/live/cases/cases.h"
#include "tests/live/cases/inline_call.h"
#include "tests/live/cases/observe.h"

#define LAST_CLOSED 1023

static void exchange(int fd, const char *text)
{
	say(fd, &peer_a, text);
	hear(fd);
}

void case_dup(void)
{
	int fd = udp(AF_INET, 0);
	int before = dup(fd);
	exchange(fd, "first");
	exchange(before, "by the copy made before");
	int after = dup(fd);
	exchange(after, "by the copy made after");
	observe_result("close", close(fd));
	exchange(before, "the first is closed");
	say(after, &peer_b, "sent by one");
	hear(before);
	observe_result("close", close(before));
	observe_result("connect", connect(after, &peer_b.any, peer_b.size));
	observe_names(after);
	observe_result("close", close(after));
	observe_result("send", send(after, "x", 1, 0));
}

void case_dup_connected(void)
{
	int fd = udp(AF_INET, 0);
	int copy = dup(fd);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_names(copy);
	observe_result("send", send(copy, "by the copy", 11, 0));
	hear(fd);
	close(fd);
	observe_result("send", send(copy, "by the copy", 11, 0));
	hear(copy);
	close(copy);
}

void case_dup_numbers(void)
{
	int fd = udp(AF_INET, 0);
	exchange(fd, "first");
	observe_result("dup2", dup2(fd, 60));
	exchange(60, "by dup2");
	observe_result("dup2 onto itself", dup2(60, 60));
	exchange(60, "still");
	observe_result("dup3", dup3(fd, 61, O_CLOEXEC));
	exchange(61, "by dup3");
	observe_result("F_DUPFD", fcntl(fd, F_DUPFD, 70));
	exchange(70, "by F_DUPFD");
	observe_result("F_DUPFD_CLOEXEC", fcntl(fd, F_DUPFD_CLOEXEC, 80));
	close(fd);
	exchange(80, "by F_DUPFD_CLOEXEC");
	observe_result("dup3 onto itself", dup3(60, 60, 0));
	observe_result("dup2 of none", dup2(fd, 60));
	exchange(60, "untouched");
	for (int i = 60; i <= 80; i++)
		close(i);
}

void case_dup2_over(void)
{
	int first = udp(AF_INET, 0), second = udp(AF_INET, 0);
	observe_result("connect", connect(first, &peer_a.any, peer_a.size));
	observe_result("send", send(first, "first", 5, 0));
	hear(first);
	observe_result("connect", connect(second, &peer_b.any, peer_b.size));
	observe("dup2: %s", dup2(second, first) == first ? "done" : "failed");
	observe_names(first);
	observe_result("send", send(first, "to b", 4, 0));
	hear(first);
	close(second);
	observe_result("send", send(first, "to b again", 10, 0));
	hear(first);
	FILE *null = fopen("/dev/null", "r+");
	observe("dup2: %s", dup2(fileno(null), first) == first ? "done" : "failed");
	observe_result("write", write(first, "to nobody", 9));
	observe_result("send", send(first, "to nobody", 9, 0));
	fclose(null);
	close(first);
}

static void await_child(pid_t child)
{
	int status = -1;
	waitpid(child, &status, 0);
	observe("child: %d", status);
}

void case_fork_shared(void)
{
	int fd = udp(AF_INET, 0);
	exchange(fd, "before");
	pid_t child = fork();
	if (child == 0) {
		exchange(fd, "child");
		say(fd, &peer_b, "child to b");
		hear(fd);
		int own = udp(AF_INET, 0);
		exchange(own, "child's own");
		_exit(0);
	}
	await_child(child);
	exchange(fd, "parent");
	close(fd);
}

void case_fork_connected(void)
{
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	pid_t child = fork();
	if (child == 0) {
		observe_names(fd);
		observe_result("send", send(fd, "child", 5, 0));
		hear(fd);
		close(fd);
		exit(0);
	}
	await_child(child);
	observe_result("send", send(fd, "parent", 6, 0));
	hear(fd);
	close(fd);
}

void case_fork_before(void)
{
	int fd = udp(AF_INET, 0);
	pid_t child = fork();
	if (child == 0) {
		exchange(fd, "child");
		_exit(0);
	}
	await_child(child);
	exchange(fd, "parent");
	child = fork();
	if (child == 0) {
		close(fd);
		_exit(0);
	}
	await_child(child);
	exchange(fd, "the child has closed its own");
	close(fd);
}

/* The answer is for whoever reads it, who has never sent. */
static void fork_child_asks(int family, const struct peer *peer)
{
	int fd = udp(family, 0);
	pid_t child = fork();
	if (child == 0) {
		say(fd, peer, "child asks");
		await_readable(fd);
		_exit(0);
	}
	await_child(child);
	hear(fd);
	observe_result("getpeername", getpeername(fd, NULL, NULL));
	say(fd, peer, "parent");
	hear(fd);
	close(fd);
}

void case_fork_child_asks(void)
{
	fork_child_asks(AF_INET, &peer_a);
}

/* Such a socket is never connected: the kernel does not tell where its relay is. */
void case_fork_child_asks_v6(void)
{
	fork_child_asks(AF_INET6, &peer_6);
}

void case_vfork(void)
{
	int fd = udp(AF_INET, 0);
	exchange(fd, "before");
	pid_t child = vfork();
	if (child == 0) {
		close(fd);
		_exit(0);
	}
	await_child(child);
	exchange(fd, "the child has closed its own");
	close(fd);
}

/* The child of a vfork makes a socket of its own. Nobody can keep account of it: its parent's memory is not its own. */
void case_vfork_socket(void)
{
	int parents = udp(AF_INET, 0);
	volatile ssize_t sent = 0;
	volatile int error = 0;
	pid_t child = vfork();
	if (child == 0) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);
		sent = sendto(fd, "hello", 5, 0, &peer_a.any, peer_a.size);
		error = errno;
		close(fd);
		_exit(0);
	}
	await_child(child);
	errno = error;
	observe_result("sendto of the child", sent);
	exchange(parents, "of the parent");
	close(parents);
}

void case_daemon(void)
{
	int fd = udp(AF_INET, 0);
	exchange(fd, "before");
	pid_t child = fork();
	if (child == 0) {
		setsid();
		pid_t grandchild = fork();
		if (grandchild == 0) {
			exchange(fd, "grandchild");
			_exit(0);
		}
		await_child(grandchild);
		_exit(0);
	}
	await_child(child);
	close(fd);
}

static void exchange_and_close(int fd, const char *text)
{
	exchange(fd, text);
	close(fd);
}

/* Children that no fork handler sees: each has its own copy of everything, and makes a socket of its own. */
static void fork_unhandled(void)
{
	pid_t child = _Fork();
	if (child == 0) {
		exchange_and_close(udp(AF_INET, 0), "of _Fork");
		_exit(0);
	}
	await_child(child);
	child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0) {
		exchange_and_close(udp(AF_INET, 0), "of clone");
		_exit(0);
	}
	await_child(child);
}

void case_fork_unhandled(void)
{
	exchange_and_close(udp(AF_INET, 0), "first");
	fork_unhandled();
	exchange_and_close(udp(AF_INET, 0), "last");
}

/* The same where /proc is not to be seen, if this may be had. */
void case_fork_unhandled_confined(void)
{
	exchange_and_close(udp(AF_INET, 0), "first");
	observe_result("chroot", chroot("/dev"));
	fork_unhandled();
	exchange_and_close(udp(AF_INET, 0), "last");
}

static atomic_bool mapping;

static void *map_and_unmap(void *unused)
{
	enum { SIZE = 16 << 20 };
	while (atomic_load(&mapping))
		munmap(mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), SIZE);
	return unused;
}

static bool is_answered(int fd)
{
	return sendto(fd, "child", 5, 0, &peer_a.any, peer_a.size) == 5 && recv(fd, (char[8]){0}, room(8), 0) == 5;
}

/* Nor may whose memory it is be asked for, and the parent's other threads are busy with theirs. */
void case_fork_unhandled_busy(void)
{
	enum { THREADS = 3, CHILDREN = 100 };
	pthread_t threads[THREADS];
	int done = 0;
	exchange_and_close(udp(AF_INET, 0), "first");
	observe_result("seccomp", call_answers(SYS_kcmp, EPERM) ? 0 : -1);
	atomic_store(&mapping, true);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, map_and_unmap, NULL);
	for (int i = 0; i < CHILDREN; i++) {
		int status = -1;
		pid_t child = _Fork();
		if (child == 0)
			_exit(is_answered(udp(AF_INET, 0)) ? 0 : 1);
		waitpid(child, &status, 0);
		done += status == 0;
	}
	atomic_store(&mapping, false);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	observe("children that were answered: %d", done);
	exchange_and_close(udp(AF_INET, 0), "last");
}

void case_stream(void)
{
	int fd = udp(AF_INET, 0);
	exchange(fd, "before");
	FILE *stream = fdopen(fd, "r+");
	observe("fdopen: %s", stream ? "done" : "failed");
	observe("fclose: %d", fclose(stream));
	int next = udp(AF_INET, 0);
	observe("descriptor: %s", next == fd ? "the same" : "another");
	observe_names(next);
	exchange(next, "after");
	close(next);
}

void case_reuse(void)
{
	for (int i = 0; i < 4; i++) {
		int fd = udp(AF_INET, 0);
		observe_names(fd);
		if (i % 2)
			observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
		exchange(fd, "again");
		close(fd);
	}
	int pipes[2];
	observe_result("pipe", pipe(pipes));
	observe_result("write", write(pipes[1], "pipe", 4));
	char bytes[8];
	observe_datagram("read", read(pipes[0], bytes, room(sizeof bytes)), bytes, NULL, 0);
	observe_result("send", send(pipes[0], "x", 1, 0));
	observe_result("recv", recv(pipes[0], bytes, room(sizeof bytes), 0));
}

static void exchange_anew(void)
{
	int fd = udp(AF_INET, 0);
	observe("descriptor: %d", fd);
	exchange(fd, "after the sweep");
	close(fd);
}

void case_close_loop(void)
{
	exchange(udp(AF_INET, 0), "before");
	int closed = 0, failed = 0;
	for (int i = 3; i <= LAST_CLOSED; i++)
		*(close(i) == 0 ? &closed : &failed) += 1;
	observe("closed something: %s", closed ? "yes" : "no");
	exchange_anew();
	exchange_anew();
}

void case_close_range(void)
{
	exchange(udp(AF_INET, 0), "before");
	observe_result("close_range", close_range(3, ~0u, 0));
	exchange_anew();
	exchange_anew();
}

void case_closefrom(void)
{
	exchange(udp(AF_INET, 0), "before");
	closefrom(3);
	exchange_anew();
	exchange_anew();
}

void case_close_raw(void)
{
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	exchange(fd, "before");
	observe_result("syscall close", syscall(SYS_close, fd));
	exchange_anew();
}

/* The number of a socket that was closed without anybody's knowing is another's, which stays as it was made. */
void case_close_replaced(void)
{
	struct sockaddr_storage name;
	socklen_t size = sizeof name;
	int fd = udp(AF_INET, 0);
	exchange(fd, "before");
	inline_call(SYS_close, fd, 0, 0);
	long other = inline_call(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	observe("the same number: %d", other == fd);
	observe_result("recv", recv(fd, &name, room(1), 0));
	observe("getpeername: %ld", inline_call(SYS_getpeername, fd, (long)&name, (long)&size));
	observe_result("IP_RECVERR", setsockopt(fd, IPPROTO_IP, IP_RECVERR, &(int){1}, sizeof(int)));
}

void case_close_range_raw(void)
{
	exchange(udp(AF_INET, 0), "before");
	observe_result("syscall close_range", syscall(SYS_close_range, 3, ~0u, 0));
	exchange_anew();
}

void case_close_range_cloexec(void)
{
	int fd = udp(AF_INET, 0);
	exchange(fd, "before");
	observe_result("close_range", close_range(3, ~0u, CLOSE_RANGE_CLOEXEC));
	observe("flags: %d", fcntl(fd, F_GETFD));
	exchange(fd, "still open");
	close(fd);
}

/* Whoever is alone unshares nothing, and what it closes is closed. */
void case_close_range_unshare(void)
{
	int fd = udp(AF_INET, 0), ends[2];
	exchange(fd, "before");
	exchange(fd, "again");
	observe_result("pipe", pipe(ends));
	observe_result("close_range", close_range((unsigned)ends[1], ~0u, CLOSE_RANGE_UNSHARE));
	observe_result("the end", read(ends[0], (char[1]){0}, 1));
	observe_result("close_range", close_range(3, ~0u, CLOSE_RANGE_UNSHARE));
	exchange_anew();
	exchange_anew();
}

static void exchange_waiting(int fd, const char *text)
{
	say(fd, &peer_a, text);
	await_readable(fd);
	hear(fd);
}

/* Likewise, with sockets that nothing waits for, so that whoever is to answer for them is another thread. */
void case_unshare(void)
{
	int before = udp(AF_INET, SOCK_NONBLOCK);
	exchange_waiting(before, "before");
	observe_result("unshare", unshare(CLONE_FILES));
	exchange_waiting(before, "after");
	int after = udp(AF_INET, SOCK_NONBLOCK);
	exchange_waiting(after, "made since");
	close(before);
	before = udp(AF_INET, SOCK_NONBLOCK);
	exchange_waiting(before, "in the other's place");
	observe_result("unshare", unshare(0));
	observe_result("unshare", unshare(CLONE_PIDFD));
	observe_result("unshare", syscall(SYS_unshare, CLONE_FILES | CLONE_FS));
	exchange_anew();
	exchange_waiting(after, "again");
}

static int pass_on(int fd)
{
	int ends[2], got = -1;
	char byte = 'x';
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	struct iovec vector = {&byte, 1};
	struct msghdr message = {
	    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	observe_result("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
	*CMSG_FIRSTHDR(&message) =
	    (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof fd);
	observe_result("sendmsg", sendmsg(ends[0], &message, 0));
	close(fd);
	observe_result("recvmsg", recvmsg(ends[1], &message, 0));
	if (CMSG_FIRSTHDR(&message))
		memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof got);
	close(ends[0]);
	close(ends[1]);
	return got;
}

void case_passed_fresh(void)
{
	int fd = pass_on(udp(AF_INET, 0));
	exchange(fd, "passed on");
	close(fd);
}

void case_low_limit(void)
{
	struct rlimit limit = {64, 64};
	observe_result("setrlimit", setrlimit(RLIMIT_NOFILE, &limit));
	int fd = udp(AF_INET, 0);
	exchange(fd, "few descriptors");
	close(fd);
}
