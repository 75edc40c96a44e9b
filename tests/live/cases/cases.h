/* The cases, by name: cases.def lists them, the cases_*.c files hold them by theme. */
#ifndef LIVE_CASES_CASES_H
#define LIVE_CASES_CASES_H

#define CASE(name) void case_##name(void);
#include "tests/live/cases/cases.def"
#undef CASE

#endif
