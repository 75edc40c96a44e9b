/* The course of a check: its steps one after another, over one association as long as that lasts. */
#ifndef CORE_CHECK_COURSE_H
#define CORE_CHECK_COURSE_H

#include "core/check/circuit.h"
#include "core/check/finding.h"
#include "core/check/probe.h"
#include "core/check/target.h"

enum { STUN_SERVERS_MAX = 2 };

/* What is asked for beside the server. */
struct wishes {
	struct targets targets;
	struct endpoint stun[STUN_SERVERS_MAX];
	unsigned stun_count;
	uint32_t idle_ms; /* 0: no idling */
};

struct course {
	const struct settings *settings;
	const struct server *server;
	const struct wishes *wishes;
	struct report *report;
	struct manner manner; /* by which the association in use was made */
	struct circuit circuit;
	struct target target;   /* the one that answered first */
	uint64_t round_trip_us; /* from it */
};

/* Fills the report. */
void course_run(struct course *course, const struct settings *settings, const struct server *server,
		const struct wishes *wishes, struct report *report);

/* Another association where the one in use has ended. false: there is none to be had. */
bool course_renew(struct course *course);

/* A question to the target, sent up to three times. */
bool course_asks(struct course *course, struct probe *probe);

/* Why there is no answer: the association has ended, or its relay is gone; DIAGNOSIS_NONE: neither. */
enum diagnosis course_breakdown(struct course *course);

/* The steps. false: there is no use in going on. */
bool approach(struct course *course); /* from the server's name to the relay's address */
bool round_trip(struct course *course);
bool losses(struct course *course);
void sizes(struct course *course);
void families(struct course *course);
void mapping(struct course *course);
void fragments(struct course *course);
void lock_of_relay(struct course *course);
void answers(struct course *course);
void idle(struct course *course);
void pipelining(struct course *course);

#endif
