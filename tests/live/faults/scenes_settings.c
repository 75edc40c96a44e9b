/* What the settings say of a destination, and settings that say nothing usable. */
#include "tests/live/faults/scene.h"
#include "tests/live/faults/scenes.h"

void scene_rejected(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.rules = "{ to = [ \"127.0.0.2\" ]; action = \"reject\"; }, "
							       "{ to = [ \"127.0.0.0/8\" ]; action = \"relay\"; }",
						      .more = PATIENT});
	client_does(scene, "send A hello", "-1 ECONNREFUSED");
	client_exchanges_with(scene, "B", "hello");
	client_does(scene, "send A hello", "-1 ECONNREFUSED");
	expect(scene_arrived(scene) == 1);
	scene_close(scene);
}

/* What a destination was relayed for so far does not count any more when it is known by that name. */
void scene_rejected_by_name(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.peer_b = "127.0.0.1",
						      .rules = "{ to = \"localhost\"; action = \"reject\"; }, "
							       "{ to = [ \"127.0.0.0/8\" ]; action = \"relay\"; }",
						      .more = PATIENT});
	for (int i = 0; i < 3; i++)
		client_exchanges_with(scene, "B", "hello");
	client_does(scene, "lookup - localhost", "0");
	client_does(scene, "send B hello", "-1 ECONNREFUSED");
	client_exchanges_with(scene, "A", "hello");
	expect(scene_arrived(scene) == 4);
	scene_close(scene);
}

void scene_dropped(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.rules = "{ to = [ \"127.0.0.2\" ]; action = \"drop\"; }, "
							       "{ to = [ \"127.0.0.0/8\" ]; action = \"relay\"; }",
						      .more = PATIENT});
	client_does(scene, "send A hello", "5");
	client_exchanges_with(scene, "B", "hello");
	client_does(scene, "send A hello", "5");
	expect(scene_arrived(scene) == 1);
	scene_close(scene);
}

/* One socket that talks directly to one peer and through the relay to the other, in either order. */
void scene_direct(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.rules = "{ to = [ \"127.0.0.2\" ]; action = \"direct\"; }, "
							       "{ to = [ \"127.0.0.0/8\" ]; action = \"relay\"; }",
						      .more = PATIENT});
	client_exchanges_with(scene, "A", "direct");
	client_exchanges_with(scene, "B", "relayed");
	client_exchanges_with(scene, "A", "direct");
	scene->direct = 2;
	expect(scene_arrived(scene) == 3);
	scene_client(scene);
	client_exchanges_with(scene, "B", "relayed");
	client_exchanges_with(scene, "B", "again"); /* and is connected to it by now */
	client_exchanges_with(scene, "A", "direct");
	client_exchanges_with(scene, "B", "relayed");
	scene->direct = 1;
	expect(scene_arrived(scene) == 4);
	scene_close(scene);
}

/* The same with a server that it reaches by a bridge only. */
void scene_direct_bridge(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.listen = "::1",
						      .rules = "{ to = [ \"127.0.0.2\" ]; action = \"direct\"; }, "
							       "{ to = [ \"127.0.0.0/8\" ]; action = \"relay\"; }",
						      .more = PATIENT});
	client_exchanges_with(scene, "A", "direct");
	for (int i = 0; i < 2; i++) {
		client_exchanges_with(scene, "B", "relayed");
		client_exchanges_with(scene, "A", "direct");
	}
	scene->direct = 3;
	expect(scene_arrived(scene) == 5);
	scene_close(scene);
}

/* The same over IPv6, by a rule or because it is loopback. */
static void direct_v6(struct scene *scene, const char *rules)
{
	scene_open_with(scene, (struct world_options){.peer_b = RELAY_FROM_V6, .rules = rules, .more = PATIENT});
	for (int i = 0; i < 2; i++) {
		scene_client(scene);
		client_does(scene, "socket6", "0");
		if (i) {
			client_exchanges_with(scene, "6", "direct");
		}
		client_exchanges_with(scene, "B", "relayed");
		client_exchanges_with(scene, "B", "again"); /* a socket that is to be connected is by now */
		client_exchanges_with(scene, "6", "direct");
		client_exchanges_with(scene, "B", "relayed");
		scene->direct = 1 + i;
		expect(scene_arrived(scene) == 4 + i);
	}
	scene_close(scene);
}

void scene_direct_v6(struct scene *scene)
{
	direct_v6(scene, "{ to = [ \"::1\" ]; action = \"direct\"; }");
}

void scene_direct_v6_local(struct scene *scene)
{
	direct_v6(scene, "");
}

/* A peer that is direct leaves a source address behind, from which no relay of the other family is heard. */
void scene_direct_then_relayed_peer(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.peer_b = RELAY_FROM_V6,
						      .rules = "{ to = [ \"::1\" ]; action = \"direct\"; }",
						      .more = PATIENT});
	client_does(scene, "socket6", "0");
	for (int i = 0; i < 2; i++) {
		client_does(scene, "connect 6", "0");
		client_does(scene, "send - direct", "6");
		client_does(scene, "recv", "6 6 direct");
		client_does(scene, "connect B", "0");
		client_does(scene, "send - relayed", "7");
		client_does(scene, "recv", "7 B relayed");
	}
	scene->direct = 2;
	expect(scene_arrived(scene) == 4);
	scene_close(scene);
}

/* Loopback goes direct unless a rule names it. */
void scene_local_only(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.rules = "", .more = PATIENT});
	client_exchanges_with(scene, "A", "direct");
	scene->direct = 1;
	expect(scene_arrived(scene) == 1);
	scene_close(scene);
}

/* Nothing is known of what the user wants, so what is not local only goes nowhere. */
void scene_bad_settings(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.peer_b = PUBLIC_V4, .more = "nonsense = 1;\n"});
	client_does(scene, "send B hello", failure_of(OUTCOME_BAD_SETTINGS));
	client_does(scene, "nonblocking", "0");
	client_does(scene, "send B hello", failure_of(OUTCOME_BAD_SETTINGS));
	client_does(scene, "send A hello", failure_of(OUTCOME_BAD_SETTINGS)); /* loopback: a rule may have relayed it */
	expect(scene_arrived(scene) == 0);
	scene_close(scene);
}

/* What no rule names goes to the relay. */
void scene_relayed_by_default(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.peer_b = PUBLIC_V4, .rules = "", .more = PATIENT});
	client_exchanges_with(scene, "B", "hello");
	expect(scene_arrived(scene) == 1);
	scene_close(scene);
}
