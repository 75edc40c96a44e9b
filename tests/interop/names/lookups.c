/* Every function that looks a name up, over a list of names: what each answers, a line each. It knows nothing of the
 * library; run bare and preloaded, its output is to be the same.
 *
 * usage: lookups GROUP, one of those in groups[] below. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <netdb.h>
#include <pthread.h>
#include <resolv.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/interop/names/answers.h"

#define IDN "b\303\274cher.test" /* in UTF-8 */

static const char *const names[] = {"a.test",
				    "v4.test",
				    "v6.test",
				    "several.test",
				    "chain.test",
				    "dangling.test",
				    "loop.test",
				    "many.test",
				    "huge.test",
				    "nx.test",
				    "empty.test",
				    "fail.test",
				    "refused.test",
				    "A.TEST.",
				    "host",
				    "a.b",
				    "written",
				    "written.test",
				    "localhost",
				    "192.0.2.200",
				    "192.0.2.200 x",
				    "2001:db8::9",
				    "fe80::1%lo",
				    "1.2",
				    IDN,
				    "xn--bcher-kva.test",
				    "",
				    "..",
				    "mail.test",
				    "old.test",
				    "unknown.test"};

static void families(void)
{
	static const int kinds[] = {AF_UNSPEC, AF_INET, AF_INET6};
	for (size_t i = 0; i < COUNT(names); i++)
		for (size_t k = 0; k < COUNT(kinds); k++) {
			const struct addrinfo hints = {.ai_family = kinds[k], .ai_socktype = SOCK_DGRAM};
			look_up(names[i], "53", &hints);
		}
}

/* As long as the resolver's settings say. */
static void silence(void)
{
	static const char *const silent[] = {"silent.test", "silent.test."};
	for (size_t i = 0; i < COUNT(silent); i++) {
		const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
		look_up(silent[i], "53", &hints);
	}
	printf("gethostbyname: %s\n", gethostbyname("silent.test") ? "found" : hstrerror(h_errno));
}

static void look_up_with(const char *name, int wishes)
{
	static const int kinds[] = {AF_UNSPEC, AF_INET, AF_INET6};
	for (size_t k = 0; k < COUNT(kinds); k++) {
		const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = wishes, .ai_family = kinds[k]};
		look_up(name, NULL, &hints);
	}
}

/* Each flag and each two of them; names beyond ASCII mean something where the locale can write them. */
static void flags(void)
{
	static const char *const few[] = {"a.test", "chain.test", "nx.test", "host",    "written",       "192.0.2.200",
					  IDN,      "idn.test",   "v4.test", "v6.test", "b\374cher.test"};
	static const int each[] = {AI_PASSIVE,    AI_CANONNAME, AI_NUMERICHOST, AI_V4MAPPED,   AI_ALL,
				   AI_ADDRCONFIG, AI_IDN,       AI_CANONIDN,    AI_NUMERICSERV};
	for (size_t i = 0; i < COUNT(few); i++)
		for (size_t f = 0; f < COUNT(each); f++)
			for (size_t g = f; g < COUNT(each); g++)
				look_up_with(few[i], each[f] | each[g]);
	look_up_with("a.test", AI_V4MAPPED | AI_ALL | AI_CANONNAME);
	look_up_with(IDN, AI_IDN | AI_CANONNAME | AI_CANONIDN);
	look_up_with("idn.test", AI_IDN | AI_CANONNAME | AI_CANONIDN);
	look_up_with("a.test", 1 << 20);
}

static void flags_utf8(void)
{
	setlocale(LC_ALL, "C.UTF-8");
	flags();
}

static void services(void)
{
	static const char *const wanted[] = {"domain", "http", "nosuchservice", "65536", "-1", "", "80"};
	static const int types[] = {0, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
	for (size_t i = 0; i < COUNT(wanted); i++)
		for (size_t t = 0; t < COUNT(types); t++) {
			const struct addrinfo hints = {.ai_socktype = types[t]};
			look_up("v4.test", wanted[i], &hints);
		}
}

static void hosts(void)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		printf("gethostbyname %s:", names[i]);
		print_found(gethostbyname(names[i]));
		printf("gethostbyname2 %s:", names[i]);
		print_found(gethostbyname2(names[i], AF_INET6));
	}
}

static void hosts_r(void)
{
	static char buffer[16384];
	struct hostent host, *result;
	int error;
	for (size_t i = 0; i < COUNT(names); i++) {
		int answer = gethostbyname_r(names[i], &host, buffer, sizeof buffer, &result, &error);
		printf("gethostbyname_r %s: %d", names[i], answer);
		print_host(result, error);
		answer = gethostbyname2_r(names[i], AF_INET6, &host, buffer, sizeof buffer, &result, &error);
		printf("gethostbyname2_r %s: %d", names[i], answer);
		print_host(result, error);
	}
}

