/* The AIX configuration file, socks5c.conf(5): best match, compiled into rules of which the first match decides.
 *
 *	destination[/length] server[:port]	# comment
 *
 * A destination is an address, a prefix, or the end of a host name; the server NONE stands for direct contact. An
 * IPv6 server is followed by a port, or stands in brackets. What no record holds goes direct. */
#ifndef CONF_SOCKS5C_H
#define CONF_SOCKS5C_H

#include <stdbool.h>

#include "conf/contents.h"
#include "conf/draft.h"

/* Adds what the file says to the draft. exempt_local: addresses that mean something on this machine or link only go
 * direct unless a record as narrow names them; the documents do not exempt them. */
bool socks5c_parse(struct draft *draft, const char *path, const struct contents *contents, bool exempt_local);

/* No SOCKS at all: everything goes direct, and place is why. */
bool socks5c_none(struct draft *draft, const struct place *place);

#endif
