/* Every way to execute a program in a child that libc makes. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>
#include <wordexp.h>

#include "preload/follow.h"
#include "preload/hooks.h"
#include "preload/inheritance.h"
#include "preload/spawn_home.h"
#include "preload/spawn_sparing.h"

#define SHELL "/bin/sh"

static bool resets_ids(const posix_spawnattr_t *attributes)
{
	short flags = 0;
	return attributes && posix_spawnattr_getflags(attributes, &flags) == 0 && flags & POSIX_SPAWN_RESETIDS;
}

typedef int (*spawner)(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const *arguments, char *const *environment);

/* The program as it will be executed, home aside. */
struct spawning {
	spawner make;
	const char *name;
	bool searched; /* along PATH */
	const posix_spawn_file_actions_t *actions;
	const posix_spawnattr_t *attributes;
	char *const *arguments;
};

static bool is_allowed(const struct spawning *spawning, bool *sibling)
{
	int home = spawn_home_open(spawning->actions);
	struct program program = {.folder = home,
				  .path = spawning->name,
				  .arguments = spawning->arguments,
				  .home = home,
				  .resets_ids = resets_ids(spawning->attributes)};
	bool allowed = follow_allows(&program, spawning->searched, spawning->name, sibling);
	spawn_home_close(home);
	return allowed;
}

static unsigned way_of(const posix_spawn_file_actions_t *actions)
{
	return (actions ? INHERITANCE_ALL : 0) | (spawn_sparing_is_needed(actions) ? INHERITANCE_LOW : 0);
}

static int spawn(const struct spawning *spawning, pid_t *child, char *const *environment)
{
	if (!follow_is_on())
		return spawning->make(child, spawning->name, spawning->actions, spawning->attributes,
				      spawning->arguments, environment);
	bool sibling;
	if (!is_allowed(spawning, &sibling))
		return EACCES;
	struct inheritance inheritance;
	struct sparing sparing;
	inheritance_prepare(&inheritance, way_of(spawning->actions));
	const posix_spawn_file_actions_t *actions = spawn_sparing_begin(&sparing, spawning->actions, &inheritance);
	FOLLOW_ENVIRONMENT(complete, environment, sibling);
	int error = spawning->make(child, spawning->name, actions, spawning->attributes, spawning->arguments, complete);
	spawn_sparing_end(&sparing);
	inheritance_close(&inheritance);
	return error;
}

int hook_posix_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
		     const posix_spawnattr_t *attributes, char *const *arguments, char *const *environment)
{
	struct spawning spawning = {real.posix_spawn, path, false, actions, attributes, arguments};
	return spawn(&spawning, child, environment);
}

int hook_posix_spawnp(pid_t *child, const char *name, const posix_spawn_file_actions_t *actions,
		      const posix_spawnattr_t *attributes, char *const *arguments, char *const *environment)
{
	struct spawning spawning = {real.posix_spawnp, name, !strchr(name, '/'), actions, attributes, arguments};
	return spawn(&spawning, child, environment);
}

/* libc starts the shell by itself, with the program's environment as it stands. To exchange that for the length of the
 * call would take other threads' changes of it back, and to do libc's part here (signals, cancellation, what pclose
 * waits for) would be another libc: so what the program has cleared is set again, for good. */
static bool shell_is_followed(struct inheritance *inheritance)
{
	struct program shell = {.folder = AT_FDCWD, .path = SHELL, .home = AT_FDCWD};
	if (!follow_is_on())
		return true;
	int saved = errno;
	bool sibling;
	errno = EACCES;
	if (!follow_allows(&shell, false, SHELL, &sibling))
		return false;
	errno = ENOMEM;
	if (!follow_keep_environment(sibling))
		return false;
	errno = saved;
	inheritance_prepare(inheritance, 0);
	return true;
}

/* What the shell inherits; a call that is cancelled leaves nothing of it here. */
#define SHELL_INHERITANCE(name)                                                                                        \
	__attribute__((cleanup(inheritance_close))) struct inheritance name = {.list = -1, .count = 0}

int hook_system(const char *command)
{
	SHELL_INHERITANCE(inheritance);
	if (command && !shell_is_followed(&inheritance))
		return -1;
	return real.system(command);
}

FILE *hook_popen(const char *command, const char *mode)
{
	SHELL_INHERITANCE(inheritance);
	if (!shell_is_followed(&inheritance))
		return NULL;
	return real.popen(command, mode);
}

int hook_wordexp(const char *words, wordexp_t *expansion, int flags)
{
	SHELL_INHERITANCE(inheritance);
	if (!(flags & WRDE_NOCMD) && !shell_is_followed(&inheritance))
		return WRDE_NOSPACE;
	return real.wordexp(words, expansion, flags);
}
