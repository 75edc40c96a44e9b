#include "conf/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/host_name.h"
#include "core/name_way.h"

__attribute__((format(printf, 3, 4))) static void say(struct explanation *explanation, const struct place *place,
						      const char *format, ...)
{
	struct explanation_line *line = &explanation->lines[explanation->count++];
	va_list arguments;

	line->place = place;
	va_start(arguments, format);
	vsnprintf(line->text, sizeof(line->text), format, arguments);
	va_end(arguments);
}

static void join_servers(const struct settings *settings, char *out, size_t size)
{
	static const char *const joints[] = {
	    [POLICY_FAILOVER] = ", else ", [POLICY_ROUND_ROBIN] = " and ", [POLICY_FASTEST] = " or "};
	size_t used = 0;

	for (size_t i = 0; i < settings->server_count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? joints[settings->policy] : "",
					 settings->servers[i].label);
}

static void say_relayed(struct explanation *explanation, const struct settings *settings, const char *destination,
			int server)
{
	static const char *const ways[] = {
	    [POLICY_FAILOVER] = "", [POLICY_ROUND_ROBIN] = "in turn ", [POLICY_FASTEST] = "the faster of "};
	char servers[256] = "";

	if (server != ANY_SERVER)
		say(explanation, NULL, "%s: relay, by %s and no other server", destination,
		    settings->servers[server].label);
	else if (settings->server_count == 0)
		say(explanation, NULL, "%s: refused, for no server is configured that could relay it", destination);
	else {
		join_servers(settings, servers, sizeof(servers));
		say(explanation, NULL, "%s: relay, by %s%s", destination,
		    settings->server_count > 1 ? ways[settings->policy] : "", servers);
	}
}

static void say_action(struct explanation *explanation, const struct settings *settings, const char *destination,
		       struct decision decision)
{
	switch ((enum action)decision.action) {
	case ACTION_RELAY:
		say_relayed(explanation, settings, destination, decision.server);
		break;
	case ACTION_DIRECT:
		say(explanation, NULL, "%s: direct", destination);
		break;
	case ACTION_REJECT:
		say(explanation, NULL, "%s: reject, the call fails with ECONNREFUSED", destination);
		break;
	case ACTION_DROP:
		say(explanation, NULL, "%s: drop, nothing leaves and the call succeeds", destination);
		break;
	}
}

static const char *exception_of(const struct endpoint *to)
{
	if (endpoint_is_loopback(to))
		return "loopback";
	if (endpoint_is_link_local(to))
		return "link-local";
	if (endpoint_is_multicast(to))
		return "multicast";
	return endpoint_is_broadcast(to) ? "broadcast" : "the unspecified address";
}

static void say_reason(struct explanation *explanation, const struct conf *conf, const struct endpoint *to,
		       struct decision decision)
{
	if (decision.rule != NO_RULE)
		say(explanation, &conf->rules[decision.rule].place, "rule %d of %zu: %s", decision.rule + 1,
		    conf->rule_count, conf->rules[decision.rule].text);
	else if (endpoint_is_local_only(to))
		say(explanation, NULL, "no target of a rule holds it, and %s goes direct by itself", exception_of(to));
	else
		say(explanation, &conf->origins[KEY_DEFAULT], "no rule holds it: default = \"%s\"",
		    action_text(conf->fallback));
}

/* What the settings alone know of the way through the proxy: the system's nameservers are another file's matter. */
enum tunnel { TUNNEL_NONE, TUNNEL_KNOWN, TUNNEL_BY_SYSTEM };

static enum tunnel tunnel_of(const struct settings *settings)
{
	const struct nameservers system = {0};
	struct nameservers servers;

	if (!settings->dns_servers.count)
		return TUNNEL_BY_SYSTEM;
	name_way_tunnel(&servers, settings, &system);
	return servers.count ? TUNNEL_KNOWN : TUNNEL_NONE;
}

