/* A negotiation on the program's own stream socket, which goes on from call to call where that does not block. */
#ifndef CORE_AIX_EXCHANGE_H
#define CORE_AIX_EXCHANGE_H

#include "core/aix/login.h"
#include "core/aix/lookup.h"
#include "core/aix/stream.h"
#include "core/negotiation.h"

enum exchange_stage {
	EXCHANGE_CONNECTING,
	EXCHANGE_NEGOTIATING,
	EXCHANGE_LISTENING, /* BIND has its first reply; the second has not been asked for */
	EXCHANGE_ACCEPTING,
};

struct exchange {
	struct exchange *next; /* in the table of those that wait */
	int fd;
	uint64_t cookie;
	uint8_t stage; /* enum exchange_stage */
	struct patience patience;
	struct endpoint server;
	struct login login;
	struct negotiation_order order;
	struct negotiation negotiation;
};

/* What stopped an exchange: nothing (0), EINPROGRESS, or the error; outcome is OUTCOME_OK where it is not SOCKS'. */
struct stop {
	int error;
	enum outcome outcome;
};

/* Both are for exchange_free. NULL: out of memory. */
struct exchange *exchange_new(const struct stream *stream, uint8_t command, const struct endpoint *target);
void exchange_free(struct exchange *exchange);

/* As far as it goes; on a stream that waits, to the end or ETIMEDOUT. */
struct stop exchange_run(struct exchange *exchange, const struct stream *stream);

#endif
