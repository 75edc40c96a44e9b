/* Whether the library would be loaded into a program. */
#ifndef PRELOAD_VERDICT_H
#define PRELOAD_VERDICT_H

#include <stdbool.h>

enum verdict {
	VERDICT_COVERED,    /* the loader preloads into it */
	VERDICT_ABSENT,     /* it, or its interpreter, is not there or may not be executed: the kernel says how */
	VERDICT_NO_PROGRAM, /* the kernel has its own word for it, or a handler of the administrator's (binfmt_misc) */
	VERDICT_UNREADABLE, /* it cannot be told */
	VERDICT_STATIC,
	VERDICT_PRIVILEGED, /* setuid or setgid to somebody else: the loader ignores LD_PRELOAD */
	VERDICT_CAPABLE,    /* file capabilities: likewise */
	VERDICT_CLASS,
	VERDICT_MACHINE,
	VERDICT_LIBRARY,   /* of another C library */
	VERDICT_GO,        /* its run-time makes the system calls */
	VERDICT_SOMEWHERE, /* in a folder that cannot be told */
	VERDICT_ALONE,     /* the library is not there for it */
};

/* The program is covered, or nothing runs: it may be executed. */
bool verdict_allows(enum verdict verdict);

/* What is to be said of the program, "is statically linked". */
const char *verdict_text(enum verdict verdict);

#endif
