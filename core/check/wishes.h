/* The command line of a check. */
#ifndef CORE_CHECK_WISHES_H
#define CORE_CHECK_WISHES_H

#include "core/check/course.h"

enum wishes_outcome { WISHES_GIVEN, WISHES_HELP, WISHES_WRONG };

/* WISHES_WRONG: a line on standard error says what. The texts of arguments are borrowed. */
enum wishes_outcome wishes_read(struct wishes *wishes, bool *json, int count, char **arguments);

void wishes_usage(void);

#endif
