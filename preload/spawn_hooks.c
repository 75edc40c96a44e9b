/* Every way to execute a program in a child that libc makes. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>
#include <wordexp.h>

#include "core/raw.h"
#include "preload/follow.h"
#include "preload/hooks.h"
#include "preload/inheritance.h"

#define SHELL "/bin/sh"

static bool resets_ids(const posix_spawnattr_t *attributes)
{
	short flags = 0;
	return attributes && posix_spawnattr_getflags(attributes, &flags) == 0 && flags & POSIX_SPAWN_RESETIDS;
}

static struct judgement judge(const char *path, char *const *arguments, const posix_spawnattr_t *attributes)
{
	bool reset = resets_ids(attributes);
	struct program program = {.folder = AT_FDCWD,
				  .path = path,
				  .arguments = arguments,
				  .user = (uid_t)raw_call(reset ? SYS_getuid : SYS_geteuid),
				  .group = (gid_t)raw_call(reset ? SYS_getgid : SYS_getegid)};
	return executable_judge(&program);
}

typedef int (*spawner)(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const *arguments, char *const *environment);

/* path: what is judged; name: what the program gave. */
static int spawn(spawner make, const char *path, pid_t *child, const char *name,
		 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const *arguments,
		 char *const *environment)
{
	struct judgement judgement = judge(path, arguments, attributes);
	if (!follow_allows(&judgement, name))
		return EACCES;
	struct inheritance inheritance;
	inheritance_prepare(&inheritance, actions != NULL);
	FOLLOW_ENVIRONMENT(complete, environment, inheritance.list);
	int error = make(child, name, actions, attributes, arguments, complete);
	inheritance_close(&inheritance);
	return error;
}

int hook_posix_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
		     const posix_spawnattr_t *attributes, char *const *arguments, char *const *environment)
{
	if (!follow_is_on())
		return real.posix_spawn(child, path, actions, attributes, arguments, environment);
	return spawn(real.posix_spawn, path, child, path, actions, attributes, arguments, environment);
}

int hook_posix_spawnp(pid_t *child, const char *name, const posix_spawn_file_actions_t *actions,
		      const posix_spawnattr_t *attributes, char *const *arguments, char *const *environment)
{
	char found[PATH_MAX];
	bool searched = !strchr(name, '/');
	if (!follow_is_on() || (searched && !executable_search(name, found)))
		return real.posix_spawnp(child, name, actions, attributes, arguments, environment);
	return spawn(real.posix_spawnp, searched ? found : name, child, name, actions, attributes, arguments,
		     environment);
}

/* libc starts the shell by itself, with the program's environment as it stands. To exchange that for the length of the
 * call would take other threads' changes of it back, and to do libc's part here (signals, cancellation, what pclose
 * waits for) would be another libc: so what the program has cleared is set again, for good. */
static bool shell_is_followed(void)
{
	if (!follow_is_on())
		return true;
	struct judgement judgement = judge(SHELL, NULL, NULL);
	errno = EACCES;
	if (!follow_allows(&judgement, SHELL))
		return false;
	errno = ENOMEM;
	return follow_keep_environment();
}

int hook_system(const char *command)
{
	int saved = errno;
	if (command && !shell_is_followed())
		return -1;
	errno = saved;
	return real.system(command);
}

FILE *hook_popen(const char *command, const char *mode)
{
	int saved = errno;
	if (!shell_is_followed())
		return NULL;
	errno = saved;
	return real.popen(command, mode);
}

int hook_wordexp(const char *words, wordexp_t *expansion, int flags)
{
	int saved = errno;
	if (!(flags & WRDE_NOCMD) && !shell_is_followed())
		return WRDE_NOSPACE;
	errno = saved;
	return real.wordexp(words, expansion, flags);
}
