/* Functions that are called by an address which a handle of libc's gave. */
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static void *libc;

static void *of_libc(const char *name)
{
	void *found = dlsym(libc, name);
	const char *error = dlerror();
	observe("%s: %s", name, !found ? "not found" : error ? "found, and an error" : "found");
	return found;
}

#define OF_LIBC(name) __typeof__(name) *libc_##name = (__typeof__(name) *)of_libc(#name)

static void speak_by_handle(void)
{
	OF_LIBC(socket);
	OF_LIBC(sendto);
	OF_LIBC(recvfrom);
	OF_LIBC(connect);
	OF_LIBC(send);
	OF_LIBC(recv);
	OF_LIBC(getpeername);
	OF_LIBC(close);
	char bytes[64];
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	int fd = libc_socket(AF_INET, SOCK_DGRAM, 0);
	observe_result("sendto", libc_sendto(fd, "by handle", 9, 0, &peer_a.any, peer_a.size));
	ssize_t got = libc_recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &size);
	observe_datagram("recvfrom", got, bytes, &from, size);
	observe_result("connect", libc_connect(fd, &peer_b.any, peer_b.size));
	observe_result("send", libc_send(fd, "connected", 9, 0));
	got = libc_recv(fd, bytes, sizeof bytes, 0);
	observe_datagram("recv", got, bytes, NULL, 0);
	size = sizeof from;
	observe_result("getpeername", libc_getpeername(fd, (struct sockaddr *)&from, &size));
	observe("peer %s", address_name(&from, size));
	observe_result("close", libc_close(fd));
}

void case_by_handle(void)
{
	libc = dlopen("libc.so.6", RTLD_LAZY);
	observe("libc: %s", libc ? "open" : "not open");
	speak_by_handle();
	observe("nonesuch: %s", of_libc("nonesuch") ? "found" : "none");
	observe("again: %s", dlsym(libc, "nonesuch") ? "found" : "none");
	const char *error = dlerror();
	observe("dlerror: %s", error ? strrchr(error, ':') : "none");
	observe("dlerror again: %s", dlerror() ? "an error" : "none");
	observe("strlen: %s", of_libc("strlen") == dlsym(RTLD_DEFAULT, "strlen") ? "the same" : "another");
	observe("next: %s", dlsym(RTLD_NEXT, "main") ? "found" : "none");
	observe("all: %s", dlsym(RTLD_DEFAULT, "sendto") ? "found" : "none");
	dlclose(libc);
}
