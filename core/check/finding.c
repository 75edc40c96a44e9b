#include "core/check/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	const char *title;
} steps[CHECK_COUNT] = {
    [CHECK_RESOLVE] = {"resolve", "server's name"},
    [CHECK_CONNECT] = {"connect", "TCP"},
    [CHECK_METHOD] = {"method", "methods"},
    [CHECK_LOGIN] = {"login", "authentication"},
    [CHECK_ASSOCIATE] = {"associate", "UDP ASSOCIATE"},
    [CHECK_RELAY] = {"relay", "relay address"},
    [CHECK_ROUND_TRIP] = {"round_trip", "round trip"},
    [CHECK_LOSS] = {"loss", "20 datagrams"},
    [CHECK_SIZE_UP] = {"size_up", "largest, up"},
    [CHECK_SIZE_DOWN] = {"size_down", "largest, down"},
    [CHECK_IPV4] = {"ipv4", "IPv4 target"},
    [CHECK_IPV6] = {"ipv6", "IPv6 target"},
    [CHECK_NAME] = {"name", "domain target"},
    [CHECK_MAPPING] = {"mapping", "mapping"},
    [CHECK_FRAGMENTS] = {"fragments", "FRAG"},
    [CHECK_LOCK] = {"lock", "other senders"},
    [CHECK_ANSWERS] = {"answers", "answers"},
    [CHECK_IDLE] = {"idle", "idle"},
    [CHECK_PIPELINING] = {"pipelining", "pipelining"},
};

const char *step_name(enum step step)
{
	return steps[step].name;
}

const char *step_title(enum step step)
{
	return steps[step].title;
}

const char *mark_name(enum mark mark)
{
	static const char *const names[] = {"good", "remark", "failed", "left_out"};

	return names[mark];
}

struct finding *report_begin(struct report *report, enum step step)
{
	struct finding *finding = &report->findings[report->count++];

	*finding = (struct finding){.step = (uint8_t)step, .took_us = -1};
	return finding;
}

void report_end(struct report *report, const struct finding *finding)
{
	if (report->hear)
		report->hear(finding);
}

bool report_is_usable(const struct report *report)
{
	bool returned = false;

	for (unsigned i = 0; i < report->count; i++) {
		if (report->findings[i].mark == MARK_FAILED)
			return false;
		returned |= report->findings[i].step == CHECK_ROUND_TRIP;
	}
	return returned;
}

enum diagnosis report_diagnosis(const struct report *report)
{
	for (unsigned i = 0; i < report->count; i++)
		if (report->findings[i].mark == MARK_FAILED)
			return (enum diagnosis)report->findings[i].diagnosis;
	return DIAGNOSIS_NONE;
}

void finding_judge(struct finding *finding, enum mark mark, enum diagnosis diagnosis)
{
	finding->mark = (uint8_t)mark;
	finding->diagnosis = (uint8_t)diagnosis;
}

void finding_say(struct finding *finding, const char *format, ...)
{
	size_t used = strlen(finding->found);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding->found + used, sizeof(finding->found) - used, format, arguments);
	va_end(arguments);
}

static struct fact *add_fact(struct finding *finding, const char *name, enum fact_kind kind)
{
	static struct fact surplus;
	struct fact *fact = finding->fact_count < FACTS_MAX ? &finding->facts[finding->fact_count++] : &surplus;

	*fact = (struct fact){.name = name, .kind = kind};
	return fact;
}

void finding_number(struct finding *finding, const char *name, int64_t number)
{
	add_fact(finding, name, FACT_NUMBER)->number = number;
}

void finding_flag(struct finding *finding, const char *name, bool is_so)
{
	add_fact(finding, name, FACT_FLAG)->number = is_so;
}

void finding_text(struct finding *finding, const char *name, const char *text)
{
	struct fact *fact = add_fact(finding, name, FACT_TEXT);

	snprintf(fact->text, sizeof(fact->text), "%s", text);
}
