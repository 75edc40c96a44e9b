/* The file actions of posix_spawn: libc has no function that tells what they are, so their own structure is read.
 * Whether that looks as expected is tried out first, on actions made for the purpose. */
#ifndef PRELOAD_GLIBC_SPAWN_ACTIONS_H
#define PRELOAD_GLIBC_SPAWN_ACTIONS_H

#include <spawn.h>
#include <stdbool.h>

/* glibc's posix/spawn_int.h, since 2.29; CLOSING_FROM since 2.34 */
struct action {
	enum { CLOSING, COPYING, OPENING, MOVING, MOVING_TO_OPEN, CLOSING_FROM } tag;
	union {
		struct {
			int fd, copy;
		} numbers;
		struct {
			int fd;
			char *path;
			int flags;
			mode_t mode;
		} opened;
		char *path;
	};
};

bool spawn_actions_are_known(void);

/* Only where they are known. */
static inline const struct action *spawn_actions_list(const posix_spawn_file_actions_t *actions)
{
	return (const struct action *)(const void *)actions->__actions;
}

#endif
