#include "tests/live/socks_server/relay.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/header.h"
#include "core/message.h"
#include "tests/live/socks_server/delayed.h"
#include "tests/live/socks_server/noise.h"
#include "tests/live/socks_server/ports.h"

#define DATAGRAM_SIZE (HEADER_SIZE_MAX + 65536)
#define SOCKET_BUFFER (8 << 20)

static void client_ready(struct watch *watch, uint32_t events);
static void peers_v4_ready(struct watch *watch, uint32_t events);
static void peers_v6_ready(struct watch *watch, uint32_t events);

int datagram_socket(const struct endpoint *from)
{
	int family = endpoint_family(from);
	union socket_address address;
	socklen_t size;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	int room = SOCKET_BUFFER;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
	marked_ask(fd, family);
	if (endpoint_to_sockaddr(from, family, &address, &size) == OUTCOME_OK && bind(fd, &address.any, size) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool relay_watch(struct relay *relay, struct watch *watch, const struct endpoint *from)
{
	enum { TRIES = 100 };
	struct endpoint at = *from;
	watch->fd = -1;
	for (int i = 0; i < TRIES && watch->fd < 0; i++) {
		if (relay->server->script.apart && from->port == 0)
			at.port = ports_next();
		watch->fd = datagram_socket(&at);
	}
	return watch->fd >= 0 && loop_watch(relay->server->loop, watch, EPOLLIN) == 0;
}

bool relay_open(struct relay *relay, struct server *server)
{
	*relay = (struct relay){
	    .server = server,
	    .used_ms = clock_ms(),
	    .client_side = {-1, client_ready},
	    .peers_v4 = {-1, peers_v4_ready},
	    .peers_v6 = {-1, peers_v6_ready},
	    .spoofer = -1,
	    .stranger = -1,
	};
	const char *at = server->script.relay_at;
	struct endpoint from = server->address;
	if (strcmp(at, "auto") != 0)
		endpoint_parse(&from, at, strlen(at), 0);
	from.port = 0;
	union socket_address address;
	socklen_t size = sizeof address;
	if (relay_watch(relay, &relay->client_side, &from) &&
	    getsockname(relay->client_side.fd, &address.any, &size) == 0 &&
	    endpoint_from_sockaddr(&relay->bound, &address.any, size) == OUTCOME_OK)
		return true;
	relay_close(relay);
	return false;
}

void relay_close(struct relay *relay)
{
	loop_unwatch(&relay->client_side);
	loop_unwatch(&relay->peers_v4);
	loop_unwatch(&relay->peers_v6);
	if (relay->spoofer >= 0)
		close(relay->spoofer);
	if (relay->stranger >= 0)
		close(relay->stranger);
	relay->spoofer = relay->stranger = -1;
	delayed_forget(relay->server, relay);
}

/* The wire has no scope: link-local addresses are those of the loopback interface here. */
static void send_marked(int fd, const struct endpoint *to, const void *bytes, size_t size, struct packet_marks marks)
{
	union socket_address address;
	socklen_t address_size;
	int family = endpoint_family(to);
	struct endpoint scoped = *to;
	if (endpoint_is_link_local(to) && to->kind == ENDPOINT_IPV6)
		scoped.scope = if_nametoindex("lo");
	if (endpoint_to_sockaddr(&scoped, family, &address, &address_size) == OUTCOME_OK)
		marked_send(fd, bytes, size, &address.any, address_size, marks);
}

void relay_send(int fd, const struct endpoint *to, const void *bytes, size_t size)
{
	send_marked(fd, to, bytes, size, MARKS_PLAIN);
}

void relay_out(struct relay *relay, const struct watch *by, const struct endpoint *to, const void *bytes, size_t size,
	       struct packet_marks marks)
{
	struct server *server = relay->server;
	bool down = by == &relay->client_side;
	relay->used_ms = clock_ms();
	send_marked(by->fd, to, bytes, size, marks);
	server->counters.up += !down;
	server->counters.down += down;
	if (down && ++relay->answers == server->script.close_after && relay->exhausted)
		relay->exhausted(relay);
}

static void relay_pass(struct relay *relay, const struct watch *by, const struct endpoint *to, const void *bytes,
		       size_t size)
{
	if (relay->server->script.relay_delay_ms)
		delayed_add(relay, by, to, bytes, size);
	else
		relay_out(relay, by, to, bytes, size, relay->marks);
}

static size_t joined_segment(struct msghdr *message)
{
	int segment = 0;
	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control))
		if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO)
			memcpy(&segment, CMSG_DATA(control), sizeof segment);
	return (size_t)segment;
}

