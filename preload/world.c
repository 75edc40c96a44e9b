#include "preload/world.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>

#include "core/raw.h"
#include "preload/capture.h"
#include "preload/carrier.h"
#include "preload/control.h"
#include "preload/cookie.h"
#include "preload/deep_call.h"
#include "preload/first_memory.h"
#include "preload/log.h"
#include "preload/own.h"
#include "preload/own_thread.h"
#include "preload/process.h"
#include "preload/program_signals.h"
#include "preload/real.h"
#include "preload/socket_number.h"
#include "preload/stub.h"

static int control_open(int family)
{
	return own_make(SYS_socket, family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP, 0);
}

static int control_connect(int fd, const union socket_address *to, socklen_t size)
{
	return (int)deep_call(SYS_connect, fd, to, (long)size);
}

/* Probes begin after half of the time and fill the rest; whole seconds are the least that the kernel counts. */
static void control_keepalive(int fd, uint32_t silence_ms)
{
	enum { PROBES = 3 };
	int on = 1, seconds = (int)((silence_ms + 999) / 1000);
	int idle = seconds > 1 ? seconds / 2 : 1, probes = PROBES;
	int interval = (seconds - idle) / PROBES > 1 ? (seconds - idle) / PROBES : 1;
	raw_call(SYS_setsockopt, fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	raw_call(SYS_setsockopt, fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	raw_call(SYS_setsockopt, fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	raw_call(SYS_setsockopt, fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
	raw_call(SYS_setsockopt, fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence_ms, sizeof silence_ms);
}

/* The alarm's clock, whatever the program is told. */
static uint64_t now_us(void)
{
	struct timespec now;
	if (!real_clock || real_clock(CLOCK_MONOTONIC, &now) < 0)
		raw_call(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t now_ms(void)
{
	return now_us() / 1000;
}

static long wait_with_signals(struct pollfd *awaited, uint64_t limit_ms, uint64_t mask)
{
	struct timespec limit = {.tv_sec = (time_t)(limit_ms / 1000), .tv_nsec = (long)(limit_ms % 1000) * 1000000};
	const uint64_t *during = mask == SIGNALS_AS_THEY_ARE ? NULL : &mask;
	return deep_call(SYS_ppoll, awaited, 1L, &limit, during, sizeof mask);
}

static int control_wait(int fd, bool sending, uint64_t limit_ms, uint64_t mask)
{
	struct pollfd awaited = {.fd = fd, .events = sending ? POLLOUT : POLLIN};
	long answer;
#if defined(SYS_poll) /* the cheaper one, which newer machines have not */
	if (mask == SIGNALS_AS_THEY_ARE && limit_ms < INT_MAX)
		answer = deep_call(SYS_poll, &awaited, 1L, (long)limit_ms);
	else
#endif
		answer = wait_with_signals(&awaited, limit_ms, mask);
	return answer == 0 ? -ETIMEDOUT : answer > 0 ? 0 : (int)answer;
}

static ssize_t control_send(int fd, const void *bytes, size_t size)
{
	return deep_call(SYS_sendto, fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT, 0L, 0L);
}

static ssize_t control_receive(int fd, void *bytes, size_t size)
{
	return deep_call(SYS_recvfrom, fd, bytes, size, MSG_DONTWAIT, 0L, 0L);
}

static int local_name(int fd, union socket_address *local, socklen_t *size)
{
	return (int)raw_call(SYS_getsockname, fd, local, size);
}

static int watch_open(void)
{
	return own_make(SYS_epoll_create1, EPOLL_CLOEXEC, 0, 0, 0);
}

static int watch_control(int watch, int operation, int fd, uint64_t tag, uint32_t also)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET | also, .data.u64 = tag};
	return (int)raw_call(SYS_epoll_ctl, watch, operation, fd, &event);
}

static int watch_add(int watch, int fd, uint64_t tag, bool connecting)
{
	return watch_control(watch, EPOLL_CTL_ADD, fd, tag, connecting ? EPOLLOUT : 0);
}

static int watch_change(int watch, int fd, uint64_t tag, bool connecting)
{
	return watch_control(watch, EPOLL_CTL_MOD, fd, tag, connecting ? EPOLLOUT : 0);
}

static int watch_wait(int watch, struct epoll_event *events, int room)
{
	long count = raw_call(SYS_epoll_pwait, watch, events, room, -1, 0L, 8L);
	return count == -EINTR ? 0 : (int)count;
}

static int alarm_open(void)
{
	return own_make(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK, 0, 0);
}

static int alarm_set(int fd, uint64_t at_ms)
{
	struct itimerspec at = {
	    .it_value = {.tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000}};
	if (at.it_value.tv_sec == 0 && at.it_value.tv_nsec == 0)
		at.it_value.tv_nsec = 1; /* zero would disarm it */
	return (int)raw_call(SYS_timerfd_settime, fd, TFD_TIMER_ABSTIME, &at, 0L);
}

/* Calls on the program's sockets go through the next library, which may have its own idea of them; errno stays the
 * program's. */
static int outcome_of(int answer, int saved)
{
	int error = errno;
	errno = saved;
	return answer < 0 ? -error : answer;
}

/* Of libc's calls some are cancellation points. Whoever makes one here holds the negotiator's lock, or has work to hand
 * back to it. */
static int hold_on(void)
{
	int state;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	return state;
}

static void go_on(int state)
{
	pthread_setcancelstate(state, NULL);
}

static int connect_to(int fd, const struct sockaddr *to, socklen_t size)
{
	int saved = errno, state = hold_on();
	int answer = outcome_of(real.connect(fd, to, size), saved);
	go_on(state);
	return answer;
}

static int udp_connect(int fd, const union socket_address *to, socklen_t size)
{
	return connect_to(fd, &to->any, size);
}

static int udp_dissolve(int fd)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	return connect_to(fd, &nobody, sizeof nobody);
}

static int udp_leave(int fd)
{
	char device[IFNAMSIZ];
	socklen_t size = sizeof device;
	long bound = raw_call(SYS_getsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, device, &size);
	int answer = udp_dissolve(fd);
	if (answer < 0 || bound < 0 || size == 0)
		return answer;
	return (int)raw_call(SYS_setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, device, (long)size);
}

static int udp_bind(int fd, const union socket_address *to, socklen_t size)
{
	int saved = errno;
	return outcome_of(real.bind(fd, &to->any, size), saved);
}

static ssize_t send_marked(int fd, const void *bytes, size_t size, const union socket_address *to, socklen_t to_size,
			   struct marks marks)
{
	struct control control;
	struct iovec piece = {(void *)(uintptr_t)bytes, size};
	control_begin(&control);
	control_mark(&control, marks);
	struct msghdr message = {.msg_name = (void *)(uintptr_t)to,
				 .msg_namelen = to_size,
				 .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = control.size};
	return real.sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static ssize_t udp_send(int fd, const void *bytes, size_t size, const union socket_address *to, socklen_t to_size,
			const struct marks *marks)
{
	int saved = errno, state = hold_on();
	ssize_t sent = marks ? send_marked(fd, bytes, size, to, to_size, *marks)
			     : real.sendto(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, to ? &to->any : NULL, to_size);
	if (sent < 0)
		sent = outcome_of(-1, saved);
	go_on(state);
	return sent;
}

static bool udp_reports(int fd)
{
	return socket_number(fd, IPPROTO_IP, IP_RECVERR) || socket_number(fd, IPPROTO_IPV6, IPV6_RECVERR);
}

static int udp_report(int fd, bool on)
{
	int value = on;
	if (on && (udp_reports(fd) || socket_number(fd, SOL_SOCKET, SO_TIMESTAMPING) ||
		   socket_number(fd, SOL_SOCKET, SO_ZEROCOPY)))
		return -EBUSY;
	long answer = raw_call(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_RECVERR, &value, (long)sizeof value);
	raw_call(SYS_setsockopt, fd, IPPROTO_IP, IP_RECVERR, &value, (long)sizeof value);
	return (int)answer;
}

static void udp_clear_error(int fd)
{
	int error;
	socklen_t size = sizeof error;
	raw_call(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, &error, &size);
}

static bool udp_is_empty(int fd)
{
	uint8_t nothing;
	return raw_call(SYS_recvfrom, fd, &nothing, 0L, MSG_PEEK | MSG_DONTWAIT, 0L, 0L) == -EAGAIN;
}

static bool has_relatives(void)
{
	return atomic_load_explicit(&process_has_relatives, memory_order_relaxed);
}

/* By peeks that each begin behind the datagram before. */
static uint32_t udp_waiting(int fd)
{
	uint8_t nothing;
	uint32_t count = 0;
	int offset = 0, off = -1;
	if (has_relatives() || udp_is_empty(fd))
		return 0;
	while (raw_call(SYS_setsockopt, fd, SOL_SOCKET, SO_PEEK_OFF, &offset, (long)sizeof offset) == 0) {
		long size = raw_call(SYS_recvfrom, fd, &nothing, 0L, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT, 0L, 0L);
		if (size < 0)
			break;
		offset += (int)size;
		count++;
	}
	raw_call(SYS_setsockopt, fd, SOL_SOCKET, SO_PEEK_OFF, &off, (long)sizeof off);
	return count;
}

static int udp_allow_ipv4(int fd)
{
	int off = 0;
	return (int)raw_call(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, (long)sizeof off);
}

static int udp_join(int fd, bool on)
{
	int value = on;
	return (int)raw_call(SYS_setsockopt, fd, IPPROTO_UDP, UDP_GRO, &value, (long)sizeof value);
}

static bool udp_is_v6only(int fd)
{
	return socket_number(fd, IPPROTO_IPV6, IPV6_V6ONLY);
}

/* Of both families where it is AF_INET6, whatever the system's default is. */
static int udp_open(int family)
{
	enum { ROOM = 4 << 20 }; /* as much of it as the system allows: nothing slows a sender to this machine down */
	int room = ROOM;
	int fd = own_make(SYS_socket, family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP, 0);
	if (fd >= 0 && family == AF_INET6)
		udp_allow_ipv4(fd);
	raw_call(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	udp_join(fd, true); /* the carrier takes them joined */
	return fd;
}

static uint64_t random_number(void)
{
	uint64_t number = 0;
	if (raw_call(SYS_getrandom, &number, sizeof number, 0L) != sizeof number)
		number = now_ms() ^ (uint64_t)(uintptr_t)&number;
	return number;
}

static int wait_on(_Atomic uint32_t *word, uint32_t value, uint64_t deadline_ms)
{
	struct timespec at = {.tv_sec = (time_t)(deadline_ms / 1000), .tv_nsec = (long)(deadline_ms % 1000) * 1000000};
	return (int)raw_call(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, (long)value,
			     deadline_ms == UINT64_MAX ? NULL : &at, 0L, (long)FUTEX_BITSET_MATCH_ANY);
}

static void wake_all(_Atomic uint32_t *word)
{
	raw_call(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 0x7fffffffL);
}

static int own_move(int fd)
{
	int moved = own_copy(fd);
	if (moved >= 0)
		stub_moved(fd, moved);
	return moved;
}

static size_t resolve(const struct endpoint *name, struct endpoint *addresses, size_t room)
{
	char host[256];
	struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
	memcpy(host, name->name, name->name_length);
	host[name->name_length] = '\0';
	/* The way to the server itself can only be asked for here; through our own hooks it would wait for itself. */
	int state = hold_on(), error = real.getaddrinfo(host, NULL, &hints, &list);
	go_on(state);
	if (error)
		return 0;
	size_t count = 0;
	for (struct addrinfo *at = list; at && count < room; at = at->ai_next)
		if (endpoint_from_sockaddr(&addresses[count], at->ai_addr, at->ai_addrlen) == OUTCOME_OK)
			addresses[count++].port = name->port;
	freeaddrinfo(list);
	return count;
}

static pid_t process(void)
{
	return (pid_t)raw_call(SYS_getpid);
}

static void *map(size_t size)
{
	void *first = first_memory_take(size);
	if (first)
		return first;
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return pages == MAP_FAILED ? NULL : pages;
}

static void *map_shared(size_t size)
{
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return pages == MAP_FAILED ? NULL : pages;
}

static void unmap(void *pages, size_t size)
{
	if (!first_memory_give_back(pages, size))
		munmap(pages, size);
}

const struct world world = {
    .control_open = control_open,
    .control_connect = control_connect,
    .control_keepalive = control_keepalive,
    .control_wait = control_wait,
    .control_send = control_send,
    .control_receive = control_receive,
    .control_local = local_name,
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
    .udp_local = local_name,
    .udp_send = udp_send,
    .udp_report = udp_report,
    .udp_reports = udp_reports,
    .udp_clear_error = udp_clear_error,
    .udp_is_empty = udp_is_empty,
    .udp_waiting = udp_waiting,
    .udp_cookie = cookie_of,
    .udp_allow_ipv4 = udp_allow_ipv4,
    .udp_join = udp_join,
    .has_relatives = has_relatives,
    .udp_is_v6only = udp_is_v6only,
    .udp_pass = carrier_pass,
    .now_ms = now_ms,
    .now_us = now_us,
    .random = random_number,
    .wait = wait_on,
    .wake = wake_all,
    .resolve = resolve,
    .start_thread = own_thread_start,
    .block_signals = signals_block,
    .restore_signals = signals_restore,
    .process = process,
    .map = map,
    .map_shared = map_shared,
    .unmap = unmap,
    .log = log_line,
    .record = capture_event,
};
