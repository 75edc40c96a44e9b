#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/stress/payload.h"
#include "tests/stress/verdict.h"
#include "tests/stress/worker.h"

enum { SOCKETS = 2 }; /* a blocking one and one that is not */

static int sockets[SOCKETS];
static _Atomic uint32_t raised;

static const int when_sending[] = {EAGAIN, EINTR, ENOBUFS, ECONNREFUSED, 0};
static const int when_receiving[] = {EAGAIN, EINTR, 0};

/* On a socket of the handlers' own, and on what it may have interrupted the closing of. */
static void send_some(void)
{
	uint8_t bytes[PAYLOAD_MIN];
	uint32_t count = atomic_fetch_add(&raised, 1), which = count % SOCKETS, peer = count / SOCKETS % PEER_V6;
	const struct sockaddr *to = (struct sockaddr *)&peers[peer].address;
	payload_fill(bytes, sizeof bytes, OWNER_HANDLER, which, peer, count);
	judge(CALL_handler_send,
	      sendto(sockets[which], bytes, sizeof bytes, MSG_NOSIGNAL, to, peers[peer].size) == sizeof bytes,
	      when_sending);
	payload_fill(bytes, sizeof bytes, OWNER_CONTESTED, 0, peer, count);
	sendto(contested_number(count % CONTESTED), bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT, to,
	       peers[peer].size);
}

static void handle(int number)
{
	int saved = errno;
	(void)number;
	/* That sanitizer runs handlers later, where it sees fit and whatever the kernel's mask says by then: also
	 * inside of pthread_mutex_lock, with the library's lock just taken, which blocks signals for that reason. */
	if (!THREAD_SANITIZER)
		send_some();
	errno = saved;
}

bool signals_open(void)
{
	struct sigaction action = {.sa_handler = handle};
	sockets[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	sockets[1] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return sockets[0] >= 0 && sockets[1] >= 0 && sigaction(SIGUSR1, &action, NULL) == 0;
}

void signal_raise(struct worker *worker, struct mine *mine)
{
	(void)mine;
	if (draw(worker, 2))
		raise(SIGUSR1);
	else
		kill(getpid(), SIGUSR1); /* to any thread */
}

void signal_receive(struct worker *worker, struct mine *mine)
{
	uint8_t bytes[PAYLOAD_MAX];
	struct sockaddr_storage from = {0};
	socklen_t size = sizeof from;
	uint32_t which = draw(worker, SOCKETS);
	(void)mine;
	ssize_t got = recvfrom(sockets[which], bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
	if (judge(CALL_receive, got >= 0, when_receiving) &&
	    !payload_is(bytes, (size_t)got, OWNER_HANDLER, which, &from)) {
		payload_tell(bytes, (size_t)got, OWNER_HANDLER, which, &from);
		convict(CALL_payload);
	}
}
