#include "core/flow.h"

#include <errno.h>
#include <string.h>

enum { DISCARD_PORT = 9 };

_Static_assert(sizeof(void *) != 8 || offsetof(struct flow, published[VIEW_WORDS_OF_FIRST_LINE]) == 64,
	       "what stands before the relay is in the flow's first line");

bool flow_read(const struct flow *flow, uint32_t generation, struct view *view)
{
	flow_read_words(flow, view, VIEW_WORDS);
	return view->generation == generation;
}

void flow_publish(struct flow *flow)
{
	uint32_t sequence = atomic_load_explicit(&flow->sequence, memory_order_relaxed);
	atomic_store_explicit(&flow->sequence, sequence + 1, memory_order_relaxed);
	flow->now.plain = view_plain(&flow->now);
#pragma GCC unroll 8
	for (size_t i = 0; i < VIEW_WORDS; i++) {
		uint64_t word;
		memcpy(&word, (const uint8_t *)&flow->now + i * sizeof word, sizeof word);
		atomic_store_explicit(&flow->published[i], word, memory_order_release);
	}
	atomic_store_explicit(&flow->sequence, sequence + 2, memory_order_release);
}

bool flow_is_at(const struct flow *flow, const struct world *world, int fd)
{
	uint64_t cookie;
	return world->udp_cookie(fd, &cookie) == 0 && cookie == flow->cookie;
}

void flow_enter(struct flow *flow, const struct world *world, enum phase phase)
{
	flow->now.phase = (uint8_t)phase;
	flow_publish(flow);
	atomic_fetch_add(&flow->event, 1);
	if (atomic_load(&flow->sleepers))
		world->wake(&flow->event);
}

int flow_sleep(struct flow *flow, const struct world *world, uint32_t event, uint64_t deadline_ms)
{
	atomic_fetch_add(&flow->sleepers, 1);
	int answer = world->wait(&flow->event, event, deadline_ms);
	atomic_fetch_sub(&flow->sleepers, 1);
	return answer;
}

/* connect(AF_UNSPEC) loses a port that the kernel chose; binding the same one right after restores it. A device that
 * the program bound it to is the program's wish still; one that came with a scoped address goes with that. */
static int leave_keeping_port(struct flow *flow, const struct world *world)
{
	union socket_address before, after;
	socklen_t before_size = sizeof before, after_size = sizeof after;
	int answer = world->udp_local(flow->fd, &before, &before_size);
	if (answer == 0)
		answer = flow->held.scope ? world->udp_dissolve(flow->fd) : world->udp_leave(flow->fd);
	if (answer < 0)
		return answer;
	flow->now.link = LINK_NONE;
	flow->now.flags &= (uint16_t)~VIEW_SETTLED;
	uint16_t port = before.v4.sin_port;
	if (!(flow->now.flags & VIEW_BOUND_ADDRESS)) {
		before = (union socket_address){.any.sa_family = before.any.sa_family};
		before.v4.sin_port = port;
	}
	answer = world->udp_bind(flow->fd, &before, before_size);
	bool has_one = answer == -EINVAL && world->udp_local(flow->fd, &after, &after_size) == 0;
	return has_one && after.v4.sin_port == port ? 0 : answer;
}

/* Linux tells a socket that is not connected only by IP_RECVERR that its relay is there no more. One that hears direct
 * datagrams as well would be told of those, too, which the program has not asked for. */
static void set_alerted(struct flow *flow, const struct world *world, bool on)
{
	if (flow->now.alerted == on || world->udp_report(flow->fd, on) < 0)
		return;
	flow->now.alerted = on;
	if (!on) /* one that nobody has asked for would be told to the next call, of whatever kind */
		world->udp_clear_error(flow->fd);
}

void flow_unalert(struct flow *flow, const struct world *world)
{
	set_alerted(flow, world, false);
}

/* Linux never forgets whom an IPv6 socket was connected to: dissolved, it goes on hearing that address only. Should it
 * send anything directly, it would not hear the answer. */
static bool stays_unconnected(const struct flow *flow)
{
	return !view_is_connected(&flow->now) && (flow->now.flags & VIEW_OPEN || flow->now.family == AF_INET6);
}

