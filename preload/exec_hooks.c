/* Every way to execute a program in this process' place. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/capture.h"
#include "preload/farewell.h"
#include "preload/follow.h"
#include "preload/hooks.h"
#include "preload/inheritance.h"

/* A call that executes, as the kernel would judge it and as the next library is to make it. */
struct execution {
	int (*make)(const struct execution *execution, char *const *environment);
	const char *name; /* as the program gave it */
	bool searched;    /* along PATH */
	struct program program;
};

static int execute(const struct execution *execution, char *const *environment)
{
	bool follows = follow_is_on() && execution->name, sibling = false;
	if (follows && !follow_allows(&execution->program, execution->searched, execution->name, &sibling)) {
		errno = EACCES;
		return -1;
	}
	farewell();
	capture_settle();
	if (!follows)
		return execution->make(execution, environment);
	struct inheritance inheritance;
	inheritance_prepare(&inheritance, 0);
	FOLLOW_ENVIRONMENT(complete, environment, sibling);
	int answer = execution->make(execution, complete);
	inheritance_close(&inheritance);
	return answer;
}

static int make_execve(const struct execution *execution, char *const *environment)
{
	return real.execve(execution->program.path, execution->program.arguments, environment);
}

static int make_execvpe(const struct execution *execution, char *const *environment)
{
	return real.execvpe(execution->name, execution->program.arguments, environment);
}

static int make_fexecve(const struct execution *execution, char *const *environment)
{
	return real.fexecve(execution->program.folder, execution->program.arguments, environment);
}

static int make_execveat(const struct execution *execution, char *const *environment)
{
	return real.execveat(execution->program.folder, execution->program.path, execution->program.arguments,
			     environment, execution->program.flags);
}

static struct program program_of(int folder, const char *path, int flags, char *const *arguments)
{
	return (struct program){
	    .folder = folder, .path = path, .flags = flags, .arguments = arguments, .home = AT_FDCWD};
}

int hook_execve(const char *path, char *const *arguments, char *const *environment)
{
	struct execution execution = {make_execve, path, false, program_of(AT_FDCWD, path, 0, arguments)};
	return execute(&execution, environment);
}

int hook_execv(const char *path, char *const *arguments)
{
	return hook_execve(path, arguments, environ);
}

int hook_execveat(int folder, const char *path, char *const *arguments, char *const *environment, int flags)
{
	struct execution execution = {make_execveat, path, false, program_of(folder, path, flags, arguments)};
	return execute(&execution, environment);
}

int hook_fexecve(int fd, char *const *arguments, char *const *environment)
{
	struct execution execution = {make_fexecve, "", false, program_of(fd, "", AT_EMPTY_PATH, arguments)};
	if (!environment)
		return real.fexecve(fd, arguments, environment); /* libc's to complain of */
	return execute(&execution, environment);
}

int hook_execvpe(const char *name, char *const *arguments, char *const *environment)
{
	struct execution execution = {make_execvpe, name, !strchr(name, '/'), program_of(AT_FDCWD, name, 0, arguments)};
	return execute(&execution, environment);
}

int hook_execvp(const char *name, char *const *arguments)
{
	return hook_execvpe(name, arguments, environ);
}

/* The arguments of execl and its like, as an array on the caller's stack: nothing else lasts until the new image. */

struct list {
	va_list rest; /* within a struct, va_list is passed on the same way everywhere */
};

static size_t list_length(const char *first, va_list rest)
{
	struct list list;
	size_t length = first ? 1 : 0;
	va_copy(list.rest, rest);
	while (length && va_arg(list.rest, char *))
		length++;
	va_end(list.rest);
	return length;
}

static void take_list(char **arguments, const char *first, struct list *list)
{
	*arguments = (char *)(uintptr_t)first;
	while (*arguments++)
		*arguments = va_arg(list->rest, char *);
}

/* The array, in the frame of whoever uses this; list is left behind the NULL. */
#define TAKE_LIST(arguments, first, given, list)                                                                       \
	char **arguments = __builtin_alloca((list_length(first, given) + 1) * sizeof *(arguments));                    \
	struct list list;                                                                                              \
	va_copy((list).rest, given);                                                                                   \
	take_list(arguments, first, &(list))

int hook_execl(const char *path, const char *first, va_list given)
{
	TAKE_LIST(arguments, first, given, list);
	va_end(list.rest);
	return hook_execve(path, arguments, environ);
}

int hook_execlp(const char *name, const char *first, va_list given)
{
	TAKE_LIST(arguments, first, given, list);
	va_end(list.rest);
	return hook_execvpe(name, arguments, environ);
}

int hook_execle(const char *path, const char *first, va_list given)
{
	TAKE_LIST(arguments, first, given, list);
	char *const *environment = va_arg(list.rest, char *const *);
	va_end(list.rest);
	return hook_execve(path, arguments, environment);
}
