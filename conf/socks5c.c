#include "conf/socks5c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/host_name.h"
#include "conf/url.h"

#define RECORD_ALLOWED      "a destination and a server"
#define DESTINATION_ALLOWED "an address, a prefix without bits after its length, or the end of a host name"
#define SERVER_ALLOWED      "NONE, host[:port], address[:port], IPv6:port or [IPv6][:port]"

struct word {
	const char *text;
	size_t length;
};

struct record {
	struct place place;
	struct rule_target target;
	size_t weight; /* the greater, the better it matches: any name before any number, and then the longer */
	size_t order;  /* among equals the first counts */
	const char *to;
	const char *via; /* NULL: NONE */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static struct word next_word(const char **at, const char *end)
{
	struct word word;

	while (*at < end && is_blank(**at))
		++*at;
	word.text = *at;
	while (*at < end && !is_blank(**at))
		++*at;
	word.length = (size_t)(*at - word.text);
	return word;
}

static bool word_is(const struct word *word, const char *text)
{
	return word->length == strlen(text) && !memcmp(word->text, text, word->length);
}

static bool is_fragment(const struct word *word)
{
	bool dot = word->length && *word->text == '.';

	return host_name_is_valid(word->text + dot, word->length - dot);
}

static bool read_destination(struct draft *draft, struct record *record, const struct word *word)
{
	record->target.kind = TARGET_PREFIX;
	record->to = draft_text(draft, word->text, word->length);
	if (!record->to)
		return false;
	if (prefix_parse(&record->target.prefix, word->text, word->length) == OUTCOME_OK) {
		record->weight = record->target.prefix.length;
		return true;
	}
	if (!is_fragment(word))
		return complain(draft->complaint, &record->place, "destination", "allowed %s, found %s",
				DESTINATION_ALLOWED, quote(word->text, word->length).text);
	record->target.kind = TARGET_FRAGMENT;
	record->target.name = record->to;
	record->weight = 128 + word->length;
	return true;
}

/* host:port as a URL has it. NULL where it cannot be one: what means something to a URL means nothing here. */
static const char *server_url(char *out, size_t size, const struct word *word)
{
	const char *last = memrchr(word->text, ':', word->length);
	bool bare = last && *word->text != '[' && memchr(word->text, ':', word->length) != last;
	int host = bare ? (int)(last - word->text) : (int)word->length;
	int used;

	if (word->length > 300 || memchr(word->text, '@', word->length) || memchr(word->text, '/', word->length) ||
	    memchr(word->text, '%', word->length))
		return NULL;
	if (bare)
		used = snprintf(out, size, "socks5://[%.*s]%.*s", host, word->text, (int)word->length - host, last);
	else
		used = snprintf(out, size, "socks5://%.*s", host, word->text);
	return used > 0 && (size_t)used < size ? out : NULL;
}

static const char *known_server(const struct draft *draft, const char *name)
{
	const struct draft_server *servers = draft->servers.items;

	for (size_t i = 0; i < draft->servers.count; i++)
		if (servers[i].name && !strcmp(servers[i].name, name))
			return servers[i].name;
	return NULL;
}

static bool read_server(struct draft *draft, struct record *record, const struct word *word)
{
	char text[400], name[ENDPOINT_TEXT_SIZE];
	const char *address = server_url(text, sizeof(text), word);
	struct draft_server *added;
	struct url url;

	if (word_is(word, "NONE"))
		return true;
	if (!address || url_parse(&url, address, strlen(address)))
		return complain(draft->complaint, &record->place, "server", "allowed %s, found %s", SERVER_ALLOWED,
				quote(word->text, word->length).text);
	endpoint_print(&url.control, name, sizeof(name));
	record->via = known_server(draft, name);
	if (record->via)
		return true;
	added = draft_add_server(draft, &url, &record->place);
	if (!added)
		return false;
	/* The label is host:port, which is how a rule names its server here. */
	record->via = added->name = added->server.label;
	return true;
}

static bool read_record(struct draft *draft, struct list *records, const struct place *place, const char *line,
			const char *end)
{
	struct word destination = next_word(&line, end), server = next_word(&line, end), more = next_word(&line, end);
	struct record *record;

	if (!destination.length)
		return true;
	if (!server.length)
		return complain(draft->complaint, place, NULL, "allowed %s, found %s alone", RECORD_ALLOWED,
				quote(destination.text, destination.length).text);
	if (more.length)
		return complain(draft->complaint, place, NULL, "allowed %s, found %s after them", RECORD_ALLOWED,
				quote(more.text, more.length).text);
	record = list_add(records, sizeof(*record));
	if (!record)
		return draft_out_of_memory(draft);
	record->place = *place;
	record->order = records->count;
	return read_destination(draft, record, &destination) && read_server(draft, record, &server);
}

/* What endpoint_is_local_only holds. */
static const char *const local_only[] = {
    "0.0.0.0 NONE", "127.0.0.0/8 NONE", "169.254.0.0/16 NONE", "224.0.0.0/4 NONE", "255.255.255.255 NONE",
    ":: NONE",      "::1 NONE",         "fe80::/10 NONE",      "ff00::/8 NONE",
};

/* A record for 0.0.0.0/0 is the file's way to a default, and does not mean this machine's own addresses. */
static bool add_local_only(struct draft *draft, struct list *records)
{
	static const struct place place = {"default", 0};

	for (size_t i = 0; i < sizeof(local_only) / sizeof(*local_only); i++)
		if (!read_record(draft, records, &place, local_only[i], local_only[i] + strlen(local_only[i])))
			return false;
	return true;
}

static bool read_records(struct draft *draft, struct list *records, const char *path, const struct contents *contents)
{
	const char *line = contents->text, *end = contents->text + contents->size;
	struct place place = {path, 0};

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *comment;

		if (!stop)
			stop = end;
		comment = memchr(line, '#', (size_t)(stop - line));
		place.line++;
		if (!read_record(draft, records, &place, line, comment ? comment : stop))
			return false;
		line = stop + 1;
	}
	return true;
}

