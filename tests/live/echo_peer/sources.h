/* The log of where datagrams came from: how many from each host, and a digest of all that arrived. */
#ifndef LIVE_ECHO_PEER_SOURCES_H
#define LIVE_ECHO_PEER_SOURCES_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#define SOURCE_HOSTS 32

struct sources {
	unsigned long count;
	uint64_t digest; /* does not depend on the order of arrival */
	struct {
		char host[INET6_ADDRSTRLEN];
		unsigned long count;
	} hosts[SOURCE_HOSTS]; /* a host that finds no room goes to the last entry */
};

void sources_add(struct sources *sources, const struct sockaddr_storage *from, const void *bytes, size_t size);

/* "count=3 digest=00c0ffee 127.0.0.9=3", one line, and forgets it all. */
void sources_report(struct sources *sources);

#endif
