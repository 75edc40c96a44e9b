#include "core/check/question.h"

#include "core/check/dns_target.h"
#include "core/check/echo_target.h"
#include "core/check/stun.h"

size_t question_least(enum question_kind kind)
{
	static const size_t least[] = {
	    [QUESTION_DNS] = DNS_TARGET_LEAST,
	    [QUESTION_DNS_LONG] = DNS_TARGET_LEAST,
	    [QUESTION_ECHO] = ECHO_TARGET_LEAST,
	    [QUESTION_STUN] = STUN_REQUEST_SIZE,
	};

	return least[kind];
}

size_t question_most(enum question_kind kind)
{
	static const size_t most[] = {
	    [QUESTION_DNS] = DNS_TARGET_MOST,
	    [QUESTION_DNS_LONG] = DNS_TARGET_MOST,
	    [QUESTION_ECHO] = QUESTION_SIZE_MAX,
	    [QUESTION_STUN] = STUN_REQUEST_SIZE,
	};

	return most[kind];
}

size_t question_write(const struct question *question, uint8_t *out)
{
	switch ((enum question_kind)question->kind) {
	case QUESTION_DNS:
	case QUESTION_DNS_LONG:
		return dns_target_write(question, out);
	case QUESTION_ECHO:
		return echo_target_write(question, out);
	case QUESTION_STUN:
		return stun_target_write(question, out);
	}
	return 0;
}

enum match question_match(const struct question *question, const uint8_t *answer, size_t size)
{
	switch ((enum question_kind)question->kind) {
	case QUESTION_DNS:
	case QUESTION_DNS_LONG:
		return dns_target_match(question, answer, size);
	case QUESTION_ECHO:
		return echo_target_match(question, answer, size);
	case QUESTION_STUN:
		return stun_target_match(question, answer, size);
	}
	return MATCH_NONE;
}
