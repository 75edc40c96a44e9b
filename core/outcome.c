#include "core/outcome.h"

#include <errno.h>
#include <stddef.h>

/* outcome, errno, SOCKS error number, text */
#define ROWS(ROW)                                                                                                      \
	ROW(OK, 0, 0, "success")                                                                                       \
	ROW(NEED_MORE, EAGAIN, 0, "the message is incomplete")                                                         \
	ROW(BAD_VERSION, EPROTO, 1, "the server does not speak SOCKS version 5")                                       \
	ROW(BAD_LOGIN_VERSION, EPROTO, 1, "the server does not speak version 1 of the password login")                 \
	ROW(BAD_RESERVED, EPROTO, 1, "a reserved octet is not zero")                                                   \
	ROW(BAD_ADDRESS_TYPE, EPROTO, 1, "the address type is unknown")                                                \
	ROW(BAD_NAME, EPROTO, 1, "a host name holds a NUL octet")                                                      \
	ROW(UNOFFERED_METHOD, EPROTO, 1, "the server chose an authentication method that was not offered")             \
	ROW(BAD_RELAY, EPROTO, 1, "the server named a relay address that cannot be sent to")                           \
	ROW(FRAGMENT, EPROTO, 1, "the datagram is a fragment")                                                         \
	ROW(NO_ACCEPTABLE_METHOD, EACCES, 2, "the server accepts none of the offered authentication methods")          \
	ROW(LOGIN_REFUSED, EACCES, 2, "the server refused the user name or password")                                  \
	ROW(REPLY_GENERAL_FAILURE, ENETDOWN, 1, "the server reported a general failure")                               \
	ROW(REPLY_NOT_ALLOWED, EACCES, 2, "the server's rules do not allow the request")                               \
	ROW(REPLY_NETWORK_UNREACHABLE, ENETUNREACH, 3, "the server reported the network unreachable")                  \
	ROW(REPLY_HOST_UNREACHABLE, EHOSTUNREACH, 4, "the server reported the host unreachable")                       \
	ROW(REPLY_CONNECTION_REFUSED, ECONNREFUSED, 5, "the server reported the connection refused")                   \
	ROW(REPLY_TTL_EXPIRED, ETIMEDOUT, 6, "the server reported the time to live expired")                           \
	ROW(REPLY_COMMAND_NOT_SUPPORTED, EOPNOTSUPP, 7, "the server does not support the command")                     \
	ROW(REPLY_ADDRESS_TYPE_NOT_SUPPORTED, EAFNOSUPPORT, 8, "the server does not support the address type")         \
	ROW(REPLY_UNASSIGNED, ENETDOWN, 1, "the server refused with an unassigned reply code")                         \
	ROW(CLOSED, ECONNRESET, 1, "the server closed the connection")                                                 \
	ROW(TIMED_OUT, ETIMEDOUT, 0, "the server did not answer in time")                                              \
	ROW(REFUSED, ECONNREFUSED, 0, "the connection to the server was refused")                                      \
	ROW(UNREACHABLE, ENETUNREACH, 0, "the server cannot be reached")                                               \
	ROW(UNRESOLVED, EHOSTUNREACH, 0, "the server's host name has no address")                                      \
	ROW(NO_SERVER, ENOENT, 256, "no server is configured for the destination")                                     \
	ROW(NO_ROOM, EMSGSIZE, 0, "there is no room for the message")                                                  \
	ROW(TOO_LONG, EINVAL, 0, "a user name, password or host name is longer than 255 octets")                       \
	ROW(BAD_TEXT, EINVAL, 0, "the text is not an address, a prefix or a port")                                     \
	ROW(WRONG_FAMILY, EAFNOSUPPORT, 0, "the address does not fit the address family")                              \
	ROW(NO_MEMORY, ENOMEM, 0, "out of memory")                                                                     \
	ROW(NO_DESCRIPTOR, EMFILE, 0, "out of file descriptors")                                                       \
	ROW(NO_THREAD, EAGAIN, 0, "the negotiator thread cannot be started")                                           \
	ROW(BAD_SETTINGS, ENETDOWN, 0, "the configuration is in error")

struct row {
	const char *name;
	const char *text;
	int error;
	int socks_error;
};

#define AS_ROW(outcome, error, socks_error, text) [OUTCOME_##outcome] = {#outcome, text, error, socks_error},
#define AS_ONE(outcome, error, socks_error, text) +1

static const struct row rows[] = {ROWS(AS_ROW)};

_Static_assert(0 ROWS(AS_ONE) == OUTCOME_COUNT && sizeof(rows) / sizeof(rows[0]) == OUTCOME_COUNT,
	       "every outcome has one row");

static const struct row *row_of(enum outcome outcome)
{
	static const struct row unknown = {"UNKNOWN", "unknown outcome", EPROTO, 1};

	return (size_t)outcome < OUTCOME_COUNT ? &rows[outcome] : &unknown;
}

const char *outcome_name(enum outcome outcome)
{
	return row_of(outcome)->name;
}

const char *outcome_text(enum outcome outcome)
{
	return row_of(outcome)->text;
}

int outcome_errno(enum outcome outcome)
{
	return row_of(outcome)->error;
}

int outcome_datagram_errno(enum outcome outcome)
{
	switch (outcome_errno(outcome)) {
	case ECONNRESET:
		return ECONNREFUSED;
	case ETIMEDOUT:
		return EHOSTUNREACH;
	case ENOENT:
	case EAFNOSUPPORT:
		return ENETUNREACH;
	case EMFILE:
	case ENOMEM:
	case EAGAIN:
		return ENOBUFS;
	default:
		return outcome_errno(outcome);
	}
}

int outcome_socks_error(enum outcome outcome)
{
	return row_of(outcome)->socks_error;
}

enum outcome outcome_from_errno(int error)
{
	switch (error) {
	case 0:
		return OUTCOME_OK;
	case ECONNREFUSED:
		return OUTCOME_REFUSED;
	case ETIMEDOUT:
		return OUTCOME_TIMED_OUT;
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
		return OUTCOME_CLOSED;
	case EMFILE:
	case ENFILE:
		return OUTCOME_NO_DESCRIPTOR;
	case ENOMEM:
	case ENOBUFS:
		return OUTCOME_NO_MEMORY;
	case EAFNOSUPPORT:
		return OUTCOME_WRONG_FAMILY;
	default:
		return OUTCOME_UNREACHABLE;
	}
}

enum outcome outcome_from_reply(unsigned char rep)
{
	_Static_assert(OUTCOME_REPLY_ADDRESS_TYPE_NOT_SUPPORTED - OUTCOME_REPLY_GENERAL_FAILURE == 8 - 1,
		       "REP 1 to 8 stand in the order of RFC 1928 section 6");

	if (rep == 0)
		return OUTCOME_OK;
	if (rep > 8)
		return OUTCOME_REPLY_UNASSIGNED;
	return (enum outcome)(OUTCOME_REPLY_GENERAL_FAILURE + rep - 1);
}
