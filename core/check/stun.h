/* STUN messages (RFC 8489, RFC 5780), as far as a client has to know them that asks where its datagrams come from.
 *
 * Values in, values out. What comes from a server is taken to be hostile: nothing is read beyond its end, and what
 * cannot be understood is false. */
#ifndef CORE_CHECK_STUN_H
#define CORE_CHECK_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/check/question.h"
#include "core/endpoint.h"

enum { STUN_PORT = 3478, STUN_REQUEST_SIZE = 20, STUN_TRANSACTION_SIZE = 12 };

struct stun_answer {
	struct endpoint mapped; /* whom the server saw */
	struct endpoint other;  /* its second address (RFC 5780); ENDPOINT_NONE: it has none */
};

/* A Binding request. */
size_t stun_write(const uint8_t transaction[STUN_TRANSACTION_SIZE], uint8_t out[STUN_REQUEST_SIZE]);
/* false: not a success response to that request with a mapped address; *answer is untouched. */
bool stun_read(struct stun_answer *answer, const uint8_t transaction[STUN_TRANSACTION_SIZE], const uint8_t *bytes,
	       size_t size);

/* The same for questions, whose id makes the transaction. */
size_t stun_target_write(const struct question *question, uint8_t *out);
bool stun_target_read(struct stun_answer *answer, const struct question *question, const uint8_t *bytes, size_t size);
enum match stun_target_match(const struct question *question, const uint8_t *bytes, size_t size);

#endif
