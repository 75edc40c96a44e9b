/* How long an association lives over which nothing goes. */
#include "core/check/course.h"
#include "core/check/patience.h"

struct idling {
	uint64_t lived_us; /* the longest silence after which there was an answer */
	uint64_t died_us;  /* the silence after which there was none; 0: it did not die */
	enum diagnosis diagnosis;
};

/* Whether the association outlives a silence so long. */
static bool outlives(struct course *course, uint64_t silence_us, struct idling *idling)
{
	struct probe probe = probe_of(&course->target.endpoint, course->target.kind, 0);
	uint64_t since = now_us();
	bool ended = control_has_ended(&course->circuit.control, since + silence_us);

	idling->died_us = now_us() - since;
	idling->diagnosis = DIAGNOSIS_IDLE_ENDED;
	if (ended)
		return false;
	if (course_asks(course, &probe)) {
		idling->lived_us = silence_us;
		idling->died_us = 0;
		return true;
	}
	if (!control_has_ended(&course->circuit.control, now_us()))
		idling->diagnosis = DIAGNOSIS_IDLE_FORGOTTEN;
	return false;
}

static double seconds(uint64_t us)
{
	return (double)us / 1000000;
}

/* Silences that grow, so that the end of one that is too long is known between two of them. */
static void lie_idle(struct course *course, struct finding *finding)
{
	uint64_t longest_us = course->wishes->idle_ms * 1000ULL;
	struct idling idling = {.lived_us = 0};

	for (unsigned part = 4; part >= 1; part /= 2)
		if (!outlives(course, longest_us / part, &idling))
			break;
	finding_number(finding, "lived_ms", (int64_t)(idling.lived_us / 1000));
	if (idling.died_us == 0) {
		finding_say(finding, "outlives %.2f s of silence", seconds(idling.lived_us));
		return;
	}
	finding_say(finding, "outlives %.2f s of silence, not %.2f s", seconds(idling.lived_us),
		    seconds(idling.died_us));
	finding_number(finding, "died_ms", (int64_t)(idling.died_us / 1000));
	finding_judge(finding, MARK_REMARK, idling.diagnosis);
}

void idle(struct course *course)
{
	struct finding *finding = report_begin(course->report, CHECK_IDLE);

	if (course->wishes->idle_ms == 0) {
		finding_judge(finding, MARK_LEFT_OUT, DIAGNOSIS_NONE);
		finding_say(finding, "takes its time: --check-idle SECONDS");
	} else if (course_renew(course)) {
		lie_idle(course, finding);
	} else {
		finding_judge(finding, MARK_LEFT_OUT, DIAGNOSIS_NONE);
		finding_say(finding, "there is no association to try it with");
	}
	report_end(course->report, finding);
}
