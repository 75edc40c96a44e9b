/* Socket options and ioctls whose answer depends on what the kernel socket is connected to, or that would break the
 * framing. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/ioctl.h>

#include "core/raw.h"
#include "preload/aliases.h"
#include "preload/device.h"
#include "preload/error_queue.h"
#include "preload/hooks.h"
#include "preload/inward.h"
#include "preload/marks.h"
#include "preload/relatives.h"
#include "preload/user_memory.h"

static bool is_mtu(int level, int option)
{
	return (level == IPPROTO_IP && option == IP_MTU) || (level == IPPROTO_IPV6 && option == IPV6_MTU);
}

/* A peer that stands for a name takes more of a datagram than its own address would. */
static int header_size(flow_handle handle, const struct view *view)
{
	uint8_t header[HEADER_SIZE_MAX];
	struct alias alias;
	const struct endpoint *to = &view->peer;
	struct writer writer = writer_over(header, sizeof header);
	if (aliases_concern(cover_flow(handle), to) && aliases_replace(cover_flow(handle), &view->peer, &alias, &to))
		to = &view->peer;
	header_encode(&writer, to);
	return (int)written(&writer);
}

static bool is_report(int level, int option)
{
	return (level == IPPROTO_IP && option == IP_RECVERR) || (level == IPPROTO_IPV6 && option == IPV6_RECVERR);
}

/* What it fills the socket's error queue with, beside errors of the way. */
static bool uses_error_queue(int level, int option)
{
	return is_report(level, option) ||
	       (level == SOL_SOCKET &&
		(option == SO_TIMESTAMPING_OLD || option == SO_TIMESTAMPING_NEW || option == SO_ZEROCOPY));
}

/* The path to the relay, less what the header takes of it. */
static int tell_mtu(flow_handle handle, const struct view *view, void *value, int answer)
{
	int mtu;
	if (!view_is_connected(view)) {
		errno = ENOTCONN;
		return -1;
	}
	memcpy(&mtu, value, sizeof mtu);
	mtu -= header_size(handle, view);
	memcpy(value, &mtu, sizeof mtu);
	return answer;
}

/* The kernel's error is the relay's, and not the program's to know; but we must, for it is taken now. */
static void tell_error(flow_handle handle, const struct view *view, void *value)
{
	int error;
	memcpy(&error, value, sizeof error);
	if (error)
		engine_told(&negotiator, handle, error);
	error = view->flags & VIEW_UNTOLD ? engine_take_error(&negotiator, handle) : 0;
	memcpy(value, &error, sizeof error);
}

/* As much of it as the kernel has stored. */
static void tell_number(void *value, socklen_t size, int number)
{
	memcpy(value, &number, size < sizeof number ? size : sizeof number);
}

/* What the kernel was not told. */
static void tell_kept(flow_handle handle, const struct view *view, int level, int option, void *value, socklen_t size)
{
	if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY && view->flags & VIEW_V6ONLY)
		tell_number(value, size, 1);
	if (level == IPPROTO_UDP && option == UDP_GRO && view->flags & VIEW_GRO)
		tell_number(value, size, 1);
	int number;
	if (marks_kept(view, level, option, &number))
		tell_number(value, size, number);
	if (level == SOL_SOCKET && option == SO_PEEK_OFF)
		tell_number(value, size, atomic_load(&cover_flow(handle)->peek_offset));
	if (is_report(level, option) && view->alerted)
		tell_number(value, size, 0);
}

/* The kernel takes less of a name than there is, and no room for more. */
static int tell_peer(int fd, void *value, const socklen_t *size)
{
	union socket_address peer;
	socklen_t length = sizeof peer;
	if (hook_getpeername(fd, &peer.any, &length) < 0)
		return -1;
	errno = *size > length ? EINVAL : EFAULT;
	if (*size > length || !user_can_write(value, *size))
		return -1;
	memcpy(value, &peer, *size);
	return 0;
}

static bool is_device(int level, int option)
{
	return level == SOL_SOCKET && (option == SO_BINDTODEVICE || option == SO_BINDTOIFINDEX);
}

