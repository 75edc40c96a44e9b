/* A stand-in for a SOCKS5 server: a thread that serves one connection by a script of what it must hear and what it
 * then says. The test is told where it listens; a script that is not kept to fails the test at stand_end. */
#ifndef TESTS_AIX_STAND_H
#define TESTS_AIX_STAND_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct line {
	const char *hears; /* in hexadecimal; blanks do not count; NULL: the script ends and the connection closes */
	const char *says;
	bool dribble; /* an octet a segment */
};

struct stand {
	const struct line *script;
	int listener;
	pthread_t thread;
	struct sockaddr_in address;
	char complaint[200]; /* "": none */
};

#define GREETING "05 01 00"
#define METHOD   "05 00"
#define ZEROS    "05 03 00 01 00000000 0000"

/* Listens, and serves from then on; or in two steps, for a test that acts while nobody answers. */
void stand_start(struct stand *stand, const struct line *script);
void stand_listen(struct stand *stand, const struct line *script);
void stand_serve(struct stand *stand);
void stand_end(struct stand *stand);

/* An unconnected stream socket; a loopback address. */
int stream_socket(bool blocking);
struct sockaddr_in loopback(unsigned short port);

#endif
