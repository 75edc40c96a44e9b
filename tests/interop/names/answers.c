#include "tests/interop/names/answers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(int family, const void *address, char *text)
{
	return inet_ntop(family, address, text, INET6_ADDRSTRLEN) ? text : "?";
}

void print_sockaddr(const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	if (address->sa_family == AF_INET)
		printf(" %s:%u", text_of(AF_INET, &v4->sin_addr, text), ntohs(v4->sin_port));
	else
		printf(" [%s%%%u]:%u", text_of(AF_INET6, &v6->sin6_addr, text), v6->sin6_scope_id,
		       ntohs(v6->sin6_port));
}

void print_list(int answer, const struct addrinfo *list)
{
	printf(" %s", answer ? gai_strerror(answer) : "ok");
	if (answer == EAI_SYSTEM)
		printf(" %s", strerror(errno));
	for (const struct addrinfo *at = answer ? NULL : list; at; at = at->ai_next) {
		printf(" |%d %d %d %x %s", at->ai_family, at->ai_socktype, at->ai_protocol, at->ai_flags,
		       at->ai_canonname ? at->ai_canonname : "-");
		print_sockaddr(at->ai_addr);
	}
	putchar('\n');
}

void look_up(const char *name, const char *service, const struct addrinfo *hints)
{
	struct addrinfo *list = NULL;
	printf("getaddrinfo %s %s %x %d %d:", name, service ? service : "-", hints->ai_flags, hints->ai_family,
	       hints->ai_socktype);
	int answer = getaddrinfo(name, service, hints, &list);
	print_list(answer, list);
	if (!answer)
		freeaddrinfo(list);
}

void print_host(const struct hostent *host, int error)
{
	char text[INET6_ADDRSTRLEN];
	if (!host) {
		printf(" %s\n", hstrerror(error));
		return;
	}
	printf(" %s %d", host->h_name, host->h_addrtype);
	for (char **alias = host->h_aliases; *alias; alias++)
		printf(" =%s", *alias);
	for (char **address = host->h_addr_list; *address; address++)
		printf(" %s", text_of(host->h_addrtype, *address, text));
	putchar('\n');
}

void print_found(const struct hostent *host)
{
	print_host(host, h_errno);
}

/* The id is the caller's own, and different each time. */
void print_message(int size, const unsigned char *message, int room)
{
	unsigned sum = 0;
	for (int i = 2; i < size && i < room; i++)
		sum = sum * 31 + message[i];
	printf(" %d", size);
	if (size > 0)
		printf(" %08x", sum);
	else
		printf(" %s", hstrerror(h_errno));
	putchar('\n');
}
