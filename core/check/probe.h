/* Probes: questions that are sent to a target through the relay, and what becomes of each. */
#ifndef CORE_CHECK_PROBE_H
#define CORE_CHECK_PROBE_H

#include "core/check/circuit.h"
#include "core/check/question.h"

enum { PROBE_TRIES = 3, PROBE_KEPT = 1500 /* a STUN answer fits in a packet: RFC 8489 section 6.1 */ };

struct probe {
	struct endpoint target;
	struct question question;
	uint64_t sent_us;
	uint64_t took_us;
	size_t size;                /* of the payload sent */
	size_t came;                /* and of the one that came back */
	bool answered;              /* with MATCH_WHOLE */
	bool cut;                   /* with MATCH_CUT alone */
	bool wrong;                 /* with MATCH_WRONG alone */
	uint8_t answer[PROBE_KEPT]; /* its beginning */
};

/* A question with an id of its own. */
struct probe probe_of(const struct endpoint *target, enum question_kind kind, size_t size);

/* false: the kernel did not take it, and circuit->error says why. */
bool probe_send(struct circuit *circuit, struct probe *probe);

/* The same with FRAG as given and only a part of the payload. */
struct fragment {
	uint8_t frag;
	size_t from;
	size_t to; /* past its end; SIZE_MAX: to the end of the payload */
};
bool probe_send_fragment(struct circuit *circuit, struct probe *probe, const struct fragment *fragment);

/* Until `wanted` of them are answered, an ICMP message comes or the server ends the association, but at the latest
 * until that moment. Answers how many of them are answered. */
size_t probes_await(struct circuit *circuit, struct probe *probes, size_t count, size_t wanted, uint64_t until_us);

/* One question, sent up to PROBE_TRIES times within that time. */
bool probe_round_trip(struct circuit *circuit, struct probe *probe, uint64_t patience_us);

#endif
