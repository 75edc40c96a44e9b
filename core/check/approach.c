/* From the server's name to the address of its relay. */
#include <string.h>

#include "core/check/course.h"
#include "core/check/patience.h"
#include "core/check/resolve.h"

enum { ADDRESSES_MAX = 8, SILENCE_US = 500000 };

struct addresses {
	struct endpoint items[ADDRESSES_MAX];
	size_t count;
};

static bool find_addresses(struct course *course, struct addresses *addresses)
{
	struct finding *finding = report_begin(course->report, CHECK_RESOLVE);
	const struct endpoint *control = &course->server->control;
	char text[ENDPOINT_TEXT_SIZE];
	uint64_t since = now_us();
	enum outcome outcome =
	    resolve_host(control, addresses->items, ADDRESSES_MAX, &addresses->count, course->settings->connect_ms);

	if (control->kind == ENDPOINT_NAME)
		finding->took_us = (int64_t)(now_us() - since);
	finding_say(finding, "%s", endpoint_print(control, text, sizeof(text)));
	if (outcome != OUTCOME_OK) {
		finding_judge(finding, MARK_FAILED,
			      outcome == OUTCOME_UNRESOLVED ? DIAGNOSIS_UNRESOLVED : DIAGNOSIS_RESOLVER_SILENT);
	} else if (control->kind == ENDPOINT_NAME) {
		for (size_t i = 0; i < addresses->count; i++)
			finding_say(finding, "%s%s", i ? ", " : " is ",
				    endpoint_print(&addresses->items[i], text, sizeof(text)));
	} else {
		finding_say(finding, " is an address");
	}
	finding_number(finding, "addresses", (int64_t)addresses->count);
	report_end(course->report, finding);
	return outcome == OUTCOME_OK;
}

static enum outcome open_at(struct course *course, const struct addresses *addresses, struct finding *finding)
{
	char text[ENDPOINT_TEXT_SIZE];
	enum outcome outcome = OUTCOME_UNRESOLVED;

	for (size_t i = 0; i < addresses->count; i++) {
		circuit_close(&course->circuit);
		course->manner.address = addresses->items[i];
		outcome = circuit_open(&course->circuit, &course->manner);
		finding_say(finding, "%s%s", i ? "; " : "", endpoint_print(&addresses->items[i], text, sizeof(text)));
		if (course->circuit.stage > CIRCUIT_CONNECTING)
			break;
		finding_say(finding, ": %s", outcome_text(outcome));
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_ADDRESS_DEAD);
	}
	return outcome;
}

/* The negotiation follows at once: its outcome is *outcome. */
static bool tcp(struct course *course, const struct addresses *addresses, enum outcome *outcome)
{
	struct finding *finding = report_begin(course->report, CHECK_CONNECT);
	char text[ENDPOINT_TEXT_SIZE];
	bool connected;

	*outcome = open_at(course, addresses, finding);
	connected = course->circuit.stage > CIRCUIT_CONNECTING;
	if (!connected)
		finding_judge(finding, MARK_FAILED, diagnose_connection(*outcome));
	finding->took_us = (int64_t)course->circuit.control.connect_us;
	finding_text(finding, "address", endpoint_print(&course->manner.address, text, sizeof(text)));
	report_end(course->report, finding);
	return connected;
}

/* A server that hangs up on whoever says nothing is no judge of what is said. */
static bool hangs_up(const struct course *course)
{
	struct control control;
	uint64_t patience = course->settings->handshake_ms * 1000ULL;
	bool ended = false;

	if (control_connect(&control, &course->manner.address, now_us() + course->settings->connect_ms * 1000ULL) ==
	    OUTCOME_OK)
		ended = control_has_ended(&control, now_us() + (patience < SILENCE_US ? patience : SILENCE_US));
	control_close(&control);
	return ended;
}

static const char *method_text(uint8_t method)
{
	switch (method) {
	case METHOD_NONE:
		return "no login";
	case 1:
		return "GSSAPI";
	case METHOD_LOGIN:
		return "user name and password";
	case METHOD_UNACCEPTABLE:
		return "none of them";
	default:
		return "a private one";
	}
}

