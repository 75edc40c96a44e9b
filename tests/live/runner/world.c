#include "tests/live/runner/world.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/live/runner/network.h"

static bool complain(const char *what)
{
	fprintf(stderr, "world: %s: %s\n", what, strerror(errno));
	return false;
}

static bool echo_start(struct world *world, const struct world_options *options)
{
	char path[256], v4[] = "127.0.0.2", other[INET6_ADDRSTRLEN], v6[] = "::1", link[] = LINK_V6;
	snprintf(path, sizeof path, "%s/echo_peer", options->programs);
	snprintf(other, sizeof other, "%s", options->peer_b ? options->peer_b : "127.0.0.3");
	const char *ready = peer_start(&world->echo, (char *[]){path, v4, other, v6, link, NULL}, NULL);
	return ready && sscanf(ready, "%63s %63s %63s %63s", world->peers[0], world->peers[1], world->peers[2],
			       world->peers[3]) == PEER_COUNT;
}

static bool server_start(struct world *world, const struct world_options *options)
{
	char path[256], script[1024], listen[64];
	char names[][16] = {"--listen", "--relay-from", "--relay-from", "-s"};
	char from_v4[] = RELAY_FROM_V4, from_v6[] = RELAY_FROM_V6;
	snprintf(path, sizeof path, "%s/socks_server", options->programs);
	snprintf(listen, sizeof listen, "%s", options->listen ? options->listen : "127.0.0.1");
	snprintf(script, sizeof script, "%s", options->script ? options->script : "");
	char *arguments[] = {path, names[0], listen, names[1], from_v4, names[2], from_v6, names[3], script, NULL};
	const char *ready = peer_start(&world->server, arguments, NULL);
	return ready && sscanf(ready, "%63s", world->proxy) == 1;
}

static bool settings_write(struct world *world, const struct world_options *options)
{
	static const char relay_all[] = "{ to = [ \"127.0.0.0/8\", \"::1/128\", \"fe80::/10\" ]; action = \"relay\"; }";
	world->settings = memfd_create("settings", MFD_CLOEXEC);
	if (world->settings < 0)
		return false;
	return dprintf(world->settings,
		       "servers = ( { name = \"scripted\"; url = \"socks5://%s%s%s\"; }%s );\n"
		       "rules = ( %s );\n"
		       "default = \"relay\";\n%s",
		       options->login ? options->login : "", options->login ? "@" : "", world->proxy,
		       options->servers ? options->servers : "", options->rules ? options->rules : relay_all,
		       options->more ? options->more : "") > 0;
}

static void environment_set(struct world *world, const char *library)
{
	int at = 0;
	if (!library)
		return;
	snprintf(world->preload, sizeof world->preload, "LD_PRELOAD=%s", library);
	snprintf(world->settings_variable, sizeof world->settings_variable, "SOCKS5UDP_CONFIG=/proc/%d/fd/%d",
		 (int)getpid(), world->settings);
	world->environment[at++] = world->preload;
	world->environment[at++] = world->settings_variable;
}

bool world_open(struct world *world, const struct world_options *options)
{
	*world = (struct world){.settings = -1};
	signal(SIGPIPE, SIG_IGN);
	if (!network_enter(PUBLIC_V4, (const char *[]){LINK_V6, RELAY_FROM_V6, NULL}))
		return complain("no network namespace");
	if (!echo_start(world, options))
		return complain("no echo peer");
	if (!server_start(world, options))
		return complain("no server");
	if (!settings_write(world, options))
		return complain("no settings");
	environment_set(world, options->library);
	return true;
}

void world_close(struct world *world)
{
	peer_end(&world->echo);
	peer_end(&world->server);
	close(world->settings);
}

long line_value(const char *line, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = line; at && (at = strstr(at, name)); at += length)
		if ((at == line || at[-1] == ' ') && at[length] == '=')
			return atol(at + length + 1);
	return -1;
}

static long at_least_none(long value)
{
	return value < 0 ? 0 : value;
}

bool world_heard(struct world *world, struct heard *heard)
{
	const char *line = peer_ask(&world->server, "stats");
	if (!line)
		return false;
	long raw = line_value(line, "raw");
	heard->raw = raw - world->raw;
	world->raw = raw;
	line = peer_ask(&world->echo, "sources");
	const char *digest = line ? strstr(line, "digest=") : NULL;
	if (!digest)
		return false;
	heard->count = line_value(line, "count");
	heard->relayed =
	    at_least_none(line_value(line, RELAY_FROM_V4)) + at_least_none(line_value(line, RELAY_FROM_V6));
	snprintf(heard->digest, sizeof heard->digest, "%.16s", digest + strlen("digest="));
	return true;
}
