#include "conf/file.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* libconfig has to see what follows a string before it knows that the string is over, and numbers the last string
 * of an array by the line of that. So the string is looked for upwards from there. */
static bool line_has_string(const char *line, const char *end, const char *string)
{
	size_t length = strcspn(string, "\"\\\n");
	bool whole = string[length] == '\0';

	for (; (line = memchr(line, '"', (size_t)(end - line))); line++)
		if ((size_t)(end - line) > length + 1 && !memcmp(line + 1, string, length) &&
		    (!whole || line[length + 1] == '"'))
			return true;
	return false;
}

static unsigned line_of_string(const struct file *file, const char *string, unsigned line)
{
	const char *at = file->text, *newline;

	for (unsigned i = 1; i < line && (newline = strchr(at, '\n')); i++)
		at = newline + 1;
	for (; line; line--) {
		if (line_has_string(at, strchrnul(at, '\n'), string))
			return line;
		if (at == file->text)
			break;
		newline = memrchr(file->text, '\n', (size_t)(at - 1 - file->text));
		at = newline ? newline + 1 : file->text;
	}
	return 0;
}

struct place file_place(const struct file *file, const config_setting_t *setting)
{
	unsigned line = config_setting_source_line(setting), better = 0;

	if (config_setting_type(setting) == CONFIG_TYPE_STRING && !config_setting_name(setting))
		better = line_of_string(file, parser.setting_get_string(setting), line);
	return (struct place){file->path, better ? better : line};
}

static const char *type_text(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_GROUP:
		return "a group";
	case CONFIG_TYPE_LIST:
		return "a list";
	case CONFIG_TYPE_ARRAY:
		return "an array";
	case CONFIG_TYPE_BOOL:
		return "a boolean";
	case CONFIG_TYPE_STRING:
		return "a string";
	default:
		return "a number";
	}
}

bool file_refuse(const struct file *file, const config_setting_t *setting, const char *key, const char *allowed)
{
	struct place place = file_place(file, setting);

	return complain(file->draft->complaint, &place, key, "allowed %s, found %s", allowed, type_text(setting));
}

const char *file_string(const struct file *file, const config_setting_t *setting, const char *key)
{
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		return parser.setting_get_string(setting);
	file_refuse(file, setting, key, "a string");
	return NULL;
}

const char *file_beside(const struct file *file, const char *path)
{
	const char *found =
	    arena_format(&file->draft->conf->arena, "%.*s%s", *path == '/' ? 0 : (int)file->folder, file->path, path);

	if (!found)
		draft_out_of_memory(file->draft);
	return found;
}

static bool refuse_key(const struct file *file, const config_setting_t *setting, const struct file_key *keys,
		       size_t count)
{
	struct place place = file_place(file, setting);
	char allowed[240];
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(keys[i].name);

		if (used + length + 3 > sizeof(allowed))
			break;
		memcpy(allowed + used, keys[i].name, length);
		memcpy(allowed + used + length, ", ", 3);
		used += length + 2;
	}
	allowed[used - 2] = '\0';
	return complain(file->draft->complaint, &place, config_setting_name(setting),
			"allowed here are %s, found the key %s", allowed,
			quote_text(config_setting_name(setting)).text);
}

static bool read_member(const struct file *file, const config_setting_t *setting, const struct file_key *keys,
			size_t count, void *into)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(config_setting_name(setting), keys[i].name))
			return keys[i].read(file, setting, into);
	return refuse_key(file, setting, keys, count);
}

bool file_read_group(const struct file *file, const config_setting_t *group, const struct file_key *keys, size_t count,
		     void *into)
{
	int length = parser.setting_length(group);

	for (int i = 0; i < length; i++)
		if (!read_member(file, parser.setting_get_elem(group, (unsigned)i), keys, count, into))
			return false;
	return true;
}

static bool is_number(const config_setting_t *setting)
{
	int type = config_setting_type(setting);

	return type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64 || type == CONFIG_TYPE_FLOAT;
}

static double number_of(const config_setting_t *setting)
{
	if (config_setting_type(setting) == CONFIG_TYPE_FLOAT)
		return parser.setting_get_float(setting);
	return (double)parser.setting_get_int64(setting);
}

static bool set_key(const struct file *file, const config_setting_t *setting, enum key key)
{
	struct place place = file_place(file, setting);
	struct value value = {.kind = type_text(setting), .is_number = is_number(setting)};

	if (value.is_number)
		value.number = number_of(setting);
	value.is_boolean = config_setting_type(setting) == CONFIG_TYPE_BOOL;
	if (value.is_boolean)
		value.number = parser.setting_get_bool(setting);
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		value.text = parser.setting_get_string(setting);
	return key_set(file->draft->conf, key, key_name(key), &value, &place, file->draft->complaint);
}

