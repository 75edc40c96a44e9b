#include "preload/stub.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>

#include "core/raw.h"
#include "preload/nameservers.h"
#include "preload/own.h"
#include "preload/process.h"
#include "preload/stub_asker.h"
#include "preload/stub_call.h"
#include "preload/stub_job.h"
#include "preload/stub_stream.h"
#include "preload/upstream.h"

enum { POLLED = 1 + 2 * DESKS + CALLS + UPSTREAMS + JOBS };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of all below, but for what is atomic */
static struct desk desks[DESKS];
static _Atomic int desk_count;
static _Atomic int bell = -1;
static pid_t process; /* whose thread runs */

static uint64_t lock(void)
{
	uint64_t mask = negotiator.world->block_signals();
	pthread_mutex_lock(&mutex);
	return mask;
}

static void unlock(uint64_t mask)
{
	pthread_mutex_unlock(&mutex);
	negotiator.world->restore_signals(mask);
}

struct desk *stub_desk(int desk)
{
	return &desks[desk];
}

void stub_desk_lookup(int desk, struct name_lookup *lookup, struct nameservers *asked)
{
	uint64_t mask = lock();
	*asked = desks[desk].asked;
	*lookup = (struct name_lookup){.purpose = desks[desk].purpose, .asked = asked, .system = nameservers_system()};
	unlock(mask);
}

static int keep(_Atomic int *fd, int made)
{
	atomic_store(fd, made < 0 ? -1 : made);
	return made < 0 ? made : 0;
}

static int make(_Atomic int *fd, long number, long a, long b, long c, long d)
{
	uint64_t mask = negotiator_lock(&negotiator);
	int error = keep(fd, own_make(number, a, b, c, d));
	negotiator_unlock(&negotiator, mask);
	return error;
}

int stub_socket_of(_Atomic int *fd, int family, int type, int protocol)
{
	return make(fd, SYS_socket, family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol, 0);
}

int stub_socket(_Atomic int *fd, int family, int type)
{
	return stub_socket_of(fd, family, type, 0);
}

