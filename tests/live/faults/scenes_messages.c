/* What the library writes to the program's user: one line for what fails, with the server, the step and the reason;
 * one line an association if he asks for it; nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/live/faults/scene.h"
#include "tests/live/faults/scenes.h"

enum { TEXT = 4096 };

static int written = -1; /* what the program and the library wrote to standard error */

/* A fresh client, whose standard error is kept. */
static void begin(struct scene *scene)
{
	int own = dup(STDERR_FILENO);
	written = memfd_create("errors", MFD_CLOEXEC);
	expect(own >= 0 && written >= 0);
	dup2(written, STDERR_FILENO);
	scene_client(scene);
	dup2(own, STDERR_FILENO);
	close(own);
}

/* Its end: what was written until then. */
static const char *end(struct scene *scene)
{
	static char text[TEXT];
	peer_end(&scene->client);
	ssize_t size = pread(written, text, sizeof text - 1, 0);
	expect(size >= 0);
	text[size] = '\0';
	close(written);
	return text;
}

static void end_with(struct scene *scene, const char *pattern, const char *file, int line)
{
	const char *text = end(scene);
	if (scene_matches(text, pattern))
		return;
	fprintf(stderr, "%s:%d: was written:\n%sexpected:\n%s", file, line, text, pattern);
	exit(1);
}

#define ends_with(scene, pattern) end_with(scene, pattern, __FILE__, __LINE__)

#define SERVER "server scripted (127.0.0.1:%): "
#define MADE   "libsocks5udp: info: " SERVER "association made, relay 127.0.0.1:%\n"

static const struct {
	const char *command;
	const char *step;
	enum outcome outcome;
} refusals[] = {
    {"set rep=1", "request", OUTCOME_REPLY_GENERAL_FAILURE},
    {"set rep=2", "request", OUTCOME_REPLY_NOT_ALLOWED},
    {"set rep=3", "request", OUTCOME_REPLY_NETWORK_UNREACHABLE},
    {"set rep=4", "request", OUTCOME_REPLY_HOST_UNREACHABLE},
    {"set rep=5", "request", OUTCOME_REPLY_CONNECTION_REFUSED},
    {"set rep=6", "request", OUTCOME_REPLY_TTL_EXPIRED},
    {"set rep=7", "request", OUTCOME_REPLY_COMMAND_NOT_SUPPORTED},
    {"set rep=8", "request", OUTCOME_REPLY_ADDRESS_TYPE_NOT_SUPPORTED},
    {"set rep=255", "request", OUTCOME_REPLY_UNASSIGNED},
    {"set rep=0;bound_port=0", "reply", OUTCOME_BAD_RELAY},
    {"set bound_port=auto;close=accept", "method selection", OUTCOME_CLOSED},
    {"set close=greeting", "method selection", OUTCOME_CLOSED},
    {"set close=request", "request", OUTCOME_CLOSED},
    {"set close=none;method=255", "method selection", OUTCOME_NO_ACCEPTABLE_METHOD},
    {"set method=2", "method selection", OUTCOME_UNOFFERED_METHOD},
    {"set method=auto;version=4", "method selection", OUTCOME_BAD_VERSION},
    {"set version=5;http=1", "method selection", OUTCOME_BAD_VERSION},
    {"set http=0;user=u;password=p", "method selection", OUTCOME_NO_ACCEPTABLE_METHOD},
    {"stop", "connecting", OUTCOME_REFUSED},
};

/* However often the program tries, and with however many sockets. */
static void fails_with_a_line(struct scene *scene, const char *step, enum outcome outcome)
{
	char line[512];
	begin(scene);
	for (int i = 0; i < 3; i++) {
		client_does(scene, "socket", "0");
		client_does(scene, "send A hello", failure_of(outcome));
	}
	snprintf(line, sizeof line, "libsocks5udp: warning: %s%s: %s\n", SERVER, step, outcome_text(outcome));
	ends_with(scene, line);
}

void scene_messages_of_refusals(struct scene *scene)
{
	scene_open(scene, NULL);
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		server_does(scene, refusals[i].command);
		fails_with_a_line(scene, refusals[i].step, refusals[i].outcome);
	}
	scene_close(scene);
}

