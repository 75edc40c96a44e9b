#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/stress/payload.h"
#include "tests/stress/verdict.h"
#include "tests/stress/worker.h"

enum { BATCH = 3, PATIENCE_MS = 5 };

/* The kernel itself answers these: a full buffer, a signal, a socket that was shut down. ECONNREFUSED: the server broke
 * off; told to a receiver only where it is connected. */
static const int when_sending[] = {EAGAIN, EINTR, ENOBUFS, ECONNREFUSED, 0};
static const int when_sending_shut[] = {EAGAIN, EINTR, ENOBUFS, ECONNREFUSED, EPIPE, 0};
static const int when_receiving[] = {EAGAIN, EINTR, 0};
static const int when_receiving_from_peer[] = {EAGAIN, EINTR, ECONNREFUSED, 0};
static const int when_unconnected[] = {ENOTCONN, 0};

static void bind_mine(struct worker *worker, const struct mine *mine)
{
	struct sockaddr_in6 any = {.sin6_family = (sa_family_t)mine->family};
	socklen_t size = mine->family == AF_INET6 ? sizeof any : sizeof(struct sockaddr_in);
	if (draw(worker, 4) == 0)
		judge(CALL_bind, bind(mine->fd, (struct sockaddr *)&any, size) == 0, NULL);
}

void mine_open(struct worker *worker, struct mine *mine)
{
	struct timeval limit = {.tv_usec = PATIENCE_MS * 1000};
	*mine = (struct mine){
	    .family = draw(worker, 4) ? AF_INET : AF_INET6,
	    .peer = -1,
	    .serial = ++worker->serial,
	    .nonblocking = draw(worker, 2),
	};
	mine->fd = socket(mine->family, SOCK_DGRAM | (mine->nonblocking ? SOCK_NONBLOCK : 0), 0);
	if (!judge(CALL_open, mine->fd >= 0, NULL))
		return;
	judge(CALL_open, setsockopt(mine->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0, NULL);
	bind_mine(worker, mine);
}

void mine_close(struct worker *worker, struct mine *mine)
{
	(void)worker;
	judge(CALL_close, close(mine->fd) == 0, NULL);
	mine->fd = -1;
}

static int choose_peer(struct worker *worker, const struct mine *mine)
{
	return mine->family == AF_INET6 ? PEER_V6 : (int)draw(worker, PEER_V6);
}

void mine_connect(struct worker *worker, struct mine *mine)
{
	int peer = choose_peer(worker, mine);
	if (judge(CALL_connect, connect(mine->fd, (struct sockaddr *)&peers[peer].address, peers[peer].size) == 0,
		  NULL))
		mine->peer = peer;
}

void mine_dissolve(struct worker *worker, struct mine *mine)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	(void)worker;
	if (judge(CALL_dissolve, connect(mine->fd, &nobody, sizeof nobody) == 0, NULL))
		mine->peer = -1;
}

void mine_shutdown(struct worker *worker, struct mine *mine)
{
	judge(CALL_shutdown, shutdown(mine->fd, (int)draw(worker, 3)) == 0, when_unconnected);
	mine->shut = true;
}

void mine_peer(struct worker *worker, struct mine *mine)
{
	struct sockaddr_storage name;
	socklen_t size = sizeof name;
	(void)worker;
	bool named = getpeername(mine->fd, (struct sockaddr *)&name, &size) == 0;
	if (!judge(CALL_getpeername, named, mine->peer < 0 ? when_unconnected : NULL))
		return;
	if (mine->peer < 0 || !peer_is(&peers[mine->peer], &name))
		convict(CALL_peer);
}

/* Sending */

struct shipment {
	int fd;
	int flags;
	struct peer *to; /* NULL: whom it is connected to */
	size_t size[BATCH];
	uint8_t bytes[BATCH][PAYLOAD_MAX];
};

static ssize_t ship_message(struct shipment *shipment)
{
	size_t half = shipment->size[0] / 2;
	struct iovec pieces[] = {{shipment->bytes[0], half}, {shipment->bytes[0] + half, shipment->size[0] - half}};
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
	if (shipment->to) {
		message.msg_name = &shipment->to->address;
		message.msg_namelen = shipment->to->size;
	}
	return sendmsg(shipment->fd, &message, shipment->flags);
}

static ssize_t ship_batch(struct shipment *shipment)
{
	struct iovec pieces[BATCH];
	struct mmsghdr batch[BATCH];
	memset(batch, 0, sizeof batch);
	for (int i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){shipment->bytes[i], shipment->size[i]};
		batch[i].msg_hdr.msg_iov = &pieces[i];
		batch[i].msg_hdr.msg_iovlen = 1;
		batch[i].msg_hdr.msg_name = shipment->to ? &shipment->to->address : NULL;
		batch[i].msg_hdr.msg_namelen = shipment->to ? shipment->to->size : 0;
	}
	int sent = sendmmsg(shipment->fd, batch, BATCH, shipment->flags);
	if (sent <= 0)
		return sent;
	for (int i = 0; i < sent; i++)
		if (batch[i].msg_len != shipment->size[i])
			convict(CALL_send);
	return (ssize_t)shipment->size[0];
}