/* A relative that relays by the same socket has had itself told; it may have ended since. */
static bool is_alerted_by_relative(const struct flow *flow, const struct world *world)
{
	return world->has_relatives() && stays_unconnected(flow) && !atomic_load(&flow->asks) &&
	       world->udp_reports(flow->fd);
}

void flow_told(struct flow *flow, const struct world *world)
{
	if (!flow->now.alerted && !is_alerted_by_relative(flow, world))
		return;
	flow->now.alerted = true;
	set_alerted(flow, world, false);
	set_alerted(flow, world, true);
}

/* A family's loopback addresses are all met from the same one. */
static bool has_same_source(const struct endpoint *one, const struct endpoint *other)
{
	bool near = one->kind == other->kind && endpoint_is_loopback(one) && endpoint_is_loopback(other);
	return near || endpoint_same_host(one, other);
}

/* Once connected, a socket keeps its source address over further connects: it must let go before it can be moved to
 * a host that another interface leads to, or when this machine may have another address by now. */
static int connect_kernel(struct flow *flow, const struct world *world, const struct endpoint *to, enum link link)
{
	union socket_address address;
	socklen_t size;
	if (endpoint_to_sockaddr(to, flow->now.family, &address, &size) != OUTCOME_OK)
		return -EAFNOSUPPORT;
	bool anew = flow->now.phase == PHASE_LOST || !has_same_source(&flow->held, to);
	/* From one direct peer to another the first one's stays. */
	bool from_direct = flow->now.link == LINK_PEER && link != LINK_PEER;
	bool alerted = flow->now.alerted;
	set_alerted(flow, world, false);
	if (from_direct || (view_is_held(&flow->now) && anew)) {
		int answer = leave_keeping_port(flow, world);
		/* Another socket has taken the port, or another process has sent from this one: it has another port
		 * now. */
		if (answer < 0 && answer != -EADDRINUSE && answer != -EINVAL)
			return answer;
	}
	int answer = world->udp_connect(flow->fd, &address, size);
	if (answer < 0) {
		set_alerted(flow, world, alerted);
		return answer;
	}
	flow->now.link = (uint8_t)link;
	flow->now.flags &= (uint16_t)~VIEW_SETTLED;
	if (link == LINK_RELAY && world->udp_is_empty(flow->fd))
		flow->now.flags |= VIEW_SETTLED;
	flow->held = *to;
	return 0;
}

struct endpoint flow_discard_port(int family)
{
	struct endpoint here = {.kind = ENDPOINT_IPV6, .port = DISCARD_PORT};
	here.ip[15] = 1;
	return family == AF_INET6 ? here : endpoint_ipv4(INADDR_LOOPBACK, DISCARD_PORT);
}

bool flow_is_discard_port(const struct endpoint *endpoint)
{
	return endpoint->port == DISCARD_PORT && endpoint_is_loopback(endpoint);
}

/* The kernel gives a socket one when it sends or is connected; this one has to wait for that. */
static void take_port(const struct flow *flow, const struct world *world)
{
	union socket_address address;
	socklen_t size = sizeof address;
	if (world->udp_local(flow->fd, &address, &size) == 0 && address.v4.sin_port == 0)
		world->udp_bind(flow->fd, &address, size);
}

/* Leaving its relay, a socket is without a port that the kernel chose for a moment, in which an answer would be lost.
 * One that was bound by its number, as it is here before anything could be answered, keeps its port all the while. */
static void keep_port(struct flow *flow, const struct world *world)
{
	if (!flow->undecided || stays_unconnected(flow) || view_is_connected(&flow->now) || flow->now.link != LINK_NONE)
		return;
	take_port(flow, world);
	leave_keeping_port(flow, world);
}

