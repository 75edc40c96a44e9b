#include "tests/live/socks_server/noise.h"

#include <string.h>

#define NOISE_SIZE 512

/* The answer with one octet of its header changed, and a payload that tells it from the genuine one. */
static void send_altered(struct relay *relay, int fd, const uint8_t *header, size_t header_size, size_t at,
			 uint8_t value)
{
	uint8_t bytes[NOISE_SIZE + 8] = {0};
	memcpy(bytes, header, header_size);
	bytes[at] = value;
	memcpy(bytes + header_size, "NOISE", 5);
	relay_send(fd, &relay->client, bytes, header_size + 5);
}

static int noise_socket(int *fd, struct endpoint from)
{
	if (*fd < 0)
		*fd = datagram_socket(&from);
	return *fd;
}

static struct endpoint relay_host(const struct relay *relay)
{
	struct endpoint host = relay->bound;
	host.port = 0;
	return host;
}

/* On IPv6 loopback there is one address only: the stranger then differs by its port. */
static struct endpoint other_host(const struct relay *relay)
{
	return relay->client.kind == ENDPOINT_IPV6 ? relay_host(relay) : endpoint_ipv4(0x7f000008, 0);
}

void noise_send(struct relay *relay, const uint8_t *answer, size_t header_size, size_t size)
{
	int noise = relay->server->script.noise;
	int fd = relay->client_side.fd;
	if (noise & NOISE_FRAGMENT) {
		send_altered(relay, fd, answer, header_size, 2, 1);
		send_altered(relay, fd, answer, header_size, 2, 0x82);
	}
	for (size_t length = 0; noise & NOISE_SHORT && length < header_size; length++)
		relay_send(fd, &relay->client, answer, length);
	if (noise & NOISE_RESERVED)
		send_altered(relay, fd, answer, header_size, 0, 1);
	if (noise & NOISE_TYPE)
		send_altered(relay, fd, answer, header_size, 3, 9);
	if (noise & NOISE_RAW)
		relay_send(fd, &relay->client, answer + header_size, size - header_size);
	if (noise & NOISE_SPOOF)
		send_altered(relay, noise_socket(&relay->spoofer, relay_host(relay)), answer, header_size, 2, 0);
	if (noise & NOISE_INJECT)
		send_altered(relay, noise_socket(&relay->stranger, other_host(relay)), answer, header_size, 2, 0);
}

void noise_send_elsewhere(struct relay *relay, const uint8_t *answer, size_t size)
{
	relay_send(noise_socket(&relay->spoofer, relay_host(relay)), &relay->client, answer, size);
}
