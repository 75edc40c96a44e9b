/* A SOCKS5 server for tests: a correct UDP ASSOCIATE relay unless its script (script.h) says otherwise.
 *
 * usage: socks_server [--listen HOST[:PORT]] [--relay-from ADDRESS]... [-f FILE] [-s SCRIPT] [--user U] [--password P]
 *
 * Prints "ready HOST:PORT" and serves until its standard input ends or SIGTERM comes; takes commands (command.h). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/live/socks_server/command.h"
#include "tests/live/socks_server/control.h"
#include "tests/live/socks_server/delayed.h"

/* a control connection, the relay and two sockets for peers, for each of a few thousand associations */
#define DESCRIPTORS 65536

static void finish(int number)
{
	(void)number;
	_exit(0);
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit = {DESCRIPTORS, DESCRIPTORS};
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool set_script(struct script *script, const char *text)
{
	char *copy = strdup(text);
	const char *complaint = text;
	bool good = copy && script_apply(script, copy, &complaint);
	if (!good)
		fprintf(stderr, "socks_server: not a script item: %s\n", complaint);
	free(copy);
	return good;
}

static bool set_script_file(struct script *script, const char *path)
{
	char text[8192];
	FILE *file = fopen(path, "re");
	if (!file) {
		fprintf(stderr, "socks_server: cannot read %s\n", path);
		return false;
	}
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	return set_script(script, text);
}

static bool set_text(char *field, const char *value)
{
	return snprintf(field, SCRIPT_TEXT_SIZE, "%s", value) < SCRIPT_TEXT_SIZE;
}

static bool set_relay_from(struct server *server, const char *value)
{
	struct endpoint endpoint;
	if (endpoint_parse(&endpoint, value, strlen(value), 0) != OUTCOME_OK || endpoint.kind == ENDPOINT_NAME)
		return false;
	*(endpoint.kind == ENDPOINT_IPV6 ? &server->relay_from_v6 : &server->relay_from_v4) = endpoint;
	return true;
}

static bool set_option(struct server *server, const char *name, const char *value)
{
	if (strcmp(name, "-s") == 0)
		return set_script(&server->script, value);
	if (strcmp(name, "-f") == 0)
		return set_script_file(&server->script, value);
	if (strcmp(name, "--user") == 0)
		return set_text(server->script.user, value);
	if (strcmp(name, "--password") == 0)
		return set_text(server->script.password, value);
	if (strcmp(name, "--relay-from") == 0)
		return set_relay_from(server, value);
	if (strcmp(name, "--listen") == 0)
		return endpoint_parse(&server->address, value, strlen(value), 0) == OUTCOME_OK;
	return false;
}

static bool set_options(struct server *server, int count, char **arguments)
{
	for (int i = 1; i < count; i += 2) {
		if (i + 1 < count && set_option(server, arguments[i], arguments[i + 1]))
			continue;
		fprintf(stderr, "socks_server: bad option %s\n", arguments[i]);
		return false;
	}
	return true;
}

/* Of two waits in milliseconds, where -1 is one without end. */
static int soonest(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int main(int argc, char **argv)
{
	static struct server server;
	static struct commands commands;
	char text[ENDPOINT_TEXT_SIZE];
	server.loop = loop_open();
	server.script = script_default();
	server.address = server.relay_from_v4 = endpoint_ipv4(0x7f000001, 0);
	endpoint_parse(&server.relay_from_v6, "::1", 3, 0);
	if (!set_options(&server, argc, argv))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, finish);
	raise_descriptor_limit();
	if (!server_listen(&server) || !commands_open(&commands, &server)) {
		perror("socks_server");
		return 1;
	}
	printf("ready %s\n", endpoint_print(&server.address, text, sizeof text));
	fflush(stdout);
	while (!server.finished) {
		loop_round(server.loop, soonest(controls_next_due(&server), delayed_next_due(&server)));
		delayed_send(&server);
		controls_sweep(&server);
		commands_check(&commands);
	}
	server_stop(&server);
	controls_sweep(&server);
	return 0;
}
