/* A thread of the stress test, and what it may do. */
#ifndef STRESS_WORKER_H
#define STRESS_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { WORKERS = 64, MINE = 3 };

#ifdef __SANITIZE_THREAD__
#define THREAD_SANITIZER true
#else
#define THREAD_SANITIZER false
#endif

/* A socket that only its thread uses by this descriptor; another thread may have it under a contested one. */
struct mine {
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
	struct mine mine[MINE];
	_Atomic(const char *) doing;
};

uint32_t draw(struct worker *worker, uint32_t below);

/* The thread's own sockets (mine.c). All but mine_open want one that is open. */
void mine_open(struct worker *worker, struct mine *mine);
void mine_close(struct worker *worker, struct mine *mine);
void mine_connect(struct worker *worker, struct mine *mine);
void mine_dissolve(struct worker *worker, struct mine *mine);
void mine_shutdown(struct worker *worker, struct mine *mine);
void mine_peer(struct worker *worker, struct mine *mine);
void mine_send(struct worker *worker, struct mine *mine);
void mine_receive(struct worker *worker, struct mine *mine);
void mine_copy(struct worker *worker, struct mine *mine);

/* Descriptors that every thread may duplicate to, close, send on and receive from at any time (contested.c). */
bool contested_open(void);
void contested_take(struct worker *worker, struct mine *mine);
void contested_close(struct worker *worker, struct mine *mine);
void contested_send(struct worker *worker, struct mine *mine);
void contested_receive(struct worker *worker, struct mine *mine);
int contested_number(uint32_t number); /* below CONTESTED */
enum { CONTESTED = 16 };

/* Processes (processes.c). */
void process_fork(struct worker *worker, struct mine *mine);
void process_vfork(struct worker *worker, struct mine *mine);
void process_spawn(struct worker *worker, struct mine *mine);

/* Signals whose handler sends (signals.c). */
bool signals_open(void);
void signal_raise(struct worker *worker, struct mine *mine);
void signal_receive(struct worker *worker, struct mine *mine);

#endif
