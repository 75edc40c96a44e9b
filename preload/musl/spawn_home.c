#include "preload/spawn_home.h"

#include <fcntl.h>
#include <stddef.h>

#include "core/raw.h"
#include "preload/executable.h"

void spawn_home_close(int home)
{
	if (home >= 0)
		raw_call(SYS_close, home);
}

/* musl's list of actions is its own, and nothing tells whether one of them changes the folder. */
int spawn_home_open(const posix_spawn_file_actions_t *actions)
{
	return actions && actions->__actions ? HOME_UNKNOWN : AT_FDCWD;
}
