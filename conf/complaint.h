/* What is wrong with a setting, in one line: "file:line: key: allowed ..., found ...". */
#ifndef CONF_COMPLAINT_H
#define CONF_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>

/* Where a setting was given. The source is borrowed. */
struct place {
	const char *source; /* a path, "environment" or "default" */
	unsigned line;      /* 0: none */
};

struct complaint {
	char text[512]; /* terminated, one line, printable; cut where it does not fit */
};

/* Writes "source:line: key: " and the format. Always answers false, for callers that return it. key may be NULL. */
bool complain(struct complaint *complaint, const struct place *place, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Text from a setting as a complaint shows it: in quotes, without control characters, cut to a sane length. */
struct quoted {
	char text[56];
};

struct quoted quote(const char *text, size_t length);
struct quoted quote_text(const char *text);

#endif
