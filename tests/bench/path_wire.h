/* SOCKS5 over IPv4 as the by-hand client and the relay of the data path's measurement write it: as little of it as
 * their work needs. */
#ifndef BENCH_PATH_WIRE_H
#define BENCH_PATH_WIRE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define WIRE_HEADER 10

static inline struct sockaddr_in wire_loopback(in_port_t port) /* host order */
{
	return (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* ATYP, address and port: 7 octets. */
static inline void wire_put_address(uint8_t *at, const struct sockaddr_in *name)
{
	at[0] = 1;
	memcpy(at + 1, &name->sin_addr, 4);
	memcpy(at + 5, &name->sin_port, 2);
}

static inline void wire_put_header(uint8_t *at, const struct sockaddr_in *target)
{
	memset(at, 0, 3);
	wire_put_address(at + 3, target);
}

/* Whether it is a whole SOCKS5 datagram over IPv4. */
static inline bool wire_is_whole(const uint8_t *bytes, size_t size)
{
	return size >= WIRE_HEADER && bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 0 && bytes[3] == 1;
}

/* And of this port. */
static inline bool wire_is_for(const uint8_t *bytes, size_t size, in_port_t port)
{
	return wire_is_whole(bytes, size) && (bytes[8] << 8 | bytes[9]) == port;
}

static inline void wire_take_address(const uint8_t *header, struct sockaddr_in *source)
{
	source->sin_family = AF_INET;
	memcpy(&source->sin_addr, header + 4, 4);
	memcpy(&source->sin_port, header + 8, 2);
}

/* As much of a receive buffer as is allowed. */
static inline void wire_make_room(int fd, int octets)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
}

static inline long wire_room(int fd)
{
	int octets = 0;
	socklen_t size = sizeof octets;
	getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, &size);
	return octets;
}

#endif
