/* Associations that end: the next datagrams go through a new one, and never directly. */
#include <stdio.h>
#include <string.h>

#include "tests/live/faults/scene.h"
#include "tests/live/faults/scenes.h"

static void lost_by(struct scene *scene, const char *command)
{
	scene_client(scene);
	client_exchanges(scene);
	server_does(scene, command);
	client_does(scene, "try A again", "5");
	client_does(scene, "try B again", "5");
	scene_arrived(scene);
	scene_client(scene);
	client_does(scene, "connect A", "0");
	client_does(scene, "send - hello", "5");
	client_does(scene, "recv", "5 A hello");
	server_does(scene, command);
	client_does(scene, "try - again", "5");
	client_does(scene, "send - last", "4");
	client_does(scene, "wait", "4 A last");
	scene_arrived(scene);
}

void scene_killed(struct scene *scene)
{
	scene_open(scene, NULL);
	lost_by(scene, "kill-associations");
	scene_close(scene);
}

void scene_restarted(struct scene *scene)
{
	scene_open(scene, NULL);
	lost_by(scene, "restart");
	scene_close(scene);
}

/* A socket that is in use gets another one by itself; what it sends meanwhile waits for that. */
void scene_renewed(struct scene *scene)
{
	scene_open(scene, NULL);
	client_exchanges(scene);
	client_exchanges(scene);
	for (int i = 0; i < 3; i++) {
		server_does(scene, "kill-associations");
		server_does(scene, "await connected>=1");
		client_exchanges_with(scene, "A", "again");
	}
	scene_close(scene);
}

/* One that has sent once gets another with its second datagram, which is not lost. */
void scene_renewed_young(struct scene *scene)
{
	scene_open(scene, NULL);
	for (int i = 0; i < 3; i++) {
		scene_client(scene);
		client_exchanges(scene);
		server_does(scene, "kill-associations");
		server_does(scene, "await connected<=0");
		client_exchanges(scene);
	}
	scene_close(scene);
}

/* It had an association: however long the server is away, the program sees datagrams lost, and no error. */
void scene_silent_while_down(struct scene *scene)
{
	scene_open(scene, NULL);
	client_exchanges(scene);
	server_does(scene, "stop");
	for (int i = 0; i < 200; i++)
		client_does(scene, "send A unheard", "7");
	client_does(scene, "error", "0");
	server_does(scene, "start");
	client_does(scene, "try A again", "5");
	scene_arrived(scene);
	scene_close(scene);
}

/* The relay's port is gone, and its control connection is not. */
void scene_relay_gone(struct scene *scene)
{
	scene_open(scene, NULL);
	lost_by(scene, "stop-relay");
	scene_close(scene);
}

/* Unconnected, an IPv6 socket finds out as well; and neither poll(2) nor the error queue tells of it for long. */
static void relay_gone_v6(struct scene *scene, const char *listen)
{
	scene_open_with(scene, (struct world_options){.listen = listen, .more = PATIENT});
	client_does(scene, "socket6", "0");
	client_exchanges_with(scene, "6", "hello");
	server_does(scene, "stop-relay");
	client_does(scene, "send 6 lost", "4");
	client_does(scene, "trouble", "0");
	client_does(scene, "queue", "-1 EAGAIN");
	client_does(scene, "send 6 lost", "4");
	client_does(scene, "trouble", "0");
	client_does(scene, "error", "0");
	client_does(scene, "try 6 again", "5");
	client_does(scene, "calm", "0");
	server_does(scene, "stop-relay");
	client_does(scene, "try 6 again", "5");
	client_does(scene, "calm", "0");
	scene_arrived(scene);
	scene_close(scene);
}

void scene_relay_gone_v6(struct scene *scene)
{
	relay_gone_v6(scene, "::1");
}

void scene_relay_gone_mapped(struct scene *scene)
{
	relay_gone_v6(scene, NULL);
}

