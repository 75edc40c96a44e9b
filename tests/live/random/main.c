/* A sequence of calls on a few sockets, as a seed has it.
 *
 * usage: random_calls SEED A B SIX     (each peer as ADDRESS@PORT) */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/live/random/actions.h"
#include "tests/live/random/chance.h"

enum { SUBJECTS = 3, ACTIONS = 60 };

uint64_t chance;

static struct subject subjects[SUBJECTS];

static void open_one(struct subject *subject)
{
	static const int families[] = {AF_INET, AF_INET, AF_INET6};
	*subject = (struct subject){
	    .family = ONE_OF(families),
	};
	subject->peers = subject->family == AF_INET ? PEERS_IPV4 : PEERS_MAPPED + (enum peers)below(3);
	subject->joins = subject->family == AF_INET && once_in(4);
	subject->fd = udp(subject->family, 0);
	observe("socket %s", subject->family == AF_INET ? "IPv4" : "IPv6");
}

static void close_one(struct subject *subject)
{
	observe_result("close", close(subject->fd));
	subject->fd = -1;
}

/* Another descriptor of the same socket, which the original is closed for half of the time. */
static void copy_one(struct subject *subject)
{
	int copy = (int)below(2) ? dup(subject->fd) : dup2(subject->fd, 100 + (int)(subject - subjects));
	observe("copy");
	if (copy == subject->fd)
		return;
	if (once_in(2)) {
		close(subject->fd);
		subject->fd = copy;
		return;
	}
	close(copy);
}

static void act(struct subject *subject)
{
	static void (*const actions[])(struct subject *) = {
	    act_send, act_send,    act_send,    act_send,  act_send, act_receive, act_receive, act_receive, act_receive,
	    act_send, act_connect, act_connect, act_names, act_set,  act_set,     act_get,     act_look,    act_bind,
	};
	if (once_in(20))
		copy_one(subject);
	else if (once_in(60))
		act_shutdown(subject);
	else if (once_in(25))
		close_one(subject);
	else
		ONE_OF(actions)(subject);
}

int main(int argc, char **argv)
{
	if (argc < 5 || peers_set(argv + 2) < 0)
		return 2;
	chance = strtoull(argv[1], NULL, 10);
	settle_begin();
	for (int i = 0; i < SUBJECTS; i++)
		subjects[i].fd = -1;
	for (int i = 0; i < ACTIONS; i++) {
		size_t which = below(SUBJECTS);
		observe("%d: socket %zu", i, which);
		if (subjects[which].fd < 0)
			open_one(&subjects[which]);
		else
			act(&subjects[which]);
	}
	return 0;
}
