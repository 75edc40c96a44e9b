/* A world that exists in memory: what core does to it is noted, what core sees of it is set by the test.
 *
 * There is one world at a time (`fake`), for the functions of struct world carry no context. Descriptors are numbers
 * in a table: the program's sockets from 3, the library's own from 900. Control connections play the server that
 * listens on their port; readiness comes with the next negotiator_turn; time stands still unless the test moves it. */
#ifndef TESTS_UNIT_FAKE_WORLD_H
#define TESTS_UNIT_FAKE_WORLD_H

#include <check.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/world.h"

enum {
	FAKE_DESCRIPTORS = 1024,
	FAKE_OWN = 900,
	FAKE_SERVERS = 4,
	FAKE_ANSWERS = 3,
	FAKE_SENT = 256,
	FAKE_MAPS = 256,
	FAKE_CONNECTS = 256,
	FAKE_GUARD_RAIL = 6, /* calls: a port that it keeps, and the way to the server */
};

enum fake_kind { FAKE_FREE, FAKE_UDP, FAKE_CONTROL, FAKE_WATCH, FAKE_ALARM };

/* What the server says after the n-th message of the client. */
struct fake_answer {
	const char *octets;
	size_t size;
};

#define FAKE_ANSWER(literal)                                                                                           \
	{                                                                                                              \
		literal, sizeof(literal) - 1                                                                           \
	}

struct fake_server {
	uint16_t port;
	int refuses; /* connect answers so: a negative errno */
	int fails;   /* the connection in progress fails so */
	bool hangs;  /* the connection never stands */
	bool eager;  /* gives all answers after the first message */
	bool floods; /* goes on and on when all answers are given */
	bool ends;   /* closes when all answers are given */
	struct fake_answer answers[FAKE_ANSWERS];
	unsigned connections; /* so many came */
};

struct fake_descriptor {
	enum fake_kind kind;
	int family;
	uint64_t cookie;
	bool keeps_port; /* bound by the program */
	bool confined;   /* bound to an address from which nothing is reached */
	bool joins;      /* UDP_GRO */
	bool reports;    /* IP_RECVERR */
	bool v6only;
	bool refused;     /* an ICMP error waits */
	unsigned carried; /* from another socket, to leave by this one */
	bool ended;       /* control: the other side has closed */
	struct endpoint local;
	struct endpoint peer; /* what it is connected to */
	struct fake_server *server;
	bool looked_at;    /* control: its connection stands the next time */
	unsigned messages; /* that the client sent */
	unsigned given;    /* answers */
	unsigned dissolutions;
	int device;       /* that it is bound to; 0: none */
	unsigned waiting; /* datagrams in it */
	int watch;        /* -1: not watched */
	uint64_t tag;
};

struct fake_sent {
	int fd;
	bool named;
	struct endpoint to;
	size_t size;
	struct marks marks; /* zeros: none were given */
	char head[16];
};

struct fake_map {
	void *pages;
	size_t size;
};

struct fake_world {
	struct fake_descriptor table[FAKE_DESCRIPTORS];
	struct fake_server servers[FAKE_SERVERS];
	struct fake_sent sent[FAKE_SENT];
	unsigned sent_count;
	struct endpoint connects[FAKE_CONNECTS]; /* what datagram sockets were connected to, in order */
	unsigned connect_count;
	struct fake_map maps[FAKE_MAPS];
	unsigned map_count; /* in use */
	uint64_t now_ms;
	uint64_t alarm_ms;
	uint64_t cookies;
	bool connects_at_once; /* a connection stands before anybody waits for it */
	uint64_t random_state;
	struct endpoint resolved[4]; /* what every host name stands for */
	size_t resolved_count;
	unsigned resolutions;
	int watch_answer; /* 0, or what watch_wait answers */
	pid_t process;
	bool relatives;
	unsigned wakes;
	unsigned cleared_errors;
	bool no_thread;   /* none can be started */
	unsigned threads; /* started; none of them runs: the test calls negotiator_turn */
	int blocked;      /* signals: blocked so often more than restored */
	unsigned calls;   /* that can fail */
	unsigned fail_at; /* the n-th of them fails; 0: none */
	bool fail_on;     /* ... and all after it */
	unsigned events;
	struct event event; /* the last one */
	unsigned log_lines;
	char log_line[512];    /* the last one */
	void (*on_wait)(void); /* what the others do while somebody waits; NULL: his time is up */
	/* Asked at every datagram that leaves, before it is noted. */
	void (*on_send)(const struct fake_sent *sent);
};

extern struct fake_world fake;
extern const struct world fake_functions;

/* A world without sockets and servers, at a time that is not 0. */
void fake_world_begin(void);
/* Gives back the pages that are still mapped. */
void fake_world_end(void);

/* A new datagram socket of the program; its number. */
int fake_udp(int family);
/* The program closes it, and the world forgets it. */
void fake_close(int fd);
/* How many of the library's own descriptors are open. */
unsigned fake_own_count(void);
/* The control connections to a server, seen from there. */
void fake_hang_up(const struct fake_server *server);

static inline struct endpoint fake_endpoint(const char *text)
{
	struct endpoint endpoint = {0};

	ck_assert_msg(endpoint_parse(&endpoint, text, strlen(text), -1) == OUTCOME_OK, "%s", text);
	return endpoint;
}

#endif
