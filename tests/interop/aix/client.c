/* aix_client [-n] [-u USER -p PASSWORD] udp|connect|bind SERVER PORT TARGET PORT: one exchange with a target through a
 * SOCKS5 server by the documented subroutines, all addresses numeric. It says "hello" to whom it reaches and prints
 *   udp      the source of the answer, and the answer
 *   connect  all that the target says
 *   bind     where the server listens, who came there, and all that he says
 * or what failed, and why, in one line on standard error. -n: on non-blocking sockets. */
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include <socks5_api.h>

#define GREETING "hello\n"

static bool blocks = true;

static void fail(const char *what)
{
	const char *name = strerrorname_np(errno);

	fprintf(stderr, "%s: %s, %s\n", what, name ? name : "no error", socks5_strerror(socks5_errno));
	exit(EXIT_FAILURE);
}

static struct sockaddr *named(struct sockaddr_storage *address)
{
	return (struct sockaddr *)address;
}

static struct sockaddr_storage address_of(const char *host, const char *port)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	struct sockaddr_storage address = {.ss_family = AF_UNSPEC};

	if (getaddrinfo(host, port, &hints, &found)) {
		fprintf(stderr, "%s %s: not a numeric address and port\n", host, port);
		exit(EXIT_FAILURE);
	}
	memcpy(&address, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return address;
}

static void print_address(struct sockaddr_storage *address)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	socklen_t size = address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	if (getnameinfo(named(address), size, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		fail("getnameinfo");
	printf("%s %s\n", host, port);
}

static int new_socket(int family, int type)
{
	int fd = socket(family, type | (blocks ? 0 : SOCK_NONBLOCK), 0);

	if (fd < 0 || fd >= FD_SETSIZE)
		fail("socket");
	return fd;
}

static void await(int fd, bool to_write)
{
	fd_set ready;

	FD_ZERO(&ready);
	FD_SET(fd, &ready);
	if (select(fd + 1, to_write ? NULL : &ready, to_write ? &ready : NULL, NULL, NULL) != 1)
		fail("select");
}

static int associate(int fd, struct sockaddr *to, size_t to_size, struct sockaddr *server, size_t server_size)
{
	return socks5udp_associate(fd, to, to_size, server, server_size);
}

static void negotiate(const char *name, int (*call)(int, struct sockaddr *, size_t, struct sockaddr *, size_t), int fd,
		      struct sockaddr_storage *to, struct sockaddr_storage *server)
{
	bool connects = true;

	while (call(fd, named(to), sizeof(*to), named(server), sizeof(*server))) {
		if (blocks || errno != EINPROGRESS)
			fail(name);
		await(fd, connects);
		connects = false;
	}
}

static void exchange_datagrams(int control, struct sockaddr_storage *target, struct sockaddr_storage *server)
{
	struct sockaddr_storage relay = *target, source;
	size_t source_size = sizeof(source);
	char greeting[] = GREETING, answer[512];
	ssize_t size;
	int fd;

	negotiate("socks5udp_associate", associate, control, &relay, server);
	fd = new_socket(relay.ss_family, SOCK_DGRAM);
	if (socks5udp_sendto(fd, greeting, strlen(greeting), 0, named(target), sizeof(*target), named(&relay),
			     sizeof(relay)))
		fail("socks5udp_sendto");
	if (!blocks)
		await(fd, false);
	size = socks5udp_recvfrom(fd, answer, sizeof(answer), 0, named(&source), &source_size, named(&relay),
				  sizeof(relay));
	if (size < 0)
		fail("socks5udp_recvfrom");
	print_address(&source);
	fwrite(answer, 1, (size_t)size, stdout);
	close(fd);
}

static void converse(int fd)
{
	char text[512];
	ssize_t size;

	if (send(fd, GREETING, strlen(GREETING), MSG_NOSIGNAL) < 0)
		fail("send");
	do {
		await(fd, false);
		size = recv(fd, text, sizeof(text), 0);
		if (size > 0)
			fwrite(text, 1, (size_t)size, stdout);
	} while (size > 0);
	if (size < 0)
		fail("recv");
}

static void wait_for_caller(int fd, struct sockaddr_storage *target, struct sockaddr_storage *server)
{
	negotiate("socks5tcp_bind", socks5tcp_bind, fd, target, server);
	print_address(target);
	fflush(stdout);
	negotiate("socks5tcp_accept", socks5tcp_accept, fd, target, server);
	print_address(target);
	converse(fd);
}

static int usage(void)
{
	fputs("usage: aix_client [-n] [-u USER -p PASSWORD] udp|connect|bind SERVER PORT TARGET PORT\n", stderr);
	return EXIT_FAILURE;
}

/* Answers the index of what follows the options, or -1. */
static int read_options(int argc, char **argv)
{
	const char *user = NULL, *password = NULL;
	int option;

	while ((option = getopt(argc, argv, "nu:p:")) != -1) {
		if (option == 'n')
			blocks = false;
		else if (option == 'u')
			user = optarg;
		else if (option == 'p')
			password = optarg;
		else
			return -1;
	}
	if ((user || password) && socks5_setcred(user, password))
		fail("socks5_setcred");
	return argc - optind == 5 ? optind : -1;
}

int main(int argc, char **argv)
{
	int at = read_options(argc, argv);
	struct sockaddr_storage server, target;
	const char *command;
	int fd;

	if (at < 0)
		return usage();
	command = argv[at];
	server = address_of(argv[at + 1], argv[at + 2]);
	target = address_of(argv[at + 3], argv[at + 4]);
	alarm(20); /* a server that never answers is to fail its test, not to hold it up */
	fd = new_socket(server.ss_family, SOCK_STREAM);
	if (strcmp(command, "udp") == 0) {
		exchange_datagrams(fd, &target, &server);
	} else if (strcmp(command, "connect") == 0) {
		negotiate("socks5tcp_connect", socks5tcp_connect, fd, &target, &server);
		converse(fd);
	} else if (strcmp(command, "bind") == 0) {
		wait_for_caller(fd, &target, &server);
	} else {
		return usage();
	}
	close(fd);
	return EXIT_SUCCESS;
}
