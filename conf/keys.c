#include "conf/keys.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"

#define SECONDS_MAX     3600.0
#define SECONDS_ALLOWED "seconds, more than 0 and at most 3600"

enum key_kind { KIND_WORD, KIND_SECONDS, KIND_PATH };

struct key_row {
	const char *name;
	enum key_kind kind;
	size_t offset;      /* into struct conf */
	const char *preset; /* text, or NULL and seconds */
	double seconds;
	const char *const *words; /* KIND_WORD: in the order of the enum, NULL at the end */
	const char *allowed;
};

static const char *const action_words[] = {
    [ACTION_RELAY] = "relay", [ACTION_DIRECT] = "direct", [ACTION_REJECT] = "reject", [ACTION_DROP] = "drop", NULL};
static const char *const relay_address_words[] = {
    [RELAY_ADDRESS_AUTO] = "auto", [RELAY_ADDRESS_REPLY] = "reply", [RELAY_ADDRESS_SERVER] = "server", NULL};
static const char *const announce_words[] = {[ANNOUNCE_ZERO] = "zero", [ANNOUNCE_LOCAL] = "local", NULL};
static const char *const log_level_words[] = {[LOG_LEVEL_ERROR] = "error",
					      [LOG_LEVEL_WARN] = "warn",
					      [LOG_LEVEL_INFO] = "info",
					      [LOG_LEVEL_DEBUG] = "debug",
					      NULL};

#define FIELD(member) offsetof(struct conf, member)

static const struct key_row rows[KEY_COUNT] = {
    [KEY_DEFAULT] = {"default", KIND_WORD, FIELD(fallback), "relay", 0, action_words,
		     "\"relay\", \"direct\", \"reject\" or \"drop\""},
    [KEY_CONNECT] = {"timeouts.connect", KIND_SECONDS, FIELD(settings.connect_ms), NULL, 5, NULL, SECONDS_ALLOWED},
    [KEY_HANDSHAKE] = {"timeouts.handshake", KIND_SECONDS, FIELD(settings.handshake_ms), NULL, 5, NULL,
		       SECONDS_ALLOWED},
    [KEY_RETRY_MIN] = {"timeouts.retry_min", KIND_SECONDS, FIELD(settings.retry_min_ms), NULL, 0.5, NULL,
		       SECONDS_ALLOWED},
    [KEY_RETRY_MAX] = {"timeouts.retry_max", KIND_SECONDS, FIELD(settings.retry_max_ms), NULL, 30, NULL,
		       SECONDS_ALLOWED},
    [KEY_RELAY_ADDRESS] = {"relay_address", KIND_WORD, FIELD(settings.relay_address), "auto", 0, relay_address_words,
			   "\"auto\", \"reply\" or \"server\""},
    [KEY_ANNOUNCE] = {"announce", KIND_WORD, FIELD(settings.announce), "zero", 0, announce_words,
		      "\"zero\" or \"local\""},
    [KEY_LOG_LEVEL] = {"log.level", KIND_WORD, FIELD(settings.log_level), "warn", 0, log_level_words,
		       "\"error\", \"warn\", \"info\" or \"debug\""},
    [KEY_LOG_FILE] = {"log.file", KIND_PATH, FIELD(settings.log_file), "", 0, NULL,
		      "a path that begins with '/', or \"\" for standard error"},
};

_Static_assert(sizeof(enum action) == sizeof(unsigned) && sizeof(enum relay_address) == sizeof(unsigned) &&
		   sizeof(enum announce) == sizeof(unsigned) && sizeof(enum log_level) == sizeof(unsigned),
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

static bool set_path(struct conf *conf, enum key key, const char *text)
{
	const char *copy;

	if (!text || (*text && *text != '/'))
		return false;
	copy = arena_text(&conf->arena, text, strlen(text));
	memcpy(field(conf, key), &copy, sizeof(copy));
	return copy != NULL;
}

static bool store(struct conf *conf, enum key key, const struct value *value)
{
	switch (rows[key].kind) {
	case KIND_WORD:
		return set_word(conf, key, value->text);
	case KIND_SECONDS:
		return set_seconds(conf, key, value);
	case KIND_PATH:
		return set_path(conf, key, value->text);
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

bool keys_set_defaults(struct conf *conf)
{
	static const struct place place = {"default", 0};

	for (enum key key = 0; key < KEY_COUNT; key++) {
		const struct value value = {
		    .text = rows[key].preset, .number = rows[key].seconds, .is_number = !rows[key].preset};

		if (!store(conf, key, &value))
			return false;
		conf->origins[key] = place;
	}
	return true;
}

bool keys_check(const struct conf *conf, struct complaint *complaint)
{
	const struct settings *settings = &conf->settings;

	if (settings->retry_min_ms <= settings->retry_max_ms)
		return true;
	return complain(complaint, &conf->origins[KEY_RETRY_MIN], key_name(KEY_RETRY_MIN),
			"allowed at most timeouts.retry_max (%g), found %g", settings->retry_max_ms / 1000.0,
			settings->retry_min_ms / 1000.0);
}

const char *key_print(const struct conf *conf, enum key key, char *out, size_t size)
{
	unsigned value;
	const char *path;

	switch (rows[key].kind) {
	case KIND_WORD:
		snprintf(out, size, "\"%s\"", rows[key].words[read_unsigned(conf, key)]);
		break;
	case KIND_SECONDS:
		value = read_unsigned(conf, key);
		snprintf(out, size, "%u.%03u", value / 1000, value % 1000);
		break;
	case KIND_PATH:
		memcpy(&path, (const char *)conf + rows[key].offset, sizeof(path));
		snprintf(out, size, "\"%s\"", path);
		break;
	}
	return out;
}
