/* Every function that looks a name up, over a list of names: what each answers, a line each. It knows nothing of the
 * library; run bare and preloaded, its output is to be the same.
 *
 * usage: lookups GROUP, one of those in groups[] below. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <resolv.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

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

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *text_of(int family, const void *address, char *text)
{
	return inet_ntop(family, address, text, INET6_ADDRSTRLEN) ? text : "?";
}

static void print_sockaddr(const struct sockaddr *address)
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

static void print_list(int answer, const struct addrinfo *list)
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

static void look_up(const char *name, const char *service, const struct addrinfo *hints)
{
	struct addrinfo *list = NULL;
	printf("getaddrinfo %s %s %x %d %d:", name, service ? service : "-", hints->ai_flags, hints->ai_family,
	       hints->ai_socktype);
	int answer = getaddrinfo(name, service, hints, &list);
	print_list(answer, list);
	if (!answer)
		freeaddrinfo(list);
}

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

static void flags(void)
{
	static const char *const few[] = {"a.test",      "chain.test", "nx.test", "host",   "written",
					  "192.0.2.200", IDN,          "v4.test", "v6.test"};
	static const int each[] = {AI_PASSIVE,    AI_CANONNAME, AI_NUMERICHOST, AI_V4MAPPED,   AI_ALL,
				   AI_ADDRCONFIG, AI_IDN,       AI_CANONIDN,    AI_NUMERICSERV};
	static const int kinds[] = {AF_UNSPEC, AF_INET6};
	for (size_t i = 0; i < COUNT(few); i++)
		for (int bits = 0; bits < 1 << COUNT(each); bits++) {
			struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
			for (size_t f = 0; f < COUNT(each); f++)
				if (bits & 1 << f)
					hints.ai_flags |= each[f];
			if (__builtin_popcount((unsigned)bits) > 2)
				continue;
			for (size_t k = 0; k < COUNT(kinds); k++) {
				hints.ai_family = kinds[k];
				look_up(few[i], NULL, &hints);
			}
		}
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

static void print_host(const struct hostent *host, int error)
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

static void hosts(void)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		printf("gethostbyname %s:", names[i]);
		print_host(gethostbyname(names[i]), h_errno);
		printf("gethostbyname2 %s:", names[i]);
		print_host(gethostbyname2(names[i], AF_INET6), h_errno);
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
	int answer = gethostbyname_r("many.test", &host, buffer, 32, &result, &error);
	printf("gethostbyname_r many.test, no room: %d %d\n", answer, error);
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
	print_host(gethostbyaddr(&address, size, family), h_errno);
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

static void back(void)
{
	static const char *const v4[] = {"203.0.113.1", "203.0.113.2", "127.0.0.1", "203.0.113.77"};
	static const int how[] = {0, NI_NAMEREQD, NI_NUMERICHOST, NI_NUMERICSERV, NI_DGRAM, NI_NOFQDN};
	for (size_t i = 0; i < COUNT(v4); i++) {
		struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
		inet_pton(AF_INET, v4[i], &address.sin_addr);
		look_back(v4[i], AF_INET);
		for (size_t h = 0; h < COUNT(how); h++)
			name_of((struct sockaddr *)&address, sizeof address, how[h]);
	}
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
	inet_pton(AF_INET6, "2001:db8::1", &address.sin6_addr);
	look_back("2001:db8::1", AF_INET6);
	name_of((struct sockaddr *)&address, sizeof address, 0);
}

/* The id is the caller's own, and different each time. */
static void print_message(int size, const unsigned char *message, int room)
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

static void print_request(struct gaicb *request)
{
	printf("getaddrinfo_a %s:", request->ar_name);
	print_list(gai_error(request), request->ar_result);
	if (gai_error(request) == 0)
		freeaddrinfo(request->ar_result);
}

static volatile sig_atomic_t signals, code, value;

static void take_signal(int number, siginfo_t *information, void *context)
{
	(void)number;
	(void)context;
	signals++;
	code = information->si_code;
	value = information->si_value.sival_int;
}

static void wait_for(struct gaicb *request)
{
	const struct gaicb *list[] = {request};
	while (gai_suspend(list, 1, NULL) != EAI_ALLDONE)
		;
}

static void interrupted(void)
{
	static struct gaicb silent = {.ar_name = "silent.test"};
	struct gaicb *list[] = {&silent};
	struct sigaction action = {.sa_sigaction = take_signal, .sa_flags = SA_SIGINFO}, before;
	struct itimerval again = {.it_value = {.tv_usec = 100000}, .it_interval = {.tv_usec = 100000}};
	const struct itimerval never = {.it_value = {0}};
	sigaction(SIGALRM, &action, &before);
	getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
	setitimer(ITIMER_REAL, &again, NULL);
	printf("interrupted: %s\n", gai_strerror(gai_suspend((const struct gaicb *const *)list, 1, NULL)));
	setitimer(ITIMER_REAL, &never, NULL);
	wait_for(&silent);
	sigaction(SIGALRM, &before, NULL);
}

