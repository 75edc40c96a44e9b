#include <asm/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/uio.h>

#include "core/aix/address.h"
#include "core/aix/failure.h"
#include "core/aix/socks5_api.h"
#include "core/aix/stream.h"
#include "core/header.h"
#include "core/raw.h"

#define DATAGRAM_MAX 65536

static int check_socket(int fd)
{
	int protocol;
	unsigned size = sizeof(protocol);
	long error = raw_call(SYS_getsockopt, fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size);

	if (error)
		return (int)-error;
	return protocol == IPPROTO_UDP ? 0 : EINVAL;
}

/* An AF_INET address also does on an AF_INET6 socket. */
static void kernel_name(const struct endpoint *relay, union socket_address *address, socklen_t *size)
{
	endpoint_to_sockaddr(relay, endpoint_family(relay), address, size);
}

static bool read_peer(struct endpoint *peer, const union socket_address *address, socklen_t size)
{
	return endpoint_from_sockaddr(peer, &address->any, size) == OUTCOME_OK;
}

/* Where the program connected the socket to is where the kernel has it, unless a preloaded library that relays what the
 * program sends holds it connected elsewhere: that library answers getpeername(2), and does not see our datagrams.
 * 0, or an errno. */
static int settle_peer(int fd)
{
	union socket_address asked, held;
	socklen_t asked_size = sizeof(asked), held_size = sizeof(held);
	struct endpoint peer, now;
	long answer = raw_call(SYS_getpeername, fd, &held, &held_size);

	if (getpeername(fd, &asked.any, &asked_size) < 0 || !read_peer(&peer, &asked, asked_size))
		return answer < 0 ? (int)-answer : 0;
	if (answer == 0 && read_peer(&now, &held, held_size) && endpoint_equal(&now, &peer))
		return 0;
	return (int)-raw_call(SYS_connect, fd, &asked, asked_size);
}

int socks5udp_sendto(int Socket, void *Message, size_t MsgLen, int Flags, struct sockaddr *Dst, size_t DstLen,
		     struct sockaddr *Svr, size_t SvrLen)
{
	uint8_t header[HEADER_SIZE_MAX];
	struct writer writer = writer_over(header, sizeof(header));
	union socket_address name;
	socklen_t name_size = 0;
	struct endpoint to, relay;
	int error = check_socket(Socket);

	/* The header of the next piece would come to stand in the middle of the datagram. */
	if (!error && (Flags & (MSG_MORE | MSG_OOB)))
		error = EOPNOTSUPP;
	if (!error)
		error = address_read(&to, Dst, DstLen);
	if (!error && Svr)
		error = address_read(&relay, Svr, SvrLen);
	if (error)
		return fail_errno(error);
	if (Svr)
		kernel_name(&relay, &name, &name_size);
	else
		settle_peer(Socket); /* one that is not connected is for the kernel to complain of */
	header_encode(&writer, &to);
	struct iovec pieces[] = {{header, written(&writer)}, {Message, MsgLen}};
	struct msghdr message = {
	    .msg_name = Svr ? &name : NULL, .msg_namelen = name_size, .msg_iov = pieces, .msg_iovlen = 2};
	long sent = raw_call(SYS_sendmsg, Socket, &message, Flags | MSG_NOSIGNAL);
	return sent < 0 ? fail_errno((int)-sent) : 0;
}

struct arrival {
	int fd;
	int flags;  /* the program's */
	bool known; /* relay is to be compared with */
	struct endpoint relay;
	uint64_t deadline_ms; /* of the program's waiting; 0: none */
	bool waits;
	struct endpoint source;
	struct reader payload;
	uint8_t bytes[DATAGRAM_MAX];
};