void flow_hold(struct flow *flow, const struct world *world, const struct endpoint *server)
{
	if (view_is_held(&flow->now))
		return;
	bool usable = server->kind == ENDPOINT_IPV4 || server->kind == ENDPOINT_IPV6;
	if (flow->now.flags & VIEW_V6ONLY && server->kind != ENDPOINT_IPV6)
		world->udp_allow_ipv4(flow->fd);
	if (stays_unconnected(flow)) {
		take_port(flow, world);
		return;
	}
	keep_port(flow, world);
	if (usable && connect_kernel(flow, world, server, LINK_GUARD) == 0)
		return;
	struct endpoint here = flow_discard_port(flow->now.family);
	if (connect_kernel(flow, world, &here, LINK_GUARD) < 0) {
		/* Bound to an address that reaches neither: an IPv6 socket limited to IPv4, say. */
		here = flow_discard_port(AF_INET);
		connect_kernel(flow, world, &here, LINK_GUARD);
	}
}

struct seldom *flow_seldom(struct flow *flow, const struct world *world)
{
	if (!flow->seldom)
		flow->seldom = world->map(sizeof *flow->seldom);
	return flow->seldom;
}

void flow_note_backlog(struct flow *flow, const struct world *world)
{
	uint32_t waiting = world->udp_waiting(flow->fd);
	struct seldom *seldom = waiting ? flow_seldom(flow, world) : NULL;
	if (!seldom)
		return;
	backlog_note(&seldom->backlog, waiting, &flow->now);
	flow->now.flags |= VIEW_BACKLOG;
}

/* What is joined has one source for the kernel, the relay, and as many for the program as datagrams. One that has
 * connected its socket hears but its peer; any other would have to be given the rest with its next call, and no poll(2)
 * would tell that there is one. */
static void settle_joining(struct flow *flow, const struct world *world)
{
	bool joins = flow->now.flags & VIEW_JOINS, wanted = flow->now.flags & VIEW_GRO;
	bool right = wanted && view_is_connected(&flow->now);
	bool waits = joins && wanted && !world->udp_is_empty(flow->fd); /* for what is joined already */
	if (joins == right || waits || world->udp_join(flow->fd, right) < 0)
		return;
	flow->now.flags ^= VIEW_JOINS;
}

void flow_join(struct flow *flow, const struct world *world, bool on)
{
	flow->now.flags = (uint16_t)(on ? flow->now.flags | VIEW_GRO : flow->now.flags & ~VIEW_GRO);
	settle_joining(flow, world);
}

void flow_connect_relayed(struct flow *flow, const struct world *world, const struct endpoint *peer,
			  const struct endpoint *server)
{
	flow->now.peer = *peer;
	settle_joining(flow, world);
	if (view_is_held(&flow->now))
		return;
	if (flow->now.phase == PHASE_READY && connect_kernel(flow, world, &flow->now.relay, LINK_RELAY) == 0)
		return;
	flow_hold(flow, world, server);
	if (flow->now.link == LINK_PEER) { /* nothing could be held: at least the former peer is left */
		world->udp_dissolve(flow->fd);
		flow->now.link = LINK_NONE;
		flow->now.flags &= (uint16_t)~VIEW_SETTLED;
	}
}

int flow_connect_direct(struct flow *flow, const struct world *world, const struct endpoint *peer)
{
	int answer = connect_kernel(flow, world, peer, LINK_PEER);
	if (answer < 0)
		return answer;
	flow->now.peer = *peer;
	settle_joining(flow, world);
	return 0;
}

/* An error that the relay, or the guard, has left on the socket is not the program's, which hears of errors from now
 * on. */
static void let_go(struct flow *flow, const struct world *world, bool was_held)
{
	if (was_held)
		world->udp_clear_error(flow->fd);
}

int flow_dissolve(struct flow *flow, const struct world *world)
{
	bool was_held = view_is_held(&flow->now);
	set_alerted(flow, world, false);
	int answer = world->udp_dissolve(flow->fd);
	if (answer < 0)
		return answer;
	flow->now.peer = (struct endpoint){0};
	flow->now.link = LINK_NONE;
	flow->now.flags &= (uint16_t)~VIEW_SETTLED;
	settle_joining(flow, world);
	let_go(flow, world, was_held);
	return 0;
}

void flow_renounce(struct flow *flow, const struct world *world)
{
	former_relays_add(&flow->former_relays, world, &flow->now.relay);
	flow->now.relay = (struct endpoint){0};
	flow->now.flags &= (uint16_t)~VIEW_YOUNG; /* or each receive would look after it */
}

