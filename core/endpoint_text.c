#include "core/endpoint.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE_MAX 255

/* Names come from the wire: nothing in them may drive a terminal or forge a line of a log. */
static void copy_printable(char *out, const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		out[i] = name[i] > ' ' && name[i] < 0x7f ? name[i] : '?';
	out[length] = '\0';
}

const char *endpoint_print(const struct endpoint *endpoint, char *out, size_t size)
{
	char host[NAME_SIZE_MAX + 1];

	switch (endpoint->kind) {
	case ENDPOINT_IPV4:
		inet_ntop(AF_INET, endpoint->ip, host, sizeof(host));
		snprintf(out, size, "%s:%u", host, endpoint->port);
		break;
	case ENDPOINT_IPV6:
		inet_ntop(AF_INET6, endpoint->ip, host, sizeof(host));
		if (endpoint->scope)
			snprintf(out, size, "[%s%%%u]:%u", host, endpoint->scope, endpoint->port);
		else
			snprintf(out, size, "[%s]:%u", host, endpoint->port);
		break;
	case ENDPOINT_NAME:
		copy_printable(host, endpoint->name, endpoint->name_length);
		snprintf(out, size, "%s:%u", host, endpoint->port);
		break;
	default:
		snprintf(out, size, "none");
	}
	return out;
}

/* Decimal digits only, at most max: what strtoul takes beyond that (blanks, signs) is no number here. */
static bool parse_number(const char *text, size_t length, uint32_t max, uint32_t *value)
{
	uint64_t sum = 0;

	if (length == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		sum = sum * 10 + (uint64_t)(text[i] - '0');
		if (sum > max)
			return false;
	}
	*value = (uint32_t)sum;
	return true;
}

/* inet_pton for text that need not be terminated; ip has room for the family's address. */
static bool parse_ip(int family, const char *text, size_t length, uint8_t *ip)
{
	char copy[INET6_ADDRSTRLEN];

	if (length == 0 || length >= sizeof(copy) || memchr(text, 0, length))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return inet_pton(family, copy, ip) == 1;
}

static bool parse_scope(const char *text, size_t length, uint32_t *scope)
{
	char name[IF_NAMESIZE];

	if (parse_number(text, length, UINT32_MAX, scope))
		return true;
	if (length == 0 || length >= sizeof(name) || memchr(text, 0, length))
		return false;
	memcpy(name, text, length);
	name[length] = '\0';
	*scope = if_nametoindex(name);
	return *scope != 0;
}

static bool parse_ipv6_host(struct endpoint *host, const char *text, size_t length)
{
	const char *percent = memchr(text, '%', length);
	size_t address_length = percent ? (size_t)(percent - text) : length;
	uint32_t scope = 0;
	uint8_t ip[16];

	if (!parse_ip(AF_INET6, text, address_length, ip))
		return false;
	if (percent && !parse_scope(percent + 1, length - address_length - 1, &scope))
		return false;
	*host = endpoint_from_ipv6(ip, 0, scope);
	return true;
}

/* isalnum() would ask the program's locale. */
static bool is_name_octet(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == '_';
}

static bool is_name(const char *text, size_t length)
{
	if (length == 0 || length > NAME_SIZE_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_name_octet(text[i]))
			return false;
	return true;
}

static bool parse_plain_host(struct endpoint *host, const char *text, size_t length)
{
	uint8_t ip[4];

	if (parse_ip(AF_INET, text, length, ip)) {
		*host = endpoint_from_ipv4(ip, 0);
		return true;
	}
	if (!is_name(text, length))
		return false;
	*host = endpoint_name(text, length, 0);
	return true;
}

