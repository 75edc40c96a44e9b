/* GLib's GSocket, an observation a line. Arguments: HOST PORT of two IPv4 peers and an IPv6 one. */
#include <gio/gio.h>
#include <gio/gnetworking.h>
#include <stdio.h>
#include <string.h>

static GSocketAddress *peers[3];

static void observe(const char *name, gssize result, GError **error)
{
	if (error && *error)
		printf("%s: %" G_GSSIZE_FORMAT " %s %d\n", name, result, g_quark_to_string((*error)->domain),
		       (*error)->code);
	else
		printf("%s: %" G_GSSIZE_FORMAT "\n", name, result);
	if (error)
		g_clear_error(error);
}

static char *text_of(GSocketAddress *address)
{
	return address ? g_socket_connectable_to_string(G_SOCKET_CONNECTABLE(address)) : g_strdup("nobody");
}

static const char *named(GSocketAddress *address)
{
	static const char *const names[] = {"A", "B", "SIX"};
	const char *name = address ? "other" : "nobody";
	char *text = text_of(address);
	for (int i = 0; i < 3; i++) {
		char *peer = text_of(peers[i]);
		if (strcmp(text, peer) == 0)
			name = names[i];
		g_free(peer);
	}
	g_free(text);
	return name;
}

static void receive(const char *name, GSocket *socket, gsize size)
{
	char bytes[1000];
	GError *error = NULL;
	GSocketAddress *from = NULL;
	gssize got = g_socket_receive_from(socket, &from, bytes, size, NULL, &error);
	if (got < 0)
		observe(name, got, &error);
	else
		printf("%s: %d %.*s from %s\n", name, (int)got, (int)got, bytes, named(from));
	g_clear_object(&from);
}

static void send_to(const char *name, GSocket *socket, GSocketAddress *to, const char *text)
{
	GError *error = NULL;
	observe(name, g_socket_send_to(socket, to, text, strlen(text), NULL, &error), &error);
}