/* What the kernel tells for IP_RECVERR is not the program's, where that has not set it. */
void scene_queue_full_v6(struct scene *scene)
{
	scene_open(scene, NULL);
	client_does(scene, "socket6", "0");
	client_exchanges_with(scene, "6", "hello");
	client_exchanges_with(scene, "6", "again");
	client_does(scene, "full", "0");
	client_does(scene, "send 6 lost", "4");
	scene_arrived(scene);
	scene_close(scene);
}

/* A router that knows no way for a moment, or lets nothing pass, says nothing about the association, and the kernel
 * tells nothing of it to a socket that is not connected. */
void scene_relay_unreachable_v6(struct scene *scene)
{
	static const char *const notices[] = {"unreachable 0", "unreachable 1", "unreachable 3"};
	scene_open_with(scene, (struct world_options){.listen = "::1", .more = PATIENT});
	client_does(scene, "socket6", "0");
	client_exchanges_with(scene, "6", "hello");
	client_exchanges_with(scene, "6", "hello");
	for (size_t i = 0; i < sizeof notices / sizeof *notices; i++) {
		const char *answer = peer_ask(&scene->world.server, notices[i]);
		if (answer && strcmp(answer, "error Operation not permitted") == 0)
			break;
		client_does(scene, "trouble", "0");
		client_does(scene, "send 6 hello", "5");
		server_does(scene, notices[i]);
		client_does(scene, "trouble", "0");
		client_does(scene, "recv", "5 6 hello");
		client_does(scene, "calm", "0");
	}
	expect(line_value(peer_ask(&scene->world.server, "stats"), "accepted") == 1);
	scene_close(scene);
}

/* What the dead relay has left on the socket is not told to whoever talks directly next, nor to who connects it. */
void scene_relay_gone_then_direct(struct scene *scene)
{
	static const char *const steps[] = {"send 6 direct", "connect 6", "connect A", "recverr"};
	scene_open_with(scene, (struct world_options){.peer_b = RELAY_FROM_V6, .rules = "", .more = PATIENT});
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		scene_client(scene);
		client_does(scene, "socket6", "0");
		client_exchanges_with(scene, "B", "hello");
		server_does(scene, "stop-relay");
		client_does(scene, "send B lost", "4");
		client_does(scene, "trouble", "0");
		client_does(scene, steps[i], i ? "0" : "6");
		client_does(scene, "error", "0");
		scene->direct = i == 0;
		scene_arrived(scene);
	}
	scene_close(scene);
}

/* Nor is what it has left of a child's relay, by a socket that is not connected for the program, told to the parent. */
static void relay_gone_of_child(struct scene *scene, const char *socket, const char *peer)
{
	static const char *const steps[] = {"recv", "error"}, *const answers[] = {"-1 EAGAIN", "0"};
	char send[32], again[32], answer[32];
	snprintf(send, sizeof send, "send %s hello", peer);
	snprintf(answer, sizeof answer, "5 %s hello", peer);
	snprintf(again, sizeof again, "try %s again", peer);
	scene_open(scene, NULL);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		client_does(scene, socket, "0");
		client_does(scene, "fork", "0");
		client_does(scene, send, "5");
		client_does(scene, "wait", answer);
		server_does(scene, "stop-relay");
		client_does(scene, send, "5");
		client_does(scene, "trouble", "0");
		client_does(scene, "exit", "0");
		client_does(scene, steps[i], answers[i]);
		client_does(scene, again, "5");
	}
	scene_arrived(scene);
	scene_close(scene);
}

void scene_relay_gone_of_child(struct scene *scene)
{
	relay_gone_of_child(scene, "nonblocking", "A");
}

void scene_relay_gone_of_child_v6(struct scene *scene)
{
	relay_gone_of_child(scene, "nonblocking6", "6");
}

/* An event loop asks for the socket's error when poll(2) tells one, and so takes the news of the dead relay. */
void scene_relay_gone_asked(struct scene *scene)
{
	scene_open(scene, NULL);
	client_does(scene, "nonblocking", "0");
	client_does(scene, "connect A", "0");
	client_does(scene, "send - hello", "5");
	client_does(scene, "wait", "5 A hello");
	server_does(scene, "stop-relay");
	for (int i = 0; i < 3; i++) {
		client_does(scene, "send - lost", "4");
		client_does(scene, "trouble", "0");
		client_does(scene, "error", "0");
	}
	client_does(scene, "try - again", "5");
	scene_arrived(scene);
	scene_close(scene);
}

