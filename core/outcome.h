/* Outcomes: what became of a step, in one vocabulary for the wire, the negotiation and the association.
 *
 * Every outcome has one text, one errno and one SOCKS error number (S5_*), welded together in outcome.c. */
#ifndef CORE_OUTCOME_H
#define CORE_OUTCOME_H

enum outcome {
	OUTCOME_OK,
	OUTCOME_NEED_MORE, /* not an error: the bytes end before the message does */

	/* The peer broke the protocol (EPROTO, S5_ESRVFAIL). */
	OUTCOME_BAD_VERSION,       /* VER is not 5: not a SOCKS5 server */
	OUTCOME_BAD_LOGIN_VERSION, /* RFC 1929: VER is not 1 */
	OUTCOME_BAD_RESERVED,      /* a reserved octet that must be zero is not */
	OUTCOME_BAD_ADDRESS_TYPE,  /* ATYP is none of 1, 3, 4 */
	OUTCOME_BAD_NAME,          /* a domain name with a NUL octet in it */
	OUTCOME_UNOFFERED_METHOD,  /* METHOD was not among those offered */
	OUTCOME_BAD_RELAY,         /* a relay address that nothing can be sent to: port 0 */
	OUTCOME_FRAGMENT,          /* FRAG is not 0: RFC 1928 section 7 lets an implementation drop it */

	/* The server said no. */
	OUTCOME_NO_ACCEPTABLE_METHOD, /* METHOD FF */
	OUTCOME_LOGIN_REFUSED,        /* RFC 1929: STATUS is not 0 */
	OUTCOME_REPLY_GENERAL_FAILURE,
	OUTCOME_REPLY_NOT_ALLOWED,
	OUTCOME_REPLY_NETWORK_UNREACHABLE,
	OUTCOME_REPLY_HOST_UNREACHABLE,
	OUTCOME_REPLY_CONNECTION_REFUSED,
	OUTCOME_REPLY_TTL_EXPIRED,
	OUTCOME_REPLY_COMMAND_NOT_SUPPORTED,
	OUTCOME_REPLY_ADDRESS_TYPE_NOT_SUPPORTED,
	OUTCOME_REPLY_UNASSIGNED, /* REP 9 to 255 */

	/* The control connection failed. */
	OUTCOME_CLOSED,      /* ended by the server before the negotiation was complete */
	OUTCOME_TIMED_OUT,   /* no answer within the configured time */
	OUTCOME_REFUSED,     /* TCP connection refused */
	OUTCOME_UNREACHABLE, /* no route to the server */
	OUTCOME_UNRESOLVED,  /* the server's host name has no address */

	/* Here at home. */
	OUTCOME_NO_SERVER,    /* no server is configured for this destination */
	OUTCOME_NO_ROOM,      /* what was to be written does not fit where it was to go */
	OUTCOME_TOO_LONG,     /* user name, password or host name over 255 octets */
	OUTCOME_BAD_TEXT,     /* text that is not an endpoint, prefix or port */
	OUTCOME_WRONG_FAMILY, /* an address that this socket family cannot express */
	OUTCOME_NO_MEMORY,
	OUTCOME_NO_DESCRIPTOR, /* EMFILE, ENFILE */
	OUTCOME_NO_THREAD,     /* the negotiator thread cannot be started */
	OUTCOME_BAD_SETTINGS,  /* the configuration is in error: nothing is relayed */

	OUTCOME_COUNT
};

/* As above, without the prefix: "LOGIN_REFUSED". Never NULL. */
const char *outcome_name(enum outcome outcome);

/* One line of plain English, no full stop. Never NULL. */
const char *outcome_text(enum outcome outcome);

/* The errno a call on a stream socket fails with; 0 for OUTCOME_OK, EAGAIN for OUTCOME_NEED_MORE. */
int outcome_errno(enum outcome outcome);

/* The same for a datagram socket, of which a kernel knows fewer errors: those of ICMP messages, and ENOBUFS for what is
 * short at home. */
int outcome_datagram_errno(enum outcome outcome);

/* The value of socks5_errno: the RFC 1928 reply code, or 256 (S5_ENOSERV); 0 where SOCKS has nothing to report. */
int outcome_socks_error(enum outcome outcome);

/* The outcome of a failed connect(2) to the server. */
enum outcome outcome_from_errno(int error);

/* The outcome of reply code REP; OUTCOME_OK for 0. */
enum outcome outcome_from_reply(unsigned char rep);

#endif
