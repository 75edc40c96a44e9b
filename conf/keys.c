#include "conf/keys.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"

#define SECONDS_MAX 3600.0

enum key_kind {
	KIND_WORD,
	KIND_SWITCH,
	KIND_SECONDS,
	KIND_COUNT,
	KIND_BOOLEAN,
	KIND_PATH,
	KIND_ENDPOINTS,
	KIND_PREFIX
};

struct key_row {
	const char *name;
	enum key_kind kind;
	size_t offset;      /* into struct conf */
	const char *preset; /* text, or NULL and a number */
	double number;
	struct prefix range;      /* KIND_PREFIX */
	const char *const *words; /* KIND_WORD, KIND_SWITCH: in the order of the enum, NULL at the end */
	const char *allowed;
	uint32_t least; /* KIND_COUNT */
	uint32_t most;  /* KIND_COUNT; KIND_PREFIX: bits, at most */
};

static const char *const action_words[] = {
    [ACTION_RELAY] = "relay", [ACTION_DIRECT] = "direct", [ACTION_REJECT] = "reject", [ACTION_DROP] = "drop", NULL};
static const char *const relay_address_words[] = {
    [RELAY_ADDRESS_AUTO] = "auto", [RELAY_ADDRESS_REPLY] = "reply", [RELAY_ADDRESS_SERVER] = "server", NULL};
static const char *const policy_words[] = {
    [POLICY_FAILOVER] = "failover", [POLICY_ROUND_ROBIN] = "round-robin", [POLICY_FASTEST] = "fastest", NULL};
static const char *const announce_words[] = {[ANNOUNCE_ZERO] = "zero", [ANNOUNCE_LOCAL] = "local", NULL};
static const char *const dns_mode_words[] = {[DNS_MODE_AUTO] = "auto",
					     [DNS_MODE_TUNNEL] = "tunnel",
					     [DNS_MODE_REMOTE] = "remote",
					     [DNS_MODE_LOCAL] = "local",
					     NULL};
static const char *const log_level_words[] = {[LOG_LEVEL_ERROR] = "error",
					      [LOG_LEVEL_WARN] = "warn",
					      [LOG_LEVEL_INFO] = "info",
					      [LOG_LEVEL_DEBUG] = "debug",
					      NULL};

/* A switch is off, on, or something more. */
static const char *const statistics_words[] = {
    [STATISTICS_OFF] = "false", [STATISTICS_TABLE] = "true", [STATISTICS_JSON] = "json", NULL};

#define FIELD(member) .offset = offsetof(struct conf, member)
#define WORD(key, member, value, all, text)                                                                            \
	{                                                                                                              \
		.name = key, .kind = KIND_WORD, FIELD(member), .preset = value, .words = all, .allowed = text          \
	}
#define SWITCH(key, member, all, text)                                                                                 \
	{                                                                                                              \
		.name = key, .kind = KIND_SWITCH, FIELD(member), .preset = "false", .words = all, .allowed = text      \
	}
#define SECONDS(key, member, value)                                                                                    \
	{                                                                                                              \
		.name = key, .kind = KIND_SECONDS, FIELD(member), .number = value,                                     \
		.allowed = "seconds, more than 0 and at most 3600"                                                     \
	}
#define COUNT(key, member, value, from, to)                                                                            \
	{                                                                                                              \
		.name = key, .kind = KIND_COUNT, FIELD(member), .number = value, .least = from, .most = to,            \
		.allowed = "a whole number from " #from " to " #to                                                     \
	}
#define BOOLEAN(key, member, on)                                                                                       \
	{                                                                                                              \
		.name = key, .kind = KIND_BOOLEAN, FIELD(member), .number = on, .allowed = "true or false"             \
	}
#define PATH(key, member, text)                                                                                        \
	{                                                                                                              \
		.name = key, .kind = KIND_PATH, FIELD(member), .preset = "", .allowed = text                           \
	}
#define ENDPOINTS(key, member, text)                                                                                   \
	{                                                                                                              \
		.name = key, .kind = KIND_ENDPOINTS, FIELD(member), .preset = "", .allowed = text                      \
	}
#define PREFIX(key, member, value, bits, text)                                                                         \
	{                                                                                                              \
		.name = key, .kind = KIND_PREFIX, FIELD(member), .range = value, .most = bits, .allowed = text         \
	}
#define STAND_INS  ((struct prefix){ENDPOINT_IPV4, 15, {198, 18}})
#define STAND_INS6 ((struct prefix){ENDPOINT_IPV6, 64, {0xfd, 0x53, 'O', 'C', 'K', 'S', 0, 5}})

