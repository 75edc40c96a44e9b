#include "tests/stress/payload.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAGIC = 0x55445053 };

struct start {
	uint32_t magic;
	uint32_t size;
	uint32_t owner;
	uint32_t serial;
	uint32_t peer;
	uint32_t number;
};
_Static_assert(sizeof(struct start) == PAYLOAD_MIN, "the smallest payload is the start alone");

struct peer peers[PEERS];

bool peer_parse(struct peer *peer, char *text)
{
	const char *host = strsep(&text, "@");
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(text ? atoi(text) : 0))};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = v4.sin_port};
	bool is_v6 = inet_pton(AF_INET6, host, &v6.sin6_addr) == 1;
	bool is_v4 = inet_pton(AF_INET, host, &v4.sin_addr) == 1;
	peer->size = is_v6 ? sizeof v6 : sizeof v4;
	memcpy(&peer->address, is_v6 ? (void *)&v6 : (void *)&v4, peer->size);
	return (is_v4 || is_v6) && v4.sin_port;
}

/* As an IPv6 address, whichever it is. */
static struct in6_addr host_of(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	struct in6_addr mapped = {.s6_addr32 = {0, 0, htonl(0xffff), v4->sin_addr.s_addr}};
	return address->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr
					      : mapped;
}

bool peer_is(const struct peer *peer, const struct sockaddr_storage *address)
{
	struct in6_addr one = host_of(&peer->address), other = host_of(address);
	in_port_t port = ((const struct sockaddr_in *)(const void *)&peer->address)->sin_port;
	return ((const struct sockaddr_in *)(const void *)address)->sin_port == port &&
	       IN6_ARE_ADDR_EQUAL(&one, &other);
}

void payload_fill(uint8_t *bytes, size_t size, uint32_t owner, uint32_t serial, uint32_t peer, uint32_t number)
{
	struct start start = {MAGIC, (uint32_t)size, owner, serial, peer, number};
	memcpy(bytes, &start, sizeof start);
	for (size_t i = sizeof start; i < size; i++)
		bytes[i] = (uint8_t)(number + i);
}

bool payload_is(const uint8_t *bytes, size_t size, uint32_t owner, uint32_t serial, const struct sockaddr_storage *from)
{
	struct start start;
	if (size < sizeof start)
		return false;
	memcpy(&start, bytes, sizeof start);
	if (start.magic != MAGIC || start.size != size || start.peer >= PEERS)
		return false;
	for (size_t i = sizeof start; i < size; i++)
		if (bytes[i] != (uint8_t)(start.number + i))
			return false;
	if (from && !peer_is(&peers[start.peer], from))
		return false;
	return owner == OWNER_CONTESTED || start.owner == OWNER_CONTESTED ||
	       (start.owner == owner && start.serial == serial);
}

void payload_tell(const uint8_t *bytes, size_t size, uint32_t owner, uint32_t serial,
		  const struct sockaddr_storage *from)
{
	struct start start = {0};
	char host[INET6_ADDRSTRLEN] = "?";
	struct in6_addr address = from ? host_of(from) : in6addr_any;
	in_port_t port = from ? ((const struct sockaddr_in *)(const void *)from)->sin_port : 0;
	memcpy(&start, bytes, size < sizeof start ? size : sizeof start);
	inet_ntop(AF_INET6, &address, host, sizeof host);
	fprintf(stderr, "stress: socket %u of %u got %zu octets from %s %u:", serial, owner, size, host, ntohs(port));
	for (size_t i = 0; i < size && i < 2 * sizeof start; i++)
		fprintf(stderr, " %02x", bytes[i]);
	fprintf(stderr, " (size %u, socket %u of %u, peer %u, number %u)\n", start.size, start.serial, start.owner,
		start.peer, start.number);
}

bool payload_is_framed(const uint8_t *bytes, size_t size)
{
	static const uint8_t start[] = {0, 0, 0};
	return size > sizeof start && memcmp(bytes, start, sizeof start) == 0;
}
