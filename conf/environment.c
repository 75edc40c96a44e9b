#include "conf/environment.h"

#include <string.h>

#define SEPARATORS ", \t\r\n"

static const struct place here = {"environment", 0};

const char *environment_get(const struct conf_sources *sources, const char *name)
{
	const char *value = sources->secure ? NULL : sources->get(name, sources->context);

	return value && *value ? value : NULL;
}

/* The next word of a list, or false at its end. */
static bool next_word(const char **list, size_t *length)
{
	*list += strspn(*list, SEPARATORS);
	*length = strcspn(*list, SEPARATORS);
	return *length != 0;
}

static bool add_server(struct draft *draft, const char *text, size_t length)
{
	struct draft_server *added;
	struct url url;
	const char *error = url_parse(&url, text, length);

	if (!error && url.username.length && !url.password.length)
		error = "a user name without a password";
	if (error)
		return complain(draft->complaint, &here, "SOCKS5UDP_PROXY", "allowed %s, found %s", URL_ALLOWED, error);
	added = draft_add_server(draft, &url, &here);
	if (added)
		added->server.has_credentials = url.username.length != 0;
	explicit_bzero(&url, sizeof(url));
	return added != NULL;
}

static bool add_servers(struct draft *draft, const char *list)
{
	size_t length;

	for (; next_word(&list, &length); list += length)
		if (!add_server(draft, list, length))
			return false;
	return true;
}

static bool add_direct(struct draft *draft, const char *list)
{
	struct draft_rule *rule = NULL;
	struct quoted whole = quote_text(list);
	size_t length;

	for (; next_word(&list, &length); list += length) {
		if (!rule && !(rule = draft_add_rule(draft, &here)))
			return false;
		if (!draft_add_target(draft, list, length, &here, "SOCKS5UDP_DIRECT"))
			return false;
	}
	if (!rule)
		return true;
	rule->action = ACTION_DIRECT;
	return (rule->to = draft_text(draft, whole.text, strlen(whole.text)));
}

bool environment_add_lists(struct draft *draft, const struct conf_sources *sources)
{
	const char *servers = environment_get(sources, "SOCKS5UDP_PROXY");
	const char *direct = environment_get(sources, "SOCKS5UDP_DIRECT");

	return (!servers || add_servers(draft, servers)) && (!direct || add_direct(draft, direct));
}

static bool set_key(struct draft *draft, const struct conf_sources *sources, const char *name, enum key key)
{
	const struct value value = {.text = environment_get(sources, name)};

	return !value.text || key_set(draft->conf, key, name, &value, &here, draft->complaint);
}

bool environment_set_keys(struct draft *draft, const struct conf_sources *sources)
{
	return set_key(draft, sources, "SOCKS5UDP_DNS", KEY_DNS_MODE) &&
	       set_key(draft, sources, "SOCKS5UDP_DNS_SERVER", KEY_DNS_SERVER) &&
	       set_key(draft, sources, "SOCKS5UDP_LOG", KEY_LOG_LEVEL) &&
	       set_key(draft, sources, "SOCKS5UDP_LOG_FILE", KEY_LOG_FILE) &&
	       set_key(draft, sources, "SOCKS5UDP_STATS", KEY_STATS) &&
	       set_key(draft, sources, "SOCKS5UDP_CAPTURE", KEY_CAPTURE) &&
	       set_key(draft, sources, "SOCKS5UDP_FOLLOW", KEY_FOLLOW) &&
	       set_key(draft, sources, "SOCKS5UDP_ALLOW_URING", KEY_ALLOW_URING);
}
