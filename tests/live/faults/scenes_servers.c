/* Two servers: which of them is asked, and how one that failed comes back. */
#include <stdio.h>

#include "tests/live/faults/scene.h"
#include "tests/live/faults/scenes.h"

#define SECOND       "127.0.0.1:1090"
#define ADDED_SECOND ", { name = \"second\"; url = \"socks5://" SECOND "\"; }"

static struct peer_process second;

static void open_with_rules(struct scene *scene, const char *rules, const char *more)
{
	char path[256];
	char listen[] = "--listen", second_at[] = SECOND, from[] = "--relay-from", v4[] = RELAY_FROM_V4,
	     v6[] = RELAY_FROM_V6;
	char *arguments[] = {path, listen, second_at, from, v4, from, v6, NULL};
	scene_open_with(scene, (struct world_options){.servers = ADDED_SECOND, .rules = rules, .more = more});
	snprintf(path, sizeof path, "%s/socks_server", scene->programs);
	expect(peer_start(&second, arguments, NULL) != NULL);
}

static void open_with_second(struct scene *scene, const char *more)
{
	open_with_rules(scene, NULL, more);
}

static void close_with_second(struct scene *scene)
{
	scene_close(scene);
	peer_end(&second);
}

static void exchange_afresh(struct scene *scene)
{
	client_does(scene, "socket", "0");
	client_exchanges(scene);
}

static long second_accepted(void)
{
	return line_value(peer_ask(&second, "stats"), "accepted");
}

static long first_accepted(struct scene *scene)
{
	return line_value(peer_ask(&scene->world.server, "stats"), "accepted");
}

/* The second takes over, in the same call; the first is found to be back without a datagram's doing, and is asked
 * again from then on. */
void scene_failover(struct scene *scene)
{
	open_with_second(scene, PATIENT);
	server_does(scene, "stop");
	exchange_afresh(scene);
	exchange_afresh(scene);
	expect(second_accepted() == 2);
	server_does(scene, "start");
	server_does(scene, "await accepted>=1");
	server_does(scene, "await connected<=0");
	exchange_afresh(scene);
	expect(second_accepted() == 2);
	expect(first_accepted(scene) == 2);
	close_with_second(scene);
}

void scene_round_robin(struct scene *scene)
{
	open_with_second(scene, PATIENT "policy = \"round-robin\";\n");
	for (int i = 0; i < 6; i++)
		exchange_afresh(scene);
	expect(second_accepted() == 3);
	expect(first_accepted(scene) == 3);
	close_with_second(scene);
}

/* The first takes its time for every answer: once both are known, it is asked no more. */
void scene_fastest(struct scene *scene)
{
	open_with_second(scene, PATIENT "policy = \"fastest\";\n");
	server_does(scene, "set delay=30");
	for (int i = 0; i < 6; i++)
		exchange_afresh(scene);
	expect(first_accepted(scene) == 1);
	expect(second_accepted() == 5);
	close_with_second(scene);
}

/* A server that reads no further than its greeting is asked step by step, the first time after a short wait. */
void scene_pipelined(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.more = PATIENT "pipeline = true;\n"});
	exchange_afresh(scene);
	expect(first_accepted(scene) == 1);
	server_does(scene, "set forgetful=1");
	exchange_afresh(scene);
	expect(first_accepted(scene) == 3);
	exchange_afresh(scene);
	expect(first_accepted(scene) == 4);
	scene_close(scene);
}

/* A connected socket hears its peer only: connected to one that another server is for, it has an association there. */
void scene_server_of_the_peer(struct scene *scene)
{
	static const char *const sockets[] = {"socket", "nonblocking"};
	open_with_rules(scene, "{ to = \"127.0.0.2\"; via = \"scripted\"; }, { to = \"127.0.0.3\"; via = \"second\"; }",
			PATIENT);
	for (int i = 0; i < 4; i++) {
		client_does(scene, sockets[i % 2], "0");
		if (i < 2)
			client_does(scene, "connect A", "0");
		client_does(scene, "send A hello", "5");
		client_does(scene, "wait", "5 A hello");
		client_does(scene, "connect B", "0");
		client_does(scene, "send - hello", "5");
		client_does(scene, "wait", "5 B hello");
		client_does(scene, "send - again", "5");
		client_does(scene, "wait", "5 B again");
		client_does(scene, "send A refused", "-1 ENETUNREACH");
		client_does(scene, "connect A", "0");
		client_does(scene, "send - back", "4");
		client_does(scene, "wait", "4 A back");
		expect(second_accepted() == i + 1);
		expect(first_accepted(scene) == 2 * (i + 1));
	}
	scene_arrived(scene);
	close_with_second(scene);
}
