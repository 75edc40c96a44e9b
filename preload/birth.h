/* What this process was born with: the library's own path, and what its environment said of the library. It is noted at
 * the start, before the program can change or clear anything, and is what a child's environment is completed from. */
#ifndef PRELOAD_BIRTH_H
#define PRELOAD_BIRTH_H

#include <limits.h>

#include "conf/conf.h"

struct birth {
	/* SOCKS5UDP_* and SOCKS5C_CONFIG, each NAME=VALUE with its NUL, an empty one at the end. */
	const char *variables;
	const char *home; /* what settings.own_file was found by, NAME=VALUE; NULL: by neither, or there is none */
	const char *config_home;
	char room[512]; /* for these, if they are short */
	struct conf_glance settings;
	char library[PATH_MAX]; /* absolute, as LD_PRELOAD can hold it; "": there is none, or nothing is to be followed
				 */
	char sibling[PATH_MAX]; /* where the other class' build of it would be installed; "": nowhere */
};

/* Notes it when called for the first time: by the library's constructor, or by a hook that comes before that. */
const struct birth *birth(void);

/* The value that NAME had, or NULL. */
const char *birth_variable(const char *name);

/* The variable in an environment, which may be NULL: where it stands, or -1. The last one counts. name ends where its
 * '=' or its NUL is. */
long environment_find(char *const *environment, const char *name);

#endif