/* Buffers of every size, from too small for anything. */
static void rooms(void)
{
	enum { STEP = 13, ENOUGH = 2048 };
	static const char *const few[] = {"a.test", "many.test", "chain.test", "written", "192.0.2.1", "nx.test"};
	static char buffer[ENOUGH];
	const struct in_addr address = {.s_addr = htonl(0xcb007101)};
	struct hostent host, *result;
	int error = 0;
	for (size_t room = 0; room < sizeof buffer; room += STEP) {
		for (size_t i = 0; i < COUNT(few); i++) {
			int answer = gethostbyname_r(few[i], &host, buffer, room, &result, &error);
			printf("gethostbyname_r %s, room %zu: %d", few[i], room, answer);
			print_host(result, error);
		}
		int answer = gethostbyaddr_r(&address, sizeof address, AF_INET, &host, buffer, room, &result, &error);
		printf("gethostbyaddr_r, room %zu: %d", room, answer);
		print_host(result, error);
	}
}

static void look_back(const char *text, int family)
{
	static char buffer[4096];
	struct in6_addr address;
	struct hostent host, *result;
	int error;
	socklen_t size = family == AF_INET ? 4 : 16;
	inet_pton(family, text, &address);
	printf("gethostbyaddr %s:", text);
	print_found(gethostbyaddr(&address, size, family));
	int answer = gethostbyaddr_r(&address, size, family, &host, buffer, sizeof buffer, &result, &error);
	printf("gethostbyaddr_r %s: %d", text, answer);
	print_host(result, error);
}

static void name_of(const struct sockaddr *address, socklen_t size, int how)
{
	char host[NI_MAXHOST] = "", service[NI_MAXSERV] = "";
	int answer = getnameinfo(address, size, host, sizeof host, service, sizeof service, how);
	printf("getnameinfo");
	print_sockaddr(address);
	printf(" %x: %s %s %s\n", how, answer ? gai_strerror(answer) : "ok", host, service);
}

static void name_in(const struct sockaddr *address, socklen_t size, socklen_t host_room, socklen_t service_room)
{
	char host[NI_MAXHOST] = "", service[NI_MAXSERV] = "";
	int answer = getnameinfo(address, size, host, host_room, service, service_room, 0);
	printf("getnameinfo, room %u %u: %s %s %s\n", host_room, service_room, answer ? gai_strerror(answer) : "ok",
	       answer ? "" : host, answer ? "" : service);
}

static void back(void)
{
	static const char *const v4[] = {"203.0.113.1",  "203.0.113.2",  "127.0.0.1",    "203.0.113.77", "203.0.113.8",
					 "203.0.113.50", "203.0.113.51", "203.0.113.52", "203.0.113.53", "0.0.0.0"};
	static const char *const v6[] = {"2001:db8::1", "::1", "fe80::1", "::ffff:203.0.113.1", "2001:db8::77"};
	static const int how[] = {NI_NAMEREQD, NI_NUMERICHOST, NI_NUMERICSERV, NI_DGRAM, NI_NOFQDN, NI_IDN};
	setlocale(LC_ALL, "C.UTF-8");
	for (size_t i = 0; i < COUNT(v4); i++) {
		struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(512)};
		inet_pton(AF_INET, v4[i], &address.sin_addr);
		look_back(v4[i], AF_INET);
		for (size_t h = 0; h < COUNT(how); h++)
			for (size_t g = h; g < COUNT(how); g++)
				name_of((struct sockaddr *)&address, sizeof address, how[h] | how[g]);
		name_of((struct sockaddr *)&address, sizeof address, 0);
		for (socklen_t room = 0; room < 12; room++) {
			name_in((struct sockaddr *)&address, sizeof address, room, NI_MAXSERV);
			name_in((struct sockaddr *)&address, sizeof address, NI_MAXHOST, room);
		}
		name_in((struct sockaddr *)&address, 4, NI_MAXHOST, NI_MAXSERV);
	}
	for (size_t i = 0; i < COUNT(v6); i++) {
		struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
		inet_pton(AF_INET6, v6[i], &address.sin6_addr);
		look_back(v6[i], AF_INET6);
		for (size_t h = 0; h < COUNT(how); h++)
			name_of((struct sockaddr *)&address, sizeof address, how[h]);
	}
}

