/* The report for people: a line a step, and where something is amiss the likely cause and what to do. */
#ifndef CORE_CHECK_SCREEN_H
#define CORE_CHECK_SCREEN_H

#include "core/check/finding.h"

/* Colours only where standard output is a terminal and NO_COLOR is not set (no-color.org). */
void screen_begin(const struct report *report);
void screen_finding(const struct finding *finding);
void screen_end(const struct report *report);

#endif
