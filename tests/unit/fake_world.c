#include "tests/unit/fake_world.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "core/deadlines.h"
#include "tests/unit/pseudo_random.h"

enum { EPHEMERAL = 40000 };

struct fake_world fake;

/* Counts a call that can fail; true: this one does. */
static bool fails(void)
{
	fake.calls++;
	return fake.fail_at && (fake.calls == fake.fail_at || (fake.fail_on && fake.calls > fake.fail_at));
}

static struct fake_descriptor *at(int fd, enum fake_kind kind)
{
	ck_assert_msg(fd >= 0 && fd < FAKE_DESCRIPTORS && fake.table[fd].kind == kind, "descriptor %d is not a %d", fd,
		      (int)kind);
	return &fake.table[fd];
}

static int open_from(int lowest, enum fake_kind kind, int family)
{
	for (int fd = lowest; fd < FAKE_DESCRIPTORS; fd++)
		if (fake.table[fd].kind == FAKE_FREE) {
			fake.table[fd] = (struct fake_descriptor){
			    .kind = kind, .family = family, .cookie = ++fake.cookies, .watch = -1};
			return fd;
		}
	return -EMFILE;
}

static struct endpoint endpoint_of(const union socket_address *address, socklen_t size)
{
	struct endpoint endpoint;

	ck_assert_int_eq(endpoint_from_sockaddr(&endpoint, &address->any, size), OUTCOME_OK);
	return endpoint;
}

/* Own descriptors */

static int control_open(int family)
{
	return fails() ? -EMFILE : open_from(FAKE_OWN, FAKE_CONTROL, family);
}

static struct fake_server *server_on(uint16_t port)
{
	for (int i = 0; i < FAKE_SERVERS; i++)
		if (fake.servers[i].port == port)
			return &fake.servers[i];
	return NULL;
}

static int control_connect(int fd, const union socket_address *to, socklen_t size)
{
	struct fake_descriptor *control = at(fd, FAKE_CONTROL);

	if (fails())
		return -ECONNREFUSED;
	control->peer = endpoint_of(to, size);
	control->server = server_on(control->peer.port);
	if (!control->server)
		return -ENETUNREACH;
	control->server->connections++;
	return control->server->refuses ? control->server->refuses : -EINPROGRESS;
}

static void control_keepalive(int fd, uint32_t silence_ms)
{
	at(fd, FAKE_CONTROL);
	ck_assert_uint_gt(silence_ms, 0);
}

static bool has_more(const struct fake_descriptor *control)
{
	return control->given < FAKE_ANSWERS && control->server->answers[control->given].octets;
}

static bool stands(const struct fake_descriptor *control)
{
	return !control->server->hangs && (fake.connects_at_once || control->looked_at);
}

static ssize_t control_send(int fd, const void *bytes, size_t size)
{
	struct fake_descriptor *control = at(fd, FAKE_CONTROL);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_gt(size, 0);
	if (!stands(control)) {
		control->looked_at = true;
		return -EAGAIN;
	}
	if (fails() || control->ended)
		return -EPIPE;
	if (control->server->fails)
		return control->server->fails;
	control->messages++;
	return (ssize_t)size;
}

/* Time passes where there is nothing to wait for. */
static int control_wait(int fd, bool sending, uint64_t limit_ms, uint64_t mask)
{
	const struct fake_descriptor *control = at(fd, FAKE_CONTROL);

	ck_assert_int_eq(fake.blocked, 1);
	ck_assert_uint_eq(mask, 1); /* what block_signals has answered */
	if (control->server->hangs || (!sending && !has_more(control) && !control->ended && !control->server->ends)) {
		fake.now_ms += limit_ms;
		return -ETIMEDOUT;
	}
	return 0;
}

static ssize_t control_receive(int fd, void *bytes, size_t size)
{
	struct fake_descriptor *control = at(fd, FAKE_CONTROL);

	if (fails())
		return -ECONNRESET;
	if (has_more(control) &&
	    (control->given < control->messages || (control->server->eager && control->messages))) {
		const struct fake_answer *answer = &control->server->answers[control->given++];

		ck_assert_uint_le(answer->size, size);
		memcpy(bytes, answer->octets, answer->size);
		return (ssize_t)answer->size;
	}
	if (control->server->floods && !has_more(control)) {
		memset(bytes, 'x', size);
		return (ssize_t)size;
	}
	if (control->ended || (control->server->ends && !has_more(control)))
		return 0;
	return -EAGAIN;
}

static int control_local(int fd, union socket_address *local, socklen_t *size)
{
	struct fake_descriptor *control = at(fd, FAKE_CONTROL);
	struct endpoint own = endpoint_ipv4(0xc0000201, 50000);

	if (fails())
		return -ENOTCONN;
	ck_assert_int_eq(endpoint_to_sockaddr(&own, control->family, local, size), OUTCOME_OK);
	return 0;
}

