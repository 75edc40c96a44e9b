/* What calls answered. Counting is safe in a signal handler. */
#ifndef STRESS_VERDICT_H
#define STRESS_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

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

/* Answers that were on their way to an association whose relay's port another one has by now come to that one's socket,
 * whatever the library does; to an IPv6 socket, which hears what comes to its port, also those to a socket that had the
 * port before. Several to one of a worker's sockets at times, and that a few times in a million datagrams. False: there
 * were too many such sockets for that. */
bool bear_with_late_answer(uint32_t owner, uint32_t serial);
void note_taken(void); /* a datagram */

/* One line for each kind of failure, on the standard error. Answers how many kinds there were. */
int verdict_report(void);

#endif
