/* Settings from their sources: the environment over one configuration file over the defaults.
 *
 * The file is $SOCKS5UDP_CONFIG, else $XDG_CONFIG_HOME/socks5udp.conf (XDG_CONFIG_HOME unset: $HOME/.config), else
 * /etc/socks5udp.conf. The first has to exist; of the others the first that does is taken. Nothing is ever read from
 * the working directory. An empty variable is as good as an unset one.
 *
 * Loading opens regular files only, one at a time, allocates, and touches neither stdio's streams, nor sockets, nor
 * the working directory, nor the environment except through get. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/arena.h"
#include "conf/complaint.h"
#include "conf/keys.h"
#include "core/settings.h"

struct conf_sources {
	const char *(*get)(const char *name, void *context); /* the value of an environment variable, or NULL */
	void *context;
	bool secure;             /* AT_SECURE: the environment is another user's, and is ignored */
	const char *system_file; /* NULL: /etc/socks5udp.conf */
};

/* A setting that is a list item, as it is shown to users: without secrets. */
struct conf_note {
	const char *text;
	struct place place;
};

struct conf {
	struct settings settings;
	enum action fallback;            /* default: compiled into settings.rules */
	bool relays;                     /* the default or a rule sends datagrams to a server */
	struct place origins[KEY_COUNT]; /* by enum key */
	struct conf_note *servers;       /* settings.server_count of them */
	struct conf_note *rules;         /* in first-match order; a decision's rule is an index into it */
	size_t rule_count;
	const char *file;   /* the configuration file read, or NULL */
	struct arena arena; /* holds everything above but settings.rules */
};

/* The process's own environment. */
struct conf_sources conf_sources_of_process(void);

/* false: complaint holds what is wrong and conf is untouched. Else *conf is frozen, and for conf_free. */
bool conf_load(struct conf **conf, const struct conf_sources *sources, struct complaint *complaint);
void conf_free(struct conf *conf);

#endif
