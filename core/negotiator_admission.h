/* Admission: what becomes of a datagram that is to be relayed and finds no association. */
#ifndef CORE_NEGOTIATOR_ADMISSION_H
#define CORE_NEGOTIATOR_ADMISSION_H

#include "core/negotiator_attendance.h"

/* What a sender does next. */
enum admission {
	ADMISSION_AGAIN,  /* the view has changed: decide again */
	ADMISSION_WAIT,   /* negotiating: attend to it (negotiator_attendance.h) */
	ADMISSION_FRAME,  /* to be handed over framed, also by a sender that might wait: nobody knows how long */
	ADMISSION_QUEUED, /* taken: it leaves when the association stands, or was dropped for want of room */
	ADMISSION_FAILED, /* fails with *error */
	ADMISSION_GONE,   /* the descriptor no longer names this flow */
};

struct applicant {
	int fd;
	flow_handle handle;
	int16_t server;     /* that the rule demands, or ANY_SERVER */
	const void *framed; /* header and payload; NULL: the sender would rather wait for the association */
	size_t size;
	bool sleeps; /* the sender may be put to sleep, if only for the lock */
	bool again;  /* it has attended before, in the same call */
	bool late;   /* the sender is gone: an error is the next one's */
};

/* For a flow whose socket is known to be there. */
enum admission negotiator_admit(struct negotiator *negotiator, struct flow *flow, const struct applicant *applicant,
				struct attendance *attendance, int *error);

/* One association a socket, and it is another server's. */
bool negotiator_is_bespoken(const struct flow *flow, int16_t server);

/* For a sender that does not get the lock: it is admitted by whoever has it. False: no memory. */
bool negotiator_put_in(struct negotiator *negotiator, const struct applicant *applicant);
void negotiator_take_in(struct negotiator *negotiator);

/* The thread that put them in is not in this process. */
void negotiator_drop_intake(struct negotiator *negotiator);

#endif