static GSocket *udp(GSocketFamily family)
{
	return g_socket_new(family, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
}

static void unconnected(void)
{
	GSocket *socket = udp(G_SOCKET_FAMILY_IPV4);
	GError *error = NULL;
	send_to("send to A", socket, peers[0], "to A");
	receive("receive from A", socket, 100);
	send_to("send to B", socket, peers[1], "to B");
	receive("receive from B", socket, 2);
	observe("send nowhere", g_socket_send(socket, "x", 1, NULL, &error), &error);
	g_socket_set_timeout(socket, 1);
	receive("timeout", socket, 10);
	g_socket_set_blocking(socket, FALSE);
	receive("nothing", socket, 10);
	observe("available", g_socket_get_available_bytes(socket), NULL);
	observe("connected", g_socket_is_connected(socket), NULL);
	observe("close", g_socket_close(socket, &error), &error);
	send_to("send closed", socket, peers[0], "x");
	g_object_unref(socket);
}

static void connected(void)
{
	GSocket *socket = udp(G_SOCKET_FAMILY_IPV4);
	GError *error = NULL;
	observe("connect", g_socket_connect(socket, peers[0], NULL, &error), &error);
	GSocketAddress *remote = g_socket_get_remote_address(socket, NULL);
	printf("remote: %s\n", named(remote));
	g_clear_object(&remote);
	observe("send", g_socket_send(socket, "connected", 9, NULL, &error), &error);
	observe("wait", g_socket_condition_timed_wait(socket, G_IO_IN, 5000000, NULL, &error), &error);
	observe("available bytes", g_socket_get_available_bytes(socket), NULL);
	receive("receive", socket, 100);
	observe("condition", g_socket_condition_check(socket, G_IO_IN | G_IO_OUT), NULL);
	GOutputVector out[] = {{"one ", 4}, {"two", 3}};
	observe("send vectors", g_socket_send_message(socket, NULL, out, 2, NULL, 0, 0, NULL, &error), &error);
	char first[4] = "", second[10] = "";
	GInputVector in[] = {{first, sizeof first}, {second, sizeof second}};
	int flags = 0;
	observe("receive vectors", g_socket_receive_message(socket, NULL, in, 2, NULL, NULL, &flags, NULL, &error),
		&error);
	printf("vectors: %.4s|%.3s %d\n", first, second, flags);
	observe("connect to B", g_socket_connect(socket, peers[1], NULL, &error), &error);
	observe("send moved", g_socket_send(socket, "moved", 5, NULL, &error), &error);
	receive("receive moved", socket, 100);
	observe("shutdown", g_socket_shutdown(socket, TRUE, TRUE, &error), &error);
	g_object_unref(socket);
}

static void messages(void)
{
	GSocket *socket = udp(G_SOCKET_FAMILY_IPV4);
	GError *error = NULL;
	char bytes[5][20] = {""};
	GOutputVector out[5];
	GOutputMessage sent[5];
	GInputVector in[5];
	GInputMessage received[5] = {{0}};
	for (int i = 0; i < 5; i++) {
		char *text = g_strdup_printf("message %d", i);
		out[i] = (GOutputVector){text, strlen(text)};
		sent[i] = (GOutputMessage){.address = peers[i % 2], .vectors = &out[i], .num_vectors = 1};
		in[i] = (GInputVector){bytes[i], sizeof bytes[i]};
		received[i] = (GInputMessage){.vectors = &in[i], .num_vectors = 1};
	}
	observe("send messages", g_socket_send_messages(socket, sent, 5, 0, NULL, &error), &error);
	for (int i = 0; i < 5; i++) {
		char name[20];
		snprintf(name, sizeof name, "receive message %d", i);
		observe(name, g_socket_receive_messages(socket, received, 1, 0, NULL, &error), &error);
		printf("octets %d: %d\n", i, (int)received[0].bytes_received);
	}
	for (int i = 0; i < 5; i++)
		g_free((void *)(uintptr_t)out[i].buffer);
	g_object_unref(socket);
}

static void options(void)
{
	GSocket *socket = udp(G_SOCKET_FAMILY_IPV4);
	GError *error = NULL;
	gint value = 0;
	g_socket_set_broadcast(socket, TRUE);
	observe("broadcast", g_socket_get_broadcast(socket), NULL);
	g_socket_set_ttl(socket, 9);
	observe("ttl", g_socket_get_ttl(socket), NULL);
	g_socket_set_multicast_ttl(socket, 4);
	observe("multicast ttl", g_socket_get_multicast_ttl(socket), NULL);
	observe("option", g_socket_get_option(socket, SOL_SOCKET, SO_TYPE, &value, &error), &error);
	observe("type", value, NULL);
	GInetAddress *group = g_inet_address_new_from_string("239.1.2.3");
	observe("join", g_socket_join_multicast_group(socket, group, FALSE, "lo", &error), &error);
	observe("leave", g_socket_leave_multicast_group(socket, group, FALSE, "lo", &error), &error);
	GInetAddress *here = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
	GSocketAddress *address = g_inet_socket_address_new(here, 0);
	observe("bind", g_socket_bind(socket, address, FALSE, &error), &error);
	send_to("bound send", socket, peers[0], "bound");
	receive("bound receive", socket, 100);
	g_object_unref(address);
	g_object_unref(here);
	g_object_unref(group);
	g_object_unref(socket);
}

static gboolean ready(GSocket *socket, GIOCondition condition, gpointer loop)
{
	observe("source", condition, NULL);
	receive("source received", socket, 100);
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

static void sourced(void)
{
	GSocket *socket = udp(G_SOCKET_FAMILY_IPV6);
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	GSource *source = g_socket_create_source(socket, G_IO_IN, NULL);
	g_source_set_callback(source, G_SOURCE_FUNC(ready), loop, NULL);
	g_source_attach(source, NULL);
	send_to("send to SIX", socket, peers[2], "six");
	g_main_loop_run(loop);
	g_source_unref(source);
	g_main_loop_unref(loop);
	g_object_unref(socket);
}

int main(int argc, char **argv)
{
	if (argc != 7)
		return 2;
	for (int i = 0; i < 3; i++)
		peers[i] = g_inet_socket_address_new_from_string(argv[1 + 2 * i], (guint)atoi(argv[2 + 2 * i]));
	unconnected();
	connected();
	messages();
	options();
	sourced();
	return 0;
}
