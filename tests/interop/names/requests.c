/* Lookups that are asked for and waited for apart, getaddrinfo_a(3): what each answers. It knows nothing of the
 * library; run bare and preloaded, its output is to be the same.
 *
 * usage: requests GROUP, which is asynchronous. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "tests/interop/names/answers.h"

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

/* While one is under way: it is waited for in vain, and cannot be cancelled. */
static void timed(void)
{
	static struct gaicb silent = {.ar_name = "silent.test"};
	static const struct timespec moment = {.tv_nsec = 50000000}, none = {0};
	struct gaicb *list[] = {NULL, &silent};
	const struct gaicb *const *waited = (const struct gaicb *const *)list;
	getaddrinfo_a(GAI_NOWAIT, list, 2, NULL);
	printf("timed: %s", gai_strerror(gai_suspend(waited, 2, &none)));
	printf(", %s", gai_strerror(gai_suspend(waited, 2, &moment)));
	printf(", cancelled: %s", gai_strerror(gai_cancel(&silent)));
	printf(", nobody: %s", gai_strerror(gai_suspend(waited, 1, NULL)));
	wait_for(&silent);
	printf(", then: %s\n", gai_strerror(gai_error(&silent)));
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
	timed();
	signalled();
	side_by_side();
}

int main(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[1], "asynchronous") != 0) {
		fprintf(stderr, "usage: requests GROUP\n");
		return 2;
	}
	asynchronous();
	return 0;
}
