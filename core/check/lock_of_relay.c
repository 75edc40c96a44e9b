/* Whether the relay holds to the client that the association is with: a question from another port of this host. */
#include <unistd.h>

#include "core/check/course.h"
#include "core/check/patience.h"

static bool serves_another_port(struct course *course)
{
	struct circuit *circuit = &course->circuit;
	struct probe probe = probe_of(&course->target.endpoint, course->target.kind, 0);
	int own = circuit->fd;
	uint16_t port = circuit->port;
	bool answered;

	circuit->fd = circuit_socket(&circuit->relay);
	answered = circuit->fd >= 0 && probe_send(circuit, &probe) && probe_send(circuit, &probe) &&
		   probes_await(circuit, &probe, 1, 1, now_us() + circuit_patience_us(circuit, course->settings)) == 1;
	if (circuit->fd >= 0)
		close(circuit->fd);
	circuit->fd = own;
	circuit->port = port;
	circuit->error = 0;
	return answered;
}

/* The association's own client comes first: a server may hold to whoever does. */
void lock_of_relay(struct course *course)
{
	struct finding *finding = report_begin(course->report, CHECK_LOCK);
	struct probe probe = probe_of(&course->target.endpoint, course->target.kind, 0);

	if (!course_renew(course) || !course_asks(course, &probe)) {
		finding_judge(finding, MARK_LEFT_OUT, DIAGNOSIS_NONE);
		finding_say(finding, "there is no association to try it with");
	} else if (serves_another_port(course)) {
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_RELAY_OPEN);
		finding_say(finding, "are served, too");
		finding_flag(finding, "served", true);
	} else {
		finding_say(finding, "are not served");
		finding_flag(finding, "served", false);
	}
	report_end(course->report, finding);
}
