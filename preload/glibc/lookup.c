#include "preload/lookup.h"

#include <errno.h>
#include <string.h>

#include "preload/glibc/resolver_context.h"
#include "preload/nameservers.h"
#include "preload/process.h"
#include "preload/stub.h"

/* Within a lookup, a module of libc's may look something up by itself: the context leads to the stub already. */
static _Thread_local struct __res_state *leading[2];

/* Making a query has libc read its configuration, at first and when it has changed, and sends nothing. */
static void refresh_own_state(void)
{
	unsigned char query[64];
	res_mkquery(QUERY, "", C_IN, T_A, NULL, 0, NULL, query, sizeof query);
}

/* libc waits so many seconds for each of its nameservers, in the first round, and then twice as many for all of them
 * together, and so on. The stub is the only one, asks whom it stands for in turn, and gets as much time in all. */
static int patience(const struct __res_state *state, int servers)
{
	int rounds = state->retry > 0 && state->retry < 16 ? (1 << state->retry) - 1 : 1;
	long long all = (long long)state->retrans * (servers + rounds - 1);
	return (int)((all + rounds - 1) / rounds);
}

static void lead_to_stub(struct lookup *lookup, struct __res_state *state, uint16_t port, int servers)
{
	lookup->before = *state;
	lookup->state = state;
	if (servers > 1)
		state->retrans = patience(state, servers);
	memset(&state->_u._ext, 0, sizeof state->_u._ext);
	for (int i = 0; i < MAXNS; i++)
		state->_u._ext.nssocks[i] = -1;
	state->nscount = 1;
	state->nsaddr_list[0] = (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void restore(struct lookup *lookup)
{
	struct __res_state *state = lookup->state;
	res_nclose(state);
	state->retrans = lookup->before.retrans;
	state->nscount = lookup->before.nscount;
	memcpy(state->nsaddr_list, lookup->before.nsaddr_list, sizeof state->nsaddr_list);
	state->_u = lookup->before._u;
}

static struct __res_state **place_for(const struct __res_state *state)
{
	for (int i = 0; i < 2; i++)
		if (leading[i] == state)
			return &leading[i];
	return NULL;
}

/* How many may have to be asked, one after the other. */
static int count_of(const struct nameservers *asked)
{
	size_t behind = negotiator.settings->dns_servers.count;
	return (int)(asked->count > behind ? asked->count : behind);
}

static void redirect(struct lookup *lookup, struct __res_state *state, enum name_purpose purpose)
{
	struct nameservers asked;
	uint16_t port;
	nameservers_bar_others();
	nameservers_of(&asked, state);
	lookup->desk = stub_open(&asked, purpose, &port);
	lookup->possible = lookup->desk >= 0;
	if (lookup->possible)
		lead_to_stub(lookup, state, port, count_of(&asked));
	else
		resolver_context_put(lookup->context);
}

/* Before its nameservers are read: it may be stale, or not initialised yet. */
static struct __res_state *prepare_own(struct lookup *lookup)
{
	lookup->context = resolver_context_own();
	if (!lookup->context)
		refresh_own_state();
	return __res_state();
}

/* A program may have left it no nameserver: libc's call fails by itself. */
static bool asks_nobody(const struct __res_state *state)
{
	return state->options & RES_INIT && state->nscount == 0;
}

/* Whether the lookup is to be led to the stub. */
static bool concerns_stub(struct lookup *lookup, const struct __res_state *state)
{
	lookup->state = NULL;
	lookup->context = NULL;
	lookup->possible = true;
	if (place_for(state) || asks_nobody(state))
		return false;
	lookup->possible = process_start();
	if (!lookup->possible || negotiator.settings->dns_mode != DNS_MODE_LOCAL)
		return lookup->possible;
	lookup_say_local();
	return false;
}

static void note_leading(const struct lookup *lookup)
{
	struct __res_state **place = place_for(NULL);
	if (lookup->state && place)
		*place = lookup->state;
}

void lookup_begin(struct lookup *lookup, struct __res_state *state, enum name_purpose purpose)
{
	int saved = errno;
	if (concerns_stub(lookup, state ? state : __res_state())) {
		redirect(lookup, state ? state : prepare_own(lookup), purpose);
		note_leading(lookup);
	}
	errno = saved;
}

void lookup_begin_search(struct lookup *lookup, struct __res_state *state)
{
	int saved = errno;
	if (concerns_stub(lookup, state)) {
		lookup->context = resolver_context_of(state);
		redirect(lookup, state, NAME_FOR_ANYTHING);
		note_leading(lookup);
	}
	errno = saved;
}

bool lookup_may(const struct lookup *lookup, const char *name)
{
	(void)name;
	return lookup->possible;
}

void lookup_end(struct lookup *lookup)
{
	int saved = errno;
	if (!lookup->state)
		return;
	struct __res_state **place = place_for(lookup->state);
	if (place)
		*place = NULL;
	restore(lookup);
	resolver_context_put(lookup->context);
	stub_close(lookup->desk);
	errno = saved;
}
