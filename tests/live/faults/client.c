/* A program that knows nothing of relays and does what it is told, a line at a time, on one socket.
 *
 * usage: fault_client A B SIX     (each peer as ADDRESS@PORT)
 *
 *	socket | socket6                 opens it anew
 *	nonblocking | nonblocking6       likewise
 *	connect A | B | 6                connects it
 *	group | alone                    binds it to a port of 127.0.0.1, with SO_REUSEPORT or without: the port
 *	port                             that it is bound to
 *	send A | B | 6 | - TEXT          sends to a peer, or where it is connected to
 *	recv                             one datagram: "5 A hello"
 *	wait                             recv, polling again where it answers EAGAIN
 *	trouble                          waits until poll(2) tells an error
 *	calm                             the same at once, and there must be none
 *	error                            SO_ERROR: "0" or its name
 *	recverr                          sets IP_RECVERR
 *	full                             from now on a full queue of the interface is told to every send
 *	queue                            one entry of the error queue, without its control data
 *	try A | B | 6 TEXT               sends until TEXT has come back, and no more than 50 times
 *	press A | B | 6 TEXT             sends until that fails, for as long as a scene may take
 *	pass - NAME                      passes it to an abstract socket (SCM_RIGHTS), and keeps it
 *	fork                             a child obeys from now on, until
 *	exit                             in the child: its status, told by the parent, which obeys again
 *	lookup - NAME                    getaddrinfo(3): "0" or its error
 *	descriptors                      above the standard ones: NUMBER:e (close on exec) or NUMBER:-
 *	close
 *
 * Each is answered by a line: the number that the call returned, or "-1 ERRNO". */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/call_answers.h"

#define TRIES       50
#define TRY_WAIT_MS 100

struct peer {
	socklen_t size;
	struct sockaddr_storage address;
};

static struct peer peers[3];
static const char peer_names[] = "AB6";
static int fd = -1;

static int peer_set(struct peer *peer, const char *text)
{
	char host[INET6_ADDRSTRLEN];
	unsigned port;
	struct sockaddr_in *v4 = (void *)&peer->address;
	struct sockaddr_in6 *v6 = (void *)&peer->address;
	if (sscanf(text, "%45[^@]@%u", host, &port) != 2)
		return -1;
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((in_port_t)port);
		peer->size = sizeof *v4;
		return 0;
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((in_port_t)port);
	peer->size = sizeof *v6;
	return inet_pton(AF_INET6, host, &v6->sin6_addr) - 1;
}

static const struct peer *peer_named(char name)
{
	const char *at = name ? strchr(peer_names, name) : NULL;
	return at ? &peers[at - peer_names] : NULL;
}

static char name_of(const struct sockaddr_storage *address, socklen_t size)
{
	for (size_t i = 0; i < 3; i++)
		if (size == peers[i].size && memcmp(address, &peers[i].address, size) == 0)
			return peer_names[i];
	return '?';
}

static void report(ssize_t result)
{
	if (result < 0)
		printf("%zd %s\n", result, strerrorname_np(errno));
	else
		printf("%zd\n", result);
}

static void reopen(int family, int type)
{
	if (fd >= 0)
		close(fd);
	fd = socket(family, SOCK_DGRAM | type, 0);
	report(fd >= 0 ? 0 : -1);
}

static ssize_t send_to(char name, const char *text)
{
	const struct peer *peer = peer_named(name);
	if (!peer)
		return send(fd, text, strlen(text), 0);
	return sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&peer->address, peer->size);
}

/* A socket that was readable may have nothing to read: select(2), under BUGS. */
static void receive(int waiting)
{
	char text[256];
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	struct pollfd awaited = {.fd = fd, .events = POLLIN};
	ssize_t got;
	do {
		if (waiting)
			poll(&awaited, 1, -1);
		got = recvfrom(fd, text, sizeof text - 1, 0, (struct sockaddr *)&from, &size);
	} while (waiting && got < 0 && errno == EAGAIN);
	if (got < 0) {
		report(got);
		return;
	}
	text[got] = '\0';
	printf("%zd %c %s\n", got, name_of(&from, size), text);
}

static void await_trouble(void)
{
	struct pollfd awaited = {.fd = fd};
	poll(&awaited, 1, -1);
	printf("%s\n", awaited.revents & POLLERR ? "0" : "something else");
}

static void find_no_trouble(void)
{
	struct pollfd looked_at = {.fd = fd};
	poll(&looked_at, 1, 0);
	printf("%d\n", looked_at.revents);
}

static void ask_error(void)
{
	int error = 0;
	socklen_t size = sizeof error;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	printf("%s\n", strerrorname_np(error));
}

static bool comes_back(const char *text)
{
	char back[256];
	struct pollfd awaited = {.fd = fd, .events = POLLIN};
	while (poll(&awaited, 1, TRY_WAIT_MS) == 1) {
		ssize_t got = recv(fd, back, sizeof back, MSG_DONTWAIT);
		if (got == (ssize_t)strlen(text) && memcmp(back, text, (size_t)got) == 0)
			return true;
		if (got < 0)
			return false;
	}
	return false;
}

/* A lost datagram is nobody's fault, so programs send again; an error may be of the moment as well. */
static void try(char name, const char *text)
{
	for (int i = 0; i < TRIES; i++) {
		send_to(name, text);
		if (comes_back(text)) {
			report((ssize_t)strlen(text));
			return;
		}
	}
	printf("nothing came back\n");
}