/* What the kernel would tell of the device that the program's peer has bound the socket to. */
static int tell_device(int fd, uint32_t device, int option, void *value, socklen_t *size)
{
	char name[IFNAMSIZ] = "";
	const void *told = &device;
	socklen_t length = sizeof device;
	int error = (int)*size < 0 ? EINVAL : 0;
	if (option == SO_BINDTODEVICE) {
		error = (int)*size < IFNAMSIZ ? EINVAL : -device_name(fd, device, name);
		told = name;
		length = (socklen_t)strlen(name) + 1;
	}
	if (length > *size)
		length = *size;
	if (!error && !user_can_write(value, length))
		error = EFAULT;
	if (error) {
		errno = error;
		return -1;
	}
	memcpy(value, told, length);
	*size = length;
	return 0;
}

int hook_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	struct view view;
	flow_handle handle = cover_find(fd);
	if (level == SOL_SOCKET && option == SO_PEERNAME && handle != HANDLE_NONE && user_can_read(size, sizeof *size))
		return tell_peer(fd, value, size);
	bool asks = handle != HANDLE_NONE && is_device(level, option);
	uint32_t device = asks ? atomic_load(&cover_flow(handle)->device) : 0;
	if (device && device_of(fd) == 0 && user_can_write(size, sizeof *size))
		return tell_device(fd, device, option, value, size);
	int answer = real.getsockopt(fd, level, option, value, size);
	handle = cover_find(fd);
	if (answer < 0 || !cover_view(handle, &view))
		return answer;
	tell_kept(handle, &view, level, option, value, *size);
	if (*size != sizeof(int))
		return answer;
	if (level == SOL_SOCKET && option == SO_ERROR && relatives_hear_of_relay(cover_flow(handle), &view))
		tell_error(handle, &view, value);
	return is_mtu(level, option) && view_is_held(&view) ? tell_mtu(handle, &view, value, answer) : answer;
}

static void note_option(int fd, flow_handle handle, int level, int option, const void *value, socklen_t size)
{
	int number = 0;
	if (size >= sizeof number)
		memcpy(&number, value, sizeof number);
	if (level == SOL_SOCKET && (option == SO_RCVTIMEO_OLD || option == SO_RCVTIMEO_NEW ||
				    option == SO_SNDTIMEO_OLD || option == SO_SNDTIMEO_NEW))
		engine_note(&negotiator, handle, VIEW_TIMED, true);
	if (level == SOL_SOCKET && (option == SO_TIMESTAMPING_OLD || option == SO_TIMESTAMPING_NEW))
		engine_note(&negotiator, handle, VIEW_STAMPED, number != 0);
	if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY)
		engine_note(&negotiator, handle, VIEW_V6ONLY, number != 0);
	if (level == IPPROTO_UDP && option == UDP_SEGMENT)
		engine_segment(&negotiator, handle, (uint16_t)number);
	if (level == IPPROTO_UDP && option == UDP_CORK)
		engine_note(&negotiator, handle, number ? VIEW_CORKING : VIEW_CORKING | VIEW_CORKED, number != 0);
	if (level == IPPROTO_IP || level == IPPROTO_IPV6)
		marks_note(fd, handle, level, option, value, size);
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
	if (handle != HANDLE_NONE && uses_error_queue(level, option))
		error_queue_is_asked_for(handle);
	int answer = real.setsockopt(fd, level, option, value, size);
	if (answer == 0 && handle != HANDLE_NONE)
		note_option(fd, handle, level, option, value, size);
	if (answer == 0 && handle != HANDLE_NONE && is_device(level, option)) {
		atomic_store(&cover_flow(handle)->scope, device_of(fd));
		atomic_store(&cover_flow(handle)->device, 0);
	}
	return answer;
}

int hook_ioctl(int fd, unsigned long request, void *argument)
{
	struct view view;
	flow_handle handle;
	if (request != FIONREAD || (handle = cover_find(fd)) == HANDLE_NONE || !cover_view(handle, &view) ||
	    (!view_is_held(&view) && view.phase == PHASE_FRESH && !(view.flags & VIEW_BACKLOG)))
		return real.ioctl(fd, request, argument);
	if (!user_can_write(argument, sizeof(int))) {
		errno = EFAULT;
		return -1;
	}
	int size = (int)inward_next_size(fd, handle);
	memcpy(argument, &size, sizeof size);
	return 0;
}
