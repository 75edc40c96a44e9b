#include "core/aix/failure.h"

#include <errno.h>

#include "core/aix/socks5_api.h"

static __thread int socks_error;

int *socks5_errno_location(void)
{
	return &socks_error;
}

int fail_errno(int error)
{
	socks_error = 0;
	errno = error;
	return -1;
}

int fail_outcome(enum outcome outcome)
{
	socks_error = outcome_socks_error(outcome);
	errno = outcome_errno(outcome);
	return -1;
}

const char *socks5_strerror(int Error)
{
	_Static_assert(S5_EAFNOSUPPORT == 8, "the codes are those of the replies");

	if (Error == S5_ENOSERV)
		return outcome_text(OUTCOME_NO_SERVER);
	if (Error == 0)
		return outcome_text(OUTCOME_OK);
	if (Error < 0 || Error > S5_EAFNOSUPPORT)
		return "unknown SOCKS error";
	return outcome_text(outcome_from_reply((unsigned char)Error));
}
