/* What becomes of FRAG (RFC 1928 section 7), which a server may implement or else must drop. */
#include "core/check/course.h"
#include "core/check/patience.h"

enum { SIZE = 64, FIRST = 1, SECOND_AND_LAST = 0x82 };

/* The question in two fragments, or the whole of it in one that says that there are more. */
static bool comes_back(struct course *course, bool in_two)
{
	static const struct fragment halves[] = {{FIRST, 0, SIZE / 2}, {SECOND_AND_LAST, SIZE / 2, SIZE_MAX}};
	static const struct fragment whole = {FIRST, 0, SIZE_MAX};
	struct circuit *circuit = &course->circuit;
	struct probe probe = probe_of(&course->target.endpoint, course->target.kind, SIZE);

	if (!course_renew(course))
		return false;
	if (in_two
		? !probe_send_fragment(circuit, &probe, &halves[0]) || !probe_send_fragment(circuit, &probe, &halves[1])
		: !probe_send_fragment(circuit, &probe, &whole))
		return false;
	return probes_await(circuit, &probe, 1, 1, now_us() + circuit_patience_us(circuit, course->settings)) == 1;
}

static bool association_stands(struct course *course)
{
	struct probe probe = probe_of(&course->target.endpoint, course->target.kind, 0);

	return !control_has_ended(&course->circuit.control, now_us()) && course_asks(course, &probe);
}

void fragments(struct course *course)
{
	struct finding *finding = report_begin(course->report, CHECK_FRAGMENTS);
	bool reassembled = comes_back(course, true);
	bool stands = association_stands(course);
	bool ignored = stands && !reassembled && comes_back(course, false);
	const char *what = reassembled ? "reassembled" : ignored ? "ignored" : "dropped";

	if (stands && !reassembled && !ignored)
		stands = association_stands(course);
	finding_say(finding, "fragments are %s%s", what, stands ? "" : ", and the association ends");
	finding_text(finding, "treatment", what);
	if (!stands)
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_FRAGMENTS_FATAL);
	else if (ignored)
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_FRAGMENTS_TAKEN_WHOLE);
	report_end(course->report, finding);
}
