/* Servers that do not give what is asked of them: the call fails, and nothing goes directly instead. */
#include <stdio.h>

#include "tests/live/faults/scene.h"
#include "tests/live/faults/scenes.h"

/* A blocking send fails for that reason, with a client of its own: a server that failed may rest. */
static void fails(struct scene *scene, const char *command, enum outcome outcome)
{
	scene_client(scene);
	server_does(scene, command);
	client_does(scene, "send A hello", failure_of(outcome));
	scene_client(scene);
	client_does(scene, "connect A", "0");
	client_does(scene, "send - hello", failure_of(outcome));
	expect(scene_arrived(scene) == 0);
}

void scene_refused(struct scene *scene)
{
	scene_open(scene, NULL);
	for (int rep = 1; rep <= 9; rep++) {
		char command[32];
		snprintf(command, sizeof command, "set rep=%d", rep);
		fails(scene, command, outcome_from_reply((unsigned char)rep));
	}
	fails(scene, "set rep=255", OUTCOME_REPLY_UNASSIGNED);
	scene_close(scene);
}

void scene_refused_nonblocking(struct scene *scene)
{
	scene_open(scene, "rep=7");
	client_does(scene, "nonblocking", "0");
	client_does(scene, "send A hello", "5");
	server_does(scene, "await accepted>=1");
	server_does(scene, "await connected<=0");
	expect(scene_arrived(scene) == 0);
	server_does(scene, "set rep=0");
	client_does(scene, "try A again", "5");
	scene_close(scene);
}

/* As after an ICMP error: the call after the one that is told of it succeeds, and what it sent leaves when the server
 * has changed its mind. */
void scene_told_once(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.script = "rep=2", .more = PATIENT});
	client_does(scene, "send A hello", failure_of(OUTCOME_REPLY_NOT_ALLOWED));
	server_does(scene, "set rep=0");
	client_exchanges_with(scene, "A", "again");
	scene_close(scene);
}

/* A connected socket that does not block: poll(2) wakes up, and whichever call asks first is told, once. */
void scene_pending_error(struct scene *scene)
{
	static const char *const askers[] = {"error", "recv", "send - more"};
	static const char *const answers[] = {"EACCES", "-1 EACCES", "-1 EACCES"};
	scene_open_with(scene, (struct world_options){.script = "rep=2", .more = PATIENT});
	for (int i = 0; i < 3; i++) {
		scene_client(scene);
		server_does(scene, "set rep=2");
		client_does(scene, "nonblocking", "0");
		client_does(scene, "connect A", "0");
		client_does(scene, "send - hello", "5");
		client_does(scene, "trouble", "0");
		client_does(scene, askers[i], answers[i]);
		client_does(scene, "error", "0");
		client_does(scene, "recv", "-1 EAGAIN");
		expect(scene_arrived(scene) == 0);
		server_does(scene, "set rep=0");
		client_does(scene, "send - again", "5");
		client_does(scene, "wait", "5 A again");
		scene_arrived(scene);
	}
	scene_close(scene);
}

/* The kernel tells a socket without a peer of nothing that it did not just send: here too only sending does. */
void scene_pending_error_unconnected(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.script = "rep=2", .more = PATIENT});
	client_does(scene, "nonblocking", "0");
	client_does(scene, "send A hello", "5");
	server_does(scene, "await accepted>=1");
	server_does(scene, "await connected<=0");
	client_does(scene, "recv", "-1 EAGAIN");
	server_does(scene, "set rep=0");
	client_does(scene, "press A more", "-1 EACCES");
	client_does(scene, "send A once", "4");
	client_does(scene, "try A again", "5");
	scene_close(scene);
}

void scene_closed(struct scene *scene)
{
	scene_open(scene, NULL);
	fails(scene, "set close=accept", OUTCOME_CLOSED);
	fails(scene, "set close=greeting", OUTCOME_CLOSED);
	fails(scene, "set close=request", OUTCOME_CLOSED);
	scene_close(scene);
}

void scene_strange(struct scene *scene)
{
	scene_open(scene, NULL);
	fails(scene, "set method=255", OUTCOME_NO_ACCEPTABLE_METHOD);
	fails(scene, "set method=2", OUTCOME_UNOFFERED_METHOD);
	fails(scene, "set method=1", OUTCOME_UNOFFERED_METHOD);
	fails(scene, "set method=auto;version=4", OUTCOME_BAD_VERSION);
	fails(scene, "set version=5;http=1", OUTCOME_BAD_VERSION);
	fails(scene, "set http=0;bound_port=0", OUTCOME_BAD_RELAY);
	scene_close(scene);
}

