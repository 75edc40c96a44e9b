/* Questions to a target that come back as answers which can be told apart: from a nameserver, an echo peer (RFC 862) or
 * a STUN server (RFC 8489). Values in, values out. */
#ifndef CORE_CHECK_QUESTION_H
#define CORE_CHECK_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum question_kind {
	QUESTION_DNS,      /* the root's nameservers: every nameserver has something to say to that */
	QUESTION_DNS_LONG, /* the root's keys and signatures: the longest answer that every resolver has */
	QUESTION_ECHO,
	QUESTION_STUN,
};

struct question {
	uint8_t kind; /* enum question_kind */
	uint16_t id;
	size_t size; /* octets; 0: as short as can be. One that the kind cannot have becomes the next longer one */
};

enum match {
	MATCH_NONE,  /* no answer to this question */
	MATCH_CUT,   /* its beginning */
	MATCH_WRONG, /* an answer, to something else than was asked: to a part of it */
	MATCH_WHOLE,
};

enum { QUESTION_SIZE_MAX = 65507 /* a datagram over IPv4 holds no more */ };

/* The least and the most octets that a question of this kind can be asked in. */
size_t question_least(enum question_kind kind);
size_t question_most(enum question_kind kind);

/* Writes it and answers its size; out has room for QUESTION_SIZE_MAX. */
size_t question_write(const struct question *question, uint8_t *out);

enum match question_match(const struct question *question, const uint8_t *answer, size_t size);

#endif
