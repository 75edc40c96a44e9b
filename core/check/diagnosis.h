/* What a step of the check comes to, where that is more than "well": one name, likely cause and advice each. */
#ifndef CORE_CHECK_DIAGNOSIS_H
#define CORE_CHECK_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/negotiation.h"
#include "core/rendezvous.h"

#define DIAGNOSIS(symbol, name, cause, advice) DIAGNOSIS_##symbol,
enum diagnosis {
#include "core/check/diagnosis.def"
	DIAGNOSIS_COUNT
};
#undef DIAGNOSIS

/* Never NULL; cause and advice are lines of plain English without a full stop, "" where there is nothing to say. */
const char *diagnosis_name(enum diagnosis diagnosis);
const char *diagnosis_cause(enum diagnosis diagnosis);
const char *diagnosis_advice(enum diagnosis diagnosis);

/* Why no TCP connection came about. */
enum diagnosis diagnose_connection(enum outcome outcome);

/* What there is to know of a negotiation that failed. */
struct failed_negotiation {
	enum negotiation_step step;
	enum outcome outcome;
	bool has_credentials; /* METHOD_LOGIN was offered */
	bool hangs_up;        /* the server closes a connection on which nothing was said, too */
	uint8_t method;       /* the one that the server chose, where it got so far */
	const uint8_t *heard; /* the first octets that came */
	size_t heard_size;
};

enum diagnosis diagnose_negotiation(const struct failed_negotiation *failed);

/* What is worth a word of the relay address that a reply names, where it is taken so; DIAGNOSIS_NONE: nothing is. */
enum diagnosis diagnose_relay(const struct endpoint *bound, const struct endpoint *server, enum relay_address mode);

#endif
