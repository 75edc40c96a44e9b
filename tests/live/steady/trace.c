#include "tests/live/steady/trace.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/steady/mark.h"

#define SYSCALL_STOP (SIGTRAP | 0x80)

static _Noreturn void become(char *const *arguments, char *const *environment, int output)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(output, STDOUT_FILENO);
	for (; environment && *environment; environment++)
		putenv(*environment);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	execv(arguments[0], arguments);
	_exit(127);
}

struct counter {
	struct trace *trace;
	struct trace_row row;
	long now; /* -1: between measured calls */
};

static void end_call(struct counter *counter)
{
	struct trace_row *row = &counter->row;
	if (!row->calls || counter->now < row->fewest)
		row->fewest = counter->now;
	if (counter->now > row->most)
		row->most = counter->now;
	row->calls++;
	counter->now = -1;
}

static void obey(struct counter *counter, uint64_t which)
{
	if (which == MARK_BEGIN)
		counter->now = 0;
	else if (which == MARK_END)
		end_call(counter);
	else if (which == MARK_ROW && counter->trace->count < TRACE_ROWS) {
		counter->trace->rows[counter->trace->count++] = counter->row;
		counter->row = (struct trace_row){0};
	}
}

static void enter(struct counter *counter, pid_t pid)
{
	struct __ptrace_syscall_info info;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (info.entry.nr == SYS_prctl && info.entry.args[0] == MARK)
		obey(counter, info.entry.args[1]);
	else if (counter->now >= 0)
		counter->now++;
}

/* Until the program ends; other signals than the tracer's own go to it. */
static int follow(struct counter *counter, pid_t pid)
{
	int status = -1, deliver = 0;
	while (ptrace(PTRACE_SYSCALL, pid, NULL, deliver) == 0 && waitpid(pid, &status, 0) == pid &&
	       WIFSTOPPED(status)) {
		deliver = WSTOPSIG(status);
		if (deliver != SYSCALL_STOP)
			continue;
		enter(counter, pid);
		deliver = 0;
	}
	return status;
}

static char *contents(int fd)
{
	struct stat status;
	if (fstat(fd, &status) < 0)
		return NULL;
	char *text = calloc(1, (size_t)status.st_size + 1);
	if (text && pread(fd, text, (size_t)status.st_size, 0) != status.st_size)
		text[0] = '\0';
	return text;
}

bool trace_run(struct trace *trace, char *const *arguments, char *const *environment)
{
	struct counter counter = {.trace = trace, .now = -1};
	int output = memfd_create("output", MFD_CLOEXEC), status;
	*trace = (struct trace){0};
	pid_t pid = fork();
	if (pid == 0)
		become(arguments, environment, output);
	/* the first stop is that of execve */
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)
		return false;
	trace->status = follow(&counter, pid);
	trace->output = contents(output);
	close(output);
	return trace->output;
}