static void signalled(void)
{
	static struct gaicb found = {.ar_name = "a.test"};
	struct gaicb *list[] = {&found};
	struct sigaction action = {.sa_sigaction = take_signal, .sa_flags = SA_SIGINFO};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
	sigset_t blocked, none;
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGUSR1, &action, NULL);
	signals = 0;
	getaddrinfo_a(GAI_NOWAIT, list, 1, &event);
	while (!signals)
		sigsuspend(&none);
	printf("signalled: %d %d\n", code, value);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

static sem_t told;

static void call_back(union sigval given)
{
	sigset_t mask;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	printf("called back: %d, with signals %s\n", given.sival_int,
	       sigismember(&mask, SIGUSR1) ? "blocked" : "unblocked");
	sem_post(&told);
}

/* One that has to wait keeps no other waiting. */
static void side_by_side(void)
{
	static struct gaicb silent = {.ar_name = "silent.test"}, found = {.ar_name = "a.test"};
	struct gaicb *list[] = {&silent, &found};
	struct sigevent event = {
	    .sigev_notify = SIGEV_THREAD, .sigev_notify_function = call_back, .sigev_value.sival_int = 7};
	sem_init(&told, 0, 0);
	getaddrinfo_a(GAI_NOWAIT, list, 2, &event);
	while (gai_error(&found) == EAI_INPROGRESS)
		gai_suspend((const struct gaicb *const *)list, 2, NULL);
	printf("first: %s, second: %s\n", gai_strerror(gai_error(&silent)), gai_strerror(gai_error(&found)));
	sem_wait(&told);
	printf("then: %s\n", gai_strerror(gai_error(&silent)));
	fflush(stdout);
}

static void asynchronous(void)
{
	static struct gaicb requests[] = {{.ar_name = "a.test"}, {.ar_name = "nx.test"}, {.ar_name = "chain.test"}};
	struct gaicb *list[] = {&requests[0], NULL, &requests[1], &requests[2]};
	printf("%d\n", getaddrinfo_a(GAI_WAIT, list, 4, NULL));
	for (size_t i = 0; i < COUNT(requests); i++)
		print_request(&requests[i]);
	printf("%d\n", getaddrinfo_a(GAI_NOWAIT, list, 4, NULL));
	while (gai_suspend((const struct gaicb *const *)list, 4, NULL) != EAI_ALLDONE)
		;
	for (size_t i = 0; i < COUNT(requests); i++)
		print_request(&requests[i]);
	printf("%d %d\n", gai_cancel(&requests[0]), getaddrinfo_a(7, list, 4, NULL));
	interrupted();
	signalled();
	side_by_side();
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

static void others(void)
{
	struct netent *net = getnetbyname("a.test");
	printf("getnetbyname: %s\n", net ? net->n_name : hstrerror(h_errno));
	net = getnetbyaddr(0xcb007100, AF_INET);
	printf("getnetbyaddr: %s\n", net ? net->n_name : hstrerror(h_errno));
	printf("gethostid: %lx\n", gethostid());
}

static void search_by(struct __res_state *state, const char *name)
{
	static unsigned char answer[4096];
	printf("res_nsearch %s:", name);
	print_message(res_nsearch(state, name, ns_c_in, ns_t_a, answer, sizeof answer), answer, sizeof answer);
	printf("ndots %u, h_errno %d\n", state->ndots, state->res_h_errno);
}

/* By whatever list the system's configuration has, and by a context of its own that has been changed in ways that
 * leave the list in force, or do not. */
static void searches(void)
{
	static const char *const few[] = {"deep", "deep.", "two.dots", "nowhere", "deep.s8", "a.test", "fail", ""};
	static unsigned char answer[4096];
	struct __res_state plain = {0}, wishful = {0}, own = {0};
	res_ninit(&plain);
	res_ninit(&wishful);
	res_ninit(&own);
	wishful.options &= ~(unsigned long)RES_DNSRCH;
	wishful.ndots = 3;
	own.nsaddr_list[0].sin_addr.s_addr = inet_addr("192.0.2.53");
	for (size_t i = 0; i < COUNT(few); i++) {
		const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_CANONNAME};
		look_up(few[i], "53", &hints);
		printf("gethostbyname %s:", few[i]);
		print_host(gethostbyname(few[i]), h_errno);
		printf("res_search %s:", few[i]);
		print_message(res_search(few[i], ns_c_in, ns_t_a, answer, sizeof answer), answer, sizeof answer);
		search_by(&plain, few[i]);
		search_by(&wishful, few[i]);
		search_by(&own, few[i]);
		search_by(&_res, few[i]);
	}
	res_nclose(&plain);
	res_nclose(&wishful);
	res_nclose(&own);
}

static const struct {
	const char *name;
	void (*run)(void);
} groups[] = {{"families", families}, {"silence", silence},     {"flags", flags},      {"services", services},
	      {"hosts", hosts},       {"hosts_r", hosts_r},     {"back", back},        {"queries", queries},
	      {"options", options},   {"children", children},   {"others", others},    {"asynchronous", asynchronous},
	      {"crowded", crowded},   {"displaced", displaced}, {"searches", searches}};

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
