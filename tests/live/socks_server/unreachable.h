/* The kernel's news that a relay cannot be reached (ICMPv6), as a router on the way would send it. */
#ifndef LIVE_SOCKS_SERVER_UNREACHABLE_H
#define LIVE_SOCKS_SERVER_UNREACHABLE_H

#include "tests/live/socks_server/relay.h"

/* To a client over IPv6 that has sent something. code: of Destination Unreachable (RFC 4443, 3.1). false: errno says
 * why; it takes CAP_NET_RAW. */
bool relay_tell_unreachable(const struct relay *relay, int code);

#endif