static void queries(void)
{
	static const char *const few[] = {"a.test",     "chain.test", "many.test", "huge.test", "nx.test",
					  "empty.test", "fail.test",  "host",      "mail.test", "old.test"};
	static const int types[] = {ns_t_a, ns_t_aaaa, ns_t_mx, ns_t_txt, ns_t_any};
	static unsigned char answer[65536];
	unsigned char query[512];
	struct __res_state state = {0};
	res_ninit(&state);
	for (size_t i = 0; i < COUNT(few); i++)
		for (size_t t = 0; t < COUNT(types); t++)
			for (int room = 512; room <= 65536; room *= 128) {
				printf("res_query %s %d %d:", few[i], types[t], room);
				print_message(res_query(few[i], ns_c_in, types[t], answer, room), answer, room);
				printf("res_nquery:");
				print_message(res_nquery(&state, few[i], ns_c_in, types[t], answer, room), answer,
					      room);
				printf("res_search:");
				print_message(res_search(few[i], ns_c_in, types[t], answer, room), answer, room);
				printf("res_nsearch:");
				print_message(res_nsearch(&state, few[i], ns_c_in, types[t], answer, room), answer,
					      room);
				printf("res_querydomain:");
				print_message(res_querydomain(few[i], "search.test", ns_c_in, types[t], answer, room),
					      answer, room);
				printf("res_nquerydomain:");
				print_message(
				    res_nquerydomain(&state, few[i], "search.test", ns_c_in, types[t], answer, room),
				    answer, room);
				int size = res_mkquery(ns_o_query, few[i], ns_c_in, types[t], NULL, 0, NULL, query,
						       sizeof query);
				printf("res_send:");
				print_message(res_send(query, size, answer, room), answer, room);
				printf("res_nsend:");
				print_message(res_nsend(&state, query, size, answer, room), answer, room);
			}
	res_nclose(&state);
}

/* The same by streams only, and with a wish for long datagrams. */
static void options(void)
{
	static unsigned char answer[65536];
	static const unsigned long wishes[] = {RES_USEVC, RES_USE_EDNS0, RES_IGNTC, RES_STAYOPEN | RES_USEVC};
	static const char *const few[] = {"a.test", "many.test", "huge.test", "nx.test"};
	res_init();
	unsigned long before = _res.options;
	for (size_t w = 0; w < COUNT(wishes); w++)
		for (size_t i = 0; i < COUNT(few); i++) {
			const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
			_res.options = before | wishes[w];
			printf("%lx res_query %s:", wishes[w], few[i]);
			print_message(res_query(few[i], ns_c_in, ns_t_a, answer, sizeof answer), answer, sizeof answer);
			look_up(few[i], NULL, &hints);
		}
	printf("options %lx, nameservers %d, first %x\n", _res.options & ~before, _res.nscount,
	       ntohl(_res.nsaddr_list[0].sin_addr.s_addr));
}

static void children(void)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	look_up("a.test", "1", &hints);
	fflush(stdout);
	for (int i = 0; i < 3; i++) {
		pid_t child = fork();
		if (child == 0) {
			look_up("chain.test", "2", &hints);
			fflush(stdout);
			_exit(0);
		}
		waitpid(child, NULL, 0);
		look_up("v4.test", "3", &hints);
		fflush(stdout);
	}
}

enum { THREADS = 24, ROUNDS = 20 };

static _Atomic int found;

static void *look_up_many(void *argument)
{
	static const char *const few[] = {"a.test", "many.test", "chain.test", "written", "host", "huge.test"};
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	(void)argument;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct addrinfo *list;
		if (getaddrinfo(few[i % COUNT(few)], "1", &hints, &list) != 0)
			continue;
		found++;
		freeaddrinfo(list);
	}
	return NULL;
}

/* Threads look names up, while the process forks, and closes and takes whatever descriptors it can. */
static void crowded(void)
{
	pthread_t threads[THREADS];
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, look_up_many, NULL);
	for (int i = 0; i < 8; i++) {
		pid_t child = fork();
		if (child == 0) {
			close_range(3, ~0U,
				    0); /* and no lookup: a lock of libc's may be held by a thread that is not here */
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("%d found\n", found);
	for (int fd = 1000; fd < 1064; fd++)
		if (dup2(1, fd) == fd)
			close(fd);
	close_range(3, ~0U, 0);
	look_up("v4.test", "3", &hints);
}

static void *look_up_late(void *unused)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	(void)unused;
	look_up("late.test", "1", &hints);
	return NULL;
}

