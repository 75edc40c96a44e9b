/* Jobs: queries on their way. */
#ifndef PRELOAD_STUB_JOB_H
#define PRELOAD_STUB_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "core/endpoint.h"

enum { JOBS = 256 };

/* Who asked: a desk, and the address of a datagram or the call of a stream. */
struct asker {
	int desk;
	int call; /* -1: by datagram */
	union socket_address address;
	socklen_t address_size;
};

void stub_jobs_take(int desk);                                                      /* datagrams at a desk */
void stub_job_accept(const struct asker *asker, const uint8_t *query, size_t size); /* any query */
void stub_jobs_hear(int upstream);                                                  /* answers through the relay */
void stub_job_hear(int number);                                                     /* an answer to this one */
void stub_jobs_due(void);         /* what has waited for long enough */
uint64_t stub_jobs_next_ms(void); /* when that is; UINT64_MAX: never */
int stub_job_descriptor(int job); /* of a query that was sent directly, or -1 */
void stub_jobs_call_ended(int call);

void stub_jobs_clear(void);
void stub_jobs_forget(void); /* they are the parent's */
void stub_jobs_moved(int fd, int moved);

#endif
