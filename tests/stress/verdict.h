/* What calls answered. Counting is safe in a signal handler. */
#ifndef STRESS_VERDICT_H
#define STRESS_VERDICT_H

#include <stdbool.h>

#define CALLS(CALL)                                                                                                    \
	CALL(open)                                                                                                     \
	CALL(bind)                                                                                                     \
	CALL(connect)                                                                                                  \
	CALL(dissolve)                                                                                                 \
	CALL(shutdown)                                                                                                 \
	CALL(getpeername)                                                                                              \
	CALL(send)                                                                                                     \
	CALL(receive)                                                                                                  \
	CALL(poll)                                                                                                     \
	CALL(dup)                                                                                                      \
	CALL(close)                                                                                                    \
	CALL(contested_dup2)                                                                                           \
	CALL(contested_close)                                                                                          \
	CALL(contested_send)                                                                                           \
	CALL(contested_receive)                                                                                        \
	CALL(handler_send)                                                                                             \
	CALL(fork)                                                                                                     \
	CALL(vfork)                                                                                                    \
	CALL(spawn)                                                                                                    \
	CALL(child)                                                                                                    \
	CALL(payload)                                                                                                  \
	CALL(peer)

enum call {
#define CALL(name) CALL_##name,
	CALLS(CALL)
#undef CALL
	    CALL_COUNT
};

/* allowed: errno values, 0 at the end; NULL: none. Answers whether the call succeeded. */
bool judge(enum call call, bool success, const int *allowed);

/* A failure that is no errno's. */
void convict(enum call call);

/* One line for each kind of failure, on the standard error. Answers how many kinds there were. */
int verdict_report(void);

#endif
