/* Socket options and ioctls whose answer depends on what the kernel socket is connected to, or that would break the
 * framing. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/ioctl.h>

#include "preload/hooks.h"
#include "preload/inward.h"
#include "preload/user_memory.h"

static bool is_mtu(int level, int option)
{
	return (level == IPPROTO_IP && option == IP_MTU) || (level == IPPROTO_IPV6 && option == IPV6_MTU);
}

/* The path to the relay, less what the header takes of it. */
static int tell_mtu(const struct view *view, void *value, int answer)
{
	int mtu;
	if (!view_is_connected(view)) {
		errno = ENOTCONN;
		return -1;
	}
	memcpy(&mtu, value, sizeof mtu);
	mtu -= view->peer.kind == ENDPOINT_IPV4 ? HEADER_SIZE_IPV4 : HEADER_SIZE_IPV6;
	memcpy(value, &mtu, sizeof mtu);
	return answer;
}

/* The kernel's error is the relay's, and not the program's to know; but we must, for it is taken now. */
static void tell_error(flow_handle handle, const struct view *view, void *value)
{
	int error;
	memcpy(&error, value, sizeof error);
	if (error == ECONNREFUSED)
		engine_refused(&negotiator, handle);
	error = view->flags & VIEW_UNTOLD ? engine_take_error(&negotiator, handle) : 0;
	memcpy(value, &error, sizeof error);
}

static void tell_peek_offset(flow_handle handle, void *value)
{
	int offset = atomic_load(&cover_flow(handle)->peek_offset);
	memcpy(value, &offset, sizeof offset);
}

int hook_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	struct view view;
	int answer = real.getsockopt(fd, level, option, value, size);
	if (answer < 0 || !cover_view(cover_find(fd), &view) || *size != sizeof(int))
		return answer;
	if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY && view.flags & VIEW_V6ONLY)
		memcpy(value, &(int){1}, sizeof(int));
	if (level == IPPROTO_UDP && option == UDP_GRO && view.flags & VIEW_GRO)
		memcpy(value, &(int){1}, sizeof(int));
	if (level == SOL_SOCKET && option == SO_PEEK_OFF)
		tell_peek_offset(cover_find(fd), value);
	if (!view_is_held(&view))
		return answer;
	if (level == SOL_SOCKET && option == SO_ERROR)
		tell_error(cover_find(fd), &view, value);
	return is_mtu(level, option) ? tell_mtu(&view, value, answer) : answer;
}

static void note_option(flow_handle handle, int level, int option, const void *value, socklen_t size)
{
	int number = 0;
	if (size >= sizeof number)
		memcpy(&number, value, sizeof number);
	if (level == SOL_SOCKET && (option == SO_RCVTIMEO_OLD || option == SO_RCVTIMEO_NEW))
		engine_note(&negotiator, handle, VIEW_TIMED, true);
	if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY)
		engine_note(&negotiator, handle, VIEW_V6ONLY, number != 0);
	if (level == IPPROTO_UDP && option == UDP_SEGMENT)
		engine_segment(&negotiator, handle, (uint16_t)number);
	if (level == IPPROTO_UDP && option == UDP_CORK)
		engine_note(&negotiator, handle, number ? VIEW_CORKING : VIEW_CORKING | VIEW_CORKED, number != 0);
}

/* What the kernel is not told, or not always, for its idea of a datagram has a header in it. */
static bool keep_option(flow_handle handle, int level, int option, int number)
{
	if (level == IPPROTO_UDP && option == UDP_GRO) {
		engine_join(&negotiator, handle, number != 0);
		return true;
	}
	if (level == SOL_SOCKET && option == SO_PEEK_OFF) {
		atomic_store(&cover_flow(handle)->peek_offset, number);
		engine_note(&negotiator, handle, VIEW_PEEKING, number >= 0);
		return true;
	}
	return false;
}

int hook_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	flow_handle handle = cover_find(fd);
	int number;
	if (handle != HANDLE_NONE && size >= sizeof number && (int)size > 0 && user_can_read(value, sizeof number)) {
		memcpy(&number, value, sizeof number);
		if (keep_option(handle, level, option, number))
			return 0;
	}
	int answer = real.setsockopt(fd, level, option, value, size);
	if (answer == 0 && handle != HANDLE_NONE)
		note_option(handle, level, option, value, size);
	return answer;
}

int hook_ioctl(int fd, unsigned long request, void *argument)
{
	struct view view;
	flow_handle handle;
	if (request != FIONREAD || (handle = cover_find(fd)) == HANDLE_NONE || !cover_view(handle, &view) ||
	    !view_is_held(&view))
		return real.ioctl(fd, request, argument);
	if (!user_can_write(argument, sizeof(int))) {
		errno = EFAULT;
		return -1;
	}
	int size = (int)inward_next_size(fd, handle);
	memcpy(argument, &size, sizeof size);
	return 0;
}