static int watch_open(void)
{
	return fails() ? -EMFILE : open_from(FAKE_OWN, FAKE_WATCH, 0);
}

static int watch_add(int watch, int fd, uint64_t tag, bool connecting)
{
	(void)connecting;
	at(watch, FAKE_WATCH);
	if (fails())
		return -ENOSPC;
	ck_assert_int_ne(fake.table[fd].kind, FAKE_FREE);
	if (fake.table[fd].watch == watch)
		return -EEXIST;
	fake.table[fd].watch = watch;
	fake.table[fd].tag = tag;
	return 0;
}

static int watch_change(int watch, int fd, uint64_t tag, bool connecting)
{
	ck_assert_int_eq(fake.table[fd].watch, watch);
	fake.table[fd].watch = -1;
	return watch_add(watch, fd, tag, connecting);
}

static uint32_t readiness(const struct fake_descriptor *descriptor)
{
	if (descriptor->kind == FAKE_ALARM)
		return fake.alarm_ms <= fake.now_ms ? EPOLLIN : 0;
	if (descriptor->kind == FAKE_UDP)
		return descriptor->waiting || descriptor->refused ? EPOLLIN : 0;
	return descriptor->server->hangs ? 0 : EPOLLIN | EPOLLOUT;
}

static int watch_wait(int watch, struct epoll_event *events, int room)
{
	int count = 0;

	if (fake.watch_answer)
		return fake.watch_answer;
	at(watch, FAKE_WATCH);
	for (int fd = FAKE_OWN; fd < FAKE_DESCRIPTORS && count < room; fd++) {
		const struct fake_descriptor *descriptor = &fake.table[fd];
		uint32_t ready =
		    descriptor->kind != FAKE_FREE && descriptor->watch == watch ? readiness(descriptor) : 0;

		if (ready)
			events[count++] = (struct epoll_event){.events = ready, .data.u64 = descriptor->tag};
	}
	return count;
}

static int alarm_open(void)
{
	return fails() ? -EMFILE : open_from(FAKE_OWN, FAKE_ALARM, 0);
}

static int alarm_set(int fd, uint64_t at_ms)
{
	at(fd, FAKE_ALARM);
	ck_assert_uint_ne(at_ms, NEVER);
	fake.alarm_ms = at_ms;
	return 0;
}

/* What an instance of epoll watches, another one watches from now on; -1: none. */
static void leave_to(int watch, int other)
{
	for (int fd = FAKE_OWN; fd < FAKE_DESCRIPTORS; fd++)
		if (fake.table[fd].watch == watch)
			fake.table[fd].watch = other;
}

static int own_move(int fd)
{
	int moved;

	ck_assert_int_ge(fd, FAKE_OWN);
	if (fails())
		return -EMFILE;
	moved = open_from(FAKE_OWN, fake.table[fd].kind, fake.table[fd].family);
	if (moved >= 0) {
		fake.table[moved] = fake.table[fd];
		fake.table[moved].watch = -1;
	}
	if (moved >= 0 && fake.table[fd].kind == FAKE_WATCH)
		leave_to(fd, moved);
	return moved;
}

static void own_close(int fd)
{
	ck_assert_int_ge(fd, FAKE_OWN);
	ck_assert_int_ne(fake.table[fd].kind, FAKE_FREE);
	if (fake.table[fd].kind == FAKE_WATCH)
		leave_to(fd, -1);
	fake.table[fd] = (struct fake_descriptor){0};
}

/* Datagram sockets */

static int udp_open(int family)
{
	int fd = fails() ? -EMFILE : open_from(FAKE_OWN, FAKE_UDP, family);

	if (fd >= 0)
		fake.table[fd].local = (struct endpoint){.kind = family == AF_INET6 ? ENDPOINT_IPV6 : ENDPOINT_IPV4};
	return fd;
}

static void choose_port(struct fake_descriptor *udp, int fd)
{
	if (!udp->local.port)
		udp->local.port = (uint16_t)(EPHEMERAL + fd);
}

static int udp_connect(int fd, const union socket_address *to, socklen_t size)
{
	struct fake_descriptor *udp = at(fd, FAKE_UDP);

	if (fails() || udp->confined)
		return -ENETUNREACH;
	udp->peer = endpoint_of(to, size);
	choose_port(udp, fd);
	ck_assert_uint_lt(fake.connect_count, FAKE_CONNECTS);
	fake.connects[fake.connect_count++] = udp->peer;
	return 0;
}

