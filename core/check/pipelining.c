/* Whether the server takes greeting, login and request in one segment, by which a negotiation takes one round trip. */
#include "core/check/course.h"

enum { LEAST_PATIENCE_MS = 1000, TIMES = 8 };

static uint64_t negotiation_us(const struct control *control)
{
	uint64_t sum = 0;

	for (int step = 0; step < STEP_COMPLETE; step++)
		sum += control->step_us[step];
	return sum;
}

/* A server that loses octets is silent: it is awaited no longer than it takes to answer otherwise, many times over. */
static uint32_t patience_ms(const struct course *course, uint64_t usual_us)
{
	uint64_t patience = usual_us * TIMES / 1000;

	if (patience < LEAST_PATIENCE_MS)
		patience = LEAST_PATIENCE_MS;
	return patience < course->settings->handshake_ms ? (uint32_t)patience : course->settings->handshake_ms;
}

void pipelining(struct course *course)
{
	struct finding *finding = report_begin(course->report, CHECK_PIPELINING);
	uint64_t usual_us = negotiation_us(&course->circuit.control);
	struct settings hasty = *course->settings;
	struct manner manner = course->manner;
	static struct circuit circuit;
	enum outcome outcome;

	hasty.handshake_ms = patience_ms(course, usual_us);
	manner.settings = &hasty;
	manner.pipeline = true;
	outcome = circuit_open(&circuit, &manner);
	finding->took_us = (int64_t)negotiation_us(&circuit.control);
	if (outcome == OUTCOME_OK) {
		finding_say(finding, "taken; one by one it took %.1f ms", (double)usual_us / 1000);
	} else {
		finding_say(finding, "not taken: %s", outcome_text(outcome));
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_PIPELINING_LOST);
	}
	finding_flag(finding, "taken", outcome == OUTCOME_OK);
	circuit_close(&circuit);
	report_end(course->report, finding);
}
