/* A STUN server for tests (RFC 8489, RFC 5780), at two addresses.
 *
 * usage: stun_peer ADDRESS OTHER [MODE]     (IPv4)
 *
 *	differs   at the other address it tells another port than it saw
 *	alone     it tells of no other address
 *	dumb      at the other address it does not answer
 *	unmixed   MAPPED-ADDRESS alone, as in RFC 3489
 *	long      attributes of a kilooctet come first
 *	longest   as many as fit in no packet
 *
 * Prints "ready ADDRESS@PORT" and serves until its standard input ends. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	REQUEST_SIZE = 20,
	ATTRIBUTE_SIZE = 12,
	TEXT_SIZE = 8,
	LONG_SIZE = 1024,
	LONGEST_SIZE = 4096,
	MAPPED = 0x0001,
	MIXED = 0x0020,
	SOFTWARE = 0x8022,
	OTHER = 0x802c,
	COOKIE = 0x2112a442
};

static const char *mode = "";

static bool is_mode(const char *name)
{
	return strcmp(mode, name) == 0;
}

static int bound_socket(const char *host, struct sockaddr_in *name)
{
	socklen_t size = sizeof *name;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	*name = (struct sockaddr_in){.sin_family = AF_INET};
	if (inet_pton(AF_INET, host, &name->sin_addr) == 1 && bind(fd, (struct sockaddr *)name, size) == 0 &&
	    getsockname(fd, (struct sockaddr *)name, &size) == 0)
		return fd;
	return -1;
}

static void put_address(uint8_t *at, uint16_t type, const struct sockaddr_in *address, uint32_t mix)
{
	uint16_t head[] = {htons(type), htons(8), htons(1), address->sin_port ^ htons((uint16_t)(mix >> 16))};
	uint32_t host = address->sin_addr.s_addr ^ htonl(mix);
	memcpy(at, head, sizeof head);
	memcpy(at + sizeof head, &host, sizeof host);
}

static void put_size(uint8_t *at, size_t size)
{
	at[0] = (uint8_t)(size >> 8);
	at[1] = (uint8_t)size;
}

/* Answers where they end. */
static uint8_t *put_texts(uint8_t *at, size_t size)
{
	for (uint8_t *end = at + size; at < end; at += TEXT_SIZE) {
		put_size(at, SOFTWARE);
		put_size(at + 2, TEXT_SIZE - 4);
		memset(at + 4, 'x', TEXT_SIZE - 4);
	}
	return at;
}

static void answer(int fd, bool is_other, const struct sockaddr_in *other)
{
	uint8_t bytes[REQUEST_SIZE + LONGEST_SIZE + 2 * ATTRIBUTE_SIZE], *end = bytes + REQUEST_SIZE;
	struct sockaddr_in from;
	socklen_t from_size = sizeof from;
	ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_size);
	struct sockaddr_in seen = from;
	if (got != REQUEST_SIZE || memcmp(bytes, "\0\1\0\0\x21\x12\xa4\x42", 8) != 0 || (is_other && is_mode("dumb")))
		return;
	if (is_other && is_mode("differs"))
		seen.sin_port ^= htons(1);
	if (is_mode("long") || is_mode("longest"))
		end = put_texts(end, is_mode("long") ? LONG_SIZE : LONGEST_SIZE);
	if (is_mode("unmixed"))
		put_address(end, MAPPED, &seen, 0);
	else
		put_address(end, MIXED, &seen, COOKIE);
	end += ATTRIBUTE_SIZE;
	if (!is_mode("alone")) {
		put_address(end, OTHER, other, 0);
		end += ATTRIBUTE_SIZE;
	}
	bytes[0] = 1;
	put_size(bytes + 2, (size_t)(end - bytes) - REQUEST_SIZE);
	sendto(fd, bytes, (size_t)(end - bytes), MSG_NOSIGNAL, (struct sockaddr *)&from, from_size);
}

int main(int argc, char **argv)
{
	struct sockaddr_in first, other;
	if (argc < 3)
		return 2;
	mode = argc > 3 ? argv[3] : "";
	int fd = bound_socket(argv[1], &first), other_fd = bound_socket(argv[2], &other);
	struct pollfd awaited[] = {{STDIN_FILENO, POLLIN, 0}, {fd, POLLIN, 0}, {other_fd, POLLIN, 0}};
	if (fd < 0 || other_fd < 0)
		return 1;
	printf("ready %s@%u\n", argv[1], ntohs(first.sin_port));
	fflush(stdout);
	while (poll(awaited, 3, -1) > 0 && !awaited[0].revents) {
		if (awaited[1].revents)
			answer(fd, false, &other);
		if (awaited[2].revents)
			answer(other_fd, true, &other);
	}
	return 0;
}