int stub_socket_accept(_Atomic int *fd, const _Atomic int *listener, struct sockaddr_in *peer)
{
	socklen_t size = sizeof *peer;
	uint64_t mask = negotiator_lock(&negotiator);
	int made = own_make(SYS_accept4, atomic_load(listener), (long)peer, (long)&size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int error = keep(fd, made);
	negotiator_unlock(&negotiator, mask);
	return error;
}

void stub_socket_hand_on(_Atomic int *from, _Atomic int *to)
{
	uint64_t mask = negotiator_lock(&negotiator);
	atomic_store(to, atomic_exchange(from, -1));
	negotiator_unlock(&negotiator, mask);
}

static long use(const _Atomic int *fd, long number, long a, long b)
{
	uint64_t mask = negotiator_lock(&negotiator);
	long answer = raw_call(number, atomic_load(fd), a, b);
	negotiator_unlock(&negotiator, mask);
	return answer;
}

int stub_socket_connect(const _Atomic int *fd, const union socket_address *to, socklen_t size)
{
	return (int)use(fd, SYS_connect, (long)to, (long)size);
}

long stub_socket_send(const _Atomic int *fd, const struct msghdr *message)
{
	return use(fd, SYS_sendmsg, (long)message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

long stub_socket_receive(const _Atomic int *fd, struct msghdr *message)
{
	return use(fd, SYS_recvmsg, (long)message, MSG_DONTWAIT);
}

void stub_socket_close(_Atomic int *fd)
{
	uint64_t mask = negotiator_lock(&negotiator);
	int open = atomic_exchange(fd, -1);
	if (open >= 0)
		own_close(open);
	negotiator_unlock(&negotiator, mask);
}

static void move(_Atomic int *number, int fd, int moved)
{
	atomic_compare_exchange_strong(number, &fd, moved);
}

/* The thread may be about to wait for what the old number names by then. */
void stub_moved(int fd, int moved)
{
	uint64_t one = 1;
	move(&bell, fd, moved);
	for (int i = 0; i < DESKS; i++) {
		move(&desks[i].datagrams, fd, moved);
		move(&desks[i].listener, fd, moved);
	}
	stub_calls_moved(fd, moved);
	stub_jobs_moved(fd, moved);
	streams_moved(fd, moved);
	stub_asker_moved(fd, moved);
	raw_call(SYS_write, atomic_load(&bell), &one, sizeof one);
	upstreams_moved(fd, moved);
}

void stub_wake(void)
{
	uint64_t one = 1;
	use(&bell, SYS_write, (long)&one, sizeof one);
}

/* Desks */

static bool bind_to(const _Atomic int *fd, uint16_t port)
{
	const struct sockaddr_in name = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	return use(fd, SYS_bind, (long)&name, sizeof name) == 0;
}

static uint16_t port_of(const _Atomic int *fd)
{
	struct sockaddr_in name = {0};
	socklen_t size = sizeof name;
	use(fd, SYS_getsockname, (long)&name, (long)&size);
	return ntohs(name.sin_port);
}

/* Whatever port the datagrams get must be free for streams as well. */
static bool furnish(struct desk *desk)
{
	enum { ATTEMPTS = 8, BACKLOG = 128 };
	for (int i = 0; i < ATTEMPTS; i++) {
		bool bound = stub_socket(&desk->datagrams, AF_INET, SOCK_DGRAM) == 0 &&
			     stub_socket(&desk->listener, AF_INET, SOCK_STREAM) == 0 && bind_to(&desk->datagrams, 0);
		desk->port = bound ? port_of(&desk->datagrams) : 0;
		if (bound && bind_to(&desk->listener, desk->port) && use(&desk->listener, SYS_listen, BACKLOG, 0) == 0)
			return true;
		stub_socket_close(&desk->datagrams);
		stub_socket_close(&desk->listener);
		if (!bound)
			return false;
	}
	return false;
}

static bool is_for(const struct desk *desk, const struct nameservers *asked, enum name_purpose purpose)
{
	return desk->purpose == purpose && nameservers_equal(&desk->asked, asked);
}

/* Nobody is at it, and its sockets stay: only whom it stands for changes. */
static int find_idle(void)
{
	for (int i = 0; i < atomic_load(&desk_count); i++)
		if (!desks[i].lookups && desks[i].asked.count)
			return i;
	return -1;
}

static int find_desk(const struct nameservers *asked, enum name_purpose purpose)
{
	int count = atomic_load(&desk_count);
	for (int i = 0; i < count; i++)
		if (is_for(&desks[i], asked, purpose))
			return i;
	int desk = count < DESKS ? count : find_idle();
	if (desk < 0 || (desk == count && !furnish(&desks[desk])))
		return -1;
	desks[desk].asked = *asked;
	desks[desk].purpose = purpose;
	if (desk == count) {
		atomic_store(&desk_count, count + 1);
		stub_wake();
	}
	return desk;
}

/* The thread */

struct watched {
	struct pollfd *items;
	nfds_t count;
};

static void watch(struct watched *watched, int fd, short events)
{
	watched->items[watched->count++] = (struct pollfd){.fd = fd, .events = events};
}

static void gather(struct watched *watched, int count)
{
	watched->count = 0;
	watch(watched, atomic_load(&bell), POLLIN);
	for (int i = 0; i < count; i++) {
		watch(watched, atomic_load(&desks[i].datagrams), POLLIN);
		watch(watched, atomic_load(&desks[i].listener), POLLIN);
	}
	for (int i = 0; i < CALLS; i++)
		watch(watched, stub_call_descriptor(i), POLLIN);
	for (int i = 0; i < UPSTREAMS; i++)
		watch(watched, upstream_descriptor(i), POLLIN);
	for (int i = 0; i < JOBS; i++)
		watch(watched, stub_job_descriptor(i), POLLIN);
}

/* Those with a negative number have no events. */
static void handle(const struct watched *watched, int count)
{
	const struct pollfd *at = watched->items;
	uint64_t rung;
	if ((at++)->revents)
		use(&bell, SYS_read, (long)&rung, sizeof rung);
	for (int i = 0; i < count; i++) {
		if ((at++)->revents)
			stub_jobs_take(i);
		if ((at++)->revents)
			stub_calls_take(i);
	}
	for (int i = 0; i < CALLS; i++)
		if ((at++)->revents)
			stub_call_read(i);
	for (int i = 0; i < UPSTREAMS; i++)
		if ((at++)->revents)
			stub_jobs_hear(i);
	for (int i = 0; i < JOBS; i++)
		if ((at++)->revents)
			stub_job_hear(i);
}

static void wait_for(struct watched *watched, uint64_t until_ms)
{
	uint64_t now = negotiator.world->now_ms(), left = until_ms > now ? until_ms - now : 0;
	struct timespec time = {.tv_sec = (time_t)(left / 1000), .tv_nsec = (long)(left % 1000) * 1000000};
	long ready = raw_call(SYS_ppoll, watched->items, watched->count, until_ms == UINT64_MAX ? NULL : &time, 0L, 8L);
	if (ready <= 0)
		for (nfds_t i = 0; i < watched->count; i++)
			watched->items[i].revents = 0;
}

static void run(void *argument)
{
	struct pollfd items[POLLED];
	struct watched watched = {.items = items};
	(void)argument;
	for (;;) {
		int count = atomic_load(&desk_count);
		gather(&watched, count);
		wait_for(&watched, stub_jobs_next_ms());
		handle(&watched, count);
		stub_jobs_due();
	}
}

/* Beginning, and beginning again in the child of a fork, where all of this is a copy without a thread. */

static void forget_parents(void)
{
	for (int i = 0; i < atomic_load(&desk_count); i++) {
		stub_socket_close(&desks[i].datagrams);
		stub_socket_close(&desks[i].listener);
		desks[i].lookups = 0;
	}
	atomic_store(&desk_count, 0);
	stub_calls_forget();
	stub_jobs_forget();
	stub_asker_forget();
	upstreams_forget();
	stub_socket_close(&bell);
}

static void clear(void)
{
	for (int i = 0; i < DESKS; i++) {
		atomic_store(&desks[i].datagrams, -1);
		atomic_store(&desks[i].listener, -1);
	}
	stub_calls_clear();
	stub_jobs_clear();
	upstreams_clear();
}

static bool begin(void)
{
	pid_t now = negotiator.world->process();
	if (process == now)
		return true;
	if (process)
		forget_parents();
	else
		clear();
	process = 0;
	if (make(&bell, SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK, 0, 0) < 0 ||
	    negotiator.world->start_thread(run, NULL) < 0) {
		stub_socket_close(&bell);
		return false;
	}
	process = now;
	return true;
}

/* Whom the system asks, for the program has not chosen anybody else. */
static bool is_system(const struct nameservers *asked)
{
	if (nameservers_equal(asked, nameservers_system()))
		return true;
	nameservers_refresh();
	return nameservers_equal(asked, nameservers_system());
}

int stub_open(const struct nameservers *asked, enum name_purpose purpose, uint16_t *port)
{
	const struct nameservers none = {0};
	int desk = -1;
	if (process_is_borrowed())
		return -1;
	uint64_t mask = lock();
	if (begin())
		desk = find_desk(is_system(asked) ? &none : asked, purpose);
	if (desk >= 0) {
		desks[desk].lookups++;
		*port = desks[desk].port;
	}
	unlock(mask);
	return desk;
}

void stub_close(int desk)
{
	uint64_t mask = lock();
	if (process == negotiator.world->process() && desks[desk].lookups)
		desks[desk].lookups--;
	unlock(mask);
}

uint64_t stub_forking(void)
{
	return lock();
}

void stub_forked(uint64_t mask)
{
	unlock(mask);
}

void stub_orphaned(void)
{
	pthread_mutex_init(&mutex, NULL);
}
