/* The report for programs. */
#ifndef CORE_CHECK_JSON_H
#define CORE_CHECK_JSON_H

#include <stdio.h>

#include "core/check/finding.h"

/* text as a JSON string (RFC 8259), in its quotes. What is no UTF-8 becomes U+FFFD, octet by octet. */
void json_string(FILE *out, const char *text);

/* One object in one line. */
void json_reports(FILE *out, const struct report *reports, size_t count);

#endif
