/* Answers to another socket that has the same port (SO_REUSEPORT), or had it before: whom a process believes that they
 * are some, and meant for it. The other socket's relay is played by the test itself. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/live/faults/scene.h"
#include "tests/live/faults/scenes.h"

#define SERVER_HOST    "127.0.0.1"
#define STRANGERS_HOST "127.0.0.8"

enum { HEADER = 10 };

static in_port_t port; /* the client's */

enum { SENDERS = 64 };

static int senders[SENDERS];
static int sender_count;

static void forget_senders(void)
{
	while (sender_count > 0)
		close(senders[--sender_count]);
}

static void bind_client(struct scene *scene, const char *how)
{
	forget_senders();
	client_does(scene, "socket", "0");
	const char *answer = peer_ask(&scene->client, how);
	expect(answer && atoi(answer) > 0);
	port = htons((in_port_t)atoi(answer));
}

/* From a port that nobody has been met at: those that have sent before are still there. */
static void send_from(const char *host, const char *bytes, size_t size)
{
	struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = port};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	expect(inet_pton(AF_INET, host, &from.sin_addr) == 1);
	expect(bind(fd, (struct sockaddr *)&from, sizeof from) == 0);
	expect(sendto(fd, bytes, size, 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)size);
	expect(sender_count < SENDERS);
	senders[sender_count++] = fd;
}

/* "hello" from A. */
static void frame(const struct scene *scene, char framed[HEADER + 5])
{
	char host[64];
	unsigned number;
	expect(sscanf(scene->world.peers[0], "%63[^@]@%u", host, &number) == 2);
	in_port_t peer_port = htons((in_port_t)number);
	memcpy(framed, "\0\0\0\1", 4);
	expect(inet_pton(AF_INET, host, framed + 4) == 1);
	memcpy(framed + 8, &peer_port, sizeof peer_port);
	memcpy(framed + HEADER, "hello", 5);
}

static void hears_members(struct scene *scene, const char *host)
{
	char framed[HEADER + 5];
	frame(scene, framed);
	for (int i = 0; i < 3; i++) {
		send_from(host, framed, sizeof framed);
		client_does(scene, "recv", "5 A hello");
	}
	send_from(host, framed, HEADER);
	client_does(scene, "recv", "0 A ");
}

/* The client prints of it what is before a zero. */
static void hears_as_it_comes(struct scene *scene, const char *host, const char *bytes, size_t size)
{
	char answer[32];
	send_from(host, bytes, size);
	snprintf(answer, sizeof answer, "%zu ? %.*s", size, (int)size, bytes);
	client_does(scene, "recv", answer);
}

static void hears_framed(struct scene *scene, const char *host)
{
	char framed[HEADER + 5];
	frame(scene, framed);
	hears_as_it_comes(scene, host, framed, sizeof framed);
}

static void hears_malformed(struct scene *scene)
{
	char framed[HEADER + 5];
	frame(scene, framed);
	hears_as_it_comes(scene, SERVER_HOST, "", 0);
	hears_as_it_comes(scene, SERVER_HOST, "hello", 5);
	hears_as_it_comes(scene, SERVER_HOST, framed, HEADER - 1);
	for (size_t at = 0; at < 4; at++) { /* reserved, fragment, type */
		framed[at] ^= 2;
		hears_as_it_comes(scene, SERVER_HOST, framed, sizeof framed);
		framed[at] ^= 2;
	}
	memset(framed + 8, 0, 2);
	hears_as_it_comes(scene, SERVER_HOST, framed, sizeof framed);
	frame(scene, framed);
	memset(framed + 4, 0, 4);
	hears_as_it_comes(scene, SERVER_HOST, framed, sizeof framed);
	framed[4] = (char)239;
	hears_as_it_comes(scene, SERVER_HOST, framed, sizeof framed);
}

/* Before it has relayed anything itself, and after. */
void scene_group(struct scene *scene)
{
	scene_open(scene, NULL);
	bind_client(scene, "group");
	for (int i = 0; i < 2; i++) {
		hears_members(scene, SERVER_HOST);
		hears_framed(scene, STRANGERS_HOST);
		hears_malformed(scene);
		client_exchanges(scene);
	}
	scene_arrived(scene);
	scene_close(scene);
}

/* Who has an association knows where that server's relays are. */
void scene_group_relay_elsewhere(struct scene *scene)
{
	scene_open(scene, "relay_at=" STRANGERS_HOST);
	bind_client(scene, "group");
	hears_framed(scene, STRANGERS_HOST);
	hears_members(scene, SERVER_HOST);
	client_exchanges(scene);
	hears_members(scene, STRANGERS_HOST);
	hears_members(scene, SERVER_HOST);
	scene_arrived(scene);
	scene_close(scene);
}

void scene_group_none(struct scene *scene)
{
	scene_open(scene, NULL);
	bind_client(scene, "alone");
	for (int i = 0; i < 2; i++) {
		hears_framed(scene, SERVER_HOST);
		hears_framed(scene, STRANGERS_HOST);
		client_exchanges(scene);
	}
	scene_arrived(scene);
	scene_close(scene);
}

/* The relay of a socket that is no more: what it still has sent comes to that port. */
static int take_over_relay(struct scene *scene)
{
	struct sockaddr_in relay;
	socklen_t size = sizeof relay;
	client_does(scene, "socket", "0");
	client_exchanges(scene);
	client_exchanges(scene);
	int fd = scene_take_socket(scene);
	expect(getpeername(fd, (struct sockaddr *)&relay, &size) == 0);
	close(fd);
	server_does(scene, "stop-relay");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	expect(bind(fd, (struct sockaddr *)&relay, size) == 0);
	return fd;
}

static void other_relay(struct scene *scene)
{
	char framed[HEADER + 5];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int relay = take_over_relay(scene);
	client_does(scene, "socket6", "0");
	client_exchanges_with(scene, "6", "first");
	const char *answer = peer_ask(&scene->client, "port");
	expect(answer && atoi(answer) > 0);
	to.sin_port = htons((in_port_t)atoi(answer));
	frame(scene, framed);
	for (int i = 0; i < 3; i++) {
		expect(sendto(relay, framed, sizeof framed, 0, (struct sockaddr *)&to, sizeof to) == sizeof framed);
		client_exchanges_with(scene, "6", "own");
	}
	close(relay);
	scene_arrived(scene);
	scene_close(scene);
}

void scene_other_relay_v6(struct scene *scene)
{
	scene_open(scene, "apart=1");
	other_relay(scene);
}

/* They share sockets of this process, but not this one. */
void scene_other_relay_of_relatives_v6(struct scene *scene)
{
	scene_open(scene, "apart=1");
	client_does(scene, "fork", "0");
	client_does(scene, "exit", "0");
	other_relay(scene);
}
