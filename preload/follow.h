/* Following a program into what it executes: the environment of the new image is completed, so that the library comes
 * up there with the settings that it has here, or the program is refused because it cannot.
 *
 * Callers are children of vfork, which share their parent's memory, and children that a thread forked while another one
 * held malloc's lock: nothing here allocates, takes a lock or writes to memory that is not the caller's own. */
#ifndef PRELOAD_FOLLOW_H
#define PRELOAD_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "preload/executable.h"

/* False: SOCKS5UDP_FOLLOW=0, or the library has no path that could be handed on. */
bool follow_is_on(void);

/* Whether the program may be executed. Else a line in the log says why not, naming it by `name`. searched: its path is
 * a name to be found along PATH. *sibling: it is the other class' build of the library that covers it. */
bool follow_allows(const struct program *program, bool searched, const char *name, bool *sibling);

/* Octets that follow_environment needs; 0: the environment is complete as it is. sibling: as follow_allows says. */
size_t follow_room(char *const *environment, bool sibling);

/* The environment with what it lacks, within room of that size; the strings that it has stay the caller's. What the
 * program itself says of the library's settings stands, also an empty word. */
char *const *follow_environment(char *const *environment, bool sibling, void *room);

/* Declares the complete environment, on the caller's stack. */
#define FOLLOW_ENVIRONMENT(name, environment, sibling)                                                                 \
	void *name##_room = __builtin_alloca(follow_room(environment, sibling) + 1);                                   \
	char *const *name = follow_environment(environment, sibling, name##_room)

/* The program's own environment, for those who hand it on within libc (system, popen): completed for good, by setenv,
 * where the program has cleared it. False: no memory. */
bool follow_keep_environment(bool sibling);

#endif
