/* The messages of the control connection: RFC 1928 sections 3, 4 and 6, RFC 1929 section 2.
 *
 * Encode and decode in pairs. A decoder answers OUTCOME_OK (the reader stands behind the message),
 * OUTCOME_NEED_MORE, or the outcome that says what is malformed; in the latter two reader and outputs are
 * untouched. It complains at the first octet that is wrong, even when the message is still incomplete.
 * An encoder answers OUTCOME_OK, OUTCOME_NO_ROOM, OUTCOME_TOO_LONG, or OUTCOME_WRONG_FAMILY for an ENDPOINT_NONE that
 * the message cannot do without; the writer is untouched unless OUTCOME_OK. */
#ifndef CORE_MESSAGE_H
#define CORE_MESSAGE_H

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/outcome.h"

enum socks_method {
	METHOD_NONE = 0x00,
	METHOD_LOGIN = 0x02, /* RFC 1929 */
	METHOD_UNACCEPTABLE = 0xff,
};

enum socks_command {
	COMMAND_CONNECT = 1,
	COMMAND_BIND = 2,
	COMMAND_UDP_ASSOCIATE = 3,
};

enum socks_address_type { ADDRESS_IPV4 = 1, ADDRESS_NAME = 3, ADDRESS_IPV6 = 4 };

/* Borrowed octets; each 1 to 255 (RFC 1929). An empty one is coded as it is: curl and many servers have it so. */
struct credentials {
	const char *username;
	const char *password;
	size_t username_length;
	size_t password_length;
};

struct greeting {
	const uint8_t *methods; /* borrowed; enum socks_method */
	size_t count;           /* 1 to 255 */
};

struct request {
	uint8_t command; /* enum socks_command */
	struct endpoint target;
};

struct reply {
	uint8_t rep;           /* RFC 1928 section 6 */
	struct endpoint bound; /* BND.ADDR, BND.PORT; ENDPOINT_NONE where rep is not 0 and no address follows */
};

/* The longest of each, in octets. */
#define GREETING_SIZE_MAX (2 + 255)
#define LOGIN_SIZE_MAX    (1 + 1 + 255 + 1 + 255)
#define REQUEST_SIZE_MAX  (3 + 1 + 1 + 255 + 2)
#define REPLY_SIZE_MAX    REQUEST_SIZE_MAX

/* ATYP ADDR PORT, shared by request, reply and datagram header. An empty name is allowed. */
enum outcome address_encode(struct writer *writer, const struct endpoint *endpoint);
enum outcome address_decode(struct reader *reader, struct endpoint *endpoint);

/* OUTCOME_NO_ACCEPTABLE_METHOD, both ways: no method at all. */
enum outcome greeting_encode(struct writer *writer, const struct greeting *greeting);
enum outcome greeting_decode(struct reader *reader, struct greeting *greeting);

enum outcome method_encode(struct writer *writer, uint8_t method);
enum outcome method_decode(struct reader *reader, uint8_t *method);

enum outcome login_encode(struct writer *writer, const struct credentials *credentials);
enum outcome login_decode(struct reader *reader, struct credentials *credentials);

enum outcome login_status_encode(struct writer *writer, uint8_t status);
enum outcome login_status_decode(struct reader *reader, uint8_t *status);

enum outcome request_encode(struct writer *writer, const struct request *request);
enum outcome request_decode(struct reader *reader, struct request *request);

/* A refusal (REP other than 0) is complete after REP: some servers close without an address. What follows of the
 * message, if anything, is left in the reader; an encoder given ENDPOINT_NONE ends there. The reserved octet is not
 * checked: servers are careless with it. */
enum outcome reply_encode(struct writer *writer, const struct reply *reply);
enum outcome reply_decode(struct reader *reader, struct reply *reply);

#endif
