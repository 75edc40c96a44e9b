/* Whom the check asks through the relay. */
#ifndef CORE_CHECK_TARGET_H
#define CORE_CHECK_TARGET_H

#include "core/check/question.h"
#include "core/settings.h"

struct target {
	enum question_kind kind;  /* QUESTION_DNS or QUESTION_ECHO */
	struct endpoint endpoint; /* borrows from the text that it was read from */
};

enum { TARGETS_MAX = 8 };

struct targets {
	struct target items[TARGETS_MAX];
	unsigned count;
};

/* ADDR[:PORT], dns:ADDR[:PORT] or echo:ADDR:PORT. false: it is none of them, or there are too many. */
bool targets_add(struct targets *targets, const char *text);

/* Where none was given: the settings' nameservers, else public ones of both families and the name of one. */
void targets_default(struct targets *targets, const struct settings *settings);

/* The first of that kind of endpoint, or NULL. */
const struct target *targets_find(const struct targets *targets, enum endpoint_kind kind);

#endif