void scene_login(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.script = "user=u;password=p", .login = "u:p", .more = PATIENT});
	client_exchanges(scene);
	expect(scene_arrived(scene) == 1);
	fails(scene, "set login=1", OUTCOME_LOGIN_REFUSED);
	fails(scene, "set login=auto;password=other", OUTCOME_LOGIN_REFUSED);
	fails(scene, "set close=login", OUTCOME_CLOSED);
	scene_close(scene);
}

void scene_login_missing(struct scene *scene)
{
	scene_open(scene, "user=u;password=p");
	fails(scene, "set user=u", OUTCOME_NO_ACCEPTABLE_METHOD);
	scene_close(scene);
}

void scene_down(struct scene *scene)
{
	scene_open(scene, NULL);
	server_does(scene, "stop");
	fails(scene, "stats", OUTCOME_REFUSED);
	scene_client(scene);
	client_does(scene, "nonblocking", "0");
	client_does(scene, "send A hello", "5");
	expect(scene_arrived(scene) == 0);
	server_does(scene, "start");
	client_does(scene, "try A again", "5");
	scene_close(scene);
}

/* It accepts, and says nothing more. */
void scene_tarpit(struct scene *scene)
{
	scene_open_with(
	    scene,
	    (struct world_options){
		.script = "hold=greeting",
		.more = "timeouts = { connect = 5.0; handshake = 0.2; retry_min = 0.02; retry_max = 0.05; };\n"});
	fails(scene, "await connected<=0", OUTCOME_TIMED_OUT);
	scene_close(scene);
}

/* Its host drops every request for a connection. */
void scene_deaf(struct scene *scene)
{
	scene_open_with(
	    scene,
	    (struct world_options){
		.script = "deaf=1",
		.more = "timeouts = { connect = 0.2; handshake = 5.0; retry_min = 0.02; retry_max = 0.05; };\n"});
	fails(scene, "await accepted<=0", OUTCOME_TIMED_OUT);
	client_does(scene, "nonblocking", "0");
	client_does(scene, "send A hello", "5");
	client_does(scene, "recv", "-1 EAGAIN");
	server_does(scene, "set deaf=0");
	server_does(scene, "restart");
	client_does(scene, "try A again", "5");
	scene_close(scene);
}

/* The settings wait for longer than the test does: a call that waits for the server does not return in time. */
void scene_tarpit_nonblocking(struct scene *scene)
{
	scene_open(scene, "hold=greeting");
	client_does(scene, "nonblocking", "0");
	client_does(scene, "recv", "-1 EAGAIN");
	for (int i = 0; i < 5; i++)
		client_does(scene, "send A hello", "5");
	server_does(scene, "await held>=1");
	client_does(scene, "send A hello", "5");
	client_does(scene, "recv", "-1 EAGAIN");
	expect(scene_arrived(scene) == 0);
	server_does(scene, "release");
	for (int i = 0; i < 6; i++)
		client_does(scene, "wait", "5 A hello");
	expect(scene_arrived(scene) == 6);
	scene_close(scene);
}

void scene_tarpit_connect(struct scene *scene)
{
	scene_open(scene, "hold=greeting");
	client_does(scene, "connect A", "0");
	client_does(scene, "close", "0");
	client_does(scene, "nonblocking", "0");
	client_does(scene, "connect B", "0");
	client_does(scene, "send - hello", "5");
	server_does(scene, "await held>=1");
	client_does(scene, "recv", "-1 EAGAIN");
	server_does(scene, "release");
	client_does(scene, "wait", "5 B hello");
	scene_close(scene);
}

/* A program may close its socket while the negotiation is under way: what it has sent leaves when that is done. */
void scene_closed_meanwhile(struct scene *scene)
{
	scene_open(scene, "hold=request");
	client_does(scene, "nonblocking", "0");
	client_does(scene, "send A !silent", "7");
	server_does(scene, "await held>=1");
	client_does(scene, "close", "0");
	server_does(scene, "set hold=none");
	server_does(scene, "release");
	server_does(scene, "await connected<=0");
	expect(scene_arrived(scene) == 1);
	client_does(scene, "socket", "0");
	client_exchanges_with(scene, "A", "again");
	scene_close(scene);
}
