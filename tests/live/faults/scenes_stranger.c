/* A relayed socket that is passed to a process without the library: this one. What it sends itself is its own business;
 * nothing of the program's may change. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/endpoint.h"
#include "tests/live/faults/scene.h"
#include "tests/live/faults/scenes.h"

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof value;
	getsockopt(fd, level, name, &value, &size);
	return value;
}

/* Whatever it was sent: the text is all of it, or the end of it. */
static void hear(int fd, const char *text)
{
	char bytes[64];
	ssize_t length = (ssize_t)strlen(text), got = recv(fd, bytes, sizeof bytes, 0);
	expect(got >= length && memcmp(bytes + got - length, text, (size_t)length) == 0);
}

static void send_to(int fd, const char *peer, const char *text)
{
	union socket_address address;
	struct endpoint endpoint;
	socklen_t size;
	char host[64];
	unsigned port;
	expect(sscanf(peer, "%63[^@]@%u", host, &port) == 2);
	expect(endpoint_parse(&endpoint, host, strlen(host), (int)port) == OUTCOME_OK);
	expect(endpoint_to_sockaddr(&endpoint, (sa_family_t)option(fd, SOL_SOCKET, SO_DOMAIN), &address, &size) ==
	       OUTCOME_OK);
	expect(sendto(fd, text, strlen(text), 0, &address.any, size) == (ssize_t)strlen(text));
}

/* The kernel's socket is connected to the relay: there ends what names nobody, and what names the peer goes there. */
void scene_stranger(struct scene *scene)
{
	struct heard heard;
	socklen_t steps = 0;
	scene_open(scene, NULL);
	client_exchanges(scene);
	client_exchanges(scene);
	int fd = scene_take_socket(scene);
	expect(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &steps) == 0 && steps > 0); /* nobody takes it off */
	client_does(scene, "send A heard there", "11");
	hear(fd, "heard there");
	client_exchanges(scene);
	expect(send(fd, "plain", 5, 0) == 5);
	client_exchanges(scene);
	expect(world_heard(&scene->world, &heard) && heard.raw == 1 && heard.count == 5 && heard.relayed == 5);
	send_to(fd, scene->world.peers[0], "plain");
	client_exchanges(scene);
	scene->direct = 1;
	expect(scene_arrived(scene) == 2);
	close(fd);
	client_exchanges(scene);
	scene_close(scene);
}

/* It has sent once, and is not connected. */
void scene_stranger_young(struct scene *scene)
{
	scene_open(scene, NULL);
	client_exchanges(scene);
	int fd = scene_take_socket(scene);
	send_to(fd, scene->world.peers[0], "plain");
	hear(fd, "plain");
	client_exchanges(scene);
	client_exchanges(scene);
	scene->direct = 1;
	expect(scene_arrived(scene) == 4);
	close(fd);
	scene_close(scene);
}

/* A socket that is never connected: by errors alone it would be told that its relay is gone, as one without the library
 * is not to be told anything. */
void scene_stranger_v6(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.listen = "::1", .more = PATIENT});
	client_does(scene, "socket6", "0");
	client_exchanges_with(scene, "6", "hello");
	client_exchanges_with(scene, "6", "hello");
	int fd = scene_take_socket(scene);
	expect(option(fd, IPPROTO_IPV6, IPV6_RECVERR) == 0);
	expect(option(fd, IPPROTO_IP, IP_RECVERR) == 0);
	send_to(fd, scene->world.peers[2], "plain");
	hear(fd, "plain");
	client_exchanges_with(scene, "6", "hello");
	scene->direct = 1;
	expect(scene_arrived(scene) == 4);
	close(fd);
	scene_close(scene);
}
