/* The largest datagrams that come through, in each direction as far as the target lets it be told. */
#include "core/check/course.h"
#include "core/check/patience.h"
#include "core/check/size_search.h"
#include "core/header.h"

enum { ATTEMPTS_MAX = 24, NEEDED = 1200 /* by QUIC */ };

struct search {
	struct probe probes[ATTEMPTS_MAX];
	struct attempt attempts[ATTEMPTS_MAX];
	size_t count;
	bool cut;
};

static size_t limit_of(const struct course *course)
{
	uint8_t header[HEADER_SIZE_MAX];
	struct writer writer = writer_over(header, sizeof(header));
	size_t most = question_most(course->target.kind);

	header_encode(&writer, &course->target.endpoint);
	return most + written(&writer) > QUESTION_SIZE_MAX ? QUESTION_SIZE_MAX - written(&writer) : most;
}

/* Late answers, too: an attempt may turn out well after it was given up. */
static void note_answers(struct search *search)
{
	for (size_t i = 0; i < search->count; i++) {
		search->attempts[i].came = search->probes[i].answered;
		search->cut |= search->probes[i].cut;
	}
}

static bool await_last(struct course *course, struct search *search, uint64_t patience_us)
{
	const struct probe *last = &search->probes[search->count - 1];
	uint64_t until = now_us() + patience_us;
	size_t answered = 0;

	do
		answered = probes_await(&course->circuit, search->probes, search->count, answered + 1, until);
	while (!last->answered && course->circuit.error == 0 && now_us() < until &&
	       !control_has_ended(&course->circuit.control, now_us()));
	return last->answered;
}

/* Once more if it does not come at once: one loss is not the end, and the kernel may have been told meanwhile to send
 * it in pieces. */
static void try_size(struct course *course, struct search *search, size_t size)
{
	struct circuit *circuit = &course->circuit;
	struct probe *probe = &search->probes[search->count];
	uint64_t patience_us = circuit_patience_us(circuit, course->settings);

	*probe = probe_of(&course->target.endpoint, course->target.kind, size);
	search->attempts[search->count++] = (struct attempt){.size = size};
	if (course_renew(course) && probe_send(circuit, probe) && !await_last(course, search, patience_us / 2) &&
	    circuit->error == 0 && probe_send(circuit, probe))
		await_last(course, search, patience_us);
	note_answers(search);
}

static size_t find_largest(struct course *course, struct search *search)
{
	size_t least = question_least(course->target.kind), limit = limit_of(course), next;

	while (search->count < ATTEMPTS_MAX &&
	       (next = size_search_next(search->attempts, search->count, least, limit)) != 0)
		try_size(course, search, next);
	return size_search_largest(search->attempts, search->count, least);
}

static void judge(struct finding *finding, size_t largest, bool cut)
{
	if (cut)
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_SIZE_CUT);
	else if (largest < NEEDED)
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_SIZE_SMALL);
}

static void up(struct course *course, struct search *search)
{
	struct finding *finding = report_begin(course->report, CHECK_SIZE_UP);
	size_t largest = find_largest(course, search);
	bool at_limit = largest >= limit_of(course);

	finding_say(finding, "%zu octets", largest);
	if (course->target.kind == QUESTION_DNS)
		finding_say(finding, at_limit ? ": more is not asked of a nameserver"
					      : "; the nameserver, too, may be what takes no more");
	else if (at_limit)
		finding_say(finding, ": all that a datagram can hold");
	finding_number(finding, "octets", (int64_t)largest);
	finding_flag(finding, "at_limit", at_limit);
	judge(finding, largest, search->cut);
	report_end(course->report, finding);
}

/* A nameserver decides itself how long its answer is, so this is no more than a lower bound. */
static void down_by_dns(struct course *course, struct finding *finding)
{
	struct probe probe = probe_of(&course->target.endpoint, QUESTION_DNS_LONG, 0);
	bool came = course_renew(course) && course_asks(course, &probe);

	if (came)
		finding_say(finding, "%zu octets, the longest answer that this nameserver has; more is not told by it",
			    probe.came);
	else
		finding_say(finding, "a long answer did not come; shorter ones do");
	finding_number(finding, "octets", came ? (int64_t)probe.came : 0);
	if (!came)
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_SIZE_SMALL);
}

static void down(struct course *course, const struct search *search)
{
	struct finding *finding = report_begin(course->report, CHECK_SIZE_DOWN);
	size_t largest = size_search_largest(search->attempts, search->count, question_least(course->target.kind));

	if (course->target.kind == QUESTION_DNS) {
		down_by_dns(course, finding);
	} else {
		finding_say(finding, "%zu octets: an echo is as long as what it answers, so that up and down are one",
			    largest);
		finding_number(finding, "octets", (int64_t)largest);
		judge(finding, largest, search->cut);
	}
	report_end(course->report, finding);
}

void sizes(struct course *course)
{
	static struct search search;

	search.count = 0;
	search.cut = false;
	up(course, &search);
	down(course, &search);
}
