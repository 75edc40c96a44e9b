/* What goes over the loopback interface: every UDP datagram's source and destination, by the interface itself.
 *
 * Prints "ready" and answers each line on its standard input with a line of "SOURCE>DESTINATION" for what it has seen
 * since the line before, each pair once. Needs CAP_NET_RAW. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAIRS_MAX      256
#define RECEIVE_BUFFER (8 << 20)

static char pairs[PAIRS_MAX][2 * INET6_ADDRSTRLEN + 2];
static int count;

static void pair_add(int family, const void *source, const void *destination)
{
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN], pair[sizeof pairs[0]];
	inet_ntop(family, source, from, sizeof from);
	inet_ntop(family, destination, to, sizeof to);
	snprintf(pair, sizeof pair, "%s>%s", from, to);
	for (int i = 0; i < count; i++)
		if (strcmp(pairs[i], pair) == 0)
			return;
	if (count < PAIRS_MAX)
		memcpy(pairs[count++], pair, sizeof pair);
}

static void look_at(const uint8_t *packet, size_t size)
{
	struct ip v4;
	struct ip6_hdr v6;
	if (size >= sizeof v4 && packet[0] >> 4 == 4) {
		memcpy(&v4, packet, sizeof v4);
		if (v4.ip_p == IPPROTO_UDP)
			pair_add(AF_INET, &v4.ip_src, &v4.ip_dst);
	} else if (size >= sizeof v6 && packet[0] >> 4 == 6) {
		memcpy(&v6, packet, sizeof v6);
		if (v6.ip6_nxt == IPPROTO_UDP || v6.ip6_nxt == IPPROTO_FRAGMENT)
			pair_add(AF_INET6, &v6.ip6_src, &v6.ip6_dst);
	}
}

static bool take(int fd)
{
	uint8_t packet[128];
	ssize_t size = recv(fd, packet, sizeof packet, MSG_DONTWAIT | MSG_TRUNC);
	if (size > 0)
		look_at(packet, (size_t)size < sizeof packet ? (size_t)size : sizeof packet);
	return size >= 0;
}

/* Of what is sent to itself the interface tells twice; what arrives is enough. */
static int wire_open(void)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, room = RECEIVE_BUFFER;
	struct sockaddr_ll lo = {
	    .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex("lo")};
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0)
		return -1;
	return bind(fd, (struct sockaddr *)&lo, sizeof lo) < 0 ? -1 : fd;
}

int main(void)
{
	char line[64];
	int fd = wire_open();
	if (fd < 0) {
		perror("wire");
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		while (take(fd))
			;
		for (int i = 0; i < count; i++)
			printf("%s%s", i ? " " : "", pairs[i]);
		printf("\n");
		fflush(stdout);
		count = 0;
	}
	return 0;
}
