/* A datagram to a target and its answer back; and where there is none, whether other settings would bring one. */
#include <errno.h>

#include "core/check/course.h"
#include "core/check/patience.h"

static const char *kind_text(enum question_kind kind)
{
	return kind == QUESTION_ECHO ? "echo" : "DNS";
}

/* The first target alone at first, then all of them. Answers the one that answered, or NULL. */
static const struct probe *ask_targets(struct course *course, struct circuit *circuit, struct probe *probes)
{
	const struct targets *targets = &course->wishes->targets;
	uint64_t patience = course->settings->handshake_ms * 1000ULL / PROBE_TRIES;

	for (unsigned i = 0; i < targets->count; i++)
		probes[i] = probe_of(&targets->items[i].endpoint, targets->items[i].kind, 0);
	circuit->error = 0;
	for (int try = 0; try < PROBE_TRIES && circuit->error == 0; try++) {
		for (unsigned i = 0; i < targets->count && (i == 0 || try > 0); i++)
			probe_send(circuit, &probes[i]);
		if (probes_await(circuit, probes, targets->count, 1, now_us() + patience) ||
		    control_has_ended(&circuit->control, now_us()))
			break;
	}
	for (unsigned i = 0; i < targets->count; i++)
		if (probes[i].answered)
			return &probes[i];
	return NULL;
}

static bool works(struct course *course, const struct manner *manner)
{
	struct probe probes[TARGETS_MAX];
	static struct circuit circuit;
	bool answered = circuit_open(&circuit, manner) == OUTCOME_OK && ask_targets(course, &circuit, probes);

	circuit_close(&circuit);
	return answered;
}

static bool works_at(struct course *course, enum relay_address relay_address)
{
	const struct control *control = &course->circuit.control;
	struct manner manner = course->manner;
	struct endpoint relay;

	manner.relay_address = relay_address;
	return rendezvous_address(&relay, &control->negotiation.bound, &control->server, relay_address) == OUTCOME_OK &&
	       !endpoint_equal(&relay, &course->circuit.relay) && works(course, &manner);
}

static bool works_announcing(struct course *course, enum announce announce)
{
	struct manner manner = course->manner;

	manner.announce = announce;
	return course->manner.announce != announce && works(course, &manner);
}

/* What other settings would make good. */
static enum diagnosis find_settings(struct course *course)
{
	if (works_at(course, RELAY_ADDRESS_SERVER))
		return DIAGNOSIS_RELAY_ADDRESS_WRONG;
	if (works_at(course, RELAY_ADDRESS_REPLY))
		return DIAGNOSIS_RELAY_ADDRESS_RIGHT;
	if (works_announcing(course, ANNOUNCE_LOCAL))
		return DIAGNOSIS_ANNOUNCE_WANTED;
	if (works_announcing(course, ANNOUNCE_ZERO))
		return DIAGNOSIS_ANNOUNCE_UNWANTED;
	return DIAGNOSIS_NONE;
}

static enum diagnosis explain(struct course *course, const struct probe *probes)
{
	struct circuit *circuit = &course->circuit;
	enum diagnosis diagnosis = course_breakdown(course);

	if (circuit->seen.answers_elsewhere)
		return DIAGNOSIS_ANSWERS_ELSEWHERE;
	if (circuit->seen.strays[STRAY_UNFRAMED])
		return DIAGNOSIS_ANSWERS_UNFRAMED;
	if (diagnosis == DIAGNOSIS_ASSOCIATION_ENDED)
		return diagnosis;
	for (unsigned i = 0; i < course->wishes->targets.count; i++)
		if (probes[i].wrong)
			return DIAGNOSIS_TARGET_REFUSED;
	diagnosis = find_settings(course);
	if (diagnosis != DIAGNOSIS_NONE)
		return diagnosis;
	if (circuit->error)
		return circuit->error == ECONNREFUSED ? DIAGNOSIS_RELAY_PORT_CLOSED : DIAGNOSIS_RELAY_UNREACHABLE;
	return DIAGNOSIS_NO_ANSWER;
}

static void say_answer(struct course *course, struct finding *finding, const struct probe *probe)
{
	char text[ENDPOINT_TEXT_SIZE];

	course->target = (struct target){(enum question_kind)probe->question.kind, probe->target};
	finding->took_us = (int64_t)probe->took_us;
	finding_say(finding, "%s %s answered", kind_text(course->target.kind),
		    endpoint_print(&probe->target, text, sizeof(text)));
	finding_text(finding, "target", text);
	finding_text(finding, "kind", course->target.kind == QUESTION_ECHO ? "echo" : "dns");
}

static void say_silence(struct course *course, struct finding *finding)
{
	const struct targets *targets = &course->wishes->targets;
	char text[ENDPOINT_TEXT_SIZE];

	finding_say(finding, "no answer by the relay from");
	for (unsigned i = 0; i < targets->count; i++)
		finding_say(finding, "%s %s %s", i ? "," : "", kind_text(targets->items[i].kind),
			    endpoint_print(&targets->items[i].endpoint, text, sizeof(text)));
	if (*course->circuit.seen.stranger)
		finding_say(finding, "; datagrams came from %s", course->circuit.seen.stranger);
}

bool round_trip(struct course *course)
{
	struct finding *finding = report_begin(course->report, CHECK_ROUND_TRIP);
	struct probe probes[TARGETS_MAX];
	const struct probe *answered = ask_targets(course, &course->circuit, probes);

	if (answered) {
		say_answer(course, finding, answered);
	} else {
		finding_judge(finding, MARK_FAILED, explain(course, probes));
		say_silence(course, finding);
	}
	report_end(course->report, finding);
	return answered != NULL;
}