static const struct key_row rows[KEY_COUNT] = {
    [KEY_DEFAULT] = WORD("default", fallback, "relay", action_words, "\"relay\", \"direct\", \"reject\" or \"drop\""),
    [KEY_CONNECT] = SECONDS("timeouts.connect", settings.connect_ms, 5),
    [KEY_HANDSHAKE] = SECONDS("timeouts.handshake", settings.handshake_ms, 5),
    [KEY_RETRY_MIN] = SECONDS("timeouts.retry_min", settings.retry_min_ms, 0.5),
    [KEY_RETRY_MAX] = SECONDS("timeouts.retry_max", settings.retry_max_ms, 30),
    [KEY_KEEPALIVE] = SECONDS("timeouts.keepalive", settings.keepalive_ms, 30),
    [KEY_POLICY] =
	WORD("policy", settings.policy, "failover", policy_words, "\"failover\", \"round-robin\" or \"fastest\""),
    [KEY_PRECONNECT] = COUNT("preconnect", settings.preconnect, 0, 0, 256),
    [KEY_PIPELINE] = BOOLEAN("pipeline", settings.pipeline, false),
    [KEY_QUEUE_DATAGRAMS] = COUNT("queue.datagrams", settings.queue_datagrams, 64, 1, 65535),
    [KEY_QUEUE_OCTETS] = COUNT("queue.octets", settings.queue_octets, 262144, 2048, 16777216),
    [KEY_RELAY_ADDRESS] =
	WORD("relay_address", settings.relay_address, "auto", relay_address_words, "\"auto\", \"reply\" or \"server\""),
    [KEY_ANNOUNCE] = WORD("announce", settings.announce, "zero", announce_words, "\"zero\" or \"local\""),
    [KEY_DNS_MODE] =
	WORD("dns.mode", settings.dns_mode, "auto", dns_mode_words, "\"auto\", \"tunnel\", \"remote\" or \"local\""),
    [KEY_DNS_SERVER] = ENDPOINTS("dns.server", settings.dns_servers, "addresses, each with a port or without, or \"\""),
    [KEY_DNS_STAND_INS] =
	PREFIX("dns.stand_ins", settings.stand_ins_ipv4, STAND_INS, 24, "an IPv4 prefix of 8 to 24 bits"),
    [KEY_DNS_STAND_INS6] =
	PREFIX("dns.stand_ins6", settings.stand_ins_ipv6, STAND_INS6, 96, "an IPv6 prefix of 8 to 96 bits"),
    [KEY_LOG_LEVEL] =
	WORD("log.level", settings.log_level, "warn", log_level_words, "\"error\", \"warn\", \"info\" or \"debug\""),
    [KEY_LOG_FILE] = PATH("log.file", settings.log_file, "a path that begins with '/', or \"\" for standard error"),
    [KEY_STATS] = SWITCH("stats", settings.statistics, statistics_words, "true, false or \"json\""),
    [KEY_CAPTURE] = PATH("capture", settings.capture, "a path that begins with '/', or \"\" for no capture"),
    [KEY_FOLLOW] = BOOLEAN("follow", settings.follow, true),
    [KEY_ALLOW_URING] = BOOLEAN("allow_uring", settings.allow_uring, false),
};

_Static_assert(PRECONNECT_MAX == 256 && QUEUE_DATAGRAMS_MAX == 65535 && QUEUE_OCTETS_MAX == 16777216,
	       "the bounds above are those that core expects");
_Static_assert(sizeof(enum action) == sizeof(unsigned) && sizeof(enum relay_address) == sizeof(unsigned) &&
		   sizeof(enum announce) == sizeof(unsigned) && sizeof(enum policy) == sizeof(unsigned) &&
		   sizeof(enum log_level) == sizeof(unsigned) && sizeof(enum dns_mode) == sizeof(unsigned) &&
		   sizeof(enum statistics_form) == sizeof(unsigned),
	       "words are stored and read as unsigned");

static void *field(struct conf *conf, enum key key)
{
	return (char *)conf + rows[key].offset;
}

static unsigned read_unsigned(const struct conf *conf, enum key key)
{
	unsigned value;

	memcpy(&value, (const char *)conf + rows[key].offset, sizeof(value));
	return value;
}

const char *key_name(enum key key)
{
	return rows[key].name;
}

static bool set_word(struct conf *conf, enum key key, const char *text)
{
	for (unsigned i = 0; text && rows[key].words[i]; i++)
		if (!strcmp(text, rows[key].words[i])) {
			memcpy(field(conf, key), &i, sizeof(i));
			return true;
		}
	return false;
}