static int compare_records(const void *a, const void *b)
{
	const struct record *left = a, *right = b;

	if (left->weight != right->weight)
		return left->weight > right->weight ? -1 : 1;
	return left->order < right->order ? -1 : 1;
}

static bool add_rule(struct draft *draft, const struct record *record)
{
	struct draft_rule *rule = draft_add_rule(draft, &record->place);
	struct rule_target *target;

	if (!rule)
		return false;
	rule->action = record->via ? ACTION_RELAY : ACTION_DIRECT;
	rule->via = record->via;
	rule->via_place = record->place;
	rule->to = record->to;
	target = list_add(&draft->targets, sizeof(*target));
	if (!target)
		return draft_out_of_memory(draft);
	*target = record->target;
	draft->conf->has_fragments |= target->kind == TARGET_FRAGMENT;
	return true;
}

bool socks5c_none(struct draft *draft, const struct place *place)
{
	const struct value direct = {.text = "direct", .kind = NULL};

	return key_set(draft->conf, KEY_DEFAULT, key_name(KEY_DEFAULT), &direct, place, draft->complaint);
}

bool socks5c_parse(struct draft *draft, const char *path, const struct contents *contents, bool exempt_local)
{
	struct list records = {NULL, 0, 0};
	const char *kept = draft_text(draft, path, strlen(path));
	bool done = kept && read_records(draft, &records, kept, contents);
	const struct record *record;

	if (done && exempt_local)
		done = add_local_only(draft, &records);
	if (done && records.count)
		qsort(records.items, records.count, sizeof(*record), compare_records);
	record = records.items;
	for (size_t i = 0; done && i < records.count; i++)
		done = add_rule(draft, &record[i]);
	list_free(&records);
	draft->conf->file = kept;
	return done && socks5c_none(draft, &(struct place){kept, 0});
}