/* 0: taken; EAGAIN: it was dropped; else the error. */
static int take(struct arrival *arrival, int more_flags)
{
	union socket_address from;
	socklen_t size = sizeof(from);
	struct endpoint sender;
	long got = raw_call(SYS_recvfrom, arrival->fd, arrival->bytes, sizeof(arrival->bytes),
			    (arrival->flags | more_flags) & ~MSG_TRUNC, &from, &size);

	if (got < 0)
		return (int)-got;
	arrival->payload = reader_of(arrival->bytes, (size_t)got);
	if ((!arrival->known || (endpoint_from_sockaddr(&sender, &from.any, size) == OUTCOME_OK &&
				 endpoint_equal(&sender, &arrival->relay))) &&
	    header_decode(&arrival->payload, &arrival->source) == OUTCOME_OK)
		return 0;
	if (arrival->flags & MSG_PEEK)
		raw_call(SYS_recvfrom, arrival->fd, arrival->bytes, 0, MSG_DONTWAIT, 0, 0);
	return -1;
}

/* What is dropped does not lengthen the program's waiting. */
static int receive(struct arrival *arrival)
{
	int error = take(arrival, 0);

	while (error == -1) {
		bool timed = arrival->waits && arrival->deadline_ms;

		if (timed && stream_wait(arrival->fd, false, arrival->deadline_ms) == ETIMEDOUT)
			return EAGAIN;
		error = take(arrival, timed ? MSG_DONTWAIT : 0);
		if (timed && error == EAGAIN)
			error = -1;
	}
	return error;
}

static void expect_until(struct arrival *arrival)
{
	long timeout[2] = {0, 0};
	unsigned size = sizeof(timeout);

	arrival->waits = !(arrival->flags & MSG_DONTWAIT) && !(raw_call(SYS_fcntl, arrival->fd, F_GETFL) & O_NONBLOCK);
	if (arrival->waits)
		raw_call(SYS_getsockopt, arrival->fd, SOL_SOCKET, SO_RCVTIMEO, timeout, &size);
	if (timeout[0] || timeout[1])
		arrival->deadline_ms =
		    stream_now_ms() + (uint64_t)timeout[0] * 1000 + ((uint64_t)timeout[1] + 999) / 1000;
}

static int check_room(void *message, size_t size, struct sockaddr *source, size_t *source_size)
{
	if (!memory_is_writable(message, size < DATAGRAM_MAX ? size : DATAGRAM_MAX))
		return EFAULT;
	if (!source)
		return 0;
	if (!memory_is_writable(source_size, sizeof(*source_size)))
		return EFAULT;
	size = *source_size < sizeof(union socket_address) ? *source_size : sizeof(union socket_address);
	return memory_is_writable(source, size) ? 0 : EFAULT;
}

static void store_source(struct sockaddr *source, size_t *size, struct endpoint *from)
{
	union socket_address address = {.any.sa_family = AF_UNSPEC};
	socklen_t used = sizeof(address.any.sa_family);

	endpoint_settle(from);
	if (from->kind != ENDPOINT_NAME)
		kernel_name(from, &address, &used);
	memcpy(source, &address, *size < used ? *size : used);
	*size = used;
}

/* An arrival is too large to be set as a whole: its octets stay unset until there are some. */
static int start_arrival(struct arrival *arrival, int fd, int flags, const struct sockaddr *server, size_t server_size)
{
	int error = check_socket(fd);

	arrival->fd = fd;
	arrival->flags = flags;
	arrival->deadline_ms = 0;
	if (error)
		return error;
	if (arrival->flags & (MSG_ERRQUEUE | MSG_OOB))
		return EOPNOTSUPP;
	arrival->known = server != NULL;
	if (server)
		return address_read(&arrival->relay, server, server_size);
	return settle_peer(fd);
}

ssize_t socks5udp_recvfrom(int Socket, void *Message, size_t MsgLen, int Flags, struct sockaddr *Src, size_t *SrcLen,
			   const struct sockaddr *Svr, size_t SvrLen)
{
	struct arrival arrival;
	int error;
	size_t size;

	error = start_arrival(&arrival, Socket, Flags, Svr, SvrLen);
	if (!error)
		error = check_room(Message, MsgLen, Src, SrcLen);
	if (!error) {
		expect_until(&arrival);
		error = receive(&arrival);
	}
	if (error)
		return fail_errno(error);
	size = reader_left(&arrival.payload);
	memcpy(Message, arrival.payload.at, size < MsgLen ? size : MsgLen);
	if (Src)
		store_source(Src, SrcLen, &arrival.source);
	return (ssize_t)(size < MsgLen || (Flags & MSG_TRUNC) ? size : MsgLen);
}