static int udp_dissolve(int fd)
{
	struct fake_descriptor *udp = at(fd, FAKE_UDP);

	if (fails())
		return -ENOBUFS;
	udp->dissolutions++;
	udp->device = 0;
	udp->peer = (struct endpoint){0};
	if (!udp->keeps_port)
		udp->local.port = 0;
	return 0;
}

static int udp_leave(int fd)
{
	int device = at(fd, FAKE_UDP)->device, answer = udp_dissolve(fd);

	if (answer == 0)
		at(fd, FAKE_UDP)->device = device;
	return answer;
}

static int udp_bind(int fd, const union socket_address *to, socklen_t size)
{
	struct fake_descriptor *udp = at(fd, FAKE_UDP);

	if (fails())
		return -EADDRINUSE;
	udp->local = endpoint_of(to, size);
	choose_port(udp, fd);
	udp->keeps_port = true;
	return 0;
}

static int udp_local(int fd, union socket_address *local, socklen_t *size)
{
	struct fake_descriptor *udp = at(fd, FAKE_UDP);

	if (fails())
		return -ENOBUFS;
	ck_assert_int_eq(endpoint_to_sockaddr(&udp->local, udp->family, local, size), OUTCOME_OK);
	return 0;
}

static ssize_t udp_send(int fd, const void *bytes, size_t size, const union socket_address *to, socklen_t to_size,
			const struct marks *marks)
{
	struct fake_descriptor *udp = at(fd, FAKE_UDP);
	struct fake_sent sent = {.fd = fd, .named = to != NULL, .to = udp->peer, .size = size};

	if (fails())
		return -ENOBUFS;
	if (marks)
		sent.marks = *marks;
	if (to)
		sent.to = endpoint_of(to, to_size);
	memcpy(sent.head, bytes, size < sizeof(sent.head) ? size : sizeof(sent.head));
	choose_port(udp, fd);
	if (fake.on_send)
		fake.on_send(&sent);
	ck_assert_uint_lt(fake.sent_count, FAKE_SENT);
	fake.sent[fake.sent_count++] = sent;
	return (ssize_t)size;
}

static int udp_report(int fd, bool on)
{
	at(fd, FAKE_UDP)->reports = on;
	return 0;
}

static bool udp_reports(int fd)
{
	return at(fd, FAKE_UDP)->reports;
}

static void udp_clear_error(int fd)
{
	at(fd, FAKE_UDP);
	fake.cleared_errors++;
}

static bool udp_is_empty(int fd)
{
	return at(fd, FAKE_UDP)->waiting == 0;
}

static uint32_t udp_waiting(int fd)
{
	return at(fd, FAKE_UDP)->waiting;
}

static bool udp_is_v6only(int fd)
{
	return at(fd, FAKE_UDP)->v6only;
}

static bool udp_pass(int from, int to, bool *refused)
{
	enum { SOME = 32 };
	struct fake_descriptor *udp = at(from, FAKE_UDP);
	unsigned count = udp->waiting < SOME ? udp->waiting : SOME;

	*refused = udp->refused;
	udp->refused = false;
	udp->waiting -= count;
	if (to >= 0)
		at(to, FAKE_UDP)->carried += count;
	return count == SOME || *refused;
}

static bool has_relatives(void)
{
	return fake.relatives;
}

static int udp_join(int fd, bool on)
{
	struct fake_descriptor *udp = at(fd, FAKE_UDP);

	if (fails())
		return -ENOPROTOOPT;
	udp->joins = on;
	return 0;
}

static int udp_cookie(int fd, uint64_t *cookie)
{
	if (fails() || fd < 0 || fake.table[fd].kind != FAKE_UDP)
		return -ENOTSOCK;
	*cookie = fake.table[fd].cookie;
	return 0;
}

static int udp_allow_ipv4(int fd)
{
	at(fd, FAKE_UDP);
	return fails() ? -EINVAL : 0;
}

/* Time, chance, memory, threads */

static uint64_t now_ms(void)
{
	return fake.now_ms;
}

static uint64_t now_us(void)
{
	return fake.now_ms * 1000;
}

static uint64_t next_random(void)
{
	return random_u64(&fake.random_state);
}

static int wait_for(_Atomic uint32_t *word, uint32_t value, uint64_t deadline_ms)
{
	(void)deadline_ms;
	if (fake.on_wait) {
		fake.on_wait();
		return 0;
	}
	return *word == value ? -ETIMEDOUT : -EAGAIN;
}

static void wake(_Atomic uint32_t *word)
{
	ck_assert_ptr_nonnull(word);
	fake.wakes++;
}

static size_t resolve(const struct endpoint *name, struct endpoint *addresses, size_t room)
{
	ck_assert_int_eq(name->kind, ENDPOINT_NAME);
	ck_assert_int_eq(fake.blocked, 0); /* it may take seconds: the lock must be free */
	fake.resolutions++;
	if (fails())
		return 0;
	ck_assert_uint_le(fake.resolved_count, room);
	memcpy(addresses, fake.resolved, fake.resolved_count * sizeof(*addresses));
	return fake.resolved_count;
}

