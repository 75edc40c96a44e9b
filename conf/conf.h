/* Settings from their sources: the environment over one configuration file over the defaults.
 *
 * The file is $SOCKS5UDP_CONFIG, else $XDG_CONFIG_HOME/socks5udp.conf (XDG_CONFIG_HOME unset: $HOME/.config), else
 * /etc/socks5udp.conf. The first has to exist; of the others the first that does is taken. Nothing is ever read from
 * the working directory. An empty variable is as good as an unset one.
 *
 * Where there is none of them, and the environment names no server either, the AIX file is: $SOCKS5C_CONFIG, else,
 * where that is unset or names no file, /etc/socks5c.conf. SOCKS5C_CONFIG empty: no SOCKS, everything goes direct.
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

#define CONF_PATH_SIZE 1024 /* a longer one is taken for none in a glance */

struct conf_sources {
	const char *(*get)(const char *name, void *context); /* the value of an environment variable, or NULL */
	void *context;
	bool secure;              /* AT_SECURE: the environment is another user's, and is ignored */
	const char *system_file;  /* NULL: /etc/socks5udp.conf */
	const char *socks5c_file; /* NULL: /etc/socks5c.conf */
	bool socks5c_first;       /* the documented subroutines: SOCKS5C_CONFIG, where it is set, stands before every
				     other file, and a record for every address also holds loopback's */
	bool notes;               /* the lists are to be shown to users */
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
	struct conf_note *servers;       /* settings.server_count of them; NULL: not asked for */
	struct conf_note *rules;         /* likewise, in first-match order; a decision's rule is an index into it */
	size_t rule_count;
	bool has_fragments; /* a record of the AIX file is the end of a name: addresses are to be looked up */
	const char *file;   /* the configuration file read, or NULL */
	struct arena arena; /* holds everything above but settings.rules */
};

/* What has to be known from the start of a process, also of one that never sends a datagram. */
struct conf_glance {
	bool follow;
	bool allow_uring;
	char log_file[CONF_PATH_SIZE]; /* "": standard error */
	char own_file[CONF_PATH_SIZE]; /* found by way of XDG_CONFIG_HOME or HOME; "": it was not */
};

/* The process's own environment. */
struct conf_sources conf_sources_of_process(void);

/* false: complaint holds what is wrong and conf is untouched. Else *conf is frozen, and for conf_free. */
bool conf_load(struct conf **conf, const struct conf_sources *sources, struct complaint *complaint);
void conf_free(struct conf *conf);

/* Reads no more than that: no lists, no passwords. What is in error counts as left out; conf_load complains of it. */
void conf_glance(struct conf_glance *glance, const struct conf_sources *sources);

#endif
