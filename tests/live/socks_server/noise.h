/* Datagrams at the client's address that no client may take for an answer. */
#ifndef LIVE_SOCKS_SERVER_NOISE_H
#define LIVE_SOCKS_SERVER_NOISE_H

#include "tests/live/socks_server/relay.h"

/* Sends what script.noise names, each made of the genuine answer (header and payload, size octets in all). */
void noise_send(struct relay *relay, const uint8_t *answer, size_t header_size, size_t size);

/* Sends what is an answer but for where it comes from: another port of the relay's host. */
void noise_send_elsewhere(struct relay *relay, const uint8_t *answer, size_t size);

/* Of relay.c: a bound, non-blocking socket, or -1. */
int datagram_socket(const struct endpoint *from);
void relay_send(int fd, const struct endpoint *to, const void *bytes, size_t size);

#endif
