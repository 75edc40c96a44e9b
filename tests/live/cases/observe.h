/* What a case sees, one line an observation, with what may differ between two runs of it left out. */
#ifndef LIVE_CASES_OBSERVE_H
#define LIVE_CASES_OBSERVE_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

struct peer {
	const char *name;
	socklen_t size;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage storage;
	};
};

/* Two hosts, one over IPv6, the first again as an AF_INET6 socket names it, and one on this link. */
extern struct peer peer_a, peer_b, peer_6, peer_mapped, peer_link;

/* The peers, from ADDRESS@PORT for A, B, the one over IPv6, and the one on this link or NULL. -1: these are none. */
int peers_set(char **texts);

void observe(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "what: 5", or "what: -1 EAGAIN" with the errno of the moment. Answers result. */
ssize_t observe_result(const char *what, ssize_t result);

/* "what: 5 hello from A"; long payloads by their ends. from NULL: no source was asked for. */
void observe_datagram(const char *what, ssize_t result, const void *bytes, const struct sockaddr_storage *from,
		      socklen_t from_size);

/* A peer's name; else the address, with its port as 0 or "port". Valid until the eighth call after it. */
const char *address_name(const void *address, socklen_t size);

void observe_names(int fd); /* getsockname and getpeername */

/* A datagram socket that is there: ends the program otherwise. type: SOCK_NONBLOCK and its like. */
int udp(int family, int type);

/* sendto and recvfrom with their observations. */
void say(int fd, const struct peer *to, const char *text);

/* A socket bound to a port of the loopback interface; and a stranger's datagram to that port, with an answer. */
int server_socket(unsigned *port);
void serve_once(int fd, unsigned port);
void hear(int fd);

/* Waits until fd can be read, so that what is asked for next is there. */
void await_readable(int fd);

/* Waits until the answer to whatever the peer was sent before has come. */
void settle(const struct peer *peer);
void settle_by(int fd, const struct peer *peer); /* fd: a socket that nothing else is asked by */

/* size, by a way that the compiler does not see through: fortified calls are made only for lengths it cannot know. */
size_t room(size_t size);

#endif
