/* Datagrams that say who sent them, on which socket, and to whom. */
#ifndef STRESS_PAYLOAD_H
#define STRESS_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { PEERS = 3, PEER_V6 = 2, PAYLOAD_MAX = 1024 };

/* Owners beside the threads: descriptors that all threads use at once, and signal handlers. */
enum { OWNER_CONTESTED = 1000, OWNER_HANDLER };

struct peer {
	struct sockaddr_storage address;
	socklen_t size;
};
extern struct peer peers[PEERS];

/* text: ADDRESS@PORT */
bool peer_parse(struct peer *peer, char *text);
bool peer_is(const struct peer *peer, const struct sockaddr_storage *address);

/* Fills size octets, at least PAYLOAD_MIN. */
enum { PAYLOAD_MIN = 24 };
void payload_fill(uint8_t *bytes, size_t size, uint32_t owner, uint32_t serial, uint32_t peer, uint32_t number);

/* Whether it is whole and was sent by owner's socket serial, or by way of a contested descriptor, to whom the answer
 * came from. from NULL: not known. owner OWNER_CONTESTED: by anybody. */
bool payload_is(const uint8_t *bytes, size_t size, uint32_t owner, uint32_t serial,
		const struct sockaddr_storage *from);

/* What was wrong, on standard error: whose it should be, what it says of itself, where it came from. */
void payload_tell(const uint8_t *bytes, size_t size, uint32_t owner, uint32_t serial,
		  const struct sockaddr_storage *from);

/* It begins as a relay's datagram does, and no payload. */
bool payload_is_framed(const uint8_t *bytes, size_t size);

#endif
