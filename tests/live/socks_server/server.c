#include "tests/live/socks_server/server.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "tests/live/socks_server/control.h"

static void listener_ready(struct watch *watch, uint32_t events)
{
	(void)events;
	struct server *server = container_of(watch, struct server, listener);
	int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		control_accept(server, fd);
}

static int bound_listener(const struct endpoint *at)
{
	int family = at->kind == ENDPOINT_IPV6 ? AF_INET6 : AF_INET;
	union socket_address address;
	socklen_t size;
	int on = 1;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (endpoint_to_sockaddr(at, family, &address, &size) == OUTCOME_OK && bind(fd, &address.any, size) == 0 &&
	    listen(fd, 4096) == 0)
		return fd;
	close(fd);
	return -1;
}

bool server_listen(struct server *server)
{
	union socket_address address;
	socklen_t size = sizeof address;
	server->listener = (struct watch){bound_listener(&server->address), listener_ready};
	if (server->listener.fd >= 0 && loop_watch(server->loop, &server->listener, EPOLLIN) == 0 &&
	    getsockname(server->listener.fd, &address.any, &size) == 0 &&
	    endpoint_from_sockaddr(&server->address, &address.any, size) == OUTCOME_OK)
		return true;
	loop_unwatch(&server->listener);
	return false;
}

void server_stop(struct server *server)
{
	loop_unwatch(&server->listener);
	for (struct control *control = server->controls; control; control = control->next)
		control_end(control);
}
