#include "tests/live/echo_peer/sources.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t digest_of(const uint8_t *bytes, size_t size)
{
	uint64_t digest = 14695981039346656037u; /* FNV-1a */
	for (size_t i = 0; i < size; i++)
		digest = (digest ^ bytes[i]) * 1099511628211u;
	return digest;
}

static void host_text(const struct sockaddr_storage *from, char *text)
{
	const void *ip = &((const struct sockaddr_in *)(const void *)from)->sin_addr;
	if (from->ss_family == AF_INET6)
		ip = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
	inet_ntop(from->ss_family, ip, text, INET6_ADDRSTRLEN);
}

void sources_add(struct sources *sources, const struct sockaddr_storage *from, const void *bytes, size_t size)
{
	char host[INET6_ADDRSTRLEN];
	host_text(from, host);
	sources->count++;
	sources->digest += digest_of(bytes, size);
	size_t at = 0;
	while (at < SOURCE_HOSTS - 1 && *sources->hosts[at].host && strcmp(sources->hosts[at].host, host) != 0)
		at++;
	strcpy(sources->hosts[at].host, host);
	sources->hosts[at].count++;
}

void sources_report(struct sources *sources)
{
	printf("count=%lu digest=%016" PRIx64, sources->count, sources->digest);
	for (size_t i = 0; i < SOURCE_HOSTS && *sources->hosts[i].host; i++)
		printf(" %s=%lu", sources->hosts[i].host, sources->hosts[i].count);
	printf("\n");
	fflush(stdout);
	memset(sources, 0, sizeof *sources);
}
