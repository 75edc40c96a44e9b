/* Which kinds of targets the server relays to: IPv4 and IPv6 addresses, host names. */
#include <string.h>

#include "core/check/course.h"
#include "core/check/patience.h"

enum { NAME_PATIENCE_US = 2000000 /* the server looks it up first */ };

static void say_unreached(struct course *course, struct finding *finding, enum diagnosis diagnosis, const char *where)
{
	enum diagnosis breakdown = course_breakdown(course);

	finding_say(finding, "no answer from %s", where);
	finding_judge(finding, MARK_REMARK, breakdown != DIAGNOSIS_NONE ? breakdown : diagnosis);
}

static void ask(struct course *course, struct finding *finding, const struct target *target, enum diagnosis otherwise)
{
	struct probe probe = probe_of(&target->endpoint, target->kind, 0);
	char text[ENDPOINT_TEXT_SIZE];
	uint64_t least_us = target->endpoint.kind == ENDPOINT_NAME ? NAME_PATIENCE_US : 0;

	endpoint_print(&target->endpoint, text, sizeof(text));
	finding_text(finding, "target", text);
	if (course_renew(course) && probe_round_trip(&course->circuit, &probe, course_patience_us(course, least_us))) {
		finding->took_us = (int64_t)probe.took_us;
		finding_say(finding, "%s answered", text);
	} else {
		say_unreached(course, finding, otherwise, text);
	}
}

static void family(struct course *course, enum step step, enum endpoint_kind kind, enum diagnosis otherwise)
{
	struct finding *finding = report_begin(course->report, step);
	const struct target *target =
	    course->target.endpoint.kind == kind ? &course->target : targets_find(&course->wishes->targets, kind);

	if (target) {
		ask(course, finding, target, otherwise);
	} else {
		finding_judge(finding, MARK_LEFT_OUT, DIAGNOSIS_NONE);
		finding_say(finding, "no such target is given: --check-target");
	}
	report_end(course->report, finding);
}

/* The text of the target's address, as a name. */
static struct target named(const struct target *target, char text[ENDPOINT_TEXT_SIZE])
{
	char *start = text, *end;

	endpoint_print(&target->endpoint, text, ENDPOINT_TEXT_SIZE);
	end = strrchr(text, ':');
	if (*start == '[') {
		start++;
		end--;
	}
	return (struct target){target->kind, endpoint_name(start, (size_t)(end - start), target->endpoint.port)};
}

static void name(struct course *course)
{
	struct finding *finding = report_begin(course->report, CHECK_NAME);
	const struct target *given = course->target.endpoint.kind == ENDPOINT_NAME
					 ? &course->target
					 : targets_find(&course->wishes->targets, ENDPOINT_NAME);
	char text[ENDPOINT_TEXT_SIZE];
	struct target made;

	if (!given)
		made = named(&course->target, text);
	ask(course, finding, given ? given : &made, DIAGNOSIS_NAMES_NOT_RELAYED);
	if (!given)
		finding_say(finding, " (an address sent as a name; for a real one: --check-target NAME)");
	finding_flag(finding, "resolved", given && finding->mark == MARK_GOOD);
	report_end(course->report, finding);
}

void families(struct course *course)
{
	family(course, CHECK_IPV4, ENDPOINT_IPV4, DIAGNOSIS_IPV4_NOT_RELAYED);
	family(course, CHECK_IPV6, ENDPOINT_IPV6, DIAGNOSIS_IPV6_NOT_RELAYED);
	name(course);
}
