#include "tests/live/runner/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A program of another machine: by the emulator that LIVE_EMULATOR names, which is not to preload anything itself. */
static void emulate(char *const *arguments)
{
	enum { ARGUMENTS_MAX = 32 };
	char *emulator = getenv("LIVE_EMULATOR"), *all[ARGUMENTS_MAX], preload[1024], option[] = "-E";
	const char *library = getenv("LD_PRELOAD");
	int count = 0;
	if (!emulator)
		return;
	all[count++] = emulator;
	if (library) {
		snprintf(preload, sizeof preload, "LD_PRELOAD=%s", library);
		all[count++] = option;
		all[count++] = preload;
		unsetenv("LD_PRELOAD");
	}
	while (*arguments && count < ARGUMENTS_MAX - 1)
		all[count++] = *arguments++;
	all[count] = NULL;
	execvp(emulator, all);
}

static void execute(char *const *arguments, char *const *environment)
{
	for (; environment && *environment; environment++)
		putenv(*environment);
	execv(arguments[0], arguments);
	if (errno == ENOEXEC)
		emulate(arguments);
	_exit(127);
}

static pid_t start(char *const *arguments, char *const *environment, const int *streams, unsigned seconds)
{
	pid_t parent = getpid(), pid = fork();
	if (pid != 0)
		return pid;
	/* no process of a test outlives it, however the test ends */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	for (int i = 0; i < 3; i++)
		if (streams[i] >= 0)
			dup2(streams[i], i);
	/* whatever else the test itself was given is none of theirs */
	close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
	alarm(seconds);
	execute(arguments, environment);
	_exit(127);
}

const char *peer_line(struct peer_process *peer)
{
	static char line[LINE_MAX_SIZE];
	char *end;
	while (!(end = memchr(peer->text, '\n', peer->used))) {
		ssize_t got = read(peer->from, peer->text + peer->used, sizeof peer->text - peer->used);
		if (got <= 0)
			return NULL;
		peer->used += (size_t)got;
	}
	size_t length = (size_t)(end - peer->text);
	memcpy(line, peer->text, length);
	line[length] = '\0';
	peer->used -= length + 1;
	memmove(peer->text, end + 1, peer->used);
	return line;
}

const char *peer_start(struct peer_process *peer, char *const *arguments, char *const *environment)
{
	int to[2], from[2];
	*peer = (struct peer_process){.pid = -1};
	if (pipe2(to, O_CLOEXEC) < 0)
		return NULL;
	if (pipe2(from, O_CLOEXEC) < 0) {
		close(to[0]);
		close(to[1]);
		return NULL;
	}
	peer->pid = start(arguments, environment, (int[]){to[0], from[1], -1}, 0);
	peer->to = to[1];
	peer->from = from[0];
	close(to[0]);
	close(from[1]);
	const char *line = peer_line(peer);
	return line && strncmp(line, "ready", 5) == 0 ? line + 5 + (line[5] == ' ') : NULL;
}

bool peer_tell(struct peer_process *peer, const char *command)
{
	char line[LINE_MAX_SIZE];
	int length = snprintf(line, sizeof line, "%s\n", command);
	return length < (int)sizeof line && write(peer->to, line, (size_t)length) == length;
}

const char *peer_ask(struct peer_process *peer, const char *command)
{
	return peer_tell(peer, command) ? peer_line(peer) : NULL;
}

void peer_end(struct peer_process *peer)
{
	if (peer->pid <= 0)
		return;
	close(peer->to);
	close(peer->from);
	waitpid(peer->pid, NULL, 0);
	peer->pid = -1;
}

static char *contents(int fd)
{
	struct stat status;
	if (fstat(fd, &status) < 0)
		return NULL;
	size_t size = (size_t)status.st_size;
	char *text = calloc(1, size + 1);
	if (text && pread(fd, text, size, 0) != (ssize_t)size)
		text[0] = '\0';
	return text;
}

bool program_run(struct program_run *run, char *const *arguments, char *const *environment, unsigned seconds)
{
	int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int output = memfd_create("output", MFD_CLOEXEC), errors = memfd_create("errors", MFD_CLOEXEC);
	*run = (struct program_run){.status = -1};
	pid_t pid = start(arguments, environment, (int[]){none, output, errors}, seconds);
	if (pid > 0)
		waitpid(pid, &run->status, 0);
	run->output = contents(output);
	run->errors = contents(errors);
	close(none);
	close(output);
	close(errors);
	if (pid > 0 && run->output && run->errors)
		return true;
	program_run_free(run);
	return false;
}

void program_run_free(struct program_run *run)
{
	free(run->output);
	free(run->errors);
	*run = (struct program_run){0};
}
