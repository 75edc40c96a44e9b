#include "core/aix/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>

#include "conf/conf.h"
#include "core/aix/address.h"
#include "core/aix/failure.h"
#include "core/aix/socks5_api.h"

#define DEFAULT_MS 5000

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct conf *loaded; /* NULL: in error; kept until the process ends */

static void load(void)
{
	struct conf_sources sources = conf_sources_of_process();
	struct complaint complaint;
	struct conf *conf;

	sources.socks5c_first = true;
	if (conf_load(&conf, &sources, &complaint))
		loaded = conf;
}

static const struct conf *configuration(void)
{
	pthread_once(&once, load);
	return loaded;
}

/* The name of an address, if the configuration has names; "" if it has none. */
static void reverse(const struct conf *conf, const struct endpoint *to, char *name, socklen_t size)
{
	union socket_address address;
	socklen_t used;

	*name = '\0';
	if (!conf->has_fragments || endpoint_to_sockaddr(to, endpoint_family(to), &address, &used) != OUTCOME_OK)
		return;
	if (getnameinfo(&address.any, used, name, size, NULL, 0, NI_NAMEREQD))
		*name = '\0';
}

static enum outcome resolve(struct endpoint *server, int family)
{
	const struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	char name[256];
	int error;

	if (server->kind != ENDPOINT_NAME)
		return OUTCOME_OK;
	memcpy(name, server->name, server->name_length);
	name[server->name_length] = '\0';
	error = getaddrinfo(name, NULL, &hints, &found);
	if (error)
		return error == EAI_MEMORY ? OUTCOME_NO_MEMORY : OUTCOME_UNRESOLVED;
	uint16_t port = server->port;
	enum outcome outcome = endpoint_from_sockaddr(server, found->ai_addr, found->ai_addrlen);
	server->port = port;
	freeaddrinfo(found);
	return outcome;
}

static enum outcome decide(struct lookup *lookup, const struct conf *conf, const struct endpoint *to, int family)
{
	char name[NI_MAXHOST];
	struct decision decision;
	const struct server *server;

	reverse(conf, to, name, sizeof(name));
	decision = rules_decide(conf->settings.rules, to, *name ? name : NULL, strlen(name));
	if (decision.action == ACTION_REJECT || decision.action == ACTION_DROP)
		return OUTCOME_REPLY_NOT_ALLOWED;
	if (decision.action == ACTION_DIRECT || conf->settings.server_count == 0)
		return OUTCOME_NO_SERVER;
	server = &conf->settings.servers[decision.server == ANY_SERVER ? 0 : decision.server];
	struct endpoint address = server->control;
	enum outcome outcome = resolve(&address, family);
	if (outcome != OUTCOME_OK)
		return outcome;
	*lookup = (struct lookup){address, server->has_credentials ? &server->credentials : NULL};
	return OUTCOME_OK;
}

enum outcome lookup_server(struct lookup *lookup, const struct endpoint *to, int family)
{
	int before = errno;
	const struct conf *conf = configuration();
	enum outcome outcome = conf ? decide(lookup, conf, to, family) : OUTCOME_BAD_SETTINGS;

	errno = before;
	return outcome;
}

struct patience lookup_patience(void)
{
	const struct conf *conf = configuration();

	if (!conf)
		return (struct patience){DEFAULT_MS, DEFAULT_MS, RELAY_ADDRESS_AUTO};
	return (struct patience){conf->settings.connect_ms, conf->settings.handshake_ms, conf->settings.relay_address};
}

struct sockaddr *socks5_getserv(struct sockaddr *Dst, size_t DstLen)
{
	static __thread union socket_address answer;
	struct lookup lookup;
	struct endpoint to;
	int error = address_read(&to, Dst, DstLen);
	socklen_t size;

	if (error) {
		fail_errno(error);
		return NULL;
	}
	int before = errno;
	enum outcome outcome = lookup_server(&lookup, &to, AF_UNSPEC);
	if (outcome != OUTCOME_OK) {
		fail_outcome(outcome);
		if (outcome == OUTCOME_NO_SERVER)
			errno = before;
		return NULL;
	}
	endpoint_to_sockaddr(&lookup.server, endpoint_family(&lookup.server), &answer, &size);
	return &answer.any;
}