static bool set_switch(struct conf *conf, enum key key, const struct value *value)
{
	const char *text = value->text ? value->text : "";
	bool on = value->is_boolean ? value->number != 0 : !strcmp(text, "1");

	if (value->is_boolean || on || !strcmp(text, "0"))
		text = rows[key].words[on];
	return set_word(conf, key, text);
}

static bool set_seconds(struct conf *conf, enum key key, const struct value *value)
{
	uint32_t milliseconds;

	if (!value->is_number || !(value->number > 0) || value->number > SECONDS_MAX)
		return false;
	milliseconds = (uint32_t)(value->number * 1000 + 0.5);
	/* However little was wished for, 0 would mean something else. */
	if (milliseconds == 0)
		milliseconds = 1;
	memcpy(field(conf, key), &milliseconds, sizeof(milliseconds));
	return true;
}

static bool set_count(struct conf *conf, enum key key, const struct value *value)
{
	uint32_t count;

	if (!value->is_number || !(value->number >= rows[key].least) || value->number > rows[key].most)
		return false;
	count = (uint32_t)value->number;
	if ((double)count != value->number)
		return false;
	memcpy(field(conf, key), &count, sizeof(count));
	return true;
}

/* A variable of the environment has only text. */
static bool set_boolean(struct conf *conf, enum key key, const struct value *value)
{
	const char *text = value->text ? value->text : "";
	bool on = value->is_boolean ? value->number != 0 : !strcmp(text, "1") || !strcmp(text, "true");

	if (!value->is_boolean && !on && strcmp(text, "0") != 0 && strcmp(text, "false") != 0)
		return false;
	memcpy(field(conf, key), &on, sizeof(on));
	return true;
}

static bool set_path(struct conf *conf, enum key key, const char *text)
{
	const char *copy;

	if (!text || (*text && *text != '/'))
		return false;
	copy = arena_text(&conf->arena, text, strlen(text));
	memcpy(field(conf, key), &copy, sizeof(copy));
	return copy != NULL;
}

/* The next of several words, apart by commas and blanks; false at the end. */
static bool next_word(const char **text, size_t *length)
{
	*text += strspn(*text, ", \t");
	*length = strcspn(*text, ", \t");
	return *length != 0;
}

static size_t count_words(const char *text)
{
	size_t count = 0, length;

	for (; next_word(&text, &length); text += length)
		count++;
	return count;
}

static bool set_endpoints(struct conf *conf, enum key key, const char *text)
{
	enum { DNS_PORT = 53 };
	struct endpoints endpoints = {.count = 0};
	struct endpoint *items;
	size_t length;

	if (!text)
		return false;
	items = arena_take(&conf->arena, (count_words(text) + 1) * sizeof(*items));
	for (; items && next_word(&text, &length); text += length) {
		struct endpoint *item = &items[endpoints.count++];

		if (endpoint_parse(item, text, length, DNS_PORT) != OUTCOME_OK || item->kind == ENDPOINT_NAME ||
		    item->port == 0 || endpoint_is_unspecified(item))
			return false;
	}
	endpoints.items = items;
	memcpy(field(conf, key), &endpoints, sizeof(endpoints));
	return items != NULL;
}

static bool set_prefix(struct conf *conf, enum key key, const char *text)
{
	enum { PREFIX_BITS_MIN = 8 };
	struct prefix prefix;

	if (!text || prefix_parse(&prefix, text, strlen(text)) != OUTCOME_OK || prefix.length > rows[key].most ||
	    prefix.length < PREFIX_BITS_MIN || prefix.kind != rows[key].range.kind)
		return false;
	memcpy(field(conf, key), &prefix, sizeof(prefix));
	return true;
}

static bool store(struct conf *conf, enum key key, const struct value *value)
{
	switch (rows[key].kind) {
	case KIND_WORD:
		return set_word(conf, key, value->text);
	case KIND_SWITCH:
		return set_switch(conf, key, value);
	case KIND_SECONDS:
		return set_seconds(conf, key, value);
	case KIND_COUNT:
		return set_count(conf, key, value);
	case KIND_BOOLEAN:
		return set_boolean(conf, key, value);
	case KIND_PATH:
		return set_path(conf, key, value->text);
	case KIND_ENDPOINTS:
		return set_endpoints(conf, key, value->text);
	case KIND_PREFIX:
		return set_prefix(conf, key, value->text);
	}
	return false;
}

