#include "preload/upstream.h"

#include <errno.h>
#include <string.h>

#include "preload/inward.h"
#include "preload/outward.h"
#include "preload/stub.h"

struct upstream {
	_Atomic int fd;
	flow_handle handle;
	uint64_t used_ms;
	unsigned guesses;
};

enum { IDLE_MS = 10000, GUESSES_MAX = 32 }; /* of the 65,536 ids under each of the relay's ports */

static struct upstream upstreams[UPSTREAMS]; /* IPv4, IPv6 */

int upstream_of(const struct endpoint *to)
{
	return to->kind == ENDPOINT_IPV6;
}

int upstream_descriptor(int upstream)
{
	return atomic_load(&upstreams[upstream].fd);
}

void upstreams_moved(int fd, int moved)
{
	for (int i = 0; i < UPSTREAMS; i++) {
		int known = fd;
		atomic_compare_exchange_strong(&upstreams[i].fd, &known, moved);
	}
}

void upstreams_clear(void)
{
	for (int i = 0; i < UPSTREAMS; i++)
		atomic_store(&upstreams[i].fd, -1);
}

static void let_go(struct upstream *upstream)
{
	if (atomic_load(&upstream->fd) < 0)
		return;
	engine_end_own(&negotiator, upstream->handle);
	stub_socket_close(&upstream->fd);
}

void upstreams_forget(void)
{
	for (int i = 0; i < UPSTREAMS; i++)
		let_go(&upstreams[i]);
}

bool upstream_is_guessed_at(int upstream)
{
	if (++upstreams[upstream].guesses < GUESSES_MAX)
		return false;
	let_go(&upstreams[upstream]);
	return true;
}

void upstreams_rest(uint64_t now_ms)
{
	for (int i = 0; i < UPSTREAMS; i++)
		if (now_ms >= upstreams[i].used_ms + IDLE_MS)
			let_go(&upstreams[i]);
}

uint64_t upstreams_rest_ms(void)
{
	uint64_t first = UINT64_MAX;
	for (int i = 0; i < UPSTREAMS; i++)
		if (atomic_load(&upstreams[i].fd) >= 0 && upstreams[i].used_ms + IDLE_MS < first)
			first = upstreams[i].used_ms + IDLE_MS;
	return first;
}

static int open_relayed(struct upstream *upstream, int family)
{
	if (atomic_load(&upstream->fd) >= 0)
		return 0;
	int error = stub_socket(&upstream->fd, family, SOCK_DGRAM);
	if (error < 0)
		return error;
	upstream->guesses = 0;
	upstream->handle = engine_add_own(&negotiator, atomic_load(&upstream->fd), family);
	if (upstream->handle != HANDLE_NONE)
		return 0;
	stub_socket_close(&upstream->fd);
	return -ENOMEM;
}

/* What the rules do not relay after all is not sent. */
int upstream_send(const struct endpoint *to, const uint8_t *bytes, size_t size)
{
	int family = endpoint_family(to);
	struct upstream *upstream = &upstreams[upstream_of(to)];
	union socket_address address;
	socklen_t address_size;
	ssize_t sent;
	if (endpoint_to_sockaddr(to, family, &address, &address_size) != OUTCOME_OK)
		return -EAFNOSUPPORT;
	int error = open_relayed(upstream, family);
	if (error < 0)
		return error;
	const struct iovec piece = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
	const struct outward outward = {
	    .pieces = &piece, .count = 1, .size = size, .to = &address.any, .to_size = address_size};
	upstream->used_ms = negotiator.world->now_ms();
	if (!outward_send(atomic_load(&upstream->fd), upstream->handle, &outward, &sent))
		return -ENETUNREACH;
	return sent < 0 ? -errno : 0;
}

static bool look(const struct endpoint *to, struct view *view)
{
	const struct upstream *upstream = &upstreams[upstream_of(to)];
	return atomic_load(&upstream->fd) >= 0 && cover_view(upstream->handle, view);
}

bool upstream_is_uncertain(const struct endpoint *to)
{
	struct view view;
	return look(to, &view) && view.phase == PHASE_NEGOTIATING;
}

bool upstream_has_failed(const struct endpoint *to)
{
	struct view view;
	return look(to, &view) && view.phase == PHASE_FAILED;
}

ssize_t upstream_receive(int upstream, uint8_t *bytes, size_t room, struct endpoint *from)
{
	union socket_address address;
	socklen_t address_size = sizeof address;
	const struct iovec piece = {.iov_base = bytes, .iov_len = room};
	struct inward inward = {.pieces = &piece,
				.count = 1,
				.capacity = room,
				.from = &address.any,
				.from_size = &address_size,
				.flags = MSG_DONTWAIT};
	ssize_t got;
	if (!inward_receive(upstream_descriptor(upstream), upstreams[upstream].handle, &inward, &got) || got < 0)
		return -1;
	return endpoint_from_sockaddr(from, &address.any, address_size) == OUTCOME_OK ? got : -1;
}

int upstream_connect(_Atomic int *fd, const struct endpoint *to)
{
	int family = endpoint_family(to);
	union socket_address address;
	socklen_t size;
	if (endpoint_to_sockaddr(to, family, &address, &size) != OUTCOME_OK)
		return -EAFNOSUPPORT;
	int error = stub_socket(fd, family, SOCK_DGRAM);
	if (error == 0)
		error = stub_socket_connect(fd, &address, size);
	if (error < 0)
		stub_socket_close(fd);
	return error;
}