#define KEY_READER(name, key)                                                                                          \
	static bool name(const struct file *file, const config_setting_t *setting, void *into)                         \
	{                                                                                                              \
		(void)into;                                                                                            \
		return set_key(file, setting, key);                                                                    \
	}

KEY_READER(read_default, KEY_DEFAULT)
KEY_READER(read_relay_address, KEY_RELAY_ADDRESS)
KEY_READER(read_announce, KEY_ANNOUNCE)
KEY_READER(read_connect, KEY_CONNECT)
KEY_READER(read_handshake, KEY_HANDSHAKE)
KEY_READER(read_retry_min, KEY_RETRY_MIN)
KEY_READER(read_retry_max, KEY_RETRY_MAX)
KEY_READER(read_keepalive, KEY_KEEPALIVE)
KEY_READER(read_policy, KEY_POLICY)
KEY_READER(read_preconnect, KEY_PRECONNECT)
KEY_READER(read_pipeline, KEY_PIPELINE)
KEY_READER(read_datagrams, KEY_QUEUE_DATAGRAMS)
KEY_READER(read_octets, KEY_QUEUE_OCTETS)
KEY_READER(read_stats, KEY_STATS)
KEY_READER(read_capture, KEY_CAPTURE)
KEY_READER(read_follow, KEY_FOLLOW)
KEY_READER(read_allow_uring, KEY_ALLOW_URING)
KEY_READER(read_dns_mode, KEY_DNS_MODE)
KEY_READER(read_stand_ins, KEY_DNS_STAND_INS)
KEY_READER(read_stand_ins6, KEY_DNS_STAND_INS6)
KEY_READER(read_level, KEY_LOG_LEVEL)
KEY_READER(read_file, KEY_LOG_FILE)

/* One string, or an array of them. */
static bool read_dns_server(const struct file *file, const config_setting_t *setting, void *into)
{
	struct place place = file_place(file, setting);
	struct value value = {.text = ""};
	int length = parser.setting_length(setting);

	(void)into;
	if (!config_setting_is_array(setting) && !config_setting_is_list(setting))
		return set_key(file, setting, KEY_DNS_SERVER);
	for (int i = 0; i < length; i++) {
		const char *text = file_string(file, parser.setting_get_elem(setting, (unsigned)i), "dns.server");

		value.text = text ? arena_join(&file->draft->conf->arena, value.text, i ? "," : "", text) : NULL;
		if (!value.text)
			return text ? draft_out_of_memory(file->draft) : false;
	}
	return key_set(file->draft->conf, KEY_DNS_SERVER, key_name(KEY_DNS_SERVER), &value, &place,
		       file->draft->complaint);
}

static const struct file_key timeout_keys[] = {{"connect", read_connect},
					       {"handshake", read_handshake},
					       {"retry_min", read_retry_min},
					       {"retry_max", read_retry_max},
					       {"keepalive", read_keepalive}};
static const struct file_key queue_keys[] = {{"datagrams", read_datagrams}, {"octets", read_octets}};
static const struct file_key dns_keys[] = {{"mode", read_dns_mode},
					   {"server", read_dns_server},
					   {"stand_ins", read_stand_ins},
					   {"stand_ins6", read_stand_ins6}};
static const struct file_key log_keys[] = {{"level", read_level}, {"file", read_file}};

#define GROUP_READER(reader, name, keys)                                                                               \
	static bool reader(const struct file *file, const config_setting_t *setting, void *into)                       \
	{                                                                                                              \
		if (!config_setting_is_group(setting))                                                                 \
			return file_refuse(file, setting, name, "a group { ... }");                                    \
		return file_read_group(file, setting, keys, LENGTH(keys), into);                                       \
	}

GROUP_READER(read_timeouts, "timeouts", timeout_keys)
GROUP_READER(read_queue, "queue", queue_keys)
GROUP_READER(read_dns, "dns", dns_keys)
GROUP_READER(read_log, "log", log_keys)

static bool read_groups(const struct file *file, const config_setting_t *list, const char *key,
			bool (*read)(const struct file *file, const config_setting_t *setting))
{
	int length = parser.setting_length(list);

	if (!config_setting_is_list(list))
		return file_refuse(file, list, key, "a list ( { ... }, ... )");
	for (int i = 0; i < length; i++) {
		const config_setting_t *item = parser.setting_get_elem(list, (unsigned)i);

		if (!config_setting_is_group(item))
			return file_refuse(file, item, key, "groups { ... }");
		if (!read(file, item))
			return false;
	}
	return true;
}

static bool read_servers(const struct file *file, const config_setting_t *setting, void *into)
{
	(void)into;
	return read_groups(file, setting, "servers", file_read_server);
}

