#include "preload/process.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/conf.h"
#include "preload/aliases.h"
#include "preload/birth.h"
#include "preload/borrowed_memory.h"
#include "preload/capture.h"
#include "preload/deep_call.h"
#include "preload/log.h"
#include "preload/stub.h"
#include "preload/world.h"

enum state { NOT_STARTED, STARTING, STARTED, IMPOSSIBLE };

/* No process is its owner until it is started: whatever comes before that finds an empty table. */
_Alignas(4096) struct negotiator negotiator; /* zeros, of which a first socket touches one page */

_Atomic bool process_has_relatives;
static _Atomic int state = NOT_STARTED;
static _Atomic pid_t starter;  /* whose thread is STARTING */
static _Atomic pid_t borrower; /* the child of a vfork that was here last */
static uint64_t mask_before_fork, mask_of_stub;
static _Thread_local bool forks; /* with the locks held, as it does once this process is started */

static void before_fork(void)
{
	forks = atomic_load(&state) == STARTED;
	if (!forks)
		return;
	mask_of_stub = stub_forking();
	mask_before_fork = negotiator_lock(&negotiator);
	negotiator_forking(&negotiator);
}

static void after_fork_in_parent(void)
{
	if (atomic_load(&state) != NOT_STARTED)
		atomic_store(&process_has_relatives, true);
	if (!forks)
		return;
	negotiator_unlock(&negotiator, mask_before_fork);
	stub_forked(mask_of_stub);
}

static void take_over(void)
{
	atomic_store(&process_has_relatives, true);
	negotiator_forked(&negotiator);
	capture_forked();
	stub_orphaned();
}

/* One that was forked while another thread started it is found out as that of _Fork is. */
static void after_fork_in_child(void)
{
	if (!forks)
		return;
	take_over();
	world.restore_signals(mask_of_stub);
}

bool process_begin(void)
{
	static _Atomic bool known;
	if (atomic_exchange(&known, true))
		return true;
	bool done = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
	atomic_store(&known, done);
	return done;
}

/* No server, and a rule that names every address: what the broken settings would have relayed cannot be known, so all
 * of it is refused (OUTCOME_BAD_SETTINGS). */
static const struct settings *refusing_settings(void)
{
	static struct settings refusing = {.retry_min_ms = 500, .retry_max_ms = 30000, .log_level = LOG_LEVEL_ERROR};
	const struct rule_target everything[] = {
	    {.kind = TARGET_PREFIX, .prefix.kind = ENDPOINT_IPV4},
	    {.kind = TARGET_PREFIX, .prefix.kind = ENDPOINT_IPV6},
	};
	const struct rule rule = {
	    .targets = everything, .target_count = 2, .action = ACTION_RELAY, .server = ANY_SERVER};
	refusing.rules = rules_compile(&rule, 1, ACTION_RELAY);
	return refusing.rules ? &refusing : NULL;
}

/* A program may have cleared its environment by now. */
static const char *get_variable(const char *name, void *context)
{
	(void)context;
	const char *value = getenv(name);
	return value ? value : birth_variable(name);
}

static const struct settings *load_settings(void)
{
	struct conf *conf;
	struct complaint complaint;
	struct conf_sources sources = conf_sources_of_process();
	char line[sizeof complaint.text + 32];
	sources.get = get_variable;
	log_open(NULL);
	if (!conf_load(&conf, &sources, &complaint)) {
		snprintf(line, sizeof line, "%s; UDP is refused", complaint.text);
		log_line(LOG_LEVEL_ERROR, line);
		return refusing_settings();
	}
	if (conf->settings.server_count > SERVERS_MAX) {
		log_line(LOG_LEVEL_ERROR, "more than 64 servers are configured: UDP is refused");
		return refusing_settings();
	}
	if (conf->relays && conf->settings.server_count == 0)
		log_line(LOG_LEVEL_ERROR, "no SOCKS5 server is configured (SOCKS5UDP_PROXY): UDP is refused");
	return &conf->settings;
}

static bool start(void)
{
	const struct settings *settings = load_settings();
	deep_call_begin();
	if (!settings || negotiator_init(&negotiator, &world, settings) != OUTCOME_OK)
		return false;
	rules_know_names(settings->rules, world.random);
	aliases_begin(settings);
	if (settings->capture && *settings->capture)
		capture_begin(settings->capture);
	if (settings->log_file && *settings->log_file && log_open(settings->log_file) < 0)
		log_line(LOG_LEVEL_ERROR, "the log file cannot be opened");
	return process_begin();
}

/* A child of _Fork, or of clone by number, has its own copy of everything, and no fork handler has run in it. */
bool process_is_ours(void)
{
	if (engine_is_ours(&negotiator))
		return true;
	pid_t self = world.process();
	if (atomic_load(&state) != STARTED || atomic_load(&borrower) == self)
		return false;
	uint64_t mask = world.block_signals();
	bool borrowed = memory_is_borrowed();
	if (borrowed)
		atomic_store(&borrower, self);
	else
		take_over();
	world.restore_signals(mask);
	return !borrowed;
}

bool process_is_borrowed(void)
{
	return atomic_load(&state) == STARTED && !process_is_ours();
}

/* Another thread is at it; or was, in the parent, when this process was forked from it, and is not here. */
static void wait_for_start(void)
{
	pid_t one = atomic_load(&starter), self = world.process();
	if (one != self && !memory_is_borrowed() && atomic_compare_exchange_strong(&starter, &one, self))
		atomic_store(&state, start() ? STARTED : IMPOSSIBLE);
	else
		sched_yield();
}

bool process_start(void)
{
	int expected = NOT_STARTED;
	if (atomic_load(&state) == STARTED)
		return process_is_ours();
	int saved = errno;
	uint64_t mask = world.block_signals();
	if (atomic_load(&state) == NOT_STARTED)
		atomic_store(&starter, world.process());
	if (atomic_compare_exchange_strong(&state, &expected, STARTING))
		atomic_store(&state, start() ? STARTED : IMPOSSIBLE);
	while (atomic_load(&state) == STARTING)
		wait_for_start();
	world.restore_signals(mask);
	errno = saved;
	return atomic_load(&state) == STARTED;
}
