/* The configuration file, in libconfig's syntax without @include. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/contents.h"
#include "conf/draft.h"
#include "conf/parser.h"

struct file {
	struct draft *draft;
	const char *path;   /* as complaints name it; in the arena */
	size_t folder;      /* octets of path up to and with the last '/' */
	const char *text;   /* to find lines in; NULL-terminated */
	bool spare_servers; /* the environment names servers */
};

/* Adds what the file says to the draft. spare_servers: see struct draft_server. */
bool file_parse(struct draft *draft, const char *path, const struct contents *contents, bool spare_servers);

/* Sets the keys that a glance is for (conf.h) where the file has them without an error. */
void file_glance(const struct contents *contents, struct conf *conf);

/* For the parts of the file below. */

struct place file_place(const struct file *file, const config_setting_t *setting);

/* "allowed ..., found ...", where found is the setting's type or its text. false. */
bool file_refuse(const struct file *file, const config_setting_t *setting, const char *key, const char *allowed);

/* A string, or NULL with a complaint. No complaint quotes another type's value: it might be a password. */
const char *file_string(const struct file *file, const config_setting_t *setting, const char *key);

/* A path beside the configuration file, in the arena, or NULL with a complaint. */
const char *file_beside(const struct file *file, const char *path);

/* The members of a group, each by its reader. */
struct file_key {
	const char *name;
	bool (*read)(const struct file *file, const config_setting_t *setting, void *into);
};

/* Members of which keys has none are refused. group: what the complaint calls it. */
bool file_read_group(const struct file *file, const config_setting_t *group, const struct file_key *keys, size_t count,
		     void *into);

bool file_read_server(const struct file *file, const config_setting_t *setting);
bool file_read_rule(const struct file *file, const config_setting_t *setting);

#endif
