/* Names and addresses, by libc's own functions, which ask nobody but the stub (lookup.h). */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "preload/hooks.h"
#include "preload/lookup.h"
#include "preload/process.h"

/* What libc answers without asking anybody; inet_aton(3) forgives what follows a space. */
static bool is_numeric(const char *node)
{
	struct in6_addr address;
	const char *scope = strchr(node, '%');
	char bare[INET6_ADDRSTRLEN];
	if (strpbrk(node, " \t\n\v\f\r"))
		return false;
	if (inet_aton(node, (struct in_addr *)&address) || inet_pton(AF_INET6, node, &address) == 1)
		return true;
	if (!scope || (size_t)(scope - node) >= sizeof bare)
		return false;
	memcpy(bare, node, (size_t)(scope - node));
	bare[scope - node] = '\0';
	return inet_pton(AF_INET6, bare, &address) == 1;
}

static enum name_purpose purpose_of(const struct addrinfo *hints)
{
	if (!hints)
		return NAME_FOR_ANYTHING;
	if (hints->ai_socktype == SOCK_DGRAM || hints->ai_protocol == IPPROTO_UDP)
		return NAME_FOR_DATAGRAMS;
	if (hints->ai_socktype == SOCK_STREAM || hints->ai_protocol == IPPROTO_TCP)
		return NAME_FOR_STREAMS;
	return NAME_FOR_ANYTHING;
}

/* What comes from /etc/hosts has not passed by the stub. */
static void note(const char *name, const struct sockaddr *address, socklen_t size)
{
	struct endpoint endpoint;
	if (negotiator.settings && endpoint_from_sockaddr(&endpoint, address, size) == OUTCOME_OK)
		rules_note_name(negotiator.settings->rules, &endpoint, name, strlen(name));
}

static void note_list(const char *name, const struct addrinfo *list)
{
	for (const struct addrinfo *at = list; at; at = at->ai_next)
		note(name, at->ai_addr, at->ai_addrlen);
}

static void note_host(const char *name, const struct hostent *host)
{
	for (char **at = host ? host->h_addr_list : NULL; at && *at; at++) {
		union socket_address address = {.any.sa_family = (sa_family_t)host->h_addrtype};
		if (host->h_addrtype == AF_INET)
			memcpy(&address.v4.sin_addr, *at, sizeof address.v4.sin_addr);
		else
			memcpy(&address.v6.sin6_addr, *at, sizeof address.v6.sin6_addr);
		note(name, &address.any, sizeof address);
	}
}

int hook_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	if (!node || (hints && hints->ai_flags & AI_NUMERICHOST) || is_numeric(node))
		return real.getaddrinfo(node, service, hints, result);
	LOOKUP(lookup, NULL, purpose_of(hints));
	if (!lookup_may(&lookup, node))
		return EAI_AGAIN;
	int answer = real.getaddrinfo(node, service, hints, result);
	if (answer == 0)
		note_list(node, *result);
	return answer;
}

int hook_getnameinfo(const struct sockaddr *address, socklen_t size, char *host, socklen_t host_room, char *service,
		     socklen_t service_room, int flags)
{
	if (!host || !host_room || flags & NI_NUMERICHOST)
		return real.getnameinfo(address, size, host, host_room, service, service_room, flags);
	LOOKUP(lookup, NULL, NAME_FOR_ANYTHING);
	if (!lookup_may(&lookup, NULL))
		return EAI_AGAIN;
	return real.getnameinfo(address, size, host, host_room, service, service_room, flags);
}

/* What gethostbyname answers without asking anybody. */
static bool is_dotted(const char *name)
{
	struct in_addr address;
	return name[strspn(name, "0123456789.")] == '\0' && inet_aton(name, &address);
}

struct hostent *hook_gethostbyname(const char *name)
{
	if (is_dotted(name))
		return real.gethostbyname(name);
	LOOK_UP(name);
	struct hostent *host = real.gethostbyname(name);
	note_host(name, host);
	return host;
}

struct hostent *hook_gethostbyname2(const char *name, int family)
{
	LOOK_UP(name);
	struct hostent *host = real.gethostbyname2(name, family);
	note_host(name, host);
	return host;
}

struct hostent *hook_gethostbyaddr(const void *address, socklen_t size, int family)
{
	LOOK_UP(NULL);
	return real.gethostbyaddr(address, size, family);
}

int hook_gethostbyname_r(const char *name, struct hostent *host, char *buffer, size_t room, struct hostent **result,
			 int *error)
{
	if (is_dotted(name))
		return real.gethostbyname_r(name, host, buffer, room, result, error);
	LOOK_UP_INTO(name, result, error);
	int answer = real.gethostbyname_r(name, host, buffer, room, result, error);
	note_host(name, *result);
	return answer;
}

int hook_gethostbyname2_r(const char *name, int family, struct hostent *host, char *buffer, size_t room,
			  struct hostent **result, int *error)
{
	LOOK_UP_INTO(name, result, error);
	int answer = real.gethostbyname2_r(name, family, host, buffer, room, result, error);
	note_host(name, *result);
	return answer;
}

int hook_gethostbyaddr_r(const void *address, socklen_t size, int family, struct hostent *host, char *buffer,
			 size_t room, struct hostent **result, int *error)
{
	LOOK_UP_INTO(NULL, result, error);
	return real.gethostbyaddr_r(address, size, family, host, buffer, room, result, error);
}
