/* Descriptors: how they come, are copied, and go. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/cover.h"
#include "preload/hooks.h"
#include "preload/neighbours.h"
#include "preload/own_thread.h"

/* The program may not have a socket that cannot be covered. */
static int refuse(int fd)
{
	raw_call(SYS_close, fd);
	errno = EMFILE;
	return -1;
}

int hook_socket(int family, int type, int protocol)
{
	int fd = real.socket(family, type, protocol);
	bool ours = cover_is_udp(family, type, protocol);
	if (fd < 0 && ours)
		neighbours_refused(family, type, protocol);
	if (fd < 0 || (ours && !neighbours_allow(fd, family)))
		return -1;
	if (!cover_fresh(fd, family, type, protocol))
		return refuse(fd);
	return fd;
}

/* Fresh descriptors of other kinds: what stood under their numbers was closed behind our back. */
static int forget_stale(int fd)
{
	if (fd >= 0 && flow_table_find(&negotiator.table, fd) != HANDLE_NONE)
		cover_forget(fd);
	return fd;
}

int hook_socketpair(int family, int type, int protocol, int *pair)
{
	int answer = real.socketpair(family, type, protocol, pair);
	if (answer == 0) {
		forget_stale(pair[0]);
		forget_stale(pair[1]);
	}
	return answer;
}

int hook_accept(int fd, struct sockaddr *peer, socklen_t *size)
{
	return forget_stale(real.accept(fd, peer, size));
}

int hook_accept4(int fd, struct sockaddr *peer, socklen_t *size, int flags)
{
	return forget_stale(real.accept4(fd, peer, size, flags));
}

int hook_pidfd_getfd(int process, int fd, unsigned flags)
{
	int got = forget_stale(real.pidfd_getfd(process, fd, flags));
	if (got >= 0)
		cover_stranger(got);
	return got;
}

/* A child of vfork closes its own descriptors, but the table is its parent's. */
static bool is_known_and_ours(int fd)
{
	return flow_table_find(&negotiator.table, fd) != HANDLE_NONE && process_is_ours();
}

static bool is_own(int fd)
{
	return flow_table_find(&negotiator.table, fd) == HANDLE_OWN;
}

/* A thread that ended here would take the lock with it. */
static int close_uncancelled(int fd)
{
	int state;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	int answer = real.close(fd);
	pthread_setcancelstate(state, NULL);
	return answer;
}

int hook_close(int fd)
{
	if (is_own(fd)) /* success: some programs loop or abort over an error */
		return 0;
	if (!is_known_and_ours(fd))
		return real.close(fd);
	return engine_close(&negotiator, fd, close_uncancelled);
}

/* Around our own descriptors; each stretch between them at once. */
static int close_between(unsigned first, unsigned last, int flags)
{
	int answer = 0;
	unsigned from = first;
	for (;;) {
		int known = flow_table_next_descriptor(&negotiator.table, from, last);
		while (known >= 0 && !is_own(known))
			known = flow_table_next_descriptor(&negotiator.table, (unsigned)known + 1, last);
		if (known < 0)
			break;
		if ((unsigned)known > first)
			answer = real.close_range(first, (unsigned)known - 1, flags);
		from = first = (unsigned)known + 1;
		if (answer < 0)
			return answer;
	}
	return first <= last ? real.close_range(first, last, flags) : answer;
}

static void each_flow(unsigned first, unsigned last, void (*act)(struct negotiator *negotiator, int fd))
{
	int fd = -1;
	while ((fd = flow_table_next_descriptor(&negotiator.table, first, last)) >= 0) {
		if (!is_own(fd))
			act(&negotiator, fd);
		if ((unsigned)fd == last)
			break;
		first = (unsigned)fd + 1;
	}
}

/* A thread that gets a table of its own leaves the others theirs, with all that was open. Where these are ours, the
 * program has closed nothing, and they would look for its sockets in the wrong table. */
