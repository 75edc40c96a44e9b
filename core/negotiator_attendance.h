/* Attendance: a sender that waits for its association drives the negotiation itself, so that no thread has to be
 * woken for it, and a process of one exchange has none.
 *
 * Whoever waits attends, several at a time if need be: each sleeps until the control connection has something to say,
 * and the first to get the lock hears it. A round that nobody is bound to attend to any more, for a sender has given
 * up, or one came that does not wait, is the thread's from then on (negotiator_leave_to_thread). */
#ifndef CORE_NEGOTIATOR_ATTENDANCE_H
#define CORE_NEGOTIATOR_ATTENDANCE_H

#include "core/negotiator.h"

struct attendance {
	flow_handle handle;
	uint32_t event; /* flow->event, which steps when the wait is over */
	int control;    /* -1: the thread drives */
	bool sending;   /* what the control connection is waited for */
	uint64_t mask;  /* to be restored: signals are blocked until the wait (control is not -1) */
};

/* With the lock held, for a flow that is NEGOTIATING. */
void attendance_begin(struct attendance *attendance, const struct flow *flow);

/* Without the lock, as engine_admit leaves it. 0: look again; -EINTR, -ETIMEDOUT: the sender's own deadline. */
int attendance_wait(struct negotiator *negotiator, struct attendance *attendance, uint64_t deadline_ms);

#endif
