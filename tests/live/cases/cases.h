/* The cases, by name: cases.def lists them, the cases_*.c files hold them by theme. */
#ifndef LIVE_CASES_CASES_H
#define LIVE_CASES_CASES_H

/* The arguments by which this very program runs another case with the same peers: its own, with room for a name. */
extern char *again_arguments[];

#define CASE(name) void case_##name(void);
#include "tests/live/cases/cases.def"
#undef CASE

#endif
