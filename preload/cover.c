#include "preload/cover.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/cookie.h"
#include "preload/error_queue.h"
#include "preload/marks.h"
#include "preload/socket_number.h"

flow_handle cover_closing(int fd)
{
	enum { PATIENCE = 1000 }; /* the closer may be the very code that this signal handler interrupted */
	flow_handle handle = flow_table_find(&negotiator.table, fd);
	for (int i = 0; handle == HANDLE_CLOSING && i < PATIENCE; i++) {
		sched_yield();
		handle = flow_table_find(&negotiator.table, fd);
	}
	return handle_is_flow(handle) ? handle : HANDLE_NONE;
}

bool cover_may_wait(int fd, int flags)
{
	if (flags & MSG_DONTWAIT)
		return false;
	long own = raw_call(SYS_fcntl, fd, F_GETFL);
	return own < 0 || !(own & O_NONBLOCK); /* one that is closed by now is told so at once */
}

bool cover_is_udp(int family, int type, int protocol)
{
	return (family == AF_INET || family == AF_INET6) && (type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) == SOCK_DGRAM &&
	       (protocol == 0 || protocol == IPPROTO_UDP);
}

bool cover_fresh(int fd, int family, int type, int protocol)
{
	if (!cover_is_udp(family, type, protocol)) {
		if (flow_table_find(&negotiator.table, fd) != HANDLE_NONE)
			cover_forget(fd);
		return true;
	}
	return process_start() ? engine_add(&negotiator, fd, family) : process_is_borrowed();
}

void cover_forget(int fd)
{
	if (process_is_ours())
		engine_drop(&negotiator, fd);
}

static int option(int fd, int name)
{
	return socket_number(fd, SOL_SOCKET, name);
}

bool cover_is_another_udp(int fd, flow_handle handle)
{
	return cover_is_udp(option(fd, SO_DOMAIN), option(fd, SO_TYPE), option(fd, SO_PROTOCOL)) &&
	       !engine_is_socket_of(&negotiator, fd, handle);
}

static bool has_limit(int fd, int name)
{
	struct timeval limit = {0};
	socklen_t size = sizeof limit;
	raw_call(SYS_getsockopt, fd, SOL_SOCKET, name, &limit, &size);
	return limit.tv_sec || limit.tv_usec;
}

/* What it was used for before we knew it shows in its options and addresses. */
static void learn_history(int fd, flow_handle handle)
{
	union socket_address name;
	struct endpoint endpoint;
	socklen_t size = sizeof name;
	if (has_limit(fd, SO_RCVTIMEO) || has_limit(fd, SO_SNDTIMEO))
		engine_note(&negotiator, handle, VIEW_TIMED, true);
	marks_learn(fd, handle);
	error_queue_inherit(fd, handle);
	if (raw_call(SYS_getpeername, fd, &name, &size) == 0) {
		if (endpoint_from_sockaddr(&endpoint, &name.any, size) == OUTCOME_OK)
			engine_inherit(&negotiator, fd, handle, &endpoint);
		return;
	}
	size = sizeof name;
	if (raw_call(SYS_getsockname, fd, &name, &size) == 0 &&
	    endpoint_from_sockaddr(&endpoint, &name.any, size) == OUTCOME_OK && endpoint.port)
		engine_bound(&negotiator, handle, &endpoint);
}

static enum learning learn(int fd, flow_handle *handle)
{
	uint64_t cookie;
	*handle = HANDLE_NONE;
	int answer = cookie_of(fd, &cookie);
	errno = answer < 0 ? -answer : ENETDOWN;
	if (answer < 0)
		return LEARNING_FAILED;
	int family = option(fd, SO_DOMAIN);
	if (!cover_is_udp(family, option(fd, SO_TYPE), option(fd, SO_PROTOCOL)))
		return LEARNING_OK;
	return process_start() ? engine_learn(&negotiator, fd, family, cookie, handle) : LEARNING_FAILED;
}

/* What is no socket now is none for this call, whatever another thread makes of its number meanwhile. */
bool cover_unknown(int fd, flow_handle *handle)
{
	enum { PATIENCE = 100 }; /* with a number that threads fight over */
	enum learning learning = LEARNING_AGAIN;
	for (int i = 0; learning == LEARNING_AGAIN && i < PATIENCE; i++)
		learning = learn(fd, handle);
	if (learning == LEARNING_NEW)
		learn_history(fd, *handle);
	return learning == LEARNING_OK || learning == LEARNING_NEW;
}

bool cover_adopt(int fd, const struct handover *handover, int control)
{
	if (!engine_adopt(&negotiator, fd, handover, control))
		return false;
	marks_inherit(fd);
	error_queue_inherit(fd, flow_table_find(&negotiator.table, fd));
	return true;
}

bool cover_renew(int fd, flow_handle *handle)
{
	if (engine_is_socket_of(&negotiator, fd, *handle))
		return true;
	cover_forget(fd);
	return cover_unknown(fd, handle);
}

void cover_stranger(int fd)
{
	flow_handle handle;
	int saved = errno;
	bool known = flow_table_find(&negotiator.table, fd) != HANDLE_NONE;
	if (!known && !process_is_borrowed() && !cover_unknown(fd, &handle) && errno == ENETDOWN)
		raw_call(SYS_close, fd);
	errno = saved;
}
