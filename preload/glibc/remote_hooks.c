/* Networks, the machine's own name and the r commands, by glibc's own functions, which ask nobody but the stub
 * (lookup.h). */
#include <errno.h>
#include <netdb.h>

#include "preload/hooks.h"
#include "preload/lookup.h"

struct netent *hook_getnetbyname(const char *name)
{
	LOOK_UP(name);
	return real.getnetbyname(name);
}

struct netent *hook_getnetbyaddr(uint32_t net, int family)
{
	LOOK_UP(NULL);
	return real.getnetbyaddr(net, family);
}

int hook_getnetbyname_r(const char *name, struct netent *net, char *buffer, size_t room, struct netent **result,
			int *error)
{
	LOOK_UP_INTO(name, result, error);
	return real.getnetbyname_r(name, net, buffer, room, result, error);
}

int hook_getnetbyaddr_r(uint32_t number, int family, struct netent *net, char *buffer, size_t room,
			struct netent **result, int *error)
{
	LOOK_UP_INTO(NULL, result, error);
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
