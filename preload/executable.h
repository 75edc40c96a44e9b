/* Whether the library would be loaded into a program, told from its file as the kernel and the loader read it. */
#ifndef PRELOAD_EXECUTABLE_H
#define PRELOAD_EXECUTABLE_H

#include <limits.h>

#include "preload/verdict.h"

enum { HOME_UNKNOWN = INT_MIN };

struct judgement {
	enum verdict verdict;
	bool sibling;      /* covered by the build of the library for the other class */
	char culprit[256]; /* what a script or the loader executes, if the verdict is about that; else "" */
};

/* As execveat(2) is given it, by whom and where. */
struct program {
	int folder;
	const char *path;
	int flags;
	char *const *arguments;
	int home;        /* the working folder: AT_FDCWD, a descriptor of it, or HOME_UNKNOWN */
	bool resets_ids; /* the effective user and group become the real ones first */
};

/* Follows the interpreters of scripts, and the loader where that is what is executed. Neither allocates nor changes
 * errno, and leaves no descriptor open. */
struct judgement executable_judge(const struct program *program);

/* The path is a name without a slash, and what execvp(3) would find for it along PATH is judged. */
struct judgement executable_judge_found(const struct program *program);

#endif
