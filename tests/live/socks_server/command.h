/* Commands on the standard input, one a line; each is answered by one line on the standard output.
 *
 *	stats              ok accepted=1 connected=1 ... (what has arrived is relayed first, or delayed)
 *	set SCRIPT         ok, or "error ITEM"; for the messages still to come
 *	release            ok N: answers held back are sent, and none is held any more
 *	kill-associations  ok N: every control connection and its relay is closed
 *	stop-relay         ok N: relays are closed, their control connections stay
 *	unreachable CODE   ok: a router tells each client over IPv6 that its relay is (RFC 4443); or "error" without
 *	                   the right to
 *	stop               ok: nothing listens any more, every connection is closed
 *	start              ok: listens again, on the same port
 *	restart            ok: both
 *	await METRIC>=N    ok, as soon as it is so; METRIC as in stats; also <=
 */
#ifndef LIVE_SOCKS_SERVER_COMMAND_H
#define LIVE_SOCKS_SERVER_COMMAND_H

#include "tests/live/socks_server/server.h"

struct commands {
	struct watch input;
	struct server *server;
	size_t used;
	char text[1024];
	const long *awaited; /* NULL: no await is pending, and commands are taken */
	long awaited_value;
	bool awaited_least;
};

bool commands_open(struct commands *commands, struct server *server);

/* Once a round: answers an await that has come true. */
void commands_check(struct commands *commands);

#endif
