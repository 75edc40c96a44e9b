#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/stress/payload.h"
#include "tests/stress/verdict.h"
#include "tests/stress/worker.h"

/* Above the numbers that the kernel gives out here, which it takes from below. */
enum { FIRST = 600, OTHERS = 3 };

/* Whatever a number names by now answers: nothing, no socket, a stream that is not connected, another family. */
static const int when_anything[] = {EBADF,        ENOTSOCK,     EAGAIN,     EINTR,    ENOBUFS,
				    ENOTCONN,     EPIPE,        EISCONN,    EINVAL,   ENETUNREACH,
				    EAFNOSUPPORT, ECONNREFUSED, ECONNRESET, ENETDOWN, 0};
static const int when_duplicating[] = {EBUSY, EINTR, 0};
static const int when_closed[] = {EBADF, 0};

static int others[OTHERS];

bool contested_open(void)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return false;
	others[0] = pair[0];
	others[1] = open("/dev/null", O_RDWR | O_CLOEXEC);
	others[2] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return others[1] >= 0 && others[2] >= 0;
}

int contested_number(uint32_t number)
{
	return FIRST + (int)number;
}

static int draw_number(struct worker *worker)
{
	return contested_number(draw(worker, CONTESTED));
}

void contested_take(struct worker *worker, struct mine *mine)
{
	uint32_t which = draw(worker, OTHERS + 6);
	int number = draw_number(worker), fd = which < OTHERS ? others[which] : mine->fd;
	int copy = draw(worker, 2) ? dup2(fd, number) : dup3(fd, number, O_CLOEXEC);
	if (judge(CALL_contested_dup2, copy >= 0, when_duplicating) && copy != number)
		convict(CALL_contested_dup2);
}

void contested_close(struct worker *worker, struct mine *mine)
{
	(void)mine;
	judge(CALL_contested_close, close(draw_number(worker)) == 0, when_closed);
}

void contested_send(struct worker *worker, struct mine *mine)
{
	uint8_t bytes[PAYLOAD_MIN];
	uint32_t peer = draw(worker, PEERS);
	(void)mine;
	payload_fill(bytes, sizeof bytes, OWNER_CONTESTED, 0, peer, ++worker->number);
	ssize_t sent = sendto(draw_number(worker), bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL,
			      (struct sockaddr *)&peers[peer].address, peers[peer].size);
	if (judge(CALL_contested_send, sent >= 0, when_anything) && sent != sizeof bytes)
		convict(CALL_contested_send);
}

void contested_receive(struct worker *worker, struct mine *mine)
{
	uint8_t bytes[PAYLOAD_MAX];
	(void)mine;
	/* Where the number becomes a relayed socket's between the library's look and the call, what comes is framed. */
	ssize_t got = recv(draw_number(worker), bytes, sizeof bytes, MSG_DONTWAIT);
	if (judge(CALL_contested_receive, got >= 0, when_anything) && got > 0 &&
	    !payload_is_framed(bytes, (size_t)got) && !payload_is(bytes, (size_t)got, OWNER_CONTESTED, 0, NULL))
		convict(CALL_payload);
}
