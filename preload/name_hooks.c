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
	if (!lookup.possible)
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
	if (!lookup.possible)
		return EAI_AGAIN;
	return real.getnameinfo(address, size, host, host_room, service, service_room, flags);
}

static int fail_later(int *error)
{
	*error = TRY_AGAIN;
	return EAGAIN;
}

/* What gethostbyname answers without asking anybody. */
static bool is_dotted(const char *name)
{
	struct in_addr address;
	return name[strspn(name, "0123456789.")] == '\0' && inet_aton(name, &address);
}

/* Before a call that answers a pointer, and leaves an error in h_errno. */
#define LOOK_UP()                                                                                                      \
	LOOKUP(lookup, NULL, NAME_FOR_ANYTHING);                                                                       \
	if (!lookup.possible) {                                                                                        \
		h_errno = TRY_AGAIN;                                                                                   \
		return NULL;                                                                                           \
	}

/* Before one that stores it, and an error beside it. */
#define LOOK_UP_INTO(result, error)                                                                                    \
	LOOKUP(lookup, NULL, NAME_FOR_ANYTHING);                                                                       \
	if (!lookup.possible) {                                                                                        \
		*(result) = NULL;                                                                                      \
		return fail_later(error);                                                                              \
	}

struct hostent *hook_gethostbyname(const char *name)
{
	if (is_dotted(name))
		return real.gethostbyname(name);
	LOOK_UP();
	struct hostent *host = real.gethostbyname(name);
	note_host(name, host);
	return host;
}

struct hostent *hook_gethostbyname2(const char *name, int family)
{
	LOOK_UP();
	struct hostent *host = real.gethostbyname2(name, family);
	note_host(name, host);
	return host;
}

struct hostent *hook_gethostbyaddr(const void *address, socklen_t size, int family)
{
	LOOK_UP();
	return real.gethostbyaddr(address, size, family);
}

int hook_gethostbyname_r(const char *name, struct hostent *host, char *buffer, size_t room, struct hostent **result,
			 int *error)
{
	if (is_dotted(name))
		return real.gethostbyname_r(name, host, buffer, room, result, error);
	LOOK_UP_INTO(result, error);
	int answer = real.gethostbyname_r(name, host, buffer, room, result, error);
	note_host(name, *result);
	return answer;
}

int hook_gethostbyname2_r(const char *name, int family, struct hostent *host, char *buffer, size_t room,
			  struct hostent **result, int *error)
{
	LOOK_UP_INTO(result, error);
	int answer = real.gethostbyname2_r(name, family, host, buffer, room, result, error);
	note_host(name, *result);
	return answer;
}

int hook_gethostbyaddr_r(const void *address, socklen_t size, int family, struct hostent *host, char *buffer,
			 size_t room, struct hostent **result, int *error)
{
	LOOK_UP_INTO(result, error);
	return real.gethostbyaddr_r(address, size, family, host, buffer, room, result, error);
}

struct netent *hook_getnetbyname(const char *name)
{
	LOOK_UP();
	return real.getnetbyname(name);
}

struct netent *hook_getnetbyaddr(uint32_t net, int family)
{
	LOOK_UP();
	return real.getnetbyaddr(net, family);
}

int hook_getnetbyname_r(const char *name, struct netent *net, char *buffer, size_t room, struct netent **result,
			int *error)
{
	LOOK_UP_INTO(result, error);
	return real.getnetbyname_r(name, net, buffer, room, result, error);
}

int hook_getnetbyaddr_r(uint32_t number, int family, struct netent *net, char *buffer, size_t room,
			struct netent **result, int *error)
{
	LOOK_UP_INTO(result, error);
	return real.getnetbyaddr_r(number, family, net, buffer, room, result, error);
}

/* Calls of the r commands: what they connect is a stream, which is no matter of ours. */
#define LOOK_UP_FOR_STREAM(call)                                                                                       \
	LOOKUP(lookup, NULL, NAME_FOR_STREAMS);                                                                        \
	if (lookup.possible)                                                                                           \
		return real.call;                                                                                      \
	errno = EAGAIN;                                                                                                \
	return -1

int hook_rcmd(char **host, unsigned short port, const char *locally, const char *remotely, const char *command,
	      int *errors)
{
	LOOK_UP_FOR_STREAM(rcmd(host, port, locally, remotely, command, errors));
}

int hook_rcmd_af(char **host, unsigned short port, const char *locally, const char *remotely, const char *command,
		 int *errors, sa_family_t family)
{
	LOOK_UP_FOR_STREAM(rcmd_af(host, port, locally, remotely, command, errors, family));
}

int hook_rexec(char **host, int port, const char *user, const char *password, const char *command, int *errors)
{
	LOOK_UP_FOR_STREAM(rexec(host, port, user, password, command, errors));
}

int hook_rexec_af(char **host, int port, const char *user, const char *password, const char *command, int *errors,
		  sa_family_t family)
{
	LOOK_UP_FOR_STREAM(rexec_af(host, port, user, password, command, errors, family));
}

int hook_ruserok(const char *host, int is_root, const char *remotely, const char *locally)
{
	LOOK_UP_FOR_STREAM(ruserok(host, is_root, remotely, locally));
}

int hook_ruserok_af(const char *host, int is_root, const char *remotely, const char *locally, sa_family_t family)
{
	LOOK_UP_FOR_STREAM(ruserok_af(host, is_root, remotely, locally, family));
}

int hook_iruserok(uint32_t address, int is_root, const char *remotely, const char *locally)
{
	LOOK_UP_FOR_STREAM(iruserok(address, is_root, remotely, locally));
}

int hook_iruserok_af(const void *address, int is_root, const char *remotely, const char *locally, sa_family_t family)
{
	LOOK_UP_FOR_STREAM(iruserok_af(address, is_root, remotely, locally, family));
}

/* Without /etc/hostid it looks up the machine's own name. */
long hook_gethostid(void)
{
	LOOKUP(lookup, NULL, NAME_FOR_ANYTHING);
	return lookup.possible ? real.gethostid() : 0;
}