static int without_unsharing(int flags, int unsharing)
{
	return flags & unsharing && own_threads_are_the_others() ? flags & ~unsharing : flags;
}

int hook_unshare(int flags)
{
	return real.unshare(without_unsharing(flags, CLONE_FILES));
}

int hook_close_range(unsigned first, unsigned last, int given)
{
	int flags = without_unsharing(given, CLOSE_RANGE_UNSHARE);
	if (first > last || flags & CLOSE_RANGE_CLOEXEC)
		return real.close_range(first, last, flags);
	if (!process_is_ours()) /* what a child of vfork executes inherits our descriptors */
		return close_between(first, last, flags);
	each_flow(first, last, engine_closing);
	int answer = close_between(first, last, flags);
	each_flow(first, last, engine_closed);
	return answer;
}

void hook_closefrom(int first)
{
	unsigned from = first < 0 ? 0 : (unsigned)first;
	if (hook_close_range(from, UINT_MAX, 0) == 0)
		return;
	long limit = sysconf(_SC_OPEN_MAX); /* a kernel without close_range */
	for (long fd = from; fd < limit; fd++)
		hook_close((int)fd);
}

int hook_fclose(FILE *stream)
{
	int saved = errno, fd = fileno(stream);
	errno = saved;
	if (fd < 0 || is_own(fd) || !is_known_and_ours(fd))
		return real.fclose(stream);
	fflush(stream); /* what it holds leaves by a socket that is known */
	engine_closing(&negotiator, fd);
	int answer = real.fclose(stream);
	engine_closed(&negotiator, fd);
	return answer;
}

static bool is_known(int fd)
{
	return flow_table_find(&negotiator.table, fd) != HANDLE_NONE;
}

/* wanted: the number that is to be the copy's, or -1. What it was before is closed in the call, with the lock held. */
static int duplicate(const struct duplication *duplication, int wanted)
{
	bool covered;
	if (wanted == duplication->fd || !process_is_ours())
		return duplication->make(duplication);
	if (!is_known(duplication->fd) && !is_known(wanted))
		return forget_stale(duplication->make(duplication));
	if (is_own(wanted)) /* the number that is wanted is one of ours */
		engine_evict(&negotiator, wanted);
	int copy = engine_duplicate(&negotiator, duplication, &covered);
	return covered ? copy : refuse(copy);
}

static int make_dup(const struct duplication *duplication)
{
	return real.dup(duplication->fd);
}

static int make_dup2(const struct duplication *duplication)
{
	return real.dup2(duplication->fd, duplication->number);
}

static int make_dup3(const struct duplication *duplication)
{
	return real.dup3(duplication->fd, duplication->number, duplication->flags);
}

static int make_by_fcntl(const struct duplication *duplication)
{
	return real.fcntl(duplication->fd, duplication->flags, (void *)(intptr_t)duplication->number);
}

int hook_dup(int fd)
{
	return duplicate(&(struct duplication){.make = make_dup, .fd = fd}, -1);
}

int hook_dup2(int fd, int copy)
{
	return duplicate(&(struct duplication){.make = make_dup2, .fd = fd, .number = copy}, copy);
}

int hook_dup3(int fd, int copy, int flags)
{
	return duplicate(&(struct duplication){.make = make_dup3, .fd = fd, .number = copy, .flags = flags}, copy);
}

static int duplicate_by_fcntl(int fd, int command, void *argument)
{
	int lowest = (int)(intptr_t)argument;
	return duplicate(&(struct duplication){.make = make_by_fcntl, .fd = fd, .number = lowest, .flags = command},
			 -1);
}

int hook_fcntl(int fd, int command, void *argument)
{
	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		return duplicate_by_fcntl(fd, command, argument);
	return real.fcntl(fd, command, argument);
}

int hook_fcntl64(int fd, int command, void *argument)
{
	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		return duplicate_by_fcntl(fd, command, argument);
	return real.fcntl64(fd, command, argument);
}
