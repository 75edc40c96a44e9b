#include "core/name_way.h"

#include <strings.h>

bool nameservers_have(const struct nameservers *nameservers, const struct endpoint *item)
{
	for (size_t i = 0; i < nameservers->count; i++)
		if (endpoint_equal(&nameservers->items[i], item))
			return true;
	return false;
}

bool nameservers_equal(const struct nameservers *a, const struct nameservers *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!endpoint_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

bool name_way_is_stand_in(const struct settings *settings, const struct endpoint *address)
{
	return prefix_contains(&settings->stand_ins_ipv4, address) ||
	       prefix_contains(&settings->stand_ins_ipv6, address);
}

bool name_way_is_barred(const struct settings *settings, const struct endpoint *server)
{
	enum { DNS_PORT = 53 };
	return server->port == DNS_PORT && (endpoint_is_loopback(server) || endpoint_is_unspecified(server)) &&
	       rules_decide(settings->rules, server, NULL, 0).rule == NO_RULE;
}

bool name_way_is_localhost(const char *name, size_t length)
{
	static const char localhost[] = "localhost";
	size_t wanted = sizeof localhost - 1;
	return length >= wanted && strncasecmp(name + length - wanted, localhost, wanted) == 0 &&
	       (length == wanted || name[length - wanted - 1] == '.');
}

/* An address, which the lookup of a name goes back from, has to be named by a rule for every port; that it is local to
 * this machine is not enough. */
static bool is_direct(const struct settings *settings, const struct dns_question *question)
{
	struct endpoint subject;
	if (dns_question_address(question, &subject)) {
		struct decision decision = rules_decide(settings->rules, &subject, NULL, 0);
		return decision.action == ACTION_DIRECT && decision.rule != NO_RULE;
	}
	return question->is_plain && question->name_length &&
	       rules_send_name_direct(settings->rules, question->name, question->name_length);
}

static void keep(struct nameservers *kept, const struct settings *settings, const struct endpoint *items, size_t count,
		 enum action action)
{
	for (size_t i = 0; i < count && kept->count < NAMESERVERS_MAX; i++)
		if (rules_decide(settings->rules, &items[i], NULL, 0).action == action)
			kept->items[kept->count++] = items[i];
}

void name_way_tunnel(struct nameservers *servers, const struct settings *settings, const struct nameservers *system)
{
	const struct endpoints *configured = &settings->dns_servers;
	servers->count = 0;
	if (configured->count)
		keep(servers, settings, configured->items, configured->count, ACTION_RELAY);
	else
		keep(servers, settings, system->items, system->count, ACTION_RELAY);
}

/* The program asks nameservers of its own choice, as if by datagrams of its own. Those that the system's configuration
 * names as well, and those on loopback, are never asked directly: that would be the leak. */
static void ask_named(struct name_way *way, const struct settings *settings, const struct name_lookup *lookup)
{
	struct nameservers direct = {0};
	keep(&way->servers, settings, lookup->asked->items, lookup->asked->count, ACTION_RELAY);
	way->kind = NAME_WAY_TUNNEL;
	if (way->servers.count)
		return;
	keep(&direct, settings, lookup->asked->items, lookup->asked->count, ACTION_DIRECT);
	for (size_t i = 0; i < direct.count; i++)
		if (!nameservers_have(lookup->system, &direct.items[i]) &&
		    !name_way_is_barred(settings, &direct.items[i]))
			way->servers.items[way->servers.count++] = direct.items[i];
	way->kind = way->servers.count ? NAME_WAY_LOCAL : NAME_WAY_NONE;
}

static bool can_stand_in(const struct settings *settings, const struct dns_question *question)
{
	struct endpoint address;
	if (question->opcode)
		return false;
	if (dns_question_address(question, &address))
		return name_way_is_stand_in(settings, &address);
	return question->is_plain && question->name_length && (question->type == DNS_A || question->type == DNS_AAAA);
}

static bool wants_stand_in(const struct settings *settings, enum name_purpose purpose, bool has_tunnel)
{
	if (settings->dns_mode == DNS_MODE_REMOTE)
		return purpose != NAME_FOR_STREAMS;
	return settings->dns_mode == DNS_MODE_AUTO && purpose == NAME_FOR_DATAGRAMS && !has_tunnel;
}

void name_way_choose(struct name_way *way, const struct settings *settings, const struct name_lookup *lookup,
		     const struct dns_question *question)
{
	struct endpoint address;
	*way = (struct name_way){.kind = NAME_WAY_HERE};
	if (name_way_is_localhost(question->name, question->name_length))
		return;
	if (dns_question_address(question, &address) && name_way_is_stand_in(settings, &address)) {
		way->kind = NAME_WAY_STAND_IN;
		return;
	}
	if (is_direct(settings, question)) {
		way->kind = NAME_WAY_LOCAL;
		way->servers = lookup->asked->count ? *lookup->asked : *lookup->system;
		return;
	}
	if (lookup->asked->count) {
		ask_named(way, settings, lookup);
		return;
	}
	name_way_tunnel(&way->servers, settings, lookup->system);
	bool has_tunnel = way->servers.count != 0;
	way->kind = has_tunnel ? NAME_WAY_TUNNEL : NAME_WAY_NONE;
	if (wants_stand_in(settings, lookup->purpose, has_tunnel) && can_stand_in(settings, question))
		way->kind = NAME_WAY_STAND_IN;
}