static void press(char name, const char *text)
{
	ssize_t sent;
	while ((sent = send_to(name, text)) >= 0)
		sched_yield();
	report(sent);
}

static void list_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		int number = atoi(entry->d_name);
		if (number <= STDERR_FILENO || number == dirfd(directory))
			continue;
		printf("%d:%c ", number, fcntl(number, F_GETFD) & FD_CLOEXEC ? 'e' : '-');
	}
	printf("\n");
	closedir(directory);
}

/* By its number: one that the kernel chooses is a client's. */
static void bind_to_port(int shared)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof name;
	int probe = socket(AF_INET, SOCK_DGRAM, 0);
	int bound = bind(probe, (struct sockaddr *)&name, size);
	getsockname(probe, (struct sockaddr *)&name, &size);
	close(probe);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &shared, sizeof shared);
	if (bound == 0)
		bound = bind(fd, (struct sockaddr *)&name, size);
	report(bound < 0 ? -1 : ntohs(name.sin_port));
}

static void tell_port(void)
{
	struct sockaddr_in6 name; /* the port is where it is in one of IPv4 */
	socklen_t size = sizeof name;
	printf("%d\n", getsockname(fd, (struct sockaddr *)&name, &size) < 0 ? -1 : ntohs(name.sin6_port));
}

static void connect_to(char name)
{
	const struct peer *peer = peer_named(name);
	report(connect(fd, (const struct sockaddr *)&peer->address, peer->size));
}

static void pass_to(const char *name)
{
	struct sockaddr_un receiver = {.sun_family = AF_UNIX};
	union {
		char space[CMSG_SPACE(sizeof fd)];
		struct cmsghdr header;
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	struct iovec byte = {(char[1]){"x"}, 1};
	struct msghdr message = {.msg_name = &receiver,
				 .msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)),
				 .msg_iov = &byte,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	int end = socket(AF_UNIX, SOCK_DGRAM, 0);
	memcpy(receiver.sun_path + 1, name, strlen(name));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	report(sendmsg(end, &message, 0));
	close(end);
}

static void lend_to_child(void)
{
	int status = -1;
	pid_t child = fork();
	if (child > 0) {
		waitpid(child, &status, 0);
		printf("%d\n", status);
	} else {
		report(child);
	}
}

static void look_up(const char *name)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *found = NULL;
	printf("%d\n", getaddrinfo(name, NULL, &hints, &found));
	if (found)
		freeaddrinfo(found);
}

static void obey(const char *verb, char name, const char *text)
{
	if (strcmp(verb, "socket") == 0)
		reopen(AF_INET, 0);
	else if (strcmp(verb, "socket6") == 0)
		reopen(AF_INET6, 0);
	else if (strcmp(verb, "nonblocking") == 0)
		reopen(AF_INET, SOCK_NONBLOCK);
	else if (strcmp(verb, "nonblocking6") == 0)
		reopen(AF_INET6, SOCK_NONBLOCK);
	else if (strcmp(verb, "group") == 0 || strcmp(verb, "alone") == 0)
		bind_to_port(*verb == 'g');
	else if (strcmp(verb, "port") == 0)
		tell_port();
	else if (strcmp(verb, "connect") == 0 && peer_named(name))
		connect_to(name);
	else if (strcmp(verb, "send") == 0)
		report(send_to(name, text));
	else if (strcmp(verb, "wait") == 0)
		receive(1);
	else if (strcmp(verb, "recv") == 0)
		receive(0);
	else if (strcmp(verb, "try") == 0)
		try(name, text);
	else if (strcmp(verb, "press") == 0)
		press(name, text);
	else if (strcmp(verb, "trouble") == 0)
		await_trouble();
	else if (strcmp(verb, "full") == 0)
		report(call_answers(SYS_sendto, ENOBUFS) ? 0 : -1); /* as a socket with IP_RECVERR is told */
	else if (strcmp(verb, "calm") == 0)
		find_no_trouble();
	else if (strcmp(verb, "error") == 0)
		ask_error();
	else if (strcmp(verb, "recverr") == 0)
		report(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &(int){1}, sizeof(int)));
	else if (strcmp(verb, "queue") == 0)
		report(recv(fd, (char[64]){0}, 64, MSG_ERRQUEUE));
	else if (strcmp(verb, "pass") == 0)
		pass_to(text);
	else if (strcmp(verb, "fork") == 0)
		lend_to_child();
	else if (strcmp(verb, "exit") == 0)
		exit(0);
	else if (strcmp(verb, "lookup") == 0)
		look_up(text);
	else if (strcmp(verb, "descriptors") == 0)
		list_descriptors();
	else if (strcmp(verb, "close") == 0)
		report(close(fd));
	else
		printf("not understood\n");
}

int main(int argc, char **argv)
{
	char line[512];
	if (argc != 4 || peer_set(&peers[0], argv[1]) < 0 || peer_set(&peers[1], argv[2]) < 0 ||
	    peer_set(&peers[2], argv[3]) < 0)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof line, stdin)) {
		char verb[32] = "", name = '\0', text[256] = "";
		sscanf(line, "%31s %c %255[^\n]", verb, &name, text);
		obey(verb, name, text);
	}
	return 0;
}
