/* The world as core sees it: one struct of functions, filled by preload with real calls and faked by tests.
 *
 * A function that can fail answers a negative errno. None of them changes the caller's errno. Calls on the control
 * connection are raw system calls, so that no other preloaded library sees or redirects it; calls on the program's
 * own sockets go to the next library in line. */
#ifndef CORE_WORLD_H
#define CORE_WORLD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "core/endpoint.h"
#include "core/event.h"
#include "core/marks.h"
#include "core/settings.h"

struct epoll_event;

struct world {
	/* Our own descriptors: close-on-exec, non-blocking, and at a number the program does not look for. */
	int (*control_open)(int family); /* a TCP socket */
	int (*control_connect)(int fd, const union socket_address *to, socklen_t size);
	/* The kernel gives up on a peer that has not answered its probes, or anything sent, for so long. */
	void (*control_keepalive)(int fd, uint32_t silence_ms);
	/* Sleeps until it can be read or, sending, written, or has failed; with these signals blocked and no others
	 * meanwhile. 0, -EINTR, -ETIMEDOUT. */
	int (*control_wait)(int fd, bool sending, uint64_t limit_ms, uint64_t mask);
	/* Never raises SIGPIPE; -EAGAIN also while the connection is being made, whose failure is told here. */
	ssize_t (*control_send)(int fd, const void *bytes, size_t size);
	ssize_t (*control_receive)(int fd, void *bytes, size_t size);
	int (*control_local)(int fd, union socket_address *local, socklen_t *size);
	int (*watch_open)(void); /* an epoll instance */
	/* Edge-triggered: what can be read, and hang-up; connecting: also that it stands, or has failed. */
	int (*watch_add)(int watch, int fd, uint64_t tag, bool connecting);
	/* Another tag; what is ready is told once more. */
	int (*watch_change)(int watch, int fd, uint64_t tag, bool connecting);
	int (*watch_wait)(int watch, struct epoll_event *events, int room); /* as long as it takes; 0 after a signal */
	int (*alarm_open)(void);                                            /* a timerfd on the clock of now_ms */
	int (*alarm_set)(int fd, uint64_t at_ms);
	int (*own_move)(int fd); /* the same file under another number; the old one is still to be closed */
	void (*own_close)(int fd);

	int (*udp_open)(int family); /* a datagram socket */

	/* Datagram sockets, the program's or our own. */
	int (*udp_connect)(int fd, const union socket_address *to, socklen_t size);
	int (*udp_dissolve)(int fd); /* connect(AF_UNSPEC): it is bound to no device any more, either */
	int (*udp_leave)(int fd);    /* the same, but for the device */
	int (*udp_bind)(int fd, const union socket_address *to, socklen_t size);
	int (*udp_local)(int fd, union socket_address *local, socklen_t *size);
	/* marks: NULL for those that the socket has for packets of the destination's family. */
	ssize_t (*udp_send)(int fd, const void *bytes, size_t size, const union socket_address *to, socklen_t to_size,
			    const struct marks *marks);
	/* IP_RECVERR and IPV6_RECVERR; cleared, the error queue is emptied. -EBUSY: the program has a use for that
	 * queue. */
	int (*udp_report)(int fd, bool on);
	bool (*udp_reports)(int fd);                 /* either is set */
	void (*udp_clear_error)(int fd);             /* takes SO_ERROR */
	bool (*udp_is_empty)(int fd);                /* no datagram waits in it */
	uint32_t (*udp_waiting)(int fd);             /* how many datagrams wait; 0 where others may take some of them */
	int (*udp_cookie)(int fd, uint64_t *cookie); /* SO_COOKIE: names the socket for its whole life */
	bool (*udp_is_v6only)(int fd);
	/* Some dozens of datagrams that wait in one socket leave by another (below 0: are dropped). *refused: where
	 * these go, or came from, nobody listens. True: there may be more. */
	bool (*udp_pass)(int from, int to, bool *refused);
	int (*udp_allow_ipv4)(int fd); /* clears IPV6_V6ONLY; fails once the socket is bound */

	int (*udp_join)(int fd, bool on); /* UDP_GRO */

	bool (*has_relatives)(void); /* other processes may have sockets of this one */

	uint64_t (*now_ms)(void);                                                  /* monotonic */
	uint64_t (*now_us)(void);                                                  /* likewise */
	uint64_t (*random)(void);                                                  /* unpredictable */
	int (*wait)(_Atomic uint32_t *word, uint32_t value, uint64_t deadline_ms); /* 0, -EINTR, -ETIMEDOUT, -EAGAIN */
	void (*wake)(_Atomic uint32_t *word);                                      /* everyone who waits on it */
	/* Host name to addresses; may block. Answers how many, 0 for none. */
	size_t (*resolve)(const struct endpoint *name, struct endpoint *addresses, size_t room);
	int (*start_thread)(void (*body)(void *), void *argument);
	uint64_t (*block_signals)(void); /* so that no handler runs; answers what restore_signals takes */
	void (*restore_signals)(uint64_t mask);
	pid_t (*process)(void);
	void *(*map)(size_t size);        /* zeroed pages, or NULL */
	void *(*map_shared)(size_t size); /* the same, which forked processes go on sharing */
	void (*unmap)(void *pages, size_t size);
	void (*log)(enum log_level level, const char *line);
	void (*record)(const struct event *event);
};

#endif