static bool refuse(enum key key, const char *label, const struct value *value, const struct place *place,
		   struct complaint *complaint)
{
	if (value->text)
		return complain(complaint, place, label, "allowed %s, found %s", rows[key].allowed,
				quote_text(value->text).text);
	if (value->is_number)
		return complain(complaint, place, label, "allowed %s, found %g", rows[key].allowed, value->number);
	return complain(complaint, place, label, "allowed %s, found %s", rows[key].allowed, value->kind);
}

bool key_set(struct conf *conf, enum key key, const char *label, const struct value *value, const struct place *place,
	     struct complaint *complaint)
{
	if (!store(conf, key, value))
		return refuse(key, label, value, place, complaint);
	conf->origins[key] = *place;
	return true;
}

bool key_set_default(struct conf *conf, enum key key)
{
	const struct value value = {.text = rows[key].preset,
				    .number = rows[key].number,
				    .is_number = !rows[key].preset,
				    .is_boolean = rows[key].kind == KIND_BOOLEAN};

	conf->origins[key] = (struct place){"default", 0};
	if (rows[key].kind == KIND_PREFIX) {
		memcpy(field(conf, key), &rows[key].range, sizeof(rows[key].range));
		return true;
	}
	return store(conf, key, &value);
}

bool keys_set_defaults(struct conf *conf)
{
	for (enum key key = 0; key < KEY_COUNT; key++)
		if (!key_set_default(conf, key))
			return false;
	return true;
}

bool keys_check(const struct conf *conf, struct complaint *complaint)
{
	const struct settings *settings = &conf->settings;

	if (settings->retry_min_ms > settings->retry_max_ms)
		return complain(complaint, &conf->origins[KEY_RETRY_MIN], key_name(KEY_RETRY_MIN),
				"allowed at most timeouts.retry_max (%g), found %g", settings->retry_max_ms / 1000.0,
				settings->retry_min_ms / 1000.0);
	/* An association made in advance cannot announce a socket that does not exist yet. */
	if (settings->preconnect && settings->announce == ANNOUNCE_LOCAL)
		return complain(complaint, &conf->origins[KEY_PRECONNECT], key_name(KEY_PRECONNECT),
				"allowed 0 with announce = \"local\", found %u", settings->preconnect);
	return true;
}

static void print_endpoints(const struct conf *conf, enum key key, char *out, size_t size)
{
	struct endpoints endpoints;
	char text[ENDPOINT_TEXT_SIZE];
	size_t used = (size_t)snprintf(out, size, "\"");

	memcpy(&endpoints, (const char *)conf + rows[key].offset, sizeof(endpoints));
	for (size_t i = 0; i < endpoints.count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "",
					 endpoint_print(&endpoints.items[i], text, sizeof(text)));
	if (used < size)
		snprintf(out + used, size - used, "\"");
}

static void print_prefix(const struct conf *conf, enum key key, char *out, size_t size)
{
	struct prefix prefix;
	char text[PREFIX_TEXT_SIZE];

	memcpy(&prefix, (const char *)conf + rows[key].offset, sizeof(prefix));
	snprintf(out, size, "\"%s\"", prefix_print(&prefix, text, sizeof(text)));
}

const char *key_print(const struct conf *conf, enum key key, char *out, size_t size)
{
	unsigned value;
	const char *path;
	bool on;

	switch (rows[key].kind) {
	case KIND_WORD:
		snprintf(out, size, "\"%s\"", rows[key].words[read_unsigned(conf, key)]);
		break;
	case KIND_SWITCH:
		value = read_unsigned(conf, key);
		snprintf(out, size, value > 1 ? "\"%s\"" : "%s", rows[key].words[value]);
		break;
	case KIND_SECONDS:
		value = read_unsigned(conf, key);
		snprintf(out, size, "%u.%03u", value / 1000, value % 1000);
		break;
	case KIND_COUNT:
		snprintf(out, size, "%u", read_unsigned(conf, key));
		break;
	case KIND_BOOLEAN:
		memcpy(&on, (const char *)conf + rows[key].offset, sizeof(on));
		snprintf(out, size, "%s", on ? "true" : "false");
		break;
	case KIND_PATH:
		memcpy(&path, (const char *)conf + rows[key].offset, sizeof(path));
		snprintf(out, size, "\"%s\"", path);
		break;
	case KIND_ENDPOINTS:
		print_endpoints(conf, key, out, size);
		break;
	case KIND_PREFIX:
		print_prefix(conf, key, out, size);
		break;
	}
	return out;
}
