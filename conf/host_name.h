/* Host names as they are written in settings. */
#ifndef CONF_HOST_NAME_H
#define CONF_HOST_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* 1 to 255 octets of labels of letters, digits, '-' and '_'. The last label is not a number: what looks like an
 * address and is none ("300.1.1.1", "10.1") is a slip, and some resolvers take it for an address after all. */
bool host_name_is_valid(const char *text, size_t length);

#endif
