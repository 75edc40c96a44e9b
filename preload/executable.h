/* Whether the library would be loaded into a program, told from its file as the kernel and the loader read it. */
#ifndef PRELOAD_EXECUTABLE_H
#define PRELOAD_EXECUTABLE_H

#include <stdbool.h>
#include <sys/types.h>

enum verdict {
	VERDICT_COVERED,    /* the loader preloads into it */
	VERDICT_KERNELS,    /* it is not there, may not be executed or is no program: the kernel says how */
	VERDICT_UNREADABLE, /* it cannot be told */
	VERDICT_STATIC,
	VERDICT_PRIVILEGED, /* setuid or setgid to somebody else: the loader ignores LD_PRELOAD */
	VERDICT_CAPABLE,    /* file capabilities: likewise */
	VERDICT_CLASS,
	VERDICT_MACHINE,
	VERDICT_LIBRARY, /* of another C library */
};

struct judgement {
	enum verdict verdict;
	char culprit[256]; /* what a script or the loader executes, if the verdict is about that; else "" */
};

/* As execveat(2) is given it. */
struct program {
	int folder;
	const char *path;
	int flags;
	char *const *arguments;
	uid_t user; /* the effective ones that it is executed with */
	gid_t group;
};

/* Follows the interpreters of scripts, and the loader where that is what is executed. Neither allocates nor changes
 * errno, and leaves no descriptor open. */
struct judgement executable_judge(const struct program *program);

/* What is to be said of it, "is statically linked". */
const char *verdict_text(enum verdict verdict);

/* The file that a search along PATH would execute; false: none. found has room for PATH_MAX octets. */
bool executable_search(const char *name, char *found);

#endif
