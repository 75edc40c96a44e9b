/* DNS messages (RFC 1035, RFC 6891), as far as whoever passes them on has to know them.
 *
 * Values in, values out: no socket, no clock, no memory. What comes from a server is taken to be hostile: nothing is
 * read beyond its end, no pointer of a compressed name is followed, and what cannot be understood is false or 0. */
#ifndef CORE_DNS_MESSAGE_H
#define CORE_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/endpoint.h"

enum {
	DNS_HEADER_SIZE = 12,
	DNS_PLAIN_SIZE = 512, /* what a datagram may hold for an asker without EDNS */
	DNS_EDNS_SIZE = 4096, /* what is asked for instead */
	DNS_OPT_SIZE = 11,    /* an OPT record without options */
	DNS_QUERY_MAX = 1024, /* no longer query is passed on */
	DNS_MESSAGE_MAX = 65535,
	DNS_NAME_MAX = 255, /* of a name as text, with its NUL */
};

enum dns_rcode {
	DNS_NO_ERROR,
	DNS_FORMAT_ERROR,
	DNS_SERVER_FAILURE,
	DNS_NO_SUCH_NAME,
	DNS_NOT_IMPLEMENTED,
	DNS_REFUSED
};

enum dns_type { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28, DNS_OPT = 41, DNS_ANY = 255 };

/* What a query asks. The offsets are into the message that it was read from. */
struct dns_question {
	uint16_t id;
	uint16_t type;
	uint16_t class;
	uint8_t opcode; /* as in octet 2; 0: a query. Of an update or a notice, name and type are the zone's. */
	uint16_t end;   /* where the question ends */
	uint16_t opt;   /* where its OPT record begins; 0: it has none */
	uint16_t room;  /* octets that the asker takes in a datagram */
	bool is_plain;  /* the name can be written as text: no dot and no NUL within a label */
	uint8_t name_length;
	char name[DNS_NAME_MAX]; /* without the last dot; terminated; "" for the root, and where it is not plain */
};

/* False: no query, or not of one question. */
bool dns_question_read(struct dns_question *question, const uint8_t *query, size_t size);

/* The query under another id, with or without (edns) the wish for long answers, which goes into out: room octets, at
 * least size + DNS_OPT_SIZE. An OPT record of the asker's own stays. Answers its size. */
size_t dns_forward(uint8_t *out, size_t room, const struct dns_question *question, const uint8_t *query, size_t size,
		   uint16_t id, bool edns);

/* Whether these octets answer that query, sent under this id: the question is the same, or an error came without. */
bool dns_is_answer(const struct dns_question *question, const uint8_t *query, uint16_t id, const uint8_t *answer,
		   size_t size);

/* Of something that dns_is_answer took. */
enum dns_rcode dns_answer_code(const uint8_t *answer);
bool dns_answer_is_truncated(const uint8_t *answer);

/* The answer as the asker is to have it, in place: under its own id, without the OPT record that it did not ask for;
 * where it is longer than limit, only the question, and the mark that it is truncated. Answers its size; buffer has
 * room for at least question->end octets. */
size_t dns_return(uint8_t *answer, size_t size, const struct dns_question *question, const uint8_t *query,
		  size_t limit);

/* Addresses in the answer section: how many were stored, of room at most. Their port is 0. */
size_t dns_answer_addresses(const uint8_t *answer, size_t size, struct endpoint *addresses, size_t room);

/* Answers of our own; out has room for DNS_QUERY_MAX octets. Each answers the size. */
size_t dns_reply(uint8_t *out, const struct dns_question *question, const uint8_t *query, enum dns_rcode rcode);
size_t dns_reply_address(uint8_t *out, const struct dns_question *question, const uint8_t *query,
			 const struct endpoint *address);
size_t dns_reply_name(uint8_t *out, const struct dns_question *question, const uint8_t *query, const char *name,
		      size_t length);

/* The address whose name is asked for (in-addr.arpa, ip6.arpa); false: it is another kind of question. */
bool dns_question_address(const struct dns_question *question, struct endpoint *address);

#endif