static ssize_t ship(struct worker *worker, struct shipment *shipment)
{
	const struct sockaddr *to = shipment->to ? (struct sockaddr *)&shipment->to->address : NULL;
	switch (draw(worker, shipment->to ? 3 : 6)) {
	case 0:
		return ship_message(shipment);
	case 1:
		return ship_batch(shipment);
	case 2:
		return sendto(shipment->fd, shipment->bytes[0], shipment->size[0], shipment->flags, to,
			      shipment->to ? shipment->to->size : 0);
	case 3:
		return send(shipment->fd, shipment->bytes[0], shipment->size[0], shipment->flags);
	case 4:
		return write(shipment->fd, shipment->bytes[0], shipment->size[0]);
	default:
		return writev(shipment->fd, &(struct iovec){shipment->bytes[0], shipment->size[0]}, 1);
	}
}

static void send_by(struct worker *worker, struct mine *mine, int fd)
{
	int peer = mine->peer < 0 || draw(worker, 4) == 0 ? choose_peer(worker, mine) : mine->peer;
	struct shipment shipment = {
	    .fd = fd, .flags = draw(worker, 2) ? MSG_DONTWAIT : 0, .to = peer == mine->peer ? NULL : &peers[peer]};
	for (int i = 0; i < BATCH; i++) {
		shipment.size[i] = PAYLOAD_MIN + draw(worker, PAYLOAD_MAX - PAYLOAD_MIN);
		payload_fill(shipment.bytes[i], shipment.size[i], worker->id, mine->serial, (uint32_t)peer,
			     ++worker->number);
	}
	ssize_t sent = ship(worker, &shipment);
	if (judge(CALL_send, sent >= 0, mine->shut ? when_sending_shut : when_sending) &&
	    sent != (ssize_t)shipment.size[0])
		convict(CALL_send);
}

void mine_send(struct worker *worker, struct mine *mine)
{
	send_by(worker, mine, mine->fd);
}

static int duplicate(struct worker *worker, int fd)
{
	enum { FIRST = 700 }; /* a number of each thread's own, above those that the kernel gives out here */
	switch (draw(worker, 3)) {
	case 0:
		return dup(fd);
	case 1:
		return fcntl(fd, F_DUPFD_CLOEXEC, 0);
	default:
		return dup2(fd, FIRST + (int)worker->id);
	}
}

/* By another descriptor of the same socket. */
void mine_copy(struct worker *worker, struct mine *mine)
{
	int copy = duplicate(worker, mine->fd);
	if (!judge(CALL_dup, copy >= 0, NULL))
		return;
	send_by(worker, mine, copy);
	judge(CALL_close, close(copy) == 0, NULL);
}

/* Receiving */

static ssize_t take(struct worker *worker, int fd, uint8_t *bytes, struct sockaddr_storage *from, bool *named)
{
	socklen_t size = sizeof *from;
	struct iovec piece = {bytes, PAYLOAD_MAX};
	struct mmsghdr batch = {
	    .msg_hdr = {.msg_iov = &piece, .msg_iovlen = 1, .msg_name = from, .msg_namelen = sizeof *from}};
	int flags = draw(worker, 2) ? MSG_DONTWAIT : 0, got;
	*named = true;
	switch (draw(worker, 5)) {
	case 0:
		return recvfrom(fd, bytes, PAYLOAD_MAX, flags, (struct sockaddr *)from, &size);
	case 1:
		return recvmsg(fd, &batch.msg_hdr, flags);
	case 2:
		got = recvmmsg(fd, &batch, 1, flags, NULL);
		return got == 1 ? (ssize_t)batch.msg_len : got;
	case 3:
		*named = false;
		return read(fd, bytes, PAYLOAD_MAX);
	default:
		*named = false;
		return recv(fd, bytes, PAYLOAD_MAX, flags | (draw(worker, 2) ? MSG_PEEK : 0));
	}
}

void mine_receive(struct worker *worker, struct mine *mine)
{
	uint8_t bytes[PAYLOAD_MAX];
	struct sockaddr_storage from = {0};
	struct pollfd readable = {.fd = mine->fd, .events = POLLIN};
	bool named;
	judge(CALL_poll, poll(&readable, 1, (int)draw(worker, PATIENCE_MS)) >= 0, when_receiving);
	ssize_t got = take(worker, mine->fd, bytes, &from, &named);
	const int *allowed = mine->peer < 0 ? when_receiving : when_receiving_from_peer;
	if (!judge(CALL_receive, got >= 0, allowed) || (got == 0 && mine->shut))
		return;
	if (payload_is(bytes, (size_t)got, worker->id, mine->serial, named ? &from : NULL))
		return;
	payload_tell(bytes, (size_t)got, worker->id, mine->serial, named ? &from : NULL);
	convict(CALL_payload);
}