/* Somebody's stream to a nameserver stands, in this network. */
static int is_asked_by_stream(void)
{
	char line[256];
	int found = 0;
	FILE *streams = fopen("/proc/net/tcp", "r");
	while (fgets(line, sizeof line, streams)) {
		unsigned port, state;
		if (sscanf(line, "%*s %*[^:]:%*x %*[^:]:%x %x", &port, &state) == 2)
			found |= port == 53 && state == 1;
	}
	fclose(streams);
	return found;
}

static void take_numbers(int null)
{
	enum { FIRST = 100 };
	DIR *folder = opendir("/proc/self/fd");
	for (struct dirent *entry; (entry = readdir(folder));) {
		int fd = atoi(entry->d_name);
		if (fd >= FIRST && dup2(null, fd) == fd)
			close(fd);
	}
	closedir(folder);
}

/* While a lookup is under way by stream, the process takes every number that libc does not use. */
static void displaced(void)
{
	pthread_t thread;
	struct rlimit limit;
	int null = open("/dev/null", O_RDWR);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	pthread_create(&thread, NULL, look_up_late, NULL);
	while (!is_asked_by_stream())
		sched_yield();
	take_numbers(null);
	pthread_join(thread, NULL);
	close(null);
}

/* By the name that binaries have which are as old as their libresolv. */
#if defined(__x86_64__)
#define OLD(name) __asm__(".symver old_" #name ", res_" #name "@GLIBC_2.2.5")
#elif defined(__i386__)
#define OLD(name) __asm__(".symver old_" #name ", res_" #name "@GLIBC_2.0")
#endif
#if defined(OLD)
OLD(gethostbyname);
OLD(gethostbyname2);
OLD(gethostbyaddr);
struct hostent *old_gethostbyname(const char *name);
struct hostent *old_gethostbyname2(const char *name, int family);
struct hostent *old_gethostbyaddr(const void *address, socklen_t size, int family);

static void old(void)
{
	const struct in_addr address = {.s_addr = htonl(0xcb007101)};
	printf("res_gethostbyname:");
	print_found(old_gethostbyname("v4.test"));
	printf("res_gethostbyname2:");
	print_found(old_gethostbyname2("a.test", AF_INET));
	printf("res_gethostbyaddr:");
	print_found(old_gethostbyaddr(&address, sizeof address, AF_INET));
}
#else
static void old(void)
{
}
#endif

/* Nobody can be reached at what they find. */
static void commands(void)
{
	char *host = "v4.test";
	printf("rcmd: %d\n", rcmd(&host, htons(514), "a", "a", "x", NULL));
	host = "v6.test";
	printf("rcmd_af: %d\n", rcmd_af(&host, htons(514), "a", "a", "x", NULL, AF_INET6));
	host = "v4.test";
	printf("rexec: %d\n", rexec(&host, htons(512), "a", "a", "x", NULL));
	host = "v6.test";
	printf("rexec_af: %d\n", rexec_af(&host, htons(512), "a", "a", "x", NULL, AF_INET6));
	printf("ruserok: %d\n", ruserok("v4.test", 0, "a", "a"));
	printf("ruserok_af: %d\n", ruserok_af("v6.test", 0, "a", "a", AF_INET6));
}

static void others(void)
{
	char buffer[1024];
	struct netent net, *found = getnetbyname("a.test");
	int error = 0;
	printf("getnetbyname: %s\n", found ? found->n_name : hstrerror(h_errno));
	found = getnetbyaddr(0xcb007100, AF_INET);
	printf("getnetbyaddr: %s\n", found ? found->n_name : hstrerror(h_errno));
	int answer = getnetbyname_r("a.test", &net, buffer, sizeof buffer, &found, &error);
	printf("getnetbyname_r: %d %s\n", answer, found ? found->n_name : hstrerror(error));
	answer = getnetbyaddr_r(0xcb007100, AF_INET, &net, buffer, sizeof buffer, &found, &error);
	printf("getnetbyaddr_r: %d %s\n", answer, found ? found->n_name : hstrerror(error));
	printf("gethostid: %lx\n", gethostid());
	commands();
	old();
}

static const struct {
	const char *name;
	void (*run)(void);
} groups[] = {{"families", families}, {"silence", silence}, {"flags", flags},        {"flags_utf8", flags_utf8},
	      {"services", services}, {"hosts", hosts},     {"hosts_r", hosts_r},    {"rooms", rooms},
	      {"back", back},         {"queries", queries}, {"options", options},    {"children", children},
	      {"others", others},     {"crowded", crowded}, {"displaced", displaced}};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < COUNT(groups); i++)
		if (strcmp(argv[1], groups[i].name) == 0) {
			groups[i].run();
			return 0;
		}
	fprintf(stderr, "usage: lookups GROUP\n");
	return 2;
}
