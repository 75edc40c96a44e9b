/* The folder that a spawned program is executed in: file actions may change it, and relative paths are looked up
 * there. */
#ifndef PRELOAD_SPAWN_HOME_H
#define PRELOAD_SPAWN_HOME_H

#include <spawn.h>

#include "core/raw.h"

/* AT_FDCWD: it is not changed; HOME_UNKNOWN; -1: the spawning will fail over it; else a descriptor of the caller's. */
int spawn_home_open(const posix_spawn_file_actions_t *actions);

static inline void spawn_home_close(int home)
{
	if (home >= 0)
		raw_call(SYS_close, home);
}

#endif
