/* The server's answers, as the script words them. */
#ifndef LIVE_SOCKS_SERVER_ANSWER_H
#define LIVE_SOCKS_SERVER_ANSWER_H

#include "core/bytes.h"
#include "core/message.h"
#include "tests/live/socks_server/script.h"

struct message_in {
	union {
		struct greeting greeting;
		struct credentials login;
		struct request request;
	};
};

/* Writes the answer to the message of step, but for a reply, and answers the step that follows: AT_NONE, the reply
 * is due; AT_ACCEPT, nothing: the connection is to be closed after this answer. */
enum step answer_write(struct writer *writer, const struct script *script, enum step step,
		       const struct message_in *message);

/* bound: the relay's address; NULL for a refusal. */
void answer_write_reply(struct writer *writer, const struct script *script, const struct endpoint *bound);

#endif
