/* An ordinary program that knows nothing of relays: talks to the peers and prints what it observes.
 *
 * usage: cases CASE A B SIX     (each peer as ADDRESS@PORT)
 *        cases --list */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static const struct {
	const char *name;
	void (*run)(void);
} table[] = {
#define CASE(name) {#name, case_##name},
#include "tests/live/cases/cases.def"
#undef CASE
};
#define CASE_COUNT (sizeof table / sizeof *table)

char *again_arguments[6];

static int peer_set(struct peer *peer, const char *text)
{
	char host[INET6_ADDRSTRLEN];
	unsigned port;
	if (sscanf(text, "%45[^@]@%u", host, &port) != 2)
		return -1;
	if (inet_pton(AF_INET, host, &peer->v4.sin_addr) == 1) {
		peer->v4.sin_family = AF_INET;
		peer->v4.sin_port = htons((in_port_t)port);
		peer->size = sizeof peer->v4;
		return 0;
	}
	peer->v6.sin6_family = AF_INET6;
	peer->v6.sin6_port = htons((in_port_t)port);
	peer->size = sizeof peer->v6;
	return inet_pton(AF_INET6, host, &peer->v6.sin6_addr) - 1;
}

static void map_peer(void)
{
	peer_mapped.size = sizeof peer_mapped.v6;
	peer_mapped.v6.sin6_family = AF_INET6;
	peer_mapped.v6.sin6_port = peer_a.v4.sin_port;
	memset(peer_mapped.v6.sin6_addr.s6_addr + 10, 0xff, 2);
	memcpy(peer_mapped.v6.sin6_addr.s6_addr + 12, &peer_a.v4.sin_addr, 4);
}

static int list(void)
{
	for (size_t i = 0; i < CASE_COUNT; i++)
		puts(table[i].name);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list();
	if (argc < 5 || peer_set(&peer_a, argv[2]) < 0 || peer_set(&peer_b, argv[3]) < 0 ||
	    peer_set(&peer_6, argv[4]) < 0)
		return 2;
	map_peer();
	for (int i = 0; i < 5; i++)
		again_arguments[i] = argv[i];
	for (size_t i = 0; i < CASE_COUNT; i++) {
		if (strcmp(table[i].name, argv[1]) != 0)
			continue;
		table[i].run();
		observe("end");
		return 0;
	}
	fprintf(stderr, "cases: no case %s\n", argv[1]);
	return 2;
}