void scene_messages_of_login(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.script = "user=u;password=p", .login = "u:p", .more = PATIENT});
	server_does(scene, "set password=other");
	fails_with_a_line(scene, "login", OUTCOME_LOGIN_REFUSED);
	server_does(scene, "set close=login");
	fails_with_a_line(scene, "login", OUTCOME_CLOSED);
	scene_close(scene);
}

void scene_messages_of_silence(struct scene *scene)
{
	scene_open_with(scene,
			(struct world_options){.script = "hold=greeting",
					       .more = "timeouts = { connect = 5.0; handshake = 0.2; retry_min = 0.02; "
						       "retry_max = 0.05; };\n"});
	fails_with_a_line(scene, "method selection", OUTCOME_TIMED_OUT);
	scene_close(scene);
}

/* Which file and line, and what follows from that. */
void scene_messages_of_settings(struct scene *scene)
{
	static const char beginning[] = "libsocks5udp: error: /proc/", ending[] = "; UDP is refused\n";
	scene_open_with(scene, (struct world_options){.peer_b = PUBLIC_V4, .more = "nonsense = 1;\n"});
	begin(scene);
	for (int i = 0; i < 3; i++)
		client_does(scene, "send B hello", failure_of(OUTCOME_BAD_SETTINGS));
	const char *text = end(scene), *line_end = strchr(text, '\n');
	expect(strncmp(text, beginning, strlen(beginning)) == 0 && line_end && line_end[1] == '\0');
	expect(strcmp(text + strlen(text) - strlen(ending), ending) == 0);
	expect(strstr(text, ": nonsense: allowed here are "));
	scene_close(scene);
}

/* One socket that the rules send by two servers. */
void scene_messages_of_another_server(struct scene *scene)
{
	scene_open_with(scene,
			(struct world_options){.servers = ", { name = \"second\"; url = \"socks5://127.0.0.1:1090\"; }",
					       .rules = "{ to = \"127.0.0.2\"; via = \"scripted\"; }, "
							"{ to = \"127.0.0.3\"; via = \"second\"; }",
					       .more = PATIENT});
	begin(scene);
	for (int i = 0; i < 3; i++) {
		client_does(scene, "socket", "0");
		client_exchanges(scene);
		client_does(scene, "send B hello", "-1 ENETUNREACH");
	}
	ends_with(scene, "libsocks5udp: warning: server second: association: the socket has one with server scripted "
			 "already\n");
	scene_arrived(scene);
	scene_close(scene);
}

void scene_messages_of_success(struct scene *scene)
{
	scene_open(scene, NULL);
	begin(scene);
	for (int i = 0; i < 3; i++) {
		client_does(scene, "socket", "0");
		client_exchanges(scene);
	}
	server_does(scene, "kill-associations");
	client_does(scene, "try A again", "5");
	ends_with(scene, "");
	scene_arrived(scene);
	scene_close(scene);
}

/* Datagrams that the rules send elsewhere are the user's own word. */
void scene_messages_of_rules(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.rules = "{ to = \"127.0.0.2\"; action = \"reject\"; }, "
							       "{ to = \"127.0.0.3\"; action = \"drop\"; }",
						      .more = PATIENT "log = { level = \"info\"; };\n"});
	begin(scene);
	client_does(scene, "send A hello", "-1 ECONNREFUSED");
	client_does(scene, "send B hello", "5");
	ends_with(scene, "");
	scene_close(scene);
}

void scene_messages_of_associations(struct scene *scene)
{
	scene_open_with(scene, (struct world_options){.more = PATIENT "log = { level = \"info\"; };\n"});
	begin(scene);
	client_exchanges(scene);
	client_exchanges(scene);
	ends_with(scene, MADE);
	begin(scene);
	client_exchanges(scene);
	client_does(scene, "socket", "0");
	client_exchanges(scene);
	ends_with(scene, MADE MADE);
	begin(scene);
	client_exchanges(scene);
	client_exchanges(scene);
	server_does(scene, "kill-associations");
	server_does(scene, "await connected>=1");
	client_does(scene, "try A again", "5");
	ends_with(scene, MADE "libsocks5udp: info: " SERVER "association ended by the server\n" MADE);
	scene_arrived(scene);
	scene_close(scene);
}
