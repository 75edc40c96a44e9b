/* The record of a check: a finding a step, of which the screen and the JSON are both made. */
#ifndef CORE_CHECK_FINDING_H
#define CORE_CHECK_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/check/diagnosis.h"
#include "core/endpoint.h"

enum step {
	CHECK_RESOLVE,
	CHECK_CONNECT,
	CHECK_METHOD,
	CHECK_LOGIN,
	CHECK_ASSOCIATE,
	CHECK_RELAY,
	CHECK_ROUND_TRIP,
	CHECK_LOSS,
	CHECK_SIZE_UP,
	CHECK_SIZE_DOWN,
	CHECK_IPV4,
	CHECK_IPV6,
	CHECK_NAME,
	CHECK_MAPPING,
	CHECK_FRAGMENTS,
	CHECK_LOCK,
	CHECK_ANSWERS,
	CHECK_IDLE,
	CHECK_PIPELINING,
	CHECK_COUNT
};

enum mark {
	MARK_GOOD,
	MARK_REMARK,   /* usable, but worth knowing */
	MARK_FAILED,   /* not usable */
	MARK_LEFT_OUT, /* not tried, and found says why */
};

enum fact_kind { FACT_NUMBER, FACT_FLAG, FACT_TEXT };

/* A value for programs. */
struct fact {
	const char *name;
	enum fact_kind kind;
	int64_t number;
	char text[ENDPOINT_TEXT_SIZE];
};

enum { FACTS_MAX = 12, FOUND_SIZE = 640 };

struct finding {
	uint8_t step;      /* enum step */
	uint8_t mark;      /* enum mark */
	uint8_t diagnosis; /* enum diagnosis */
	uint8_t fact_count;
	int64_t took_us;        /* -1: it is no matter of time */
	char found[FOUND_SIZE]; /* a line for people */
	struct fact facts[FACTS_MAX];
};

struct report {
	const char *label;                           /* the server's; no secret in it */
	void (*hear)(const struct finding *finding); /* is told each finding when it is made; or NULL */
	unsigned count;
	struct finding findings[CHECK_COUNT];
};

/* A new finding, good so far. Steps come in any order, each once. */
struct finding *report_begin(struct report *report, enum step step);
/* It is complete. */
void report_end(struct report *report, const struct finding *finding);

/* Whether a datagram went there and back, and nothing failed. */
bool report_is_usable(const struct report *report);
/* Of the first step that failed; DIAGNOSIS_NONE: none did. */
enum diagnosis report_diagnosis(const struct report *report);

void finding_judge(struct finding *finding, enum mark mark, enum diagnosis diagnosis);
/* Adds to what was found. */
void finding_say(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_number(struct finding *finding, const char *name, int64_t number);
void finding_flag(struct finding *finding, const char *name, bool is_so);
void finding_text(struct finding *finding, const char *name, const char *text);

const char *step_name(enum step step);  /* in JSON */
const char *step_title(enum step step); /* on the screen */
const char *mark_name(enum mark mark);

#endif
