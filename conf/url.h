/* Server URLs: socks5://[user[:password]@]host[:port]. */
#ifndef CONF_URL_H
#define CONF_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/endpoint.h"

#define URL_ALLOWED      "socks5://[user[:password]@]host[:port]"
#define URL_DEFAULT_PORT 1080
#define URL_PART_MAX     255

/* A part of a URL after percent-decoding: no NUL octet in it, and terminated. */
struct url_part {
	uint8_t length; /* 0: not given */
	char text[URL_PART_MAX + 1];
};

struct url {
	struct endpoint control; /* a name is borrowed from host of the same struct */
	struct url_part host;    /* without brackets and zone */
	struct url_part username;
	struct url_part password;
};

/* NULL, or what was found instead of URL_ALLOWED: a constant text, which so cannot hold a password. socks5h means the
 * same: the program's names are resolved by other rules. An IPv6 host stands in brackets, and a zone is a number, for
 * asking the kernel of an interface's name takes a datagram socket. url is untouched on failure. */
const char *url_parse(struct url *url, const char *text, size_t length);

#endif
