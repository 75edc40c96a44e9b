/* resolve NAME DNS-SERVER PORT PROXY PORT: the IPv4 address of a name, asked over UDP through a SOCKS5 server. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <socks5_api.h>

static void fail(const char *what)
{
	perror(what);
	if (socks5_errno)
		fprintf(stderr, "SOCKS: %s\n", socks5_strerror(socks5_errno));
	exit(EXIT_FAILURE);
}

static struct sockaddr_in address_of(const char *host, const char *port)
{
	struct sockaddr_in address;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_port = htons((unsigned short)atoi(port));
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		fail(host);
	return address;
}

static size_t write_query(unsigned char *query, const char *name)
{
	static const unsigned char header[12] = {0, 1, 1, 0, 0, 1}, question[5] = {0, 0, 1, 0, 1};
	size_t used = sizeof(header), size;

	memcpy(query, header, sizeof(header));
	for (; *name && used + strlen(name) < 500; name += size + (name[size] == '.')) {
		size = strcspn(name, ".");
		query[used++] = (unsigned char)size;
		memcpy(query + used, name, size);
		used += size;
	}
	memcpy(query + used, question, sizeof(question));
	return used + sizeof(question);
}

int main(int argc, char **argv)
{
	const struct timeval patience = {5, 0};
	struct sockaddr_in dns, proxy, relay;
	unsigned char message[512];
	char text[INET_ADDRSTRLEN];
	int control = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
	ssize_t size;

	if (argc != 6)
		return EXIT_FAILURE;
	dns = relay = address_of(argv[2], argv[3]);
	proxy = address_of(argv[4], argv[5]);
	/* The relay's address comes where the target's was, and control stays open for as long as it is used. */
	if (socks5udp_associate(control, (struct sockaddr *)&relay, sizeof(relay), (struct sockaddr *)&proxy,
				sizeof(proxy)))
		fail("socks5udp_associate");
	setsockopt(datagrams, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	size = (ssize_t)write_query(message, argv[1]);
	if (socks5udp_sendto(datagrams, message, (size_t)size, 0, (struct sockaddr *)&dns, sizeof(dns),
			     (struct sockaddr *)&relay, sizeof(relay)))
		fail("socks5udp_sendto");
	size = socks5udp_recvfrom(datagrams, message, sizeof(message), 0, NULL, NULL, (struct sockaddr *)&relay,
				  sizeof(relay));
	if (size < 16)
		fail("socks5udp_recvfrom");
	puts(inet_ntop(AF_INET, message + size - 4, text, sizeof(text)));
	close(datagrams);
	close(control);
	return EXIT_SUCCESS;
}
