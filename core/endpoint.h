/* Endpoints: an IPv4 address, an IPv6 address or a host name, with a port; and prefixes of addresses.
 *
 * An endpoint is a small value, freely copied. A name is borrowed: it points into the bytes or the text that the
 * endpoint was made from, which must outlive it, and it is not NUL-terminated. IPv4-mapped IPv6 addresses are
 * normalised to IPv4 wherever an endpoint is made. */
#ifndef CORE_ENDPOINT_H
#define CORE_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/outcome.h"

enum endpoint_kind { ENDPOINT_NONE, ENDPOINT_IPV4, ENDPOINT_IPV6, ENDPOINT_NAME };

struct endpoint {
	uint8_t kind;        /* enum endpoint_kind */
	uint8_t name_length; /* octets; ENDPOINT_NAME only; 0 is possible on the wire */
	uint16_t port;       /* host order */
	uint32_t scope;      /* sin6_scope_id; ENDPOINT_IPV6 only, else 0 */
	union {
		uint8_t ip[16]; /* network order; IPv4 uses the first four, the rest is zero */
		const char *name;
	};
};

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The longest text endpoint_print makes, with its NUL: 255 octets of name, colon, port. */
#define ENDPOINT_TEXT_SIZE 264

struct endpoint endpoint_ipv4(uint32_t address, uint16_t port);         /* both in host order */
struct endpoint endpoint_from_ipv4(const uint8_t ip[4], uint16_t port); /* ip in network order */
struct endpoint endpoint_from_ipv6(const uint8_t ip[16], uint16_t port, uint32_t scope);
/* The same in place, for the paths of datagrams; ip is not within the endpoint. */
void endpoint_set_ipv4(struct endpoint *endpoint, const uint8_t ip[4], uint16_t port);
void endpoint_set_ipv6(struct endpoint *endpoint, const uint8_t ip[16], uint16_t port, uint32_t scope);
struct endpoint endpoint_name(const char *name, size_t length, uint16_t port);

/* Of the socket that it takes to reach it; not for a name. */
static inline int endpoint_family(const struct endpoint *endpoint)
{
	return endpoint->kind == ENDPOINT_IPV6 ? AF_INET6 : AF_INET;
}

/* From what a program gave or the kernel answered. size is in octets, as the program gave it.
 * OUTCOME_WRONG_FAMILY: neither AF_INET nor AF_INET6; OUTCOME_BAD_TEXT: too short for its family. */
enum outcome endpoint_from_sockaddr(struct endpoint *endpoint, const struct sockaddr *address, size_t size);

/* For a socket of the given family (AF_INET or AF_INET6, on which IPv4 becomes v4-mapped). *size is set to the
 * size of the address written. OUTCOME_WRONG_FAMILY: a name, or IPv6 on an AF_INET socket. */
enum outcome endpoint_to_sockaddr(const struct endpoint *endpoint, int family, union socket_address *address,
				  socklen_t *size);

/* Same kind, address (names: without regard to case), scope and port. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
bool endpoint_same_host(const struct endpoint *a, const struct endpoint *b); /* the port does not count */

/* Of an address and its port, keyed; never 0. */
uint64_t endpoint_hash(const struct endpoint *endpoint, uint64_t first_key, uint64_t second_key);

/* "192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1%2]:53", "name:53". Always terminates; answers out. */
const char *endpoint_print(const struct endpoint *endpoint, char *out, size_t size);

/* host, host:port, v4, v4:port, [v6], [v6]:port, bare v6. A numeric host becomes an address, anything else that is
 * 1 to 255 octets of letters, digits, '-', '.' and '_' a name borrowed from text.
 * default_port < 0: the port must be given. OUTCOME_BAD_TEXT otherwise. */
enum outcome endpoint_parse(struct endpoint *endpoint, const char *text, size_t length, int default_port);

/* A name that is the text of an address ("8.8.8.8") becomes that address; anything else stays as it is. */
void endpoint_settle(struct endpoint *endpoint);

bool endpoint_is_unspecified(const struct endpoint *endpoint); /* 0.0.0.0, ::, the empty name */
bool endpoint_is_loopback(const struct endpoint *endpoint);
bool endpoint_is_link_local(const struct endpoint *endpoint);
bool endpoint_is_private(const struct endpoint *endpoint); /* RFC 1918, RFC 6598, fc00::/7 */
bool endpoint_is_multicast(const struct endpoint *endpoint);
bool endpoint_is_broadcast(const struct endpoint *endpoint); /* 255.255.255.255 */

/* Addresses that mean something on this machine or this link only, and go direct unless a rule names them:
 * loopback, link-local, multicast, broadcast, unspecified. */
bool endpoint_has_local_meaning(const struct endpoint *endpoint); /* the same, whatever its first octet */
static inline bool endpoint_is_local_only(const struct endpoint *endpoint)
{
	uint8_t first = endpoint->ip[0];
	bool never = endpoint->kind == ENDPOINT_IPV4 && first != 0 && first != 127 && first != 169 && first < 224;
	return !never && endpoint_has_local_meaning(endpoint);
}

struct prefix {
	uint8_t kind;   /* ENDPOINT_IPV4 or ENDPOINT_IPV6 */
	uint8_t length; /* significant bits; the bits after them in ip are zero */
	uint8_t ip[16];
};

/* "10.0.0.0/8", "2001:db8::/32", "192.0.2.1" (all bits). Host bits that are set after the prefix are
 * OUTCOME_BAD_TEXT: "10.0.0.1/8" is more often a slip than a wish. */
enum outcome prefix_parse(struct prefix *prefix, const char *text, size_t length);

/* The longest text prefix_print makes, with its NUL. */
#define PREFIX_TEXT_SIZE (INET6_ADDRSTRLEN + 4)
/* "10.0.0.0/8". Always terminates; answers out. */
const char *prefix_print(const struct prefix *prefix, char *out, size_t size);

bool prefix_contains(const struct prefix *prefix, const struct endpoint *endpoint);

#endif
