/* How a subroutine fails: errno and socks5_errno, as one. */
#ifndef CORE_AIX_FAILURE_H
#define CORE_AIX_FAILURE_H

#include "core/outcome.h"

/* Each answers -1. An errno that is none of SOCKS' doing: socks5_errno becomes 0. */
int fail_errno(int error);
int fail_outcome(enum outcome outcome);

#endif