/* *segment: the size of each, where the kernel has joined several (UDP_GRO), else 0. */
static ssize_t relay_receive(struct relay *relay, int fd, uint8_t *bytes, size_t size, struct endpoint *from,
			     size_t *segment)
{
	union socket_address address;
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int)) + MARKED_CONTROL];
	struct iovec piece = {bytes, size};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	ssize_t got;
	/* A peer's ICMP error is not an end of data. */
	do {
		message.msg_name = &address;
		message.msg_namelen = sizeof address;
		message.msg_control = control;
		message.msg_controllen = sizeof control;
		got = recvmsg(fd, &message, 0);
	} while (got < 0 && (errno == EINTR || errno == ECONNREFUSED || errno == EHOSTUNREACH));
	if (got < 0)
		return got;
	endpoint_from_sockaddr(from, &address.any, message.msg_namelen);
	*segment = joined_segment(&message);
	relay->marks = marked_read(&message);
	return got;
}

static void relay_up(struct relay *relay, struct endpoint target, const void *payload, size_t size)
{
	struct server *server = relay->server;
	endpoint_settle(&target);
	if (target.kind == ENDPOINT_NAME &&
	    endpoint_parse(&target, server->script.names, strlen(server->script.names), target.port) != OUTCOME_OK)
		return;
	bool v6 = target.kind == ENDPOINT_IPV6;
	struct watch *out = v6 ? &relay->peers_v6 : &relay->peers_v4;
	if (out->fd < 0) {
		if (!relay_watch(relay, out, v6 ? &server->relay_from_v6 : &server->relay_from_v4))
			return;
		setsockopt(out->fd, SOL_UDP, UDP_GRO, &(int){1}, sizeof(int));
	}
	relay_pass(relay, out, &target, payload, size);
}

/* false: it goes no further. FRAG is cleared of one that is relayed as if it were whole. */
static bool fragment_passes(struct relay *relay, uint8_t *datagram)
{
	int use = relay->server->script.frag;
	datagram[2] = 0;
	if (use == FRAGMENT_END && relay->exhausted)
		relay->exhausted(relay);
	return use == FRAGMENT_PASS;
}

/* Of the client's datagrams: whether the script has this one lost. */
static bool is_lost(struct relay *relay, size_t payload_size)
{
	const struct script *script = &relay->server->script;
	relay->heard++;
	return (script->lose && relay->heard % script->lose == 0) ||
	       (script->largest && payload_size > (size_t)script->largest);
}

static void client_ready(struct watch *watch, uint32_t events)
{
	(void)events;
	static uint8_t bytes[DATAGRAM_SIZE];
	struct relay *relay = container_of(watch, struct relay, client_side);
	struct counters *counters = &relay->server->counters;
	struct endpoint from;
	size_t segment;
	ssize_t got;
	/* closed by exhausted: the watch, and with it the descriptor, is gone */
	while (watch->fd >= 0 && (got = relay_receive(relay, watch->fd, bytes, sizeof bytes, &from, &segment)) >= 0) {
		struct reader reader = reader_of(bytes, (size_t)got);
		struct endpoint target;
		enum outcome outcome = header_decode(&reader, &target);
		if (outcome == OUTCOME_FRAGMENT && fragment_passes(relay, bytes))
			outcome = header_decode(&reader, &target);
		if (outcome != OUTCOME_OK) {
			counters->raw++;
			continue;
		}
		bool locked = relay->server->script.lock && relay->client.kind != ENDPOINT_NONE;
		if (locked && !endpoint_equal(&relay->client, &from)) {
			counters->foreign++;
			continue;
		}
		relay->client = from;
		if (is_lost(relay, reader_left(&reader)))
			continue;
		relay_up(relay, target, reader.at, reader_left(&reader));
	}
}

