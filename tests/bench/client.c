#include "tests/bench/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct sockaddr_in client_peers[CLIENT_PEERS];

static bool peer_set(struct sockaddr_in *peer, const char *text)
{
	char host[INET_ADDRSTRLEN];
	unsigned port;
	if (sscanf(text, "%15[^@]@%u", host, &port) != 2)
		return false;
	peer->sin_family = AF_INET;
	peer->sin_port = htons((in_port_t)port);
	return inet_pton(AF_INET, host, &peer->sin_addr) == 1;
}

int client_socket(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
}

void client_error(const char *call)
{
	printf("error %s %s\n", call, strerrorname_np(errno));
}

static void obey(const struct client_verb *verbs, const char *line)
{
	char name[32] = "";
	long a = 0, b = 0;
	sscanf(line, "%31s %ld %ld", name, &a, &b);
	for (; verbs->name; verbs++) {
		if (strcmp(verbs->name, name) != 0)
			continue;
		verbs->run(a, b);
		return;
	}
	printf("error %s\n", name);
}

int client_run(int argc, char **argv, const struct client_verb *verbs)
{
	char line[256];
	if (argc <= CLIENT_PEERS)
		return 2;
	for (int i = 0; i < CLIENT_PEERS; i++)
		if (!peer_set(&client_peers[i], argv[i + 1]))
			return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof line, stdin))
		obey(verbs, line);
	return 0;
}
