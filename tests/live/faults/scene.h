/* A scene: a world, a client told what to do, and what must come of it. */
#ifndef LIVE_FAULTS_SCENE_H
#define LIVE_FAULTS_SCENE_H

#include "core/outcome.h"
#include "tests/live/runner/world.h"

struct scene {
	struct world world;
	struct peer_process client;
	const char *programs;
	const char *library;
	long direct; /* datagrams that may come directly: those that a rule sends so */
};

/* What does not hold ends the test with a line that says where. */
#define expect(condition) scene_expect(condition, __FILE__, __LINE__, #condition)
void scene_expect(bool condition, const char *file, int line, const char *text);

/* Settings that do not give up before the test does, and start again without delay. */
#define PATIENT "timeouts = { connect = 60.0; handshake = 60.0; retry_min = 0.02; retry_max = 0.05; };\n"

/* Opens the world with PATIENT settings, and the first client. */
void scene_open(struct scene *scene, const char *script);
void scene_open_with(struct scene *scene, struct world_options options);

/* A fresh client, preloaded, with a socket; the last one is ended. */
void scene_client(struct scene *scene);

/* Ends everything; nothing may have come to the peer but through the relay. */
void scene_close(struct scene *scene);

/* How many datagrams have come to the peer since it was last asked; fails on one that went around the relay. */
long scene_arrived(struct scene *scene);

/* Tells, and expects that answer. */
#define client_does(scene, command, answer) scene_client_does(scene, command, answer, __FILE__, __LINE__)
#define server_does(scene, command)         scene_server_does(scene, command, __FILE__, __LINE__)
void scene_client_does(struct scene *scene, const char *command, const char *answer, const char *file, int line);
void scene_server_does(struct scene *scene, const char *command, const char *file, int line);

/* A text to a peer, and its echo; "hello" to A. */
#define client_exchanges(scene)                  client_exchanges_with(scene, "A", "hello")
#define client_exchanges_with(scene, peer, text) scene_client_exchanges(scene, peer, text, __FILE__, __LINE__)
void scene_client_exchanges(struct scene *scene, const char *peer, const char *text, const char *file, int line);

/* The client's socket as SCM_RIGHTS brings it here; the client keeps it. */
int scene_take_socket(struct scene *scene);

/* '%' in the pattern stands for the digits of a number. */
bool scene_matches(const char *text, const char *pattern);

/* What a call answers that failed for that reason: "-1 ERRNO". */
const char *failure_of(enum outcome outcome);

#endif