static bool read_rules(const struct file *file, const config_setting_t *setting, void *into)
{
	(void)into;
	return read_groups(file, setting, "rules", file_read_rule);
}

static const struct file_key top_keys[] = {
    {"servers", read_servers},
    {"rules", read_rules},
    {"default", read_default},
    {"timeouts", read_timeouts},
    {"announce", read_announce},
    {"relay_address", read_relay_address},
    {"policy", read_policy},
    {"preconnect", read_preconnect},
    {"pipeline", read_pipeline},
    {"queue", read_queue},
    {"log", read_log},
    {"stats", read_stats},
    {"capture", read_capture},
    {"follow", read_follow},
    {"allow_uring", read_allow_uring},
    {"dns", read_dns},
};

/* libconfig opens an @include with stdio, and relative to the working directory. It knows one by the beginning of
 * a line; within a comment of several lines it is refused as well. */
static bool refuse_include(const struct file *file)
{
	struct place place = {file->path, 0};
	const char *end;

	for (const char *line = file->text; *line; line = *end ? end + 1 : end) {
		place.line++;
		end = strchrnul(line, '\n');
		line += strspn(line, " \t");
		if (!strncmp(line, "@include", 8))
			return complain(
			    file->draft->complaint, &place, "@include",
			    "allowed one file without inclusions (to_file takes long lists), found @include");
	}
	return true;
}

static bool read_text(const struct file *file, config_t *config)
{
	struct place place = {file->path, 0};

	if (parser.read_string(config, file->text) == CONFIG_TRUE)
		return file_read_group(file, config_root_setting(config), top_keys, LENGTH(top_keys), NULL);
	place.line = (unsigned)config_error_line(config);
	return complain(file->draft->complaint, &place, NULL, "allowed libconfig syntax, found: %s",
			config_error_text(config) ? config_error_text(config) : "an error");
}

bool file_parse(struct draft *draft, const char *path, const struct contents *contents, bool spare_servers)
{
	struct file file = {.draft = draft, .text = contents->text, .spare_servers = spare_servers};
	const char *slash = strrchr(path, '/');
	config_t config;
	bool done;

	file.path = draft_text(draft, path, strlen(path));
	if (!file.path)
		return false;
	file.folder = slash ? (size_t)(slash - path) + 1 : 0;
	draft->conf->file = file.path;
	if (strlen(contents->text) != contents->size) {
		const struct place place = {file.path, 0};

		return complain(draft->complaint, &place, NULL, "allowed text, found a NUL octet");
	}
	if (!refuse_include(&file))
		return false;
	if (!parser_open()) {
		const struct place place = {file.path, 0};

		return complain(draft->complaint, &place, NULL,
				"allowed where " PARSER_LIBRARY " is installed, which reads it, found none");
	}
	parser.init(&config);
	done = read_text(&file, &config);
	parser.destroy(&config);
	return done;
}

static void glance_at_boolean(const config_t *config, struct conf *conf, enum key key)
{
	struct complaint complaint;
	const struct place place = {"file", 0};
	int on;

	if (parser.lookup_bool(config, key_name(key), &on) == CONFIG_TRUE)
		key_set(conf, key, key_name(key), &(struct value){.is_boolean = true, .number = on}, &place,
			&complaint);
}

static void glance_at_text(const config_t *config, struct conf *conf, enum key key)
{
	struct complaint complaint;
	const struct place place = {"file", 0};
	const char *text;

	if (parser.lookup_string(config, key_name(key), &text) == CONFIG_TRUE)
		key_set(conf, key, key_name(key), &(struct value){.text = text}, &place, &complaint);
}

/* Whether the key can be there at all: its name would be, or that of the group it is in. */
static bool may_have(const struct contents *contents, enum key key)
{
	const char *name = key_name(key);

	return memmem(contents->text, contents->size, name, strcspn(name, ".")) != NULL;
}

void file_glance(const struct contents *contents, struct conf *conf)
{
	struct complaint complaint;
	struct draft draft = {.conf = conf, .complaint = &complaint};
	struct file file = {.draft = &draft, .text = contents->text, .path = ""};
	config_t config;

	if (!may_have(contents, KEY_FOLLOW) && !may_have(contents, KEY_ALLOW_URING) &&
	    !may_have(contents, KEY_LOG_FILE))
		return;
	if (strlen(contents->text) != contents->size || !refuse_include(&file) || !parser_open())
		return;
	parser.init(&config);
	if (parser.read_string(&config, contents->text) == CONFIG_TRUE) {
		glance_at_boolean(&config, conf, KEY_FOLLOW);
		glance_at_boolean(&config, conf, KEY_ALLOW_URING);
		glance_at_text(&config, conf, KEY_LOG_FILE);
	}
	parser.destroy(&config);
}
