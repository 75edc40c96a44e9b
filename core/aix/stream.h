/* The program's stream socket, by raw calls: a library preloaded into the same process must not take the control
 * connection for the program's own traffic. Every function answers 0 or a positive errno. */
#ifndef CORE_AIX_STREAM_H
#define CORE_AIX_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/endpoint.h"

struct stream {
	int fd;
	int family;
	uint64_t cookie;  /* names the socket for its whole life */
	bool waits;       /* it is not in non-blocking mode */
	uint32_t send_ms; /* SO_SNDTIMEO; 0: none */
	uint32_t receive_ms;
};

/* EBADF, ENOTSOCK; EINVAL: not a stream; EAFNOSUPPORT: not of IP. */
int stream_look(struct stream *stream, int fd);

/* Starts to connect, without waiting. EINPROGRESS, or what connect(2) answers. */
int stream_connect(const struct stream *stream, const struct endpoint *to);

/* 0: connected. EINPROGRESS: not yet; ENOTCONN: it failed and someone else took the error; else the error. */
int stream_connected(int fd);

bool stream_has_peer(int fd);

/* Octets sent or received, 0 at the end of the stream, or a negative errno; never waits. */
ssize_t stream_send(int fd, const void *bytes, size_t size);
ssize_t stream_receive(int fd, void *bytes, size_t size);

uint64_t stream_cookie(int fd); /* 0: there is no socket there any more */

/* Until it can be read from (or written to), whatever signals come. ETIMEDOUT; deadline_ms 0: none. */
int stream_wait(int fd, bool to_write, uint64_t deadline_ms);
uint64_t stream_now_ms(void);

#endif
