/* What the datagrams looked like that came: whether they were answers, and what they said of their source. */
#include "core/check/course.h"

struct row {
	const char *name; /* in JSON */
	const char *text;
	enum diagnosis diagnosis;
};

static const struct row strays[STRAY_COUNT] = {
    [STRAY_HOST] = {"from_other_host", "from another host", DIAGNOSIS_STRAY_HOST},
    [STRAY_PORT] = {"from_other_port", "from another port", DIAGNOSIS_STRAY_PORT},
    [STRAY_UNFRAMED] = {"unframed", "without a header", DIAGNOSIS_STRAY_UNFRAMED},
    [STRAY_FRAGMENT] = {"fragments", "fragments", DIAGNOSIS_STRAY_FRAGMENT},
    [STRAY_SHORT] = {"short", "too short", DIAGNOSIS_STRAY_SHORT},
    [STRAY_RESERVED] = {"reserved_not_zero", "with reserved octets set", DIAGNOSIS_STRAY_RESERVED},
    [STRAY_TYPE] = {"unknown_address_type", "of an unknown address type", DIAGNOSIS_STRAY_TYPE},
    [STRAY_NAME] = {"bad_name", "with a bad name", DIAGNOSIS_STRAY_NAME},
};

/* The first of them is told of; all are counted. */
static void note(struct finding *finding, const struct row *row, unsigned count)
{
	if (count == 0)
		return;
	finding_number(finding, row->name, count);
	finding_say(finding, "%s%u %s", *finding->found ? ", " : "", count, row->text);
	if (finding->diagnosis == DIAGNOSIS_NONE)
		finding_judge(finding, MARK_REMARK, row->diagnosis);
}

void answers(struct course *course)
{
	static const struct row other = {"other_source", "naming another source", DIAGNOSIS_SOURCE_OTHER},
				named = {"source_as_name", "naming their source as text", DIAGNOSIS_SOURCE_NAME},
				mapped = {"source_mapped", "naming an IPv4 source as IPv6", DIAGNOSIS_SOURCE_MAPPED};
	struct finding *finding = report_begin(course->report, CHECK_ANSWERS);
	const struct circuit *circuit = &course->circuit;

	note(finding, &other, circuit->seen.sources.other);
	for (enum stray stray = 0; stray < STRAY_COUNT; stray++)
		note(finding, &strays[stray], circuit->seen.strays[stray]);
	note(finding, &named, circuit->seen.sources.named);
	note(finding, &mapped, circuit->seen.sources.mapped);
	if (*finding->found == '\0')
		finding_say(finding, "all as they should be");
	if (*circuit->seen.stranger) {
		finding_say(finding, "; from %s", circuit->seen.stranger);
		finding_text(finding, "stranger", circuit->seen.stranger);
	}
	report_end(course->report, finding);
}
