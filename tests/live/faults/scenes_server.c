/* Servers that are slow, careless or under attack, and still serve. */
#include <stdio.h>
#include <string.h>

#include "tests/live/faults/scene.h"
#include "tests/live/faults/scenes.h"

static void exchanges(struct scene *scene)
{
	scene_client(scene);
	client_exchanges(scene);
	client_exchanges_with(scene, "B", "hello");
	client_does(scene, "connect A", "0");
	client_does(scene, "send - connected", "9");
	client_does(scene, "recv", "9 A connected");
	client_does(scene, "nonblocking", "0");
	client_does(scene, "send B one", "3");
	client_does(scene, "send B two", "3");
	client_does(scene, "wait", "3 B one");
	client_does(scene, "wait", "3 B two");
	expect(scene_arrived(scene) == 5);
}

void scene_correct(struct scene *scene)
{
	scene_open(scene, NULL);
	exchanges(scene);
	scene_close(scene);
}

/* Over a bridge: what a relay over IPv6 says, loses and refuses an IPv4 socket finds out. */
void scene_bridge(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.listen = "::1", .more = PATIENT});
	client_exchanges(scene);
	server_does(scene, "kill-associations");
	client_does(scene, "try A again", "5");
	server_does(scene, "stop-relay");
	client_does(scene, "try B again", "5");
	server_does(scene, "restart");
	client_does(scene, "try A again", "5");
	client_does(scene, "nonblocking", "0");
	client_does(scene, "connect A", "0");
	client_does(scene, "send - first", "5");
	client_does(scene, "wait", "5 A first");
	server_does(scene, "stop-relay");
	client_does(scene, "try - again", "5");
	client_does(scene, "close", "0");
	server_does(scene, "await connected<=0");
	scene_arrived(scene);
	scene_close(scene);
}

void scene_v6_server(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.listen = "::1", .more = PATIENT});
	client_does(scene, "socket6", "0");
	client_exchanges_with(scene, "6", "hello");
	client_does(scene, "connect 6", "0");
	client_does(scene, "send - connected", "9");
	client_does(scene, "recv", "9 6 connected");
	expect(scene_arrived(scene) == 2);
	scene_close(scene);
}

void scene_slow(struct scene *scene)
{
	scene_open(scene, "delay=300");
	exchanges(scene);
	scene_close(scene);
}

void scene_dribble(struct scene *scene)
{
	scene_open(scene, "dribble=1");
	exchanges(scene);
	scene_close(scene);
}

void scene_dribble_login(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){
				   .script = "dribble=1;user=u;password=p;delay=5", .login = "u:p", .more = PATIENT});
	exchanges(scene);
	scene_close(scene);
}

void scene_eager(struct scene *scene)
{
	scene_open(scene, "eager=1");
	exchanges(scene);
	scene_close(scene);
}

void scene_eager_login(struct scene *scene)
{
	scene_open_with(scene,
			(struct world_options){.script = "eager=1;user=u;password=p", .login = "u:p", .more = PATIENT});
	exchanges(scene);
	scene_close(scene);
}

/* Nothing but the relay's whole datagrams may reach the program. */
static void noisy(struct scene *scene, const char *noise)
{
	char command[128];
	snprintf(command, sizeof command, "set noise=%s", noise);
	server_does(scene, command);
	exchanges(scene);
}

void scene_noise(struct scene *scene)
{
	scene_open(scene, NULL);
	noisy(scene, "frag");
	noisy(scene, "short");
	noisy(scene, "reserved+type");
	noisy(scene, "raw");
	scene_close(scene);
}

void scene_spoofed(struct scene *scene)
{
	scene_open(scene, NULL);
	noisy(scene, "spoof");
	noisy(scene, "inject");
	noisy(scene, "frag+short+reserved+type+raw+spoof+inject");
	scene_close(scene);
}

void scene_answer_kinds(struct scene *scene)
{
	scene_open(scene, "answer=name");
	exchanges(scene);
	server_does(scene, "set answer=mapped");
	exchanges(scene);
	server_does(scene, "set answer=name");
	client_does(scene, "socket6", "0");
	client_exchanges_with(scene, "6", "hello");
	scene_close(scene);
}

void scene_bound(struct scene *scene)
{
	scene_open(scene, NULL);
	static const char *const bounds[] = {"0.0.0.0", "::", "empty", "relay.invalid", "127.0.0.1"};
	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
		char command[64];
		snprintf(command, sizeof command, "set bound=%s", bounds[i]);
		server_does(scene, command);
		exchanges(scene);
	}
	scene_close(scene);
}

/* Far away, so that an address of the server's own network is of no use here. */
void scene_bound_private(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.listen = PUBLIC_V4, .more = PATIENT});
	exchanges(scene);
	static const char *const bounds[] = {"10.1.2.3", "192.168.7.7", "127.0.0.1", "169.254.1.1", "0.0.0.0"};
	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
		char command[64];
		snprintf(command, sizeof command, "set bound=%s", bounds[i]);
		server_does(scene, command);
		exchanges(scene);
	}
	scene_close(scene);
}

/* One descriptor is the program's; what else there is, is out of its way and does not survive exec. */
void scene_descriptors(struct scene *scene)
{
	scene_open(scene, NULL);
	client_exchanges(scene);
	const char *line = peer_ask(&scene->client, "descriptors");
	expect(line != NULL);
	int number, size, low = 0;
	char flag;
	for (; line && sscanf(line, "%d:%c %n", &number, &flag, &size) == 2; line += size) {
		low += number < 100;
		expect(number < 100 || flag == 'e');
	}
	expect(low == 1);
	client_does(scene, "close", "0");
	server_does(scene, "await connected<=0");
	server_does(scene, "await open<=0");
	scene_close(scene);
}
