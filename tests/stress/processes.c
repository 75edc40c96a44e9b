#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/stress/payload.h"
#include "tests/stress/verdict.h"
#include "tests/stress/worker.h"

enum { CHILD_SECONDS = 20 };

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* The library blocks all signals while it holds its lock: only from outside can a child be ended that hangs there. */
static bool ends(pid_t pid)
{
	struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
	int answer;
	do
		answer = poll(&ended, 1, CHILD_SECONDS * 1000);
	while (answer < 0 && errno == EINTR);
	if (answer != 1)
		kill(pid, SIGKILL);
	close(ended.fd);
	return answer == 1;
}

static void expect_success(pid_t pid)
{
	int status = 0;
	bool ended = ends(pid);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	judge(CALL_child, ended && status == 0, NULL);
}

static void send_in_child(struct worker *worker, const struct mine *mine)
{
	uint8_t bytes[PAYLOAD_MIN];
	uint32_t peer = mine->family == AF_INET6 ? PEER_V6 : draw(worker, PEER_V6);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	payload_fill(bytes, sizeof bytes, worker->id, mine->serial, peer, ++worker->number);
	/* A send may start the library's thread, for which this sanitizer allocates. Its allocator's locks are not kept
	 * over a fork: another thread may have held one, and nobody lets it go in the child. */
	if (THREAD_SANITIZER)
		_exit(0);
	ssize_t sent = sendto(mine->fd, bytes, sizeof bytes, MSG_NOSIGNAL, (struct sockaddr *)&peers[peer].address,
			      peers[peer].size);
	bool allowed =
	    errno == EAGAIN || errno == ECONNREFUSED || errno == ECONNRESET || (errno == EPIPE && mine->shut);
	if (sent < 0)
		_exit(allowed ? 0 : errno);
	_exit(sent == sizeof bytes ? 0 : EMSGSIZE);
}

void process_fork(struct worker *worker, struct mine *mine)
{
	if (pthread_mutex_trylock(&one_at_a_time) != 0)
		return;
	pid_t pid = fork();
	if (pid == 0)
		send_in_child(worker, mine);
	if (judge(CALL_fork, pid > 0, NULL))
		expect_success(pid);
	pthread_mutex_unlock(&one_at_a_time);
}

void process_vfork(struct worker *worker, struct mine *mine)
{
	(void)worker;
	(void)mine;
	if (pthread_mutex_trylock(&one_at_a_time) != 0)
		return;
	pid_t pid = vfork();
	if (pid == 0)
		_exit(0);
	if (judge(CALL_vfork, pid > 0, NULL))
		expect_success(pid);
	pthread_mutex_unlock(&one_at_a_time);
}

void process_spawn(struct worker *worker, struct mine *mine)
{
	char name[] = "true", *arguments[] = {name, NULL};
	pid_t pid;
	(void)worker;
	(void)mine;
	if (pthread_mutex_trylock(&one_at_a_time) != 0)
		return;
	errno = posix_spawnp(&pid, name, NULL, NULL, arguments, environ);
	if (judge(CALL_spawn, errno == 0, NULL))
		expect_success(pid);
	pthread_mutex_unlock(&one_at_a_time);
}