static void say_method(struct finding *finding, const struct control *control)
{
	const char *offered = control->order.credentials ? "no login, user name and password" : "no login";

	finding_say(finding, "offered: %s", offered);
	finding_text(finding, "offered", offered);
	if (control->heard_size < 2 || control->heard[0] != 5)
		return;
	finding_say(finding, "; chosen: %s (%u)", method_text(control->heard[1]), control->heard[1]);
	finding_number(finding, "chosen", control->heard[1]);
}

static void say_login(struct finding *finding, const struct control *control)
{
	finding_say(finding, "%s",
		    control_method(control) == METHOD_LOGIN ? "user name and password (RFC 1929)" : "none");
}

static void say_request(struct finding *finding, const struct control *control)
{
	char text[ENDPOINT_TEXT_SIZE];

	if (control->order.target.port)
		endpoint_print(&control->order.target, text, sizeof(text));
	finding_say(finding, "announced %s", control->order.target.port ? text : "zeros");
	if (negotiation_wants(&control->negotiation) != NEGOTIATION_DONE && control->negotiation.rep == 0)
		return;
	finding_say(finding, "; reply %u", control->negotiation.rep);
	finding_number(finding, "reply", control->negotiation.rep);
}

/* A finding for each step that was begun. false: it failed there. */
static bool step(struct course *course, enum negotiation_step step, enum step as,
		 void (*say)(struct finding *, const struct control *))
{
	const struct control *control = &course->circuit.control;
	const struct negotiation *negotiation = &control->negotiation;
	struct finding *finding = report_begin(course->report, as);
	bool failed = negotiation_wants(negotiation) == NEGOTIATION_FAILED && negotiation->step == step;

	finding->took_us = control->step_us[step] ? (int64_t)control->step_us[step] : -1;
	say(finding, control);
	if (failed) {
		bool closed = step == STEP_METHOD && negotiation->outcome == OUTCOME_CLOSED;

		finding_say(finding, "; %s", outcome_text(negotiation->outcome));
		finding_judge(finding, MARK_FAILED, control_diagnosis(control, closed && hangs_up(course)));
	} else if (step == STEP_REQUEST && control->ahead) {
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_ANSWERS_AHEAD);
	}
	report_end(course->report, finding);
	return !failed;
}

static bool relay(struct course *course, enum outcome outcome)
{
	const struct control *control = &course->circuit.control;
	struct finding *finding = report_begin(course->report, CHECK_RELAY);
	const struct endpoint *bound = &control->negotiation.bound;
	enum diagnosis diagnosis = diagnose_relay(bound, &control->server, course->manner.relay_address);
	char given[ENDPOINT_TEXT_SIZE], used[ENDPOINT_TEXT_SIZE] = "";

	finding_say(finding, "given %s", endpoint_print(bound, given, sizeof(given)));
	finding_text(finding, "given", given);
	finding_judge(finding, diagnosis == DIAGNOSIS_NONE ? MARK_GOOD : MARK_REMARK, diagnosis);
	if (outcome == OUTCOME_OK)
		finding_say(finding, ", used %s", endpoint_print(&course->circuit.relay, used, sizeof(used)));
	else if (diagnosis == DIAGNOSIS_RELAY_PORT_ZERO)
		finding_judge(finding, MARK_FAILED, diagnosis);
	else
		finding_judge(finding, MARK_FAILED, DIAGNOSIS_HERE_AT_HOME);
	finding_text(finding, "used", used);
	report_end(course->report, finding);
	return outcome == OUTCOME_OK;
}

bool approach(struct course *course)
{
	struct addresses addresses;
	enum outcome outcome;

	return find_addresses(course, &addresses) && tcp(course, &addresses, &outcome) &&
	       step(course, STEP_METHOD, CHECK_METHOD, say_method) &&
	       step(course, STEP_LOGIN, CHECK_LOGIN, say_login) &&
	       step(course, STEP_REQUEST, CHECK_ASSOCIATE, say_request) && relay(course, outcome);
}