/* What a careless server writes in place of the peer's address. text: room for a name. */
static size_t answer_header(const struct relay *relay, const struct endpoint *from, uint8_t *out, size_t room)
{
	struct writer writer = writer_over(out, room);
	char text[ENDPOINT_TEXT_SIZE];
	int kind = relay->server->script.answer;
	if (kind == ANSWER_NAME) {
		endpoint_print(from, text, sizeof text);
		*strrchr(text, ':') = '\0';
		size_t bracket = from->kind == ENDPOINT_IPV6;
		struct endpoint name = endpoint_name(text + bracket, strlen(text) - 2 * bracket, from->port);
		header_encode(&writer, &name);
	} else if (kind == ANSWER_MAPPED && from->kind == ENDPOINT_IPV4) {
		static const uint8_t start[] = {0, 0, 0, ADDRESS_IPV6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
		write_bytes(&writer, start, sizeof start);
		write_bytes(&writer, from->ip, 4);
		write_u16(&writer, from->port);
	} else if (kind == ANSWER_OTHER) {
		struct endpoint other = *from;
		other.port ^= 1;
		header_encode(&writer, &other);
	} else if (!relay->server->script.bare) {
		header_encode(&writer, from);
	}
	return written(&writer);
}

/* What came joined leaves so: the client may have asked for UDP_GRO as well. */
static void send_joined(const struct relay *relay, const void *bytes, size_t size, uint16_t segment)
{
	union socket_address address;
	socklen_t address_size;
	_Alignas(struct cmsghdr) uint8_t room[CMSG_SPACE(sizeof segment)] = {0};
	struct iovec piece = {(void *)(uintptr_t)bytes, size};
	int family = endpoint_family(&relay->client);
	if (endpoint_to_sockaddr(&relay->client, family, &address, &address_size) != OUTCOME_OK)
		return;
	struct msghdr message = {.msg_name = &address,
				 .msg_namelen = address_size,
				 .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = room,
				 .msg_controllen = sizeof room};
	struct cmsghdr *control = CMSG_FIRSTHDR(&message);
	control->cmsg_level = SOL_UDP;
	control->cmsg_type = UDP_SEGMENT;
	control->cmsg_len = CMSG_LEN(sizeof segment);
	memcpy(CMSG_DATA(control), &segment, sizeof segment);
	sendmsg(relay->client_side.fd, &message, MSG_NOSIGNAL);
}

static void relay_down_joined(struct relay *relay, const struct endpoint *from, const uint8_t *bytes, size_t size,
			      size_t segment)
{
	static uint8_t framed[DATAGRAM_SIZE];
	uint8_t header[HEADER_SIZE_MAX];
	size_t header_size = answer_header(relay, from, header, sizeof header), used = 0;
	for (size_t at = 0; at < size; at += segment) {
		size_t part = size - at < segment ? size - at : segment;
		if (used + header_size + part > sizeof framed)
			return;
		memcpy(framed + used, header, header_size);
		memcpy(framed + used + header_size, bytes + at, part);
		used += header_size + part;
		relay->server->counters.down++;
	}
	send_joined(relay, framed, used, (uint16_t)(header_size + segment));
}

static void relay_down_one(struct relay *relay, const struct endpoint *from, uint8_t *payload, size_t size)
{
	const struct script *script = &relay->server->script;
	uint8_t header[HEADER_SIZE_MAX];
	size_t header_size = answer_header(relay, from, header, sizeof header);
	uint8_t *start = payload - header_size;
	if (script->largest && size > (size_t)script->largest)
		return;
	if (script->cut && size > (size_t)script->cut)
		size = (size_t)script->cut;
	memcpy(start, header, header_size);
	if (script->noise)
		noise_send(relay, start, header_size, header_size + size);
	if (script->elsewhere)
		noise_send_elsewhere(relay, start, header_size + size);
	else
		relay_pass(relay, &relay->client_side, &relay->client, start, header_size + size);
}

static void relay_down(struct relay *relay, int fd)
{
	static uint8_t bytes[DATAGRAM_SIZE];
	struct endpoint from;
	size_t segment;
	ssize_t got;
	while (relay->client_side.fd >= 0 && /* as above */
	       (got = relay_receive(relay, fd, bytes + HEADER_SIZE_MAX, sizeof bytes - HEADER_SIZE_MAX, &from,
				    &segment)) >= 0) {
		if (segment)
			relay_down_joined(relay, &from, bytes + HEADER_SIZE_MAX, (size_t)got, segment);
		else
			relay_down_one(relay, &from, bytes + HEADER_SIZE_MAX, (size_t)got);
	}
}

static void peers_v4_ready(struct watch *watch, uint32_t events)
{
	(void)events;
	relay_down(container_of(watch, struct relay, peers_v4), watch->fd);
}

static void peers_v6_ready(struct watch *watch, uint32_t events)
{
	(void)events;
	relay_down(container_of(watch, struct relay, peers_v6), watch->fd);
}

void relay_drain(struct relay *relay)
{
	if (relay->client_side.fd >= 0)
		client_ready(&relay->client_side, EPOLLIN);
	if (relay->peers_v4.fd >= 0)
		peers_v4_ready(&relay->peers_v4, EPOLLIN);
	if (relay->peers_v6.fd >= 0)
		peers_v6_ready(&relay->peers_v6, EPOLLIN);
}
