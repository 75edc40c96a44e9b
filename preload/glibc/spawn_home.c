#include "preload/spawn_home.h"

#include <fcntl.h>
#include <stdbool.h>

#include "core/raw.h"
#include "preload/executable.h"
#include "preload/glibc/spawn_actions.h"
#include "preload/own.h"

static int move(int home, const char *path)
{
	if (home == HOME_UNKNOWN && *path != '/')
		return home;
	long moved = own_make_briefly(SYS_openat, home, (long)path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	spawn_home_close(home);
	return moved < 0 ? -1 : (int)moved;
}

/* An earlier action has put something else under that number. */
static bool is_exchanged(const struct action *list, const struct action *until, int fd)
{
	for (; list < until; list++)
		if ((list->tag == COPYING && list->numbers.copy == fd) ||
		    (list->tag == OPENING && list->opened.fd == fd))
			return true;
	return false;
}

static int move_to_open(int home, int fd)
{
	long moved = own_make_briefly(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0, 0);
	spawn_home_close(home);
	return moved < 0 ? -1 : (int)moved;
}

int spawn_home_open(const posix_spawn_file_actions_t *actions)
{
	int home = AT_FDCWD;
	if (!actions || actions->__used == 0)
		return home;
	if (!spawn_actions_are_known())
		return HOME_UNKNOWN;
	const struct action *list = spawn_actions_list(actions), *end = list + actions->__used;
	for (const struct action *action = list; action < end && home != -1; action++) {
		if (action->tag == MOVING) {
			home = move(home, action->path);
		} else if (action->tag == MOVING_TO_OPEN && !is_exchanged(list, action, action->numbers.fd)) {
			home = move_to_open(home, action->numbers.fd);
		} else if (action->tag == MOVING_TO_OPEN) {
			spawn_home_close(home);
			home = HOME_UNKNOWN;
		}
	}
	return home;
}
