#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/file.h"

#define ACTION_ALLOWED "\"relay\", \"direct\", \"reject\" or \"drop\""

struct rule_group {
	struct draft_rule *rule;
	const config_setting_t *action;
	size_t targets;   /* of the rule so far */
	const char *from; /* to_file, as given */
	char first[64];   /* the first target in the file itself */
};

static bool add_target(const struct file *file, const config_setting_t *setting, struct rule_group *group)
{
	const char *text = file_string(file, setting, "to");
	struct place place;

	if (!text)
		return false;
	place = file_place(file, setting);
	if (!draft_add_target(file->draft, text, strlen(text), &place, "to"))
		return false;
	if (!*group->first)
		snprintf(group->first, sizeof(group->first), "%s", text);
	group->targets++;
	return true;
}

static bool read_to(const struct file *file, const config_setting_t *setting, void *into)
{
	struct place place = file_place(file, setting);
	int length = parser.setting_length(setting);

	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		return add_target(file, setting, into);
	if (!config_setting_is_array(setting) && !config_setting_is_list(setting))
		return file_refuse(file, setting, "to", "a string or an array of strings");
	/* A rule without targets would match everything, which an empty array surely does not mean. */
	if (!length)
		return complain(file->draft->complaint, &place, "to", "allowed at least one target, found none");
	for (int i = 0; i < length; i++)
		if (!add_target(file, parser.setting_get_elem(setting, (unsigned)i), into))
			return false;
	return true;
}

static bool read_to_file(const struct file *file, const config_setting_t *setting, void *into)
{
	struct rule_group *group = into;
	struct place place = file_place(file, setting);
	size_t count;
	const char *path;

	group->from = file_string(file, setting, "to_file");
	path = group->from ? file_beside(file, group->from) : NULL;
	if (!path || !draft_add_target_file(file->draft, path, group->from, &place, &count))
		return false;
	group->targets += count;
	return true;
}

static bool read_port(const struct file *file, const config_setting_t *setting, void *into)
{
	struct rule_group *group = into;
	struct place place = file_place(file, setting);
	char number[32];
	const char *text = number;

	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		text = parser.setting_get_string(setting);
	else if (config_setting_type(setting) == CONFIG_TYPE_INT || config_setting_type(setting) == CONFIG_TYPE_INT64)
		snprintf(number, sizeof(number), "%lld", parser.setting_get_int64(setting));
	else
		return file_refuse(file, setting, "port", "a port, or a string of ports and ranges");
	group->rule->port = draft_text(file->draft, text, strlen(text));
	return group->rule->port && draft_add_ports(file->draft, text, &place, "port");
}

static bool read_via(const struct file *file, const config_setting_t *setting, void *into)
{
	struct draft_rule *rule = ((struct rule_group *)into)->rule;
	const char *text = file_string(file, setting, "via");

	if (!text)
		return false;
	rule->via_place = file_place(file, setting);
	rule->via = draft_text(file->draft, text, strlen(text));
	return rule->via != NULL;
}

static bool read_action(const struct file *file, const config_setting_t *setting, void *into)
{
	struct rule_group *group = into;
	struct place place = file_place(file, setting);
	const char *text = file_string(file, setting, "action");

	group->action = setting;
	if (!text)
		return false;
	if (!action_parse(&group->rule->action, text))
		return complain(file->draft->complaint, &place, "action", "allowed %s, found %s", ACTION_ALLOWED,
				quote_text(text).text);
	return true;
}

static const struct file_key keys[] = {
    {"to", read_to}, {"to_file", read_to_file}, {"port", read_port}, {"via", read_via}, {"action", read_action}};

static bool check_action(const struct file *file, const struct rule_group *group)
{
	const struct draft_rule *rule = group->rule;
	struct place place = rule->place;

	if (!group->action && !rule->via)
		return complain(file->draft->complaint, &place, "action", "allowed %s, found none", ACTION_ALLOWED);
	if (!rule->via || rule->action == ACTION_RELAY)
		return true;
	place = file_place(file, group->action);
	return complain(file->draft->complaint, &place, "action", "allowed \"relay\" in a rule with via, found \"%s\"",
			action_text(rule->action));
}

static bool describe_targets(const struct file *file, const struct rule_group *group)
{
	struct arena *arena = &file->draft->conf->arena;
	size_t more = group->targets - (*group->first ? 1 : 0);

	if (!group->targets || !file->draft->notes)
		return true;
	if (!*group->first)
		group->rule->to = arena_format(arena, "%zu in %s", group->targets, group->from);
	else if (more)
		group->rule->to = arena_format(arena, "%s and %zu more", group->first, more);
	else
		group->rule->to = arena_format(arena, "%s", group->first);
	return group->rule->to || draft_out_of_memory(file->draft);
}

bool file_read_rule(const struct file *file, const config_setting_t *setting)
{
	struct place place = file_place(file, setting);
	struct rule_group group = {.rule = draft_add_rule(file->draft, &place)};

	return group.rule && file_read_group(file, setting, keys, sizeof(keys) / sizeof(*keys), &group) &&
	       check_action(file, &group) && describe_targets(file, &group);
}
