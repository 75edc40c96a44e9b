#include "core/negotiator_attendance.h"

#include <errno.h>

#include "core/negotiator_round.h"

/* Another sender may hear what this one is about to sleep for, or the thread may take the round over: then nothing
 * comes any more, and it looks by itself. */
enum { LOOK_MS = 20 };

void attendance_begin(struct attendance *attendance, const struct flow *flow)
{
	const struct round *round = &flow->round;
	*attendance = (struct attendance){
	    .handle = flow_table_handle(flow),
	    .event = atomic_load(&flow->event),
	    .control = round->attended ? round->association.control : -1,
	    .sending = round->association.stage == STAGE_CONNECTING,
	};
}

static bool is_still_waited_for(const struct attendance *attendance, const struct flow *flow)
{
	return flow && atomic_load(&flow->event) == attendance->event;
}

static void hear(struct negotiator *negotiator, struct round *round, int ready, uint64_t *mask)
{
	if (ready == 0) {
		negotiator_hear_round(negotiator, round);
	} else if (round->deadline.place && round->deadline.at_ms <= negotiator->world->now_ms()) {
		deadlines_clear(&negotiator->deadlines, &round->deadline);
		negotiator_round_is_due(negotiator, round, mask);
	}
}

/* True: there is more to attend to. */
static bool act(struct negotiator *negotiator, struct attendance *attendance, int ready, uint64_t *mask)
{
	negotiator_take(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, attendance->handle);
	if (is_still_waited_for(attendance, flow) && flow->round.attended &&
	    flow->round.association.control == attendance->control)
		hear(negotiator, &flow->round, ready, mask);
	bool goes_on = is_still_waited_for(attendance, flow) && flow->round.attended;
	if (goes_on)
		attendance_begin(attendance, flow);
	negotiator_release(negotiator);
	return goes_on;
}

static void leave(struct negotiator *negotiator, const struct attendance *attendance)
{
	negotiator_take(negotiator);
	struct flow *flow = flow_table_live(&negotiator->table, attendance->handle);
	if (is_still_waited_for(attendance, flow))
		negotiator_leave_to_thread(negotiator, flow);
	negotiator_release(negotiator);
}

/* Signals come only while it sleeps. */
static int attend(struct negotiator *negotiator, struct attendance *attendance, uint64_t deadline_ms, uint64_t *mask)
{
	const struct world *world = negotiator->world;
	const struct flow *flow = flow_table_flow(&negotiator->table, attendance->handle);
	int ready = 0;
	do {
		uint64_t now_ms = deadline_ms == NEVER ? 0 : world->now_ms(), left_ms = deadline_ms - now_ms;
		if (!is_still_waited_for(attendance, flow))
			return 0;
		if (now_ms >= deadline_ms) {
			leave(negotiator, attendance);
			return -ETIMEDOUT;
		}
		ready = world->control_wait(attendance->control, attendance->sending,
					    left_ms < LOOK_MS ? left_ms : LOOK_MS, *mask);
	} while (ready != -EINTR && act(negotiator, attendance, ready, mask));
	return ready == -EINTR ? -EINTR : 0;
}

int attendance_wait(struct negotiator *negotiator, struct attendance *attendance, uint64_t deadline_ms)
{
	if (attendance->control >= 0) {
		uint64_t mask = attendance->mask;
		int answer = attend(negotiator, attendance, deadline_ms, &mask);
		negotiator->world->restore_signals(mask);
		return answer;
	}
	return flow_sleep(flow_table_flow(&negotiator->table, attendance->handle), negotiator->world, attendance->event,
			  deadline_ms);
}
