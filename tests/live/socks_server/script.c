#include "tests/live/socks_server/script.h"

#include <stdlib.h>
#include <string.h>

struct word {
	const char *text;
	int value;
};

static const struct word steps[] = {
    {"none", AT_NONE},   {"accept", AT_ACCEPT},   {"greeting", AT_GREETING},
    {"login", AT_LOGIN}, {"request", AT_REQUEST}, {NULL, 0},
};

static const struct word answers[] = {
    {"auto", ANSWER_AUTO}, {"name", ANSWER_NAME}, {"mapped", ANSWER_MAPPED}, {"other", ANSWER_OTHER}, {NULL, 0}};

static const struct word fragment_uses[] = {
    {"drop", FRAGMENT_DROP}, {"pass", FRAGMENT_PASS}, {"end", FRAGMENT_END}, {NULL, 0}};

static const struct word noises[] = {
    {"none", 0},
    {"frag", NOISE_FRAGMENT},
    {"short", NOISE_SHORT},
    {"reserved", NOISE_RESERVED},
    {"type", NOISE_TYPE},
    {"raw", NOISE_RAW},
    {"spoof", NOISE_SPOOF},
    {"inject", NOISE_INJECT},
    {NULL, 0},
};

static const struct word autos[] = {{"auto", SCRIPT_AUTO}, {NULL, 0}};

enum key_kind { KEY_TEXT, KEY_NUMBER, KEY_WORD, KEY_WORDS };

static const struct key {
	const char *name;
	enum key_kind kind;
	size_t offset;
	const struct word *words;
} keys[] = {
    {"user", KEY_TEXT, offsetof(struct script, user), NULL},
    {"password", KEY_TEXT, offsetof(struct script, password), NULL},
    {"bound", KEY_TEXT, offsetof(struct script, bound), NULL},
    {"names", KEY_TEXT, offsetof(struct script, names), NULL},
    {"relay_at", KEY_TEXT, offsetof(struct script, relay_at), NULL},
    {"method", KEY_NUMBER, offsetof(struct script, method), autos},
    {"version", KEY_NUMBER, offsetof(struct script, version), NULL},
    {"http", KEY_NUMBER, offsetof(struct script, http), NULL},
    {"login", KEY_NUMBER, offsetof(struct script, login), autos},
    {"rep", KEY_NUMBER, offsetof(struct script, rep), NULL},
    {"close", KEY_WORD, offsetof(struct script, close_at), steps},
    {"hold", KEY_WORD, offsetof(struct script, hold_at), steps},
    {"deaf", KEY_NUMBER, offsetof(struct script, deaf), NULL},
    {"delay", KEY_NUMBER, offsetof(struct script, delay_ms), NULL},
    {"relay_delay", KEY_NUMBER, offsetof(struct script, relay_delay_ms), NULL},
    {"dribble", KEY_NUMBER, offsetof(struct script, dribble), NULL},
    {"forgetful", KEY_NUMBER, offsetof(struct script, forgetful), NULL},
    {"eager", KEY_NUMBER, offsetof(struct script, eager), NULL},
    {"bound_port", KEY_NUMBER, offsetof(struct script, bound_port), autos},
    {"answer", KEY_WORD, offsetof(struct script, answer), answers},
    {"announced", KEY_NUMBER, offsetof(struct script, announced), NULL},
    {"elsewhere", KEY_NUMBER, offsetof(struct script, elsewhere), NULL},
    {"bare", KEY_NUMBER, offsetof(struct script, bare), NULL},
    {"noise", KEY_WORDS, offsetof(struct script, noise), noises},
    {"close_after", KEY_NUMBER, offsetof(struct script, close_after), NULL},
    {"lock", KEY_NUMBER, offsetof(struct script, lock), NULL},
    {"apart", KEY_NUMBER, offsetof(struct script, apart), NULL},
    {"frag", KEY_WORD, offsetof(struct script, frag), fragment_uses},
    {"lose", KEY_NUMBER, offsetof(struct script, lose), NULL},
    {"largest", KEY_NUMBER, offsetof(struct script, largest), NULL},
    {"cut", KEY_NUMBER, offsetof(struct script, cut), NULL},
    {"idle", KEY_NUMBER, offsetof(struct script, idle_ms), NULL},
    {"idle_relay", KEY_NUMBER, offsetof(struct script, idle_relay_ms), NULL},
};

struct script script_default(void)
{
	return (struct script){
	    .bound = "auto",
	    .names = "127.0.0.1",
	    .relay_at = "auto",
	    .method = SCRIPT_AUTO,
	    .version = 5,
	    .login = SCRIPT_AUTO,
	    .bound_port = SCRIPT_AUTO,
	    .lock = 1,
	};
}

static bool word_value(const struct word *words, const char *text, int *value)
{
	for (; words && words->text; words++) {
		if (strcmp(words->text, text) != 0)
			continue;
		*value = words->value;
		return true;
	}
	return false;
}

static bool words_value(const struct word *words, char *text, int *value)
{
	int sum = 0;
	char *rest = text;
	for (char *one; (one = strsep(&rest, "+"));) {
		int bit;
		if (!word_value(words, one, &bit))
			return false;
		sum |= bit;
	}
	*value = sum;
	return true;
}

static bool number_value(const struct key *key, const char *text, int *value)
{
	if (word_value(key->words, text, value))
		return true;
	char *end;
	long number = strtol(text, &end, 10);
	if (end == text || *end || number < 0 || number > 1000000)
		return false;
	*value = (int)number;
	return true;
}

static bool key_set(const struct key *key, struct script *script, char *value)
{
	void *field = (char *)script + key->offset;
	switch (key->kind) {
	case KEY_TEXT:
		if (strlen(value) >= SCRIPT_TEXT_SIZE)
			return false;
		strcpy(field, value);
		return true;
	case KEY_NUMBER:
		return number_value(key, value, field);
	case KEY_WORD:
		return word_value(key->words, value, field);
	case KEY_WORDS:
		return words_value(key->words, value, field);
	}
	return false;
}

static bool item_apply(struct script *script, char *item)
{
	char *value = item;
	const char *name = strsep(&value, "=");
	for (size_t i = 0; value && i < sizeof keys / sizeof *keys; i++)
		if (strcmp(keys[i].name, name) == 0)
			return key_set(&keys[i], script, value);
	return false;
}

bool script_apply(struct script *script, char *text, const char **complaint)
{
	for (char *line; (line = strsep(&text, "\n"));) {
		char *rest = strsep(&line, "#");
		for (char *item; (item = strsep(&rest, ";"));) {
			item += strspn(item, " \t");
			item[strcspn(item, " \t\r")] = '\0';
			if (!*item || item_apply(script, item))
				continue;
			*complaint = item;
			return false;
		}
	}
	return true;
}