/* README, Names. */
static void describe_lookup(const struct settings *settings, char *out, size_t size)
{
	enum tunnel tunnel = tunnel_of(settings);
	char range[PREFIX_TEXT_SIZE];

	prefix_print(&settings->stand_ins_ipv4, range, sizeof(range));
	if (settings->dns_mode == DNS_MODE_LOCAL)
		snprintf(out, size, "it is looked up as the system does");
	else if (settings->dns_mode == DNS_MODE_TUNNEL && tunnel == TUNNEL_NONE)
		snprintf(out, size, "it is not looked up, for the rules relay no dns.server");
	else if (settings->dns_mode == DNS_MODE_TUNNEL ||
		 (settings->dns_mode == DNS_MODE_AUTO && tunnel == TUNNEL_KNOWN))
		snprintf(out, size, "it is looked up through the proxy");
	else if (settings->dns_mode == DNS_MODE_REMOTE || tunnel == TUNNEL_NONE)
		snprintf(out, size, "an address of %s stands for it", range);
	else
		snprintf(out, size,
			 "it is looked up through the proxy if the rules relay the system's nameserver, "
			 "else an address of %s stands for it",
			 range);
}

static void say_lookup(struct explanation *explanation, const struct conf *conf, const struct endpoint *name)
{
	char way[200], mode[64];

	if (conf->settings.dns_mode != DNS_MODE_LOCAL &&
	    rules_send_name_direct(conf->settings.rules, name->name, name->name_length)) {
		say(explanation, NULL, "it is looked up locally, for the rules send it direct whatever the port");
		return;
	}
	describe_lookup(&conf->settings, way, sizeof(way));
	say(explanation, &conf->origins[KEY_DNS_MODE], "%s: dns.mode = %s", way,
	    key_print(conf, KEY_DNS_MODE, mode, sizeof(mode)));
}

/* The address that is found is a destination as well, which earlier rules may hold. */
static void say_earlier(struct explanation *explanation, const struct conf *conf, struct decision decision)
{
	size_t earlier = decision.rule == NO_RULE ? conf->rule_count : (size_t)decision.rule;

	if (earlier && conf->settings.dns_mode != DNS_MODE_REMOTE)
		say(explanation, NULL, "%s that holds the address found for it comes first",
		    decision.rule == NO_RULE ? "a rule" : "an earlier rule");
}

static void explain_name(struct explanation *explanation, const struct conf *conf, const struct endpoint *name,
			 const char *destination)
{
	const struct endpoint loopback = endpoint_ipv4(INADDR_LOOPBACK, name->port);
	bool local = name_way_is_localhost(name->name, name->name_length);
	const struct endpoint *to = local ? &loopback : name;
	struct decision decision = rules_decide(conf->settings.rules, to, name->name, name->name_length);

	say_action(explanation, &conf->settings, destination, decision);
	say_reason(explanation, conf, to, decision);
	if (local)
		return;
	say_lookup(explanation, conf, name);
	say_earlier(explanation, conf, decision);
}

static void explain_address(struct explanation *explanation, const struct conf *conf, const struct endpoint *to,
			    const char *destination)
{
	const struct settings *settings = &conf->settings;
	struct decision decision = rules_decide(settings->rules, to, NULL, 0);

	say_action(explanation, settings, destination, decision);
	say_reason(explanation, conf, to, decision);
	if ((settings->dns_mode == DNS_MODE_REMOTE || settings->dns_mode == DNS_MODE_AUTO) &&
	    name_way_is_stand_in(settings, to))
		say(explanation, &conf->origins[KEY_DNS_MODE],
		    "where it stands for a name that was looked up, the rules for that name decide: explain NAME:%u",
		    to->port);
	if (settings->dns_mode != DNS_MODE_LOCAL && name_way_is_barred(settings, to))
		say(explanation, &conf->origins[KEY_DNS_MODE],
		    "where it is the system's nameserver, the one behind the proxy is asked instead, or none");
}

bool explain(struct explanation *explanation, const struct conf *conf, const char *text)
{
	char destination[ENDPOINT_TEXT_SIZE];
	struct endpoint to;
	bool valid = endpoint_parse(&to, text, strlen(text), -1) == OUTCOME_OK && to.port != 0 &&
		     (to.kind != ENDPOINT_NAME || host_name_is_valid(to.name, to.name_length));

	*explanation = (struct explanation){0};
	if (!valid)
		return false;
	endpoint_print(&to, destination, sizeof(destination));
	if (to.kind == ENDPOINT_NAME)
		explain_name(explanation, conf, &to, destination);
	else
		explain_address(explanation, conf, &to, destination);
	return true;
}