/* The dead relay stands in the error queue as well; but it is not the program's affair. */
void scene_relay_gone_queue(struct scene *scene)
{
	scene_open(scene, NULL);
	client_does(scene, "recverr", "0");
	client_does(scene, "connect A", "0");
	client_does(scene, "send - hello", "5");
	client_does(scene, "recv", "5 A hello");
	client_does(scene, "queue", "-1 EAGAIN");
	server_does(scene, "stop-relay");
	for (int i = 0; i < 3; i++) {
		client_does(scene, "send - lost", "4");
		client_does(scene, "trouble", "0");
		client_does(scene, "queue", "-1 EAGAIN");
		client_does(scene, "error", "0");
	}
	client_does(scene, "try - again", "5");
	client_does(scene, "queue", "-1 EAGAIN");
	scene_arrived(scene);
	scene_close(scene);
}

/* Nor is it where the socket is not connected to the relay, which the program cannot know. */
void scene_relay_gone_queue_v6(struct scene *scene)
{
	scene_open(scene, NULL);
	client_does(scene, "socket6", "0");
	client_does(scene, "recverr", "0");
	client_exchanges_with(scene, "6", "hello");
	client_exchanges_with(scene, "6", "hello");
	server_does(scene, "stop-relay");
	for (int i = 0; i < 2; i++) { /* each tells it twice */
		client_does(scene, "send 6 lost", "4");
		client_does(scene, "trouble", "0");
		client_does(scene, "error", "0");
		client_does(scene, "queue", "-1 EAGAIN");
		client_does(scene, "calm", "0");
	}
	client_does(scene, "try 6 again", "5");
	client_does(scene, "queue", "-1 EAGAIN");
	scene_arrived(scene);
	scene_close(scene);
}

void scene_ended_after_each(struct scene *scene)
{
	scene_open(scene, "close_after=1");
	client_exchanges(scene);
	for (int i = 0; i < 5; i++)
		client_does(scene, "try A again", "5");
	scene_close(scene);
}

void scene_stopped(struct scene *scene)
{
	scene_open(scene, NULL);
	client_exchanges(scene);
	expect(scene_arrived(scene) == 1);
	server_does(scene, "stop");
	for (int i = 0; i < 5; i++)
		expect(peer_ask(&scene->client, "send A unheard") != NULL);
	client_does(scene, "nonblocking", "0");
	for (int i = 0; i < 5; i++)
		expect(peer_ask(&scene->client, "send A unheard") != NULL);
	expect(scene_arrived(scene) == 0);
	server_does(scene, "start");
	client_does(scene, "try A again", "5");
	scene_close(scene);
}

/* Killed while a call waits for the reply. */
void scene_killed_midway(struct scene *scene)
{
	scene_open(scene, "hold=request");
	expect(peer_tell(&scene->client, "send A hello"));
	server_does(scene, "await held>=1");
	server_does(scene, "stop");
	const char *answer = peer_line(&scene->client);
	expect(answer && answer[0] == '-');
	expect(scene_arrived(scene) == 0);
	server_does(scene, "set hold=none");
	server_does(scene, "start");
	client_does(scene, "try A again", "5");
	scene_close(scene);
}

/* A blocking send waits for the reply, and for nothing else. */
void scene_held(struct scene *scene)
{
	scene_open(scene, "hold=request");
	expect(peer_tell(&scene->client, "send A hello"));
	server_does(scene, "await held>=1");
	expect(scene_arrived(scene) == 0);
	server_does(scene, "release");
	const char *answer = peer_line(&scene->client);
	expect(answer && answer[0] == '5');
	client_does(scene, "recv", "5 A hello");
	scene_close(scene);
}
