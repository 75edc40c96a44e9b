/* An association as the check holds it: a control connection, a socket for datagrams, and what came there that was no
 * answer. The socket is not connected, so that it also sees what comes from elsewhere. */
#ifndef CORE_CHECK_CIRCUIT_H
#define CORE_CHECK_CIRCUIT_H

#include "core/check/control.h"
#include "core/settings.h"

/* How an association is asked for. */
struct manner {
	const struct settings *settings; /* its times */
	const struct server *server;
	struct endpoint address; /* of the server */
	enum relay_address relay_address;
	enum announce announce;
	bool pipeline;
};

/* What comes and is dropped; in the order in which one of them is told of. */
enum stray {
	STRAY_HOST,
	STRAY_PORT,
	STRAY_UNFRAMED, /* an answer without a header */
	STRAY_FRAGMENT,
	STRAY_SHORT,
	STRAY_RESERVED,
	STRAY_TYPE,
	STRAY_NAME,
	STRAY_COUNT
};

/* What the headers of answers say of their source. */
struct sources {
	unsigned other;  /* not the target that was asked */
	unsigned named;  /* the text of an address */
	unsigned mapped; /* ::ffff:a.b.c.d */
};

/* What came beside answers, and what they looked like. */
struct sightings {
	unsigned strays[STRAY_COUNT];
	unsigned answers_elsewhere; /* of those from another host or port, the ones that would be answers */
	unsigned duplicates;
	char stranger[ENDPOINT_TEXT_SIZE]; /* where the first of them came from */
	struct sources sources;
};

enum circuit_stage { CIRCUIT_CONNECTING, CIRCUIT_NEGOTIATING, CIRCUIT_OPEN };

struct circuit {
	enum circuit_stage stage; /* how far it got */
	struct control control;
	int fd;
	uint16_t port; /* of fd, once something was sent; 0: not known */
	struct endpoint relay;
	int error; /* what the kernel was told of the relay since the last time it was set to 0 */
	struct sightings seen;
	uint64_t slowest_us; /* of the answers so far */
};

/* Not to be copied; for circuit_close whatever comes of it. */
enum outcome circuit_open(struct circuit *circuit, const struct manner *manner);
void circuit_close(struct circuit *circuit);

/* A socket for datagrams to that address, or -1. */
int circuit_socket(const struct endpoint *to);

/* How long an answer is awaited, given how long those before it took. */
uint64_t circuit_patience_us(const struct circuit *circuit, const struct settings *settings);

#endif