int flow_open(struct flow *flow, const struct world *world)
{
	bool held = view_is_held(&flow->now) && !view_is_connected(&flow->now);
	int answer = held ? leave_keeping_port(flow, world) : 0;
	set_alerted(flow, world, false);
	flow->now.flags |= VIEW_OPEN;
	let_go(flow, world, held);
	return answer;
}

void flow_heard(struct flow *flow, const struct world *world, const struct endpoint *peer)
{
	struct correspondents *correspondents = atomic_load(&flow->correspondents);
	if (!correspondents) {
		correspondents = correspondents_new(world);
		atomic_store(&flow->correspondents, correspondents);
	}
	correspondents_add(correspondents, peer);
	set_alerted(flow, world, false);
	flow->now.flags |= VIEW_OPEN;
}

enum outcome flow_relay_address(const struct view *view, union socket_address *address, socklen_t *size)
{
	return endpoint_to_sockaddr(&view->relay, view->family, address, size);
}

/* Of a datagram, by whom its header names. A name stands for an address of either family: it is taken for the socket's.
 */
static struct marks marks_by_header(const struct flow *flow, const uint8_t *framed)
{
	enum { ADDRESS_TYPE_AT = 3 };
	uint32_t marks = atomic_load_explicit(&flow->marks, memory_order_relaxed);
	return marks_of(marks, framed[ADDRESS_TYPE_AT] != ADDRESS_IPV4);
}

void flow_send(struct flow *flow, const struct world *world, const void *framed, size_t size)
{
	union socket_address relay;
	socklen_t relay_size = 0;
	bool named = flow->now.link != LINK_RELAY;
	if (named && flow_relay_address(&flow->now, &relay, &relay_size) != OUTCOME_OK)
		return;
	const union socket_address *to = named ? &relay : NULL;
	struct marks given, *marks = NULL;
	if (flow->now.marks & MARKS_SENT) {
		given = marks_by_header(flow, framed);
		marks = &given;
	}
	flow_note_unanswered(flow, 1);
	ssize_t sent = world->udp_send(flow->fd, framed, size, to, relay_size, marks);
	/* An error that waits on the socket (an earlier relay's refusal) is told once, and is not this datagram's. */
	if (sent == -ECONNREFUSED)
		world->udp_send(flow->fd, framed, size, to, relay_size, marks);
}

static void send_queued(struct flow *flow, const struct world *world)
{
	const uint8_t *datagram;
	size_t size;
	for (size_t at = 0; queue_next(&flow->queue, &at, &datagram, &size);)
		flow_send(flow, world, datagram, size);
	queue_clear(&flow->queue, world);
}

static bool own_address(const struct flow *flow, const struct world *world, struct endpoint *own)
{
	union socket_address address;
	socklen_t size = sizeof address;
	return world->udp_local(flow->fd, &address, &size) == 0 &&
	       endpoint_from_sockaddr(own, &address.any, size) == OUTCOME_OK;
}

bool flow_reaches(const struct flow *flow, const struct world *world, const struct endpoint *relay,
		  struct endpoint *host)
{
	*host = flow_discard_port(flow->now.family);
	bool bound = flow->now.flags & VIEW_BOUND_ADDRESS && own_address(flow, world, host);
	int kind = host->kind;
	host->port = 0;
	if (kind == ENDPOINT_IPV4) /* from any address of this machine */
		*host = bridge_host();
	if (bound || flow->now.family == AF_INET)
		return relay->kind == kind;
	return relay->kind == ENDPOINT_IPV6 || !world->udp_is_v6only(flow->fd);
}

/* An unbound socket has no port yet that could be met. */
static enum outcome face_bridge(struct flow *flow, const struct world *world, const struct endpoint *entrance)
{
	struct endpoint own;
	take_port(flow, world);
	if (!own_address(flow, world, &own))
		return OUTCOME_UNREACHABLE;
	struct endpoint socket = endpoint_is_unspecified(&own) ? bridge_visitor(entrance) : own;
	socket.port = own.port;
	return bridge_face(&flow->bridge, world, &socket);
}