/* Answers what follows the host, or NULL. */
static const char *parse_host(struct endpoint *host, const char *text, const char *end)
{
	size_t length = (size_t)(end - text);
	const char *stop;

	if (length == 0)
		return NULL;
	if (*text == '[') {
		stop = memchr(text, ']', length);
		if (!stop || !parse_ipv6_host(host, text + 1, (size_t)(stop - text) - 1))
			return NULL;
		return stop + 1;
	}
	stop = memchr(text, ':', length);
	if (stop && memchr(stop + 1, ':', (size_t)(end - stop) - 1))
		return parse_ipv6_host(host, text, length) ? end : NULL;
	if (!stop)
		stop = end;
	return parse_plain_host(host, text, (size_t)(stop - text)) ? stop : NULL;
}

enum outcome endpoint_parse(struct endpoint *endpoint, const char *text, size_t length, int default_port)
{
	struct endpoint found;
	const char *end = text + length;
	const char *rest = parse_host(&found, text, end);
	uint32_t port = (uint32_t)default_port;

	if (!rest)
		return OUTCOME_BAD_TEXT;
	if (rest == end) {
		if (default_port < 0 || default_port > UINT16_MAX)
			return OUTCOME_BAD_TEXT;
	} else if (*rest != ':' || !parse_number(rest + 1, (size_t)(end - rest) - 1, UINT16_MAX, &port)) {
		return OUTCOME_BAD_TEXT;
	}
	found.port = (uint16_t)port;
	*endpoint = found;
	return OUTCOME_OK;
}

void endpoint_settle(struct endpoint *endpoint)
{
	uint8_t ip[16];

	if (endpoint->kind != ENDPOINT_NAME)
		return;
	if (parse_ip(AF_INET, endpoint->name, endpoint->name_length, ip))
		*endpoint = endpoint_from_ipv4(ip, endpoint->port);
	else if (parse_ip(AF_INET6, endpoint->name, endpoint->name_length, ip))
		*endpoint = endpoint_from_ipv6(ip, endpoint->port, 0);
}

/* Whether all bits of ip after the first length are zero. */
static bool is_clear_after(const uint8_t *ip, size_t size, uint32_t length)
{
	for (size_t i = 0; i < size; i++) {
		uint32_t kept = length > i * 8 ? length - (uint32_t)i * 8 : 0;

		if (kept < 8 && (ip[i] & (0xff >> kept)) != 0)
			return false;
	}
	return true;
}

enum outcome prefix_parse(struct prefix *prefix, const char *text, size_t length)
{
	const char *slash = length ? memchr(text, '/', length) : NULL;
	size_t host_length = slash ? (size_t)(slash - text) : length;
	uint8_t ip[16];
	bool v4 = parse_ip(AF_INET, text, host_length, ip);
	uint32_t bits = v4 ? 32 : 128;
	struct endpoint host;

	if (!v4 && !parse_ip(AF_INET6, text, host_length, ip))
		return OUTCOME_BAD_TEXT;
	if (slash && !parse_number(slash + 1, length - host_length - 1, bits, &bits))
		return OUTCOME_BAD_TEXT;
	if (!is_clear_after(ip, v4 ? 4 : 16, bits))
		return OUTCOME_BAD_TEXT;
	host = v4 ? endpoint_from_ipv4(ip, 0) : endpoint_from_ipv6(ip, 0, 0);
	/* A v4-mapped prefix: fewer than 96 bits would have left bits of the ffff set behind them. */
	if (!v4 && host.kind == ENDPOINT_IPV4)
		bits -= 96;
	*prefix = (struct prefix){.kind = host.kind, .length = (uint8_t)bits};
	memcpy(prefix->ip, host.ip, sizeof(prefix->ip));
	return OUTCOME_OK;
}

const char *prefix_print(const struct prefix *prefix, char *out, size_t size)
{
	char address[INET6_ADDRSTRLEN] = "";

	inet_ntop(prefix->kind == ENDPOINT_IPV4 ? AF_INET : AF_INET6, prefix->ip, address, sizeof(address));
	snprintf(out, size, "%s/%u", address, prefix->length);
	return out;
}
