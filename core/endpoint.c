#include "core/endpoint.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/lower.h"

/* What the kernel takes for an IPv6 address: RFC 2133's structure had no sin6_scope_id (SIN6_LEN_RFC2133). */
#define SOCKADDR_IN6_SIZE_MIN offsetof(struct sockaddr_in6, sin6_scope_id)

#define NAME_SIZE_MAX 255

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

static bool is_mapped(const uint8_t *ip)
{
	return memcmp(ip, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

/* Link-local unicast, and multicast of interface-local or link-local scope: where the kernel reads sin6_scope_id. */
static bool needs_scope(const uint8_t *ip)
{
	if (ip[0] == 0xff)
		return (ip[1] & 0x0f) == 1 || (ip[1] & 0x0f) == 2;
	return ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;
}

struct endpoint endpoint_ipv4(uint32_t address, uint16_t port)
{
	const uint8_t ip[4] = {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8),
			       (uint8_t)address};

	return endpoint_from_ipv4(ip, port);
}

void endpoint_set_ipv4(struct endpoint *endpoint, const uint8_t ip[4], uint16_t port)
{
	endpoint->kind = ENDPOINT_IPV4;
	endpoint->name_length = 0;
	endpoint->port = port;
	endpoint->scope = 0;
	memcpy(endpoint->ip, ip, 4);
	memset(endpoint->ip + 4, 0, sizeof(endpoint->ip) - 4);
}

void endpoint_set_ipv6(struct endpoint *endpoint, const uint8_t ip[16], uint16_t port, uint32_t scope)
{
	if (is_mapped(ip)) {
		endpoint_set_ipv4(endpoint, ip + sizeof(mapped_prefix), port);
		return;
	}
	endpoint->kind = ENDPOINT_IPV6;
	endpoint->name_length = 0;
	endpoint->port = port;
	endpoint->scope = scope && needs_scope(ip) ? scope : 0;
	memcpy(endpoint->ip, ip, 16);
}

struct endpoint endpoint_from_ipv4(const uint8_t ip[4], uint16_t port)
{
	struct endpoint endpoint;

	endpoint_set_ipv4(&endpoint, ip, port);
	return endpoint;
}

struct endpoint endpoint_from_ipv6(const uint8_t ip[16], uint16_t port, uint32_t scope)
{
	struct endpoint endpoint;

	endpoint_set_ipv6(&endpoint, ip, port, scope);
	return endpoint;
}

struct endpoint endpoint_name(const char *name, size_t length, uint16_t port)
{
	return (struct endpoint){
	    .kind = ENDPOINT_NAME,
	    .name_length = (uint8_t)(length < NAME_SIZE_MAX ? length : NAME_SIZE_MAX),
	    .port = port,
	    .name = name,
	};
}

/* memcpy throughout: programs keep addresses in char buffers, aligned or not, of types of their own. */
static void take_v4(struct endpoint *endpoint, const uint8_t *address)
{
	in_port_t port;

	memcpy(&port, address + offsetof(struct sockaddr_in, sin_port), sizeof(port));
	endpoint_set_ipv4(endpoint, address + offsetof(struct sockaddr_in, sin_addr), ntohs(port));
}

static void take_v6(struct endpoint *endpoint, const uint8_t *address, size_t size)
{
	in_port_t port;
	uint32_t scope = 0;

	memcpy(&port, address + offsetof(struct sockaddr_in6, sin6_port), sizeof(port));
	if (size >= sizeof(struct sockaddr_in6))
		memcpy(&scope, address + offsetof(struct sockaddr_in6, sin6_scope_id), sizeof(scope));
	endpoint_set_ipv6(endpoint, address + offsetof(struct sockaddr_in6, sin6_addr), ntohs(port), scope);
}

enum outcome endpoint_from_sockaddr(struct endpoint *endpoint, const struct sockaddr *address, size_t size)
{
	sa_family_t family;

	if (size < sizeof(family))
		return OUTCOME_BAD_TEXT;
	memcpy(&family, address, sizeof(family));
	switch (family) {
	case AF_INET:
		if (size < sizeof(struct sockaddr_in))
			return OUTCOME_BAD_TEXT;
		take_v4(endpoint, (const uint8_t *)address);
		return OUTCOME_OK;
	case AF_INET6:
		if (size < SOCKADDR_IN6_SIZE_MIN)
			return OUTCOME_BAD_TEXT;
		take_v6(endpoint, (const uint8_t *)address, size);
		return OUTCOME_OK;
	default:
		return OUTCOME_WRONG_FAMILY;
	}
}

static void fill_v6(const struct endpoint *endpoint, struct sockaddr_in6 *address)
{
	*address = (struct sockaddr_in6){
	    .sin6_family = AF_INET6,
	    .sin6_port = htons(endpoint->port),
	    .sin6_scope_id = endpoint->scope,
	};
	if (endpoint->kind == ENDPOINT_IPV6) {
		memcpy(address->sin6_addr.s6_addr, endpoint->ip, 16);
		return;
	}
	memcpy(address->sin6_addr.s6_addr, mapped_prefix, sizeof(mapped_prefix));
	memcpy(address->sin6_addr.s6_addr + sizeof(mapped_prefix), endpoint->ip, 4);
}

enum outcome endpoint_to_sockaddr(const struct endpoint *endpoint, int family, union socket_address *address,
				  socklen_t *size)
{
	if (family == AF_INET && endpoint->kind == ENDPOINT_IPV4) {
		address->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(endpoint->port)};
		memcpy(&address->v4.sin_addr, endpoint->ip, 4);
		*size = sizeof(address->v4);
		return OUTCOME_OK;
	}
	if (family == AF_INET6 && (endpoint->kind == ENDPOINT_IPV4 || endpoint->kind == ENDPOINT_IPV6)) {
		fill_v6(endpoint, &address->v6);
		*size = sizeof(address->v6);
		return OUTCOME_OK;
	}
	return OUTCOME_WRONG_FAMILY;
}