static int face(struct flow *flow, const struct world *world, const struct endpoint *relay)
{
	if (flow->now.link == LINK_PEER)
		return 0;
	if (!stays_unconnected(flow))
		return connect_kernel(flow, world, relay, LINK_RELAY);
	set_alerted(flow, world, !(flow->now.flags & VIEW_OPEN));
	return 0;
}

int flow_face_relay(struct flow *flow, const struct world *world)
{
	return face(flow, world, &flow->now.relay);
}

/* One datagram out and one in are all that many a socket ever sees: such a one only names its relay. There must be a
 * way to that, as there is to the server's host, and nobody else who may receive from the socket and does not know it.
 */
static bool is_young(const struct flow *flow, const struct world *world, const struct endpoint *relay)
{
	return flow->now.flags & VIEW_YOUNG && flow->now.link == LINK_NONE && !view_is_connected(&flow->now) &&
	       endpoint_same_host(relay, &flow->round.association.peer) && !world->has_relatives();
}

enum outcome flow_ready(struct flow *flow, const struct world *world, const struct endpoint *relay)
{
	union socket_address address;
	socklen_t size;
	enum outcome outcome = endpoint_to_sockaddr(relay, flow->now.family, &address, &size);
	if (outcome != OUTCOME_OK)
		return outcome;
	keep_port(flow, world);
	int answer = is_young(flow, world, relay) ? 0 : face(flow, world, relay);
	if (answer < 0)
		return outcome_from_errno(-answer);
	if (flow->bridge.stands)
		outcome = face_bridge(flow, world, relay);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (!endpoint_equal(&flow->now.relay, relay))
		former_relays_add(&flow->former_relays, world, &flow->now.relay);
	flow->now.relay = *relay;
	flow->now.flags &= (uint16_t)~VIEW_UNTOLD;
	flow->now.server = flow->round.association.server;
	flow->refusals = 0;
	/* The answer to what is queued may be here before the phase is: it must be known for the relay's. */
	flow_publish(flow);
	send_queued(flow, world);
	flow_enter(flow, world, PHASE_READY);
	return OUTCOME_OK;
}

/* A datagram to a port of this machine that nobody listens at comes back as an ICMP error: the kernel then reports an
 * error for the socket by all its ways. Which one it is, and that there is one even where somebody does listen, the
 * flow tells. */
static void make_error_pending(struct flow *flow, const struct world *world)
{
	struct endpoint here = flow_discard_port(flow->now.family), guard = flow->held;
	if (flow->now.link != LINK_GUARD || connect_kernel(flow, world, &here, LINK_GUARD) < 0)
		return;
	world->udp_send(flow->fd, "", 0, NULL, 0, NULL);
	connect_kernel(flow, world, &guard, LINK_GUARD); /* for the local address that the program knows */
}

void flow_fail(struct flow *flow, const struct world *world, enum outcome reason)
{
	flow->reason = (uint8_t)reason;
	flow->now.flags |= VIEW_UNTOLD;
	flow_enter(flow, world, PHASE_FAILED);
	if (view_is_connected(&flow->now))
		make_error_pending(flow, world);
	flow_publish(flow);
}

int flow_take_error(struct flow *flow, const struct world *world)
{
	if (!(flow->now.flags & VIEW_UNTOLD))
		return 0;
	flow->now.flags &= (uint16_t)~VIEW_UNTOLD;
	flow_publish(flow);
	if (view_is_held(&flow->now))
		world->udp_clear_error(flow->fd);
	return outcome_datagram_errno((enum outcome)flow->reason);
}

void flow_forget(struct flow *flow, const struct world *world)
{
	queue_clear(&flow->queue, world);
	if (flow->seldom)
		world->unmap(flow->seldom, sizeof *flow->seldom);
	flow->seldom = NULL;
	atomic_store_explicit(&flow->scope, 0, memory_order_relaxed);
	atomic_store_explicit(&flow->device, 0, memory_order_relaxed);
	atomic_store_explicit(&flow->asks, false, memory_order_relaxed);
	correspondents_forget(atomic_load(&flow->correspondents));
	alias_memory_forget(atomic_load(&flow->aliases));
	association_close(&flow->round.association, world);
}
