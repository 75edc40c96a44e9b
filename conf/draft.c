#include "conf/draft.h"

#include <string.h>

#include "conf/contents.h"
#include "conf/host_name.h"

#define TARGET_ALLOWED "an address, a prefix without bits after its length, \".domain\" or \"host.domain\""
#define PORT_ALLOWED   "ports and ranges of ports from 1 to 65535 as in \"53,5000-5999\""

void draft_free(struct draft *draft)
{
	list_free(&draft->servers);
	list_free(&draft->rules);
	list_free(&draft->targets);
	list_free(&draft->ports);
}

bool draft_out_of_memory(struct draft *draft)
{
	static const struct place place = {"settings", 0};

	return complain(draft->complaint, &place, NULL, "out of memory");
}

const char *draft_text(struct draft *draft, const char *text, size_t length)
{
	const char *copy = arena_text(&draft->conf->arena, text, length);

	if (!copy)
		draft_out_of_memory(draft);
	return copy;
}

static bool take_login(struct draft *draft, struct server *server, const struct url *url)
{
	struct credentials *login = &server->credentials;

	login->username_length = url->username.length;
	login->password_length = url->password.length;
	login->username = draft_text(draft, url->username.text, url->username.length);
	login->password = draft_text(draft, url->password.text, url->password.length);
	return login->username && login->password;
}

static const char *print_port(uint16_t port, char out[6])
{
	char *at = out + 5;

	for (*at = '\0'; port; port /= 10)
		*--at = (char)('0' + port % 10);
	return at;
}

/* As endpoint_print does; but of all but IPv6 the host is text already. This is part of what a program's first socket
 * waits for, and printf is slow where it was not used before. */
static const char *make_label(struct draft *draft, const struct url *url)
{
	char text[ENDPOINT_TEXT_SIZE];
	const char *label;

	if (url->control.kind == ENDPOINT_IPV6) {
		endpoint_print(&url->control, text, sizeof(text));
		return draft_text(draft, text, strlen(text));
	}
	label = arena_join(&draft->conf->arena, url->host.text, ":", print_port(url->control.port, text));
	if (!label)
		draft_out_of_memory(draft);
	return label;
}

struct draft_server *draft_add_server(struct draft *draft, const struct url *url, const struct place *place)
{
	struct draft_server *added = list_add(&draft->servers, sizeof(*added));

	if (!added) {
		draft_out_of_memory(draft);
		return NULL;
	}
	added->place = *place;
	added->server.control = url->control;
	added->server.label = make_label(draft, url);
	if (!added->server.label || !take_login(draft, &added->server, url))
		return NULL;
	if (url->control.kind == ENDPOINT_NAME) {
		added->server.control.name = draft_text(draft, url->host.text, url->host.length);
		if (!added->server.control.name)
			return NULL;
	}
	return added;
}

struct draft_rule *draft_add_rule(struct draft *draft, const struct place *place)
{
	struct draft_rule *rule = list_add(&draft->rules, sizeof(*rule));

	if (!rule) {
		draft_out_of_memory(draft);
		return NULL;
	}
	rule->place = *place;
	rule->first_target = draft->targets.count;
	rule->first_port = draft->ports.count;
	return rule;
}

static bool is_name_target(const char *text, size_t length)
{
	bool domain = length && *text == '.';

	return host_name_is_valid(text + domain, length - domain);
}

bool draft_add_target(struct draft *draft, const char *text, size_t length, const struct place *place, const char *key)
{
	struct rule_target target = {.kind = TARGET_PREFIX}, *added;

	if (prefix_parse(&target.prefix, text, length) != OUTCOME_OK) {
		if (!is_name_target(text, length))
			return complain(draft->complaint, place, key, "allowed %s, found %s", TARGET_ALLOWED,
					quote(text, length).text);
		target.kind = TARGET_SUFFIX;
		target.name = draft_text(draft, text, length);
		if (!target.name)
			return false;
	}
	added = list_add(&draft->targets, sizeof(*added));
	if (!added)
		return draft_out_of_memory(draft);
	*added = target;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool add_line(struct draft *draft, const char *line, size_t length, const struct place *place, const char *key)
{
	const char *comment = length ? memchr(line, '#', length) : NULL;

	if (comment)
		length = (size_t)(comment - line);
	while (length && is_blank(line[length - 1]))
		length--;
	while (length && is_blank(*line)) {
		line++;
		length--;
	}
	return length == 0 || draft_add_target(draft, line, length, place, key);
}

static bool add_lines(struct draft *draft, const struct contents *contents, const char *path, const char *key)
{
	const char *line = contents->text, *end = contents->text + contents->size;
	struct place place = {path, 0};

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		if (!stop)
			stop = end;
		place.line++;
		if (!add_line(draft, line, (size_t)(stop - line), &place, key))
			return false;
		line = stop + 1;
	}
	return true;
}

bool draft_add_target_file(struct draft *draft, const char *path, const char *given, const struct place *place,
			   size_t *count)
{
	struct contents contents;
	size_t before = draft->targets.count;
	int error = contents_read(&contents, path);
	bool done;

	if (error)
		return complain(draft->complaint, place, "to_file", "allowed a readable file, found %s: %s",
				quote_text(given).text, contents_error_text(error));
	done = add_lines(draft, &contents, path, "to_file");
	contents_free(&contents);
	*count = draft->targets.count - before;
	/* A rule without targets would match everything, which an empty list surely does not mean. */
	if (done && *count == 0)
		return complain(draft->complaint, place, "to_file",
				"allowed a file with at least one target, found none in %s", quote_text(given).text);
	return done;
}

bool draft_add_ports(struct draft *draft, const char *text, const struct place *place, const char *key)
{
	struct port_range *range;
	size_t count = 1;

	for (const char *at = text; *at; at++)
		count += *at == ',';
	for (size_t i = 0; i < count; i++)
		if (!list_add(&draft->ports, sizeof(*range)))
			return draft_out_of_memory(draft);
	range = (struct port_range *)draft->ports.items + draft->ports.count - count;
	if (port_ranges_parse(range, &count, text) != OUTCOME_OK)
		return complain(draft->complaint, place, key, "allowed %s, found %s", PORT_ALLOWED,
				quote_text(text).text);
	return true;
}
