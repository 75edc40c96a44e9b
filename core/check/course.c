#include "core/check/course.h"

#include "core/check/patience.h"

enum { GRACE_US = 100000 };

/* A server that refuses may leave the control connection open, which is no association for that. */
static bool has_ended(const struct circuit *circuit, uint64_t until_us)
{
	return circuit->stage != CIRCUIT_OPEN || control_has_ended(&circuit->control, until_us);
}

bool course_renew(struct course *course)
{
	struct circuit *circuit = &course->circuit;
	uint64_t slowest_us = circuit->slowest_us;
	struct sightings seen = circuit->seen;
	enum outcome outcome;

	circuit->error = 0;
	if (!has_ended(circuit, now_us()))
		return true;
	circuit_close(circuit);
	outcome = circuit_open(circuit, &course->manner);
	circuit->slowest_us = slowest_us;
	circuit->seen = seen;
	return outcome == OUTCOME_OK;
}

uint64_t course_patience_us(const struct course *course, uint64_t least_us)
{
	uint64_t most = course->settings->handshake_ms * 1000ULL;
	uint64_t patience = circuit_patience_us(&course->circuit, course->settings) * PROBE_TRIES;

	if (patience < least_us)
		patience = least_us;
	return patience < most ? patience : most;
}

bool course_asks(struct course *course, struct probe *probe)
{
	course->circuit.error = 0;
	return probe_round_trip(&course->circuit, probe, course_patience_us(course, 0));
}

/* A server that ends an association may close its relay first, and what was sent there is answered by ICMP. */
enum diagnosis course_breakdown(struct course *course)
{
	const struct circuit *circuit = &course->circuit;

	if (has_ended(circuit, now_us() + (circuit->error ? GRACE_US : 0)))
		return DIAGNOSIS_ASSOCIATION_ENDED;
	return circuit->error ? DIAGNOSIS_RELAY_GONE : DIAGNOSIS_NONE;
}

static void run(struct course *course)
{
	if (!approach(course) || !round_trip(course) || !losses(course))
		return;
	sizes(course);
	families(course);
	mapping(course);
	fragments(course);
	lock_of_relay(course);
	answers(course);
	idle(course);
	pipelining(course);
}

void course_run(struct course *course, const struct settings *settings, const struct server *server,
		const struct wishes *wishes, struct report *report)
{
	*course = (struct course){
	    .settings = settings,
	    .server = server,
	    .wishes = wishes,
	    .report = report,
	    .manner = {.settings = settings,
		       .server = server,
		       .relay_address = settings->relay_address,
		       .announce = settings->announce},
	    .circuit = {.control.fd = -1, .fd = -1},
	};
	run(course);
	circuit_close(&course->circuit);
}
