/* A control connection, and how long each step of it took. */
#ifndef CORE_CHECK_CONTROL_H
#define CORE_CHECK_CONTROL_H

#include "core/check/diagnosis.h"
#include "core/negotiation.h"

enum { CONTROL_HEARD = 32 };

struct control {
	int fd;                 /* -1: not connected */
	struct endpoint server; /* the address connected to */
	bool ahead;             /* an answer came before what it answers was sent */
	uint64_t connect_us;
	uint64_t step_us[STEP_COMPLETE];
	uint8_t heard[CONTROL_HEARD]; /* the first octets that came */
	size_t heard_size;
	struct negotiation_order order;
	struct negotiation negotiation;
};

/* Not to be copied, and for control_close whatever comes of it. Both answer OUTCOME_OK or the reason. */
enum outcome control_connect(struct control *control, const struct endpoint *server, uint64_t until_us);
enum outcome control_negotiate(struct control *control, const struct negotiation_order *order, uint64_t until_us);

/* The method that the server chose, where it got so far: else METHOD_UNACCEPTABLE. */
uint8_t control_method(const struct control *control);

/* After a negotiation that failed. */
enum diagnosis control_diagnosis(const struct control *control, bool hangs_up);

/* Whether the server has ended the connection, by that moment at the latest. */
bool control_has_ended(const struct control *control, uint64_t until_us);

void control_close(struct control *control);

#endif
