/* What the programs that are measured share. They know nothing of relays: a client is given its peers, ADDRESS@PORT
 * each, says "ready", and answers each line on its standard input, a verb and up to two numbers, with a line: "ok" and
 * NAME=VALUE..., or "error" and why. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <netinet/in.h>

#define CLIENT_PEERS 2

struct client_verb {
	const char *name;
	void (*run)(long a, long b); /* prints the answer */
};

extern struct sockaddr_in client_peers[CLIENT_PEERS];

/* Until the standard input ends. Answers the exit status. The last verb has no name. */
int client_run(int argc, char **argv, const struct client_verb *verbs);

/* A non-blocking datagram socket, or -1. */
int client_socket(void);

/* The answer "error CALL ERRNO". */
void client_error(const char *call);

#endif
