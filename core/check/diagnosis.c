#include "core/check/diagnosis.h"

#include <string.h>

static const struct {
	const char *name;
	const char *cause;
	const char *advice;
} rows[] = {
#define DIAGNOSIS(symbol, name, cause, advice) [DIAGNOSIS_##symbol] = {name, cause, advice},
#include "core/check/diagnosis.def"
#undef DIAGNOSIS
};

const char *diagnosis_name(enum diagnosis diagnosis)
{
	return rows[diagnosis].name;
}

const char *diagnosis_cause(enum diagnosis diagnosis)
{
	return rows[diagnosis].cause;
}

const char *diagnosis_advice(enum diagnosis diagnosis)
{
	return rows[diagnosis].advice;
}

struct pair {
	enum outcome outcome;
	enum diagnosis diagnosis;
};

static enum diagnosis find(const struct pair *pairs, size_t count, enum outcome outcome, enum diagnosis otherwise)
{
	for (size_t i = 0; i < count; i++)
		if (pairs[i].outcome == outcome)
			return pairs[i].diagnosis;
	return otherwise;
}

enum diagnosis diagnose_connection(enum outcome outcome)
{
	static const struct pair pairs[] = {
	    {OUTCOME_REFUSED, DIAGNOSIS_REFUSED},
	    {OUTCOME_CLOSED, DIAGNOSIS_REFUSED},
	    {OUTCOME_TIMED_OUT, DIAGNOSIS_CONNECT_TIMED_OUT},
	    {OUTCOME_NO_DESCRIPTOR, DIAGNOSIS_HERE_AT_HOME},
	    {OUTCOME_NO_MEMORY, DIAGNOSIS_HERE_AT_HOME},
	    {OUTCOME_WRONG_FAMILY, DIAGNOSIS_HERE_AT_HOME},
	};

	return find(pairs, sizeof(pairs) / sizeof(pairs[0]), outcome, DIAGNOSIS_UNREACHABLE);
}

static bool begins(const struct failed_negotiation *failed, const char *text, size_t size)
{
	return failed->heard_size >= size && memcmp(failed->heard, text, size) == 0;
}

/* What answers a greeting with something else than version 5. */
static enum diagnosis diagnose_stranger(const struct failed_negotiation *failed)
{
	if (begins(failed, "HTTP/", 5) || begins(failed, "<", 1))
		return DIAGNOSIS_WEB_SERVER;
	if (begins(failed, "SSH-", 4))
		return DIAGNOSIS_SSH_SERVER;
	if (begins(failed, "\x15\x03", 2) || begins(failed, "\x16\x03", 2)) /* an alert, or a handshake, of TLS */
		return DIAGNOSIS_TLS_SERVER;
	if (begins(failed, "\x04", 1) || begins(failed, "\0", 1)) /* VN of version 4's replies is 0 */
		return DIAGNOSIS_SOCKS4;
	return DIAGNOSIS_NOT_SOCKS;
}

static enum diagnosis diagnose_method(const struct failed_negotiation *failed)
{
	switch ((int)failed->outcome) {
	case OUTCOME_CLOSED:
		return failed->hangs_up ? DIAGNOSIS_CLOSED_AT_ACCEPT : DIAGNOSIS_CLOSED_AT_GREETING;
	case OUTCOME_TIMED_OUT:
		return DIAGNOSIS_SILENT_AT_GREETING;
	case OUTCOME_NO_ACCEPTABLE_METHOD:
		return failed->has_credentials ? DIAGNOSIS_METHOD_WANTED : DIAGNOSIS_LOGIN_WANTED;
	case OUTCOME_UNOFFERED_METHOD:
		return failed->method == METHOD_LOGIN ? DIAGNOSIS_LOGIN_WANTED : DIAGNOSIS_UNOFFERED_METHOD;
	default:
		return diagnose_stranger(failed);
	}
}

static enum diagnosis diagnose_login(enum outcome outcome)
{
	static const struct pair pairs[] = {
	    {OUTCOME_LOGIN_REFUSED, DIAGNOSIS_LOGIN_REFUSED},
	    {OUTCOME_CLOSED, DIAGNOSIS_CLOSED_AT_LOGIN},
	    {OUTCOME_TIMED_OUT, DIAGNOSIS_SILENT_AT_LOGIN},
	};

	return find(pairs, sizeof(pairs) / sizeof(pairs[0]), outcome, DIAGNOSIS_BAD_LOGIN);
}

static enum diagnosis diagnose_request(enum outcome outcome)
{
	static const struct pair pairs[] = {
	    {OUTCOME_REPLY_GENERAL_FAILURE, DIAGNOSIS_GENERAL_FAILURE},
	    {OUTCOME_REPLY_NOT_ALLOWED, DIAGNOSIS_NOT_ALLOWED},
	    {OUTCOME_REPLY_NETWORK_UNREACHABLE, DIAGNOSIS_REPLY_NETWORK},
	    {OUTCOME_REPLY_HOST_UNREACHABLE, DIAGNOSIS_REPLY_HOST},
	    {OUTCOME_REPLY_CONNECTION_REFUSED, DIAGNOSIS_REPLY_REFUSED},
	    {OUTCOME_REPLY_TTL_EXPIRED, DIAGNOSIS_REPLY_TTL},
	    {OUTCOME_REPLY_COMMAND_NOT_SUPPORTED, DIAGNOSIS_UDP_NOT_SUPPORTED},
	    {OUTCOME_REPLY_ADDRESS_TYPE_NOT_SUPPORTED, DIAGNOSIS_REPLY_FAMILY},
	    {OUTCOME_REPLY_UNASSIGNED, DIAGNOSIS_REPLY_UNASSIGNED},
	    {OUTCOME_CLOSED, DIAGNOSIS_CLOSED_AT_REQUEST},
	    {OUTCOME_TIMED_OUT, DIAGNOSIS_SILENT_AT_REQUEST},
	};

	return find(pairs, sizeof(pairs) / sizeof(pairs[0]), outcome, DIAGNOSIS_MALFORMED_REPLY);
}

enum diagnosis diagnose_negotiation(const struct failed_negotiation *failed)
{
	if (failed->step == STEP_METHOD)
		return diagnose_method(failed);
	return failed->step == STEP_LOGIN ? diagnose_login(failed->outcome) : diagnose_request(failed->outcome);
}

enum diagnosis diagnose_relay(const struct endpoint *bound, const struct endpoint *server, enum relay_address mode)
{
	struct endpoint settled = *bound, used;

	if (rendezvous_address(&used, bound, server, mode) != OUTCOME_OK)
		return DIAGNOSIS_RELAY_PORT_ZERO;
	endpoint_settle(&settled);
	if (endpoint_is_unspecified(&settled))
		return DIAGNOSIS_RELAY_UNSPECIFIED;
	if (settled.kind == ENDPOINT_NAME)
		return DIAGNOSIS_RELAY_NAME;
	if (mode == RELAY_ADDRESS_SERVER)
		return DIAGNOSIS_NONE;
	if (memcmp(used.ip, settled.ip, sizeof(used.ip)) != 0) /* a scope may have been added */
		return DIAGNOSIS_RELAY_PRIVATE;
	return endpoint_same_host(&used, server) ? DIAGNOSIS_NONE : DIAGNOSIS_RELAY_ELSEWHERE;
}
