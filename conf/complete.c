#include <stdlib.h>
#include <string.h>

#include "conf/draft.h"

static struct draft_server *servers_of(const struct draft *draft)
{
	return draft->servers.items;
}

static struct draft_rule *rules_of(const struct draft *draft)
{
	return draft->rules.items;
}

static struct draft_server *find_server(const struct draft *draft, const char *name)
{
	for (size_t i = 0; i < draft->servers.count; i++)
		if (servers_of(draft)[i].name && !strcmp(servers_of(draft)[i].name, name))
			return &servers_of(draft)[i];
	return NULL;
}

static bool refuse_via(const struct draft *draft, const struct draft_rule *rule)
{
	return complain(draft->complaint, &rule->via_place, "via", "allowed the name of one of the servers, found %s",
			quote_text(rule->via).text);
}

/* A spare server that no rule names would otherwise stand in for those of the environment, which replace it. */
static bool keep_named_servers(struct draft *draft)
{
	size_t kept = 0;

	for (size_t i = 0; i < draft->rules.count; i++) {
		const struct draft_rule *rule = &rules_of(draft)[i];
		struct draft_server *server = rule->via ? find_server(draft, rule->via) : NULL;

		if (rule->via && !server)
			return refuse_via(draft, rule);
		if (server)
			server->spare = false;
	}
	for (size_t i = 0; i < draft->servers.count; i++)
		if (!servers_of(draft)[i].spare)
			servers_of(draft)[kept++] = servers_of(draft)[i];
	draft->servers.count = kept;
	return true;
}

static bool freeze_servers(struct draft *draft)
{
	struct conf *conf = draft->conf;
	size_t count = draft->servers.count;

	conf->settings.servers = arena_take(&conf->arena, (count + 1) * sizeof(*conf->settings.servers));
	if (!conf->settings.servers)
		return draft_out_of_memory(draft);
	conf->settings.server_count = count;
	for (size_t i = 0; i < count; i++)
		conf->settings.servers[i] = servers_of(draft)[i].server;
	return true;
}

static bool note_servers(struct draft *draft)
{
	struct conf *conf = draft->conf;
	size_t count = draft->servers.count;

	conf->servers = arena_take(&conf->arena, (count + 1) * sizeof(*conf->servers));
	if (!conf->servers)
		return draft_out_of_memory(draft);
	for (size_t i = 0; i < count; i++) {
		const struct draft_server *from = &servers_of(draft)[i];
		char text[ENDPOINT_TEXT_SIZE];

		conf->servers[i].place = from->place;
		conf->servers[i].text =
		    arena_format(&conf->arena, "%s%s%s%s", from->name ? from->name : "", from->name ? ": " : "",
				 endpoint_print(&from->server.control, text, sizeof(text)),
				 from->server.has_credentials ? ", with login" : "");
		if (!conf->servers[i].text)
			return draft_out_of_memory(draft);
	}
	return true;
}

static void fill_rule(const struct draft *draft, size_t index, struct rule *rule)
{
	const struct draft_rule *from = &rules_of(draft)[index];
	bool last = index + 1 == draft->rules.count;

	rule->target_count = (last ? draft->targets.count : from[1].first_target) - from->first_target;
	rule->port_count = (last ? draft->ports.count : from[1].first_port) - from->first_port;
	if (rule->target_count)
		rule->targets = (const struct rule_target *)draft->targets.items + from->first_target;
	if (rule->port_count)
		rule->ports = (const struct port_range *)draft->ports.items + from->first_port;
	rule->action = from->action;
	rule->server = from->via ? (int)(find_server(draft, from->via) - servers_of(draft)) : ANY_SERVER;
}

static const char *describe_rule(struct arena *arena, const struct draft_rule *rule)
{
	return arena_format(arena, "to %s%s%s%s%s: %s", rule->to ? rule->to : "anywhere", rule->port ? " port " : "",
			    rule->port ? rule->port : "", rule->via ? " via " : "", rule->via ? rule->via : "",
			    action_text(rule->action));
}

static bool note_rules(struct draft *draft)
{
	struct conf *conf = draft->conf;

	conf->rules = arena_take(&conf->arena, (conf->rule_count + 1) * sizeof(*conf->rules));
	for (size_t i = 0; conf->rules && i < conf->rule_count; i++) {
		conf->rules[i].place = rules_of(draft)[i].place;
		conf->rules[i].text = describe_rule(&conf->arena, &rules_of(draft)[i]);
		if (!conf->rules[i].text)
			return draft_out_of_memory(draft);
	}
	return conf->rules || draft_out_of_memory(draft);
}

static bool compile_rules(struct draft *draft)
{
	struct conf *conf = draft->conf;
	struct rule *rules = calloc(draft->rules.count + 1, sizeof(*rules));

	if (!rules)
		return draft_out_of_memory(draft);
	conf->rule_count = draft->rules.count;
	conf->relays = conf->fallback == ACTION_RELAY;
	for (size_t i = 0; i < conf->rule_count; i++) {
		fill_rule(draft, i, &rules[i]);
		conf->relays |= rules[i].action == ACTION_RELAY;
	}
	conf->settings.rules = rules_compile(rules, conf->rule_count, conf->fallback);
	free(rules);
	return conf->settings.rules || draft_out_of_memory(draft);
}

bool draft_complete(struct draft *draft)
{
	return keys_check(draft->conf, draft->complaint) && keep_named_servers(draft) && freeze_servers(draft) &&
	       compile_rules(draft) && (!draft->notes || (note_servers(draft) && note_rules(draft)));
}
