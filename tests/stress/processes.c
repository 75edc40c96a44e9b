#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/stress/payload.h"
#include "tests/stress/verdict.h"
#include "tests/stress/worker.h"

enum { CHILD_SECONDS = 20 };

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static void expect_success(pid_t pid)
{
	int status;
	pid_t ended;
	do
		ended = waitpid(pid, &status, 0);
	while (ended < 0 && errno == EINTR);
	if (ended != pid || status != 0)
		convict(CALL_child);
}

static void send_in_child(struct worker *worker, const struct own *own)
{
	uint8_t bytes[PAYLOAD_MIN];
	uint32_t peer = own->family == AF_INET6 ? PEER_V6 : draw(worker, PEER_V6);
	payload_fill(bytes, sizeof bytes, worker->id, own->serial, peer, ++worker->number);
	alarm(CHILD_SECONDS); /* a child that hangs is a failure, too */
	ssize_t sent = sendto(own->fd, bytes, sizeof bytes, MSG_NOSIGNAL, (struct sockaddr *)&peers[peer].address,
			      peers[peer].size);
	bool allowed = errno == EAGAIN || errno == ECONNREFUSED || errno == ECONNRESET || (errno == EPIPE && own->shut);
	_exit(sent < 0 ? !allowed : sent != sizeof bytes);
}

void process_fork(struct worker *worker, struct own *own)
{
	if (pthread_mutex_trylock(&one_at_a_time) != 0)
		return;
	pid_t pid = fork();
	if (pid == 0)
		send_in_child(worker, own);
	if (judge(CALL_fork, pid > 0, NULL))
		expect_success(pid);
	pthread_mutex_unlock(&one_at_a_time);
}

void process_vfork(struct worker *worker, struct own *own)
{
	(void)worker;
	(void)own;
	if (pthread_mutex_trylock(&one_at_a_time) != 0)
		return;
	pid_t pid = vfork();
	if (pid == 0)
		_exit(0);
	if (judge(CALL_vfork, pid > 0, NULL))
		expect_success(pid);
	pthread_mutex_unlock(&one_at_a_time);
}

void process_spawn(struct worker *worker, struct own *own)
{
	char name[] = "true", *arguments[] = {name, NULL};
	pid_t pid;
	(void)worker;
	(void)own;
	if (pthread_mutex_trylock(&one_at_a_time) != 0)
		return;
	errno = posix_spawnp(&pid, name, NULL, NULL, arguments, environ);
	if (judge(CALL_spawn, errno == 0, NULL))
		expect_success(pid);
	pthread_mutex_unlock(&one_at_a_time);
}
