/* musl's resolver reads /etc/resolv.conf and sends its queries with calls that no hook sees, and it has no context that
 * could name the stub instead. So nothing is looked up but what the system may see, and what /etc/hosts has. */
#include "preload/lookup.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "preload/log.h"
#include "preload/process.h"

static void say_refused(void)
{
	if (negotiator.settings && negotiator.settings->log_level < LOG_LEVEL_WARN)
		return;
	log_line(LOG_LEVEL_WARN,
		 "musl's lookups cannot be sent to the proxy, so names are refused that /etc/hosts has "
		 "not (dns.mode local: they are looked up as the system does, for the local network to see)");
}

void lookup_begin(struct lookup *lookup, struct __res_state *state, enum name_purpose purpose)
{
	int saved = errno;
	(void)state;
	(void)purpose;
	lookup->possible = process_start() && negotiator.settings->dns_mode == DNS_MODE_LOCAL;
	if (lookup->possible)
		lookup_say_local();
	errno = saved;
}

void lookup_end(struct lookup *lookup)
{
	(void)lookup;
}

static bool is_address(const char *text)
{
	struct in6_addr address;
	return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

/* With what inet_aton(3) takes besides, where a line of /etc/hosts is not trusted to. Neither is asked for. */
static bool is_literal(const char *name)
{
	struct in_addr address;
	return inet_aton(name, &address) || is_address(name);
}

static bool has_word(const char *line, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = line; (at = strstr(at + 1, word));)
		if (isspace((unsigned char)at[-1]) && isspace((unsigned char)at[length]))
			return true;
	return false;
}

/* By lines of musl's length: what is found here, it finds as well, and then it asks nobody. */
static bool is_in_hosts(const char *name)
{
	char line[512];
	bool found = false;
	FILE *file = fopen("/etc/hosts", "re");
	while (file && !found && fgets(line, sizeof line, file)) {
		char *comment = strchr(line, '#');
		if (comment)
			memcpy(comment, "\n", 2);
		found = *line && has_word(line, name);
		line[strcspn(line, " \t\n\v\f\r")] = '\0';
		found = found && is_address(line);
	}
	if (file)
		fclose(file);
	return found;
}

bool lookup_may(const struct lookup *lookup, const char *name)
{
	static pthread_once_t said = PTHREAD_ONCE_INIT;
	int saved = errno;
	bool allowed = lookup->possible || (name && *name && (is_literal(name) || is_in_hosts(name)));
	if (!allowed)
		pthread_once(&said, say_refused);
	errno = saved;
	return allowed;
}
