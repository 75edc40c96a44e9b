#include "conf/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "conf/contents.h"
#include "conf/draft.h"
#include "conf/environment.h"
#include "conf/file.h"
#include "conf/socks5c.h"

#define SYSTEM_FILE "/etc/socks5udp.conf"
#define FILE_NAME   "socks5udp.conf"
#define AIX_FILE    "/etc/socks5c.conf"
#define AIX_NAME    "SOCKS5C_CONFIG"

static const char *get_from_process(const char *name, void *context)
{
	(void)context;
	return getenv(name);
}

struct conf_sources conf_sources_of_process(void)
{
	return (struct conf_sources){.get = get_from_process, .secure = getauxval(AT_SECURE) != 0};
}

/* A candidate for the configuration file; found stays false where it may be, and is, missing. */
struct candidate {
	struct contents contents;
	const char *path;
	bool found;
	bool own; /* looked for by way of XDG_CONFIG_HOME or HOME */
};

static bool try_path(struct draft *draft, struct candidate *candidate, const char *path, const char *variable)
{
	const struct place place = {variable ? "environment" : path, 0};
	int error = contents_read(&candidate->contents, path);

	candidate->path = path;
	candidate->found = error == 0;
	if (!error || (!variable && (error == ENOENT || error == ENOTDIR)))
		return true;
	if (!variable)
		return complain(draft->complaint, &place, NULL, "allowed a readable file or none, found %s",
				contents_error_text(error));
	return complain(draft->complaint, &place, variable, "allowed a readable file, found %s: %s",
			quote_text(path).text, contents_error_text(error));
}

static bool try_named(struct draft *draft, struct candidate *candidate, const char *path)
{
	static const struct place place = {"environment", 0};

	if (*path != '/')
		return complain(draft->complaint, &place, "SOCKS5UDP_CONFIG",
				"allowed a path that begins with '/', found %s", quote_text(path).text);
	return try_path(draft, candidate, path, "SOCKS5UDP_CONFIG");
}

/* The XDG base directory specification: a relative XDG_CONFIG_HOME is to be ignored. */
static bool try_own(struct draft *draft, struct candidate *candidate, const struct conf_sources *sources)
{
	const char *folder = environment_get(sources, "XDG_CONFIG_HOME"), *within = "/", *path;

	if (!folder || *folder != '/') {
		folder = environment_get(sources, "HOME");
		within = "/.config/";
	}
	if (!folder || *folder != '/')
		return true;
	path = arena_join(&draft->conf->arena, folder, within, FILE_NAME);
	if (!path)
		return draft_out_of_memory(draft);
	if (!try_path(draft, candidate, path, NULL))
		return false;
	candidate->own = candidate->found;
	return true;
}

static bool find_file(struct draft *draft, struct candidate *candidate, const struct conf_sources *sources)
{
	const char *named = environment_get(sources, "SOCKS5UDP_CONFIG");

	if (named)
		return try_named(draft, candidate, named);
	if (!try_own(draft, candidate, sources))
		return false;
	return candidate->found ||
	       try_path(draft, candidate, sources->system_file ? sources->system_file : SYSTEM_FILE, NULL);
}

/* Not environment_get: that it is empty says something. */
static const char *named_socks5c(const struct conf_sources *sources)
{
	return sources->secure ? NULL : sources->get(AIX_NAME, sources->context);
}

static bool find_socks5c(struct draft *draft, struct candidate *candidate, const struct conf_sources *sources)
{
	static const struct place place = {"environment", 0};
	const char *named = named_socks5c(sources);

	if (named && *named != '/')
		return complain(draft->complaint, &place, AIX_NAME,
				"allowed a path that begins with '/', or nothing, found %s", quote_text(named).text);
	if (named && !try_path(draft, candidate, named, NULL))
		return false;
	return candidate->found ||
	       try_path(draft, candidate, sources->socks5c_file ? sources->socks5c_file : AIX_FILE, NULL);
}

static bool read_socks5c(struct draft *draft, const struct conf_sources *sources)
{
	static const struct place place = {"environment", 0};
	struct candidate candidate = {.found = false};
	const char *named = named_socks5c(sources);
	bool done;

	if (named && !*named)
		return socks5c_none(draft, &place);
	if (!find_socks5c(draft, &candidate, sources))
		return false;
	if (!candidate.found)
		return true;
	done = socks5c_parse(draft, candidate.path, &candidate.contents, !sources->socks5c_first);
	contents_free(&candidate.contents);
	return done;
}

static bool read_file(struct draft *draft, const struct conf_sources *sources)
{
	struct candidate candidate = {.found = false};
	bool done;

	if (sources->socks5c_first && named_socks5c(sources))
		return read_socks5c(draft, sources);
	if (!find_file(draft, &candidate, sources))
		return false;
	if (!candidate.found)
		return draft->servers.count != 0 || read_socks5c(draft, sources);
	done = file_parse(draft, candidate.path, &candidate.contents, draft->servers.count != 0);
	contents_free(&candidate.contents);
	return done;
}

static bool put_together(struct draft *draft, const struct conf_sources *sources)
{
	if (!keys_set_defaults(draft->conf))
		return draft_out_of_memory(draft);
	return environment_add_lists(draft, sources) && read_file(draft, sources) &&
	       environment_set_keys(draft, sources) && draft_complete(draft);
}

bool conf_load(struct conf **conf, const struct conf_sources *sources, struct complaint *complaint)
{
	struct draft draft = {.conf = calloc(1, sizeof(struct conf)), .complaint = complaint, .notes = sources->notes};
	bool done;

	if (!draft.conf)
		return draft_out_of_memory(&draft);
	done = put_together(&draft, sources);
	draft_free(&draft);
	if (done)
		*conf = draft.conf;
	else
		conf_free(draft.conf);
	return done;
}

static void keep_path(char out[CONF_PATH_SIZE], const char *path)
{
	size_t size = strlen(path) + 1;

	if (size <= CONF_PATH_SIZE)
		memcpy(out, path, size);
}

static void glance_at_file(struct conf_glance *glance, struct draft *draft, const struct conf_sources *sources)
{
	struct candidate candidate = {.found = false};

	if (!find_file(draft, &candidate, sources) || !candidate.found)
		return;
	file_glance(&candidate.contents, draft->conf);
	contents_free(&candidate.contents);
	if (candidate.own)
		keep_path(glance->own_file, candidate.path);
}

void conf_glance(struct conf_glance *glance, const struct conf_sources *sources)
{
	_Alignas(max_align_t) unsigned char room[512];
	struct complaint complaint;
	struct conf conf = {.rule_count = 0};
	struct draft draft = {.conf = &conf, .complaint = &complaint};

	glance->follow = true;
	glance->allow_uring = false;
	*glance->log_file = *glance->own_file = '\0';
	arena_begin(&conf.arena, room, sizeof(room));
	if (key_set_default(&conf, KEY_FOLLOW) && key_set_default(&conf, KEY_ALLOW_URING) &&
	    key_set_default(&conf, KEY_LOG_FILE)) {
		glance_at_file(glance, &draft, sources);
		environment_set_keys(&draft, sources);
		glance->follow = conf.settings.follow;
		glance->allow_uring = conf.settings.allow_uring;
		keep_path(glance->log_file, conf.settings.log_file);
	}
	draft_free(&draft);
	arena_free(&conf.arena);
}

void conf_free(struct conf *conf)
{
	struct arena arena;

	if (!conf)
		return;
	rules_free(conf->settings.rules);
	arena = conf->arena;
	free(conf);
	arena_free(&arena);
}