static int start_thread(void (*body)(void *), void *argument)
{
	ck_assert(body && argument);
	if (fails() || fake.no_thread)
		return -EAGAIN;
	fake.threads++;
	return 0;
}

static uint64_t block_signals(void)
{
	return (uint64_t)++fake.blocked;
}

static void restore_signals(uint64_t mask)
{
	ck_assert_uint_eq(mask, (uint64_t)fake.blocked);
	fake.blocked--;
}

static pid_t process(void)
{
	return fake.process;
}

static void *map(size_t size)
{
	void *pages;

	if (fails())
		return NULL;
	pages = calloc(1, size);
	ck_assert_ptr_nonnull(pages);
	ck_assert_uint_lt(fake.map_count, FAKE_MAPS);
	fake.maps[fake.map_count++] = (struct fake_map){pages, size};
	return pages;
}

static void unmap(void *pages, size_t size)
{
	unsigned i = 0;

	while (i < fake.map_count && fake.maps[i].pages != pages)
		i++;
	ck_assert_msg(i < fake.map_count && fake.maps[i].size == size, "unmapped otherwise than mapped");
	fake.maps[i] = fake.maps[--fake.map_count];
	free(pages);
}

static void log_line(enum log_level level, const char *line)
{
	ck_assert_int_le(level, LOG_LEVEL_DEBUG);
	ck_assert_uint_lt(strlen(line), sizeof(fake.log_line));
	memcpy(fake.log_line, line, strlen(line) + 1);
	fake.log_lines++;
}

static void record(const struct event *event)
{
	fake.events++;
	fake.event = *event;
}

const struct world fake_functions = {
    .control_open = control_open,
    .control_connect = control_connect,
    .control_keepalive = control_keepalive,
    .control_wait = control_wait,
    .control_send = control_send,
    .control_receive = control_receive,
    .control_local = control_local,
    .watch_open = watch_open,
    .watch_add = watch_add,
    .watch_change = watch_change,
    .watch_wait = watch_wait,
    .alarm_open = alarm_open,
    .alarm_set = alarm_set,
    .own_move = own_move,
    .own_close = own_close,
    .udp_open = udp_open,
    .udp_connect = udp_connect,
    .udp_dissolve = udp_dissolve,
    .udp_leave = udp_leave,
    .udp_bind = udp_bind,
    .udp_local = udp_local,
    .udp_send = udp_send,
    .udp_report = udp_report,
    .udp_reports = udp_reports,
    .udp_clear_error = udp_clear_error,
    .udp_is_empty = udp_is_empty,
    .udp_waiting = udp_waiting,
    .udp_cookie = udp_cookie,
    .udp_allow_ipv4 = udp_allow_ipv4,
    .udp_join = udp_join,
    .has_relatives = has_relatives,
    .udp_is_v6only = udp_is_v6only,
    .udp_pass = udp_pass,
    .now_ms = now_ms,
    .now_us = now_us,
    .random = next_random,
    .wait = wait_for,
    .wake = wake,
    .resolve = resolve,
    .start_thread = start_thread,
    .block_signals = block_signals,
    .restore_signals = restore_signals,
    .process = process,
    .map = map,
    .map_shared = map,
    .unmap = unmap,
    .log = log_line,
    .record = record,
};

void fake_world_begin(void)
{
	fake = (struct fake_world){.now_ms = 1000000, .alarm_ms = NEVER, .process = 100, .random_state = 1};
}

void fake_world_end(void)
{
	ck_assert_int_eq(fake.blocked, 0);
	while (fake.map_count)
		free(fake.maps[--fake.map_count].pages);
}

int fake_udp(int family)
{
	int fd = open_from(3, FAKE_UDP, family);

	fake.table[fd].local = (struct endpoint){.kind = family == AF_INET6 ? ENDPOINT_IPV6 : ENDPOINT_IPV4};
	return fd;
}

void fake_close(int fd)
{
	at(fd, FAKE_UDP);
	fake.table[fd] = (struct fake_descriptor){0};
}

unsigned fake_own_count(void)
{
	unsigned count = 0;

	for (int fd = FAKE_OWN; fd < FAKE_DESCRIPTORS; fd++)
		count += fake.table[fd].kind != FAKE_FREE;
	return count;
}

void fake_hang_up(const struct fake_server *server)
{
	for (int fd = FAKE_OWN; fd < FAKE_DESCRIPTORS; fd++)
		if (fake.table[fd].kind == FAKE_CONTROL && fake.table[fd].server == server)
			fake.table[fd].ended = true;
}
