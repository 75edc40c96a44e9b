/* libuv's uv_udp_t, an observation a line. Arguments: HOST PORT of two IPv4 peers and an IPv6 one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static struct sockaddr_storage peers[3];
static uv_loop_t loop;
static char buffer[70000];
static int awaited;

static void observe(const char *name, int result)
{
	if (result < 0)
		printf("%s: %s\n", name, uv_err_name(result));
	else
		printf("%s: %d\n", name, result);
}

static const struct sockaddr *peer(int index)
{
	return (const struct sockaddr *)&peers[index];
}

static const char *named(const struct sockaddr *address)
{
	static const char *const names[] = {"A", "B", "SIX"};
	for (int i = 0; address && i < 3; i++)
		if (address->sa_family == peers[i].ss_family &&
		    memcmp(address, &peers[i], address->sa_family == AF_INET ? 8 : sizeof(struct sockaddr_in6)) == 0)
			return names[i];
	return address ? "other" : "nobody";
}

static void give(uv_handle_t *handle, size_t size, uv_buf_t *given)
{
	(void)handle;
	(void)size;
	*given = uv_buf_init(buffer, sizeof buffer);
}

static void arrived(uv_udp_t *udp, ssize_t got, const uv_buf_t *given, const struct sockaddr *from, unsigned flags)
{
	if (!from && got == 0)
		return;
	printf("%s received: %d %.*s from %s flags %u\n", (char *)udp->data, (int)got, got > 20 ? 20 : (int)got,
	       given->base, named(from), flags & UV_UDP_PARTIAL);
	if (--awaited == 0)
		uv_udp_recv_stop(udp);
}

static void sent(uv_udp_send_t *request, int status)
{
	printf("%s: %s\n", (char *)request->data, status ? uv_err_name(status) : "sent");
	free(request);
}

/* One exchange; the name stays the caller's. */
static void exchange(uv_udp_t *udp, char *name, const struct sockaddr *to, const char *text)
{
	uv_udp_send_t *request = malloc(sizeof *request);
	uv_buf_t part = uv_buf_init((char *)(uintptr_t)text, (unsigned)strlen(text));
	request->data = name;
	udp->data = name;
	awaited = 1;
	uv_udp_recv_start(udp, give, arrived);
	int result = uv_udp_send(request, udp, &part, 1, to, sent);
	if (result) {
		observe(name, result);
		uv_udp_recv_stop(udp);
		free(request);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void open_socket(uv_udp_t *udp, unsigned flags)
{
	uv_udp_init_ex(&loop, udp, flags);
}

static void close_socket(uv_udp_t *udp)
{
	uv_close((uv_handle_t *)udp, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void observe_names(const char *name, uv_udp_t *udp)
{
	struct sockaddr_storage address;
	int size = sizeof address, result = uv_udp_getpeername(udp, (struct sockaddr *)&address, &size);
	printf("%s peer: %s\n", name, result ? uv_err_name(result) : named((struct sockaddr *)&address));
	size = sizeof address;
	result = uv_udp_getsockname(udp, (struct sockaddr *)&address, &size);
	printf("%s self: %s %d\n", name, result ? uv_err_name(result) : "here", result ? 0 : size);
}

static void sends(unsigned flags, char *free_name, char *other_name, char *connected_name, char *moved_name)
{
	static uv_udp_send_t unused;
	uv_udp_t udp;
	open_socket(&udp, flags);
	exchange(&udp, free_name, peer(0), "free");
	exchange(&udp, other_name, peer(1), "another");
	observe_names(other_name, &udp);
	printf("%s connect: %d\n", connected_name, uv_udp_connect(&udp, peer(0)));
	observe_names(connected_name, &udp);
	exchange(&udp, connected_name, NULL, "connected");
	printf("%s connect again: %s\n", connected_name, uv_err_name(uv_udp_connect(&udp, peer(1))));
	printf("%s named: %s\n", connected_name, uv_err_name(uv_udp_send(&unused, &udp, NULL, 1, peer(0), NULL)));
	printf("%s disconnect: %d\n", connected_name, uv_udp_connect(&udp, NULL));
	uv_udp_connect(&udp, peer(1));
	exchange(&udp, moved_name, NULL, "moved");
	close_socket(&udp);
}

static void at_once(void)
{
	uv_udp_t udp;
	static char name[] = "at once";
	uv_buf_t part = uv_buf_init("tried", 5);
	open_socket(&udp, AF_INET);
	observe("try_send first", uv_udp_try_send(&udp, &part, 1, peer(0)));
	udp.data = name;
	awaited = 1;
	observe("recv_start", uv_udp_recv_start(&udp, give, arrived));
	observe("recv_start again", uv_udp_recv_start(&udp, give, arrived));
	uv_run(&loop, UV_RUN_DEFAULT);
	observe("try_send too large",
		(part = uv_buf_init(buffer, sizeof buffer), uv_udp_try_send(&udp, &part, 1, peer(0))));
	observe("queue size", (int)uv_udp_get_send_queue_size(&udp));
	observe("queue count", (int)uv_udp_get_send_queue_count(&udp));
	observe("recvmmsg", uv_udp_using_recvmmsg(&udp));
	close_socket(&udp);
}

static void options(void)
{
	uv_udp_t udp, taken;
	struct sockaddr_in here;
	int value = 0, size = sizeof here;
	uv_ip4_addr("127.0.0.1", 0, &here);
	open_socket(&udp, 0);
	open_socket(&taken, 0);
	observe("bind", uv_udp_bind(&udp, (struct sockaddr *)&here, 0));
	observe("bind again", uv_udp_bind(&udp, (struct sockaddr *)&here, 0));
	uv_udp_getsockname(&udp, (struct sockaddr *)&here, &size);
	observe("bind taken", uv_udp_bind(&taken, (struct sockaddr *)&here, 0));
	observe("ttl", uv_udp_set_ttl(&udp, 6));
	observe("ttl 0", uv_udp_set_ttl(&udp, 0));
	observe("broadcast", uv_udp_set_broadcast(&udp, 1));
	observe("multicast ttl", uv_udp_set_multicast_ttl(&udp, 2));
	observe("multicast loop", uv_udp_set_multicast_loop(&udp, 0));
	observe("multicast interface", uv_udp_set_multicast_interface(&udp, "127.0.0.1"));
	observe("join", uv_udp_set_membership(&udp, "239.1.2.3", "127.0.0.1", UV_JOIN_GROUP));
	observe("leave", uv_udp_set_membership(&udp, "239.1.2.3", "127.0.0.1", UV_LEAVE_GROUP));
	observe("receive buffer", uv_recv_buffer_size((uv_handle_t *)&udp, &value));
	value = 30000;
	observe("receive buffer set", uv_recv_buffer_size((uv_handle_t *)&udp, &value));
	value = 0;
	uv_recv_buffer_size((uv_handle_t *)&udp, &value);
	observe("receive buffer read", value);
	static char name[] = "bound";
	exchange(&udp, name, peer(0), "bound");
	close_socket(&udp);
	close_socket(&taken);
}

static void six(void)
{
	uv_udp_t udp;
	static char name[] = "six";
	open_socket(&udp, AF_INET6);
	exchange(&udp, name, peer(2), "six");
	close_socket(&udp);
}

int main(int argc, char **argv)
{
	if (argc != 7)
		return 2;
	static char names[][24] = {"free",       "other",       "connected",       "moved",
				   "batch free", "batch other", "batch connected", "batch moved"};
	uv_loop_init(&loop);
	for (int i = 0; i < 2; i++)
		uv_ip4_addr(argv[1 + 2 * i], atoi(argv[2 + 2 * i]), (struct sockaddr_in *)&peers[i]);
	uv_ip6_addr(argv[5], atoi(argv[6]), (struct sockaddr_in6 *)&peers[2]);
	sends(AF_INET, names[0], names[1], names[2], names[3]);
	sends(AF_INET | UV_UDP_RECVMMSG, names[4], names[5], names[6], names[7]);
	at_once();
	options();
	six();
	return 0;
}
