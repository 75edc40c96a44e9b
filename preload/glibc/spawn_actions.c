#include "preload/glibc/spawn_actions.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "preload/user_memory.h"

typedef int (*adder)(posix_spawn_file_actions_t *actions, int from);

static bool is_as_expected(const posix_spawn_file_actions_t *trial)
{
	const struct action *list = spawn_actions_list(trial);
	return trial->__used >= 4 && list[0].tag == OPENING && list[0].opened.fd == 7 && list[1].tag == COPYING &&
	       list[1].numbers.copy == 9 && list[2].tag == MOVING && user_can_read(list[2].path, 2) &&
	       memcmp(list[2].path, "x", 2) == 0 && list[3].tag == MOVING_TO_OPEN && list[3].numbers.fd == 5;
}

/* Where libc has none, no program has one either. */
static bool closes_as_expected(posix_spawn_file_actions_t *trial)
{
	adder add_closefrom = (adder)(uintptr_t)dlsym(RTLD_DEFAULT, "posix_spawn_file_actions_addclosefrom_np");
	const struct action *closing;
	if (!add_closefrom)
		return trial->__used == 4;
	if (add_closefrom(trial, 6) != 0 || posix_spawn_file_actions_addclose(trial, 3) != 0 || trial->__used != 6)
		return false;
	closing = spawn_actions_list(trial) + 4;
	return closing[0].tag == CLOSING_FROM && closing[0].numbers.fd == 6 && closing[1].tag == CLOSING &&
	       closing[1].numbers.fd == 3;
}

static bool try_out(void)
{
	posix_spawn_file_actions_t trial;
	if (posix_spawn_file_actions_init(&trial) != 0)
		return false;
	bool as_expected = posix_spawn_file_actions_addopen(&trial, 7, "x", O_RDONLY, 0) == 0 &&
			   posix_spawn_file_actions_adddup2(&trial, 8, 9) == 0 &&
			   posix_spawn_file_actions_addchdir_np(&trial, "x") == 0 &&
			   posix_spawn_file_actions_addfchdir_np(&trial, 5) == 0 && is_as_expected(&trial) &&
			   closes_as_expected(&trial);
	posix_spawn_file_actions_destroy(&trial);
	return as_expected;
}

bool spawn_actions_are_known(void)
{
	enum { UNTRIED, KNOWN, OTHER };
	static _Atomic int state = UNTRIED;
	if (atomic_load(&state) == UNTRIED)
		atomic_store(&state, try_out() ? KNOWN : OTHER);
	return atomic_load(&state) == KNOWN;
}
