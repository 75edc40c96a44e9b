#include "preload/spawn_home.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "core/raw.h"
#include "preload/executable.h"
#include "preload/own.h"
#include "preload/user_memory.h"

/* glibc's posix/spawn_int.h, since 2.29 */
struct action {
	enum { CLOSING, COPYING, OPENING, MOVING, MOVING_TO_OPEN } tag;
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

static const struct action *list_of(const posix_spawn_file_actions_t *actions)
{
	return (const struct action *)(const void *)actions->__actions;
}

static bool is_as_expected(const posix_spawn_file_actions_t *trial)
{
	const struct action *list = list_of(trial);
	return trial->__used == 4 && list[0].tag == OPENING && list[0].opened.fd == 7 && list[1].tag == COPYING &&
	       list[1].numbers.copy == 9 && list[2].tag == MOVING && user_can_read(list[2].path, 2) &&
	       memcmp(list[2].path, "x", 2) == 0 && list[3].tag == MOVING_TO_OPEN && list[3].numbers.fd == 5;
}

static bool try_out(void)
{
	posix_spawn_file_actions_t trial;
	if (posix_spawn_file_actions_init(&trial) != 0)
		return false;
	bool as_expected = posix_spawn_file_actions_addopen(&trial, 7, "x", O_RDONLY, 0) == 0 &&
			   posix_spawn_file_actions_adddup2(&trial, 8, 9) == 0 &&
			   posix_spawn_file_actions_addchdir_np(&trial, "x") == 0 &&
			   posix_spawn_file_actions_addfchdir_np(&trial, 5) == 0 && is_as_expected(&trial);
	posix_spawn_file_actions_destroy(&trial);
	return as_expected;
}

static bool structure_is_known(void)
{
	enum { UNTRIED, KNOWN, OTHER };
	static _Atomic int state = UNTRIED;
	if (atomic_load(&state) == UNTRIED)
		atomic_store(&state, try_out() ? KNOWN : OTHER);
	return atomic_load(&state) == KNOWN;
}

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
	if (!structure_is_known())
		return HOME_UNKNOWN;
	const struct action *list = list_of(actions), *end = list + actions->__used;
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
