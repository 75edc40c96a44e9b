/* Errors that the kernel tells of the way to a host, its own finding or a router's (ICMP). */
#ifndef PRELOAD_WAY_ERROR_H
#define PRELOAD_WAY_ERROR_H

#include <errno.h>
#include <stdbool.h>

static inline bool is_way_error(int error)
{
	return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN ||
	       error == ENETDOWN || error == ENOPROTOOPT || error == EPROTO || error == EMSGSIZE || error == EACCES;
}

#endif
