/* The environment variables that hold settings. */
#ifndef CONF_ENVIRONMENT_H
#define CONF_ENVIRONMENT_H

#include <stdbool.h>

#include "conf/conf.h"
#include "conf/draft.h"

/* NULL: unset, empty, or not to be trusted. */
const char *environment_get(const struct conf_sources *sources, const char *name);

/* SOCKS5UDP_PROXY and SOCKS5UDP_DIRECT: servers and rules that come before those of the file. */
bool environment_add_lists(struct draft *draft, const struct conf_sources *sources);

/* The variables of settings with one value each, over those of the file. */
bool environment_set_keys(struct draft *draft, const struct conf_sources *sources);

#endif