static bool same_name(const struct endpoint *a, const struct endpoint *b)
{
	if (a->name_length != b->name_length)
		return false;
	for (size_t i = 0; i < a->name_length; i++)
		if (lower(a->name[i]) != lower(b->name[i]))
			return false;
	return true;
}

static uint64_t stir(uint64_t value, uint64_t key)
{
	value = (value ^ key) * 0x9e3779b97f4a7c15u;
	value = (value ^ value >> 32) * (key | 1);
	return value ^ value >> 29;
}

uint64_t endpoint_hash(const struct endpoint *endpoint, uint64_t first_key, uint64_t second_key)
{
	uint64_t words[3];

	memcpy(words, endpoint->ip, sizeof(endpoint->ip));
	words[2] = (uint64_t)endpoint->kind << 56 | (uint64_t)endpoint->port << 32 | endpoint->scope;
	uint64_t state = second_key;
	for (int i = 0; i < 3; i++)
		state = stir(state ^ words[i], first_key);
	state = stir(state, second_key);
	return state ? state : 1;
}

bool endpoint_same_host(const struct endpoint *a, const struct endpoint *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case ENDPOINT_IPV4:
		return memcmp(a->ip, b->ip, 4) == 0;
	case ENDPOINT_IPV6:
		return memcmp(a->ip, b->ip, 16) == 0 && a->scope == b->scope;
	case ENDPOINT_NAME:
		return same_name(a, b);
	default:
		return true;
	}
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && endpoint_same_host(a, b);
}

static bool is_ipv4(const struct endpoint *endpoint)
{
	return endpoint->kind == ENDPOINT_IPV4;
}

static bool is_ipv6(const struct endpoint *endpoint)
{
	return endpoint->kind == ENDPOINT_IPV6;
}

bool endpoint_is_unspecified(const struct endpoint *endpoint)
{
	static const uint8_t zeros[16];

	if (endpoint->kind == ENDPOINT_NAME)
		return endpoint->name_length == 0;
	return endpoint->kind != ENDPOINT_NONE && memcmp(endpoint->ip, zeros, is_ipv4(endpoint) ? 4 : 16) == 0;
}

bool endpoint_is_loopback(const struct endpoint *endpoint)
{
	if (is_ipv4(endpoint))
		return endpoint->ip[0] == 127;
	return is_ipv6(endpoint) && memcmp(endpoint->ip, &in6addr_loopback, 16) == 0;
}

bool endpoint_is_link_local(const struct endpoint *endpoint)
{
	const uint8_t *ip = endpoint->ip;

	if (is_ipv4(endpoint))
		return ip[0] == 169 && ip[1] == 254;
	return is_ipv6(endpoint) && ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;
}

bool endpoint_is_private(const struct endpoint *endpoint)
{
	const uint8_t *ip = endpoint->ip;

	if (is_ipv4(endpoint))
		return ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) || (ip[0] == 192 && ip[1] == 168) ||
		       (ip[0] == 100 && (ip[1] & 0xc0) == 64);
	return is_ipv6(endpoint) && (ip[0] & 0xfe) == 0xfc;
}

bool endpoint_is_multicast(const struct endpoint *endpoint)
{
	if (is_ipv4(endpoint))
		return (endpoint->ip[0] & 0xf0) == 224;
	return is_ipv6(endpoint) && endpoint->ip[0] == 0xff;
}

bool endpoint_is_broadcast(const struct endpoint *endpoint)
{
	return is_ipv4(endpoint) && memcmp(endpoint->ip, "\xff\xff\xff\xff", 4) == 0;
}

bool endpoint_has_local_meaning(const struct endpoint *endpoint)
{
	return endpoint_is_loopback(endpoint) || endpoint_is_link_local(endpoint) || endpoint_is_multicast(endpoint) ||
	       endpoint_is_broadcast(endpoint) || endpoint_is_unspecified(endpoint);
}

bool prefix_contains(const struct prefix *prefix, const struct endpoint *endpoint)
{
	size_t octets = prefix->length / 8;
	uint8_t mask = (uint8_t)(0xff00 >> prefix->length % 8);

	if (prefix->kind != endpoint->kind || (!is_ipv4(endpoint) && !is_ipv6(endpoint)))
		return false;
	if (memcmp(prefix->ip, endpoint->ip, octets) != 0)
		return false;
	return mask == 0 || ((prefix->ip[octets] ^ endpoint->ip[octets]) & mask) == 0;
}
