#include "tests/live/socks_server/server.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/live/socks_server/control.h"

#define QUEUE_LENGTH 4096

static void listener_ready(struct watch *watch, uint32_t events)
{
	(void)events;
	struct server *server = container_of(watch, struct server, listener);
	int fd;
	while ((fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		control_accept(server, fd);
}

static int bound_listener(const struct endpoint *at, int queue)
{
	int family = endpoint_family(at);
	union socket_address address;
	socklen_t size;
	int on = 1;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (endpoint_to_sockaddr(at, family, &address, &size) == OUTCOME_OK && bind(fd, &address.any, size) == 0 &&
	    listen(fd, queue) == 0)
		return fd;
	close(fd);
	return -1;
}

/* One connection fills a queue of length 0. As nobody takes it, the kernel drops what else asks for a connection. */
static bool fill_queue(struct server *server, const union socket_address *address, socklen_t size)
{
	struct pollfd awaited = {.fd = server->listener.fd, .events = POLLIN};
	server->filler = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return server->filler >= 0 && connect(server->filler, &address->any, size) == 0 && poll(&awaited, 1, -1) == 1;
}

bool server_listen(struct server *server)
{
	union socket_address address;
	socklen_t size = sizeof address;
	bool deaf = server->script.deaf;
	server->filler = -1;
	server->listener = (struct watch){bound_listener(&server->address, deaf ? 0 : QUEUE_LENGTH), listener_ready};
	if (server->listener.fd >= 0 && getsockname(server->listener.fd, &address.any, &size) == 0 &&
	    endpoint_from_sockaddr(&server->address, &address.any, size) == OUTCOME_OK &&
	    (deaf ? fill_queue(server, &address, size) : loop_watch(server->loop, &server->listener, EPOLLIN) == 0))
		return true;
	server_stop(server);
	return false;
}

void server_stop(struct server *server)
{
	loop_unwatch(&server->listener);
	if (server->filler >= 0)
		close(server->filler);
	server->filler = -1;
	for (struct control *control = server->controls; control; control = control->next)
		control_end(control);
}
