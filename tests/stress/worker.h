/* A thread of the stress test, and what it may do. */
#ifndef STRESS_WORKER_H
#define STRESS_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { WORKERS = 64, OWN_SOCKETS = 3 };

/* A socket that only its thread uses by this descriptor; another thread may have it under a contested one. */
struct own {
	int fd; /* -1: none */
	int family;
	int peer; /* connected to; -1: to none */
	uint32_t serial;
	bool nonblocking;
	bool shut;
};

struct worker {
	uint32_t id;
	uint32_t serial; /* of the last socket opened */
	uint32_t number; /* of the last datagram */
	uint64_t random;
	struct own own[OWN_SOCKETS];
	_Atomic(const char *) doing;
};

uint32_t draw(struct worker *worker, uint32_t below);

/* The thread's own sockets (own.c). All but own_open want one that is open. */
void own_open(struct worker *worker, struct own *own);
void own_close(struct worker *worker, struct own *own);
void own_connect(struct worker *worker, struct own *own);
void own_dissolve(struct worker *worker, struct own *own);
void own_shutdown(struct worker *worker, struct own *own);
void own_peer(struct worker *worker, struct own *own);
void own_send(struct worker *worker, struct own *own);
void own_receive(struct worker *worker, struct own *own);
void own_copy(struct worker *worker, struct own *own);

/* Descriptors that every thread may duplicate to, close, send on and receive from at any time (contested.c). */
bool contested_open(void);
void contested_take(struct worker *worker, struct own *own);
void contested_close(struct worker *worker, struct own *own);
void contested_send(struct worker *worker, struct own *own);
void contested_receive(struct worker *worker, struct own *own);
int contested_number(uint32_t number); /* below CONTESTED */
enum { CONTESTED = 16 };

/* Processes (processes.c). */
void process_fork(struct worker *worker, struct own *own);
void process_vfork(struct worker *worker, struct own *own);
void process_spawn(struct worker *worker, struct own *own);

/* Signals whose handler sends (signals.c). */
bool signals_open(void);
void signal_raise(struct worker *worker, struct own *own);
void signal_receive(struct worker *worker, struct own *own);

#endif
