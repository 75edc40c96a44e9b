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

/* The kernel itself answers these: a full buffer, a signal, a socket that was shut down. What the loss of an
 * association is told as is survive's to judge. */
static const int when_sending[] = {EAGAIN, EINTR, ENOBUFS, ECONNREFUSED, ECONNRESET, 0};
static const int when_sending_shut[] = {EAGAIN, EINTR, ENOBUFS, ECONNREFUSED, ECONNRESET, EPIPE, 0};
static const int when_receiving[] = {EAGAIN, EINTR, 0};
static const int when_unconnected[] = {ENOTCONN, 0};

static void bind_own(struct worker *worker, const struct own *own)
{
	struct sockaddr_in6 any = {.sin6_family = (sa_family_t)own->family};
	socklen_t size = own->family == AF_INET6 ? sizeof any : sizeof(struct sockaddr_in);
	if (draw(worker, 4) == 0)
		judge(CALL_bind, bind(own->fd, (struct sockaddr *)&any, size) == 0, NULL);
}

void own_open(struct worker *worker, struct own *own)
{
	struct timeval limit = {.tv_usec = PATIENCE_MS * 1000};
	*own = (struct own){
	    .family = draw(worker, 4) ? AF_INET : AF_INET6,
	    .peer = -1,
	    .serial = ++worker->serial,
	    .nonblocking = draw(worker, 2),
	};
	own->fd = socket(own->family, SOCK_DGRAM | (own->nonblocking ? SOCK_NONBLOCK : 0), 0);
	if (!judge(CALL_open, own->fd >= 0, NULL))
		return;
	judge(CALL_open, setsockopt(own->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0, NULL);
	bind_own(worker, own);
}

void own_close(struct worker *worker, struct own *own)
{
	(void)worker;
	judge(CALL_close, close(own->fd) == 0, NULL);
	own->fd = -1;
}

static int choose_peer(struct worker *worker, const struct own *own)
{
	return own->family == AF_INET6 ? PEER_V6 : (int)draw(worker, PEER_V6);
}

void own_connect(struct worker *worker, struct own *own)
{
	int peer = choose_peer(worker, own);
	if (judge(CALL_connect, connect(own->fd, (struct sockaddr *)&peers[peer].address, peers[peer].size) == 0, NULL))
		own->peer = peer;
}

void own_dissolve(struct worker *worker, struct own *own)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	(void)worker;
	if (judge(CALL_dissolve, connect(own->fd, &nobody, sizeof nobody) == 0, NULL))
		own->peer = -1;
}

void own_shutdown(struct worker *worker, struct own *own)
{
	judge(CALL_shutdown, shutdown(own->fd, (int)draw(worker, 3)) == 0, when_unconnected);
	own->shut = true;
}

void own_peer(struct worker *worker, struct own *own)
{
	struct sockaddr_storage name;
	socklen_t size = sizeof name;
	(void)worker;
	bool named = getpeername(own->fd, (struct sockaddr *)&name, &size) == 0;
	if (!judge(CALL_getpeername, named, own->peer < 0 ? when_unconnected : NULL))
		return;
	if (own->peer < 0 || !peer_is(&peers[own->peer], &name))
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

static void send_by(struct worker *worker, struct own *own, int fd)
{
	int peer = own->peer < 0 || draw(worker, 4) == 0 ? choose_peer(worker, own) : own->peer;
	struct shipment shipment = {
	    .fd = fd, .flags = draw(worker, 2) ? MSG_DONTWAIT : 0, .to = peer == own->peer ? NULL : &peers[peer]};
	for (int i = 0; i < BATCH; i++) {
		shipment.size[i] = PAYLOAD_MIN + draw(worker, PAYLOAD_MAX - PAYLOAD_MIN);
		payload_fill(shipment.bytes[i], shipment.size[i], worker->id, own->serial, (uint32_t)peer,
			     ++worker->number);
	}
	ssize_t sent = ship(worker, &shipment);
	if (judge(CALL_send, sent >= 0, own->shut ? when_sending_shut : when_sending) &&
	    sent != (ssize_t)shipment.size[0])
		convict(CALL_send);
}

void own_send(struct worker *worker, struct own *own)
{
	send_by(worker, own, own->fd);
}

/* By another descriptor of the same socket. */
void own_copy(struct worker *worker, struct own *own)
{
	int copy = draw(worker, 2) ? dup(own->fd) : fcntl(own->fd, F_DUPFD_CLOEXEC, 0);
	if (!judge(CALL_dup, copy >= 0, NULL))
		return;
	send_by(worker, own, copy);
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

void own_receive(struct worker *worker, struct own *own)
{
	uint8_t bytes[PAYLOAD_MAX];
	struct sockaddr_storage from = {0};
	struct pollfd readable = {.fd = own->fd, .events = POLLIN};
	bool named;
	judge(CALL_poll, poll(&readable, 1, (int)draw(worker, PATIENCE_MS)) >= 0, when_receiving);
	ssize_t got = take(worker, own->fd, bytes, &from, &named);
	if (!judge(CALL_receive, got >= 0, when_receiving) || (got == 0 && own->shut))
		return;
	if (!payload_is(bytes, (size_t)got, worker->id, own->serial, named ? &from : NULL))
		convict(CALL_payload);
}
