#include "tests/live/socks_server/unreachable.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

/* What the client has sent is quoted, as far as it tells whose it was. */
struct notice {
	struct icmp6_hdr head;
	struct ip6_hdr ip;
	struct udphdr udp;
};

static bool send_from(const struct endpoint *from, const struct endpoint *to, const void *bytes, size_t size)
{
	struct endpoint here = *from, there = *to;
	union socket_address name;
	socklen_t name_size;
	here.port = there.port = 0;
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	if (fd < 0)
		return false;
	bool done = endpoint_to_sockaddr(&here, AF_INET6, &name, &name_size) == OUTCOME_OK &&
		    bind(fd, &name.any, name_size) == 0 &&
		    endpoint_to_sockaddr(&there, AF_INET6, &name, &name_size) == OUTCOME_OK &&
		    sendto(fd, bytes, size, 0, &name.any, name_size) == (ssize_t)size;
	close(fd);
	return done;
}

bool relay_tell_unreachable(const struct relay *relay, int code)
{
	struct notice notice = {.head = {.icmp6_type = ICMP6_DST_UNREACH, .icmp6_code = (uint8_t)code}};
	errno = EAFNOSUPPORT;
	if (relay->client.kind != ENDPOINT_IPV6)
		return false;
	notice.ip.ip6_flow = htonl(6U << 28);
	notice.ip.ip6_plen = htons(sizeof notice.udp);
	notice.ip.ip6_nxt = IPPROTO_UDP;
	notice.ip.ip6_hlim = 64;
	memcpy(&notice.ip.ip6_src, relay->client.ip, sizeof notice.ip.ip6_src);
	memcpy(&notice.ip.ip6_dst, relay->bound.ip, sizeof notice.ip.ip6_dst);
	notice.udp.uh_sport = htons(relay->client.port);
	notice.udp.uh_dport = htons(relay->bound.port);
	notice.udp.uh_ulen = htons(sizeof notice.udp);
	return send_from(&relay->bound, &relay->client, &notice, sizeof notice);
}
