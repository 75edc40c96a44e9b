/* From where the relay sends, as STUN servers see it: whether the client's port is kept, and whether two destinations
 * see the same (RFC 5780 section 4.3). */
#include "core/check/course.h"
#include "core/check/stun.h"

static bool ask(struct course *course, const struct endpoint *server, struct stun_answer *answer)
{
	struct probe probe = probe_of(server, QUESTION_STUN, 0);

	return course_renew(course) && course_asks(course, &probe) && probe.came <= sizeof(probe.answer) &&
	       stun_target_read(answer, &probe.question, probe.answer, probe.came);
}

/* The second destination: another server that was given, else the first one's other address. */
static const struct endpoint *second_of(const struct course *course, const struct stun_answer *first)
{
	if (course->wishes->stun_count > 1)
		return &course->wishes->stun[1];
	return first->other.kind != ENDPOINT_NONE ? &first->other : NULL;
}

static void compare(struct course *course, struct finding *finding, const struct stun_answer *first)
{
	const struct endpoint *second = second_of(course, first);
	char text[ENDPOINT_TEXT_SIZE];
	struct stun_answer answer;

	if (!second) {
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_STUN_ALONE);
		return;
	}
	if (!ask(course, second, &answer)) {
		finding_say(finding, "; no answer from %s", endpoint_print(second, text, sizeof(text)));
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_STUN_SECOND_SILENT);
		return;
	}
	endpoint_print(&answer.mapped, text, sizeof(text));
	finding_text(finding, "mapped_second", text);
	finding_flag(finding, "same_mapping", endpoint_equal(&answer.mapped, &first->mapped));
	if (endpoint_equal(&answer.mapped, &first->mapped)) {
		finding_say(finding, "; the same for two destinations");
	} else {
		finding_say(finding, "; as %s by another destination", text);
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_MAPPING_DIFFERS);
	}
}

static void say_first(const struct course *course, struct finding *finding, const struct endpoint *mapped)
{
	char text[ENDPOINT_TEXT_SIZE];
	bool kept = mapped->port == course->circuit.port;

	finding_say(finding, "seen as %s; the source port %u is %s", endpoint_print(mapped, text, sizeof(text)),
		    course->circuit.port, kept ? "kept" : "not kept");
	finding_text(finding, "mapped", text);
	finding_number(finding, "source_port", course->circuit.port);
	finding_flag(finding, "port_kept", kept);
}

void mapping(struct course *course)
{
	struct finding *finding = report_begin(course->report, CHECK_MAPPING);
	const struct wishes *wishes = course->wishes;
	char text[ENDPOINT_TEXT_SIZE];
	struct stun_answer first;

	if (wishes->stun_count == 0) {
		finding_judge(finding, MARK_LEFT_OUT, DIAGNOSIS_NONE);
		finding_say(finding, "needs a STUN server: --check-stun");
	} else if (ask(course, &wishes->stun[0], &first)) {
		say_first(course, finding, &first.mapped);
		compare(course, finding, &first);
	} else {
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_STUN_SILENT);
		finding_say(finding, "no answer from %s", endpoint_print(&wishes->stun[0], text, sizeof(text)));
	}
	report_end(course->report, finding);
}
