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
	struct target target; /* the one that answered first */
};

/* Fills the report. */
void course_run(struct course *course, const struct settings *settings, const struct server *server,
		const struct wishes *wishes, struct report *report);

/* Another association where the one in use has ended. false: there is none to be had. */
bool course_renew(struct course *course);

/* How long answers are awaited to what is sent up to PROBE_TRIES times, given how long those before took: least_us at
 * least, but never longer than timeouts.handshake. */
uint64_t course_patience_us(const struct course *course, uint64_t least_us);

/* A question to the target, sent up to PROBE_TRIES times. */
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
