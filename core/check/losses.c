/* Twenty datagrams: how many come back, and in what time. */
#include "core/check/course.h"
#include "core/check/patience.h"

enum { DATAGRAMS = 20, APART_US = 10000 };

struct times {
	uint64_t least_us;
	uint64_t most_us;
	uint64_t sum_us;
	unsigned count;
};

static struct times times_of(const struct probe *probes)
{
	struct times times = {.least_us = UINT64_MAX};

	for (int i = 0; i < DATAGRAMS; i++) {
		if (!probes[i].answered)
			continue;
		if (probes[i].took_us < times.least_us)
			times.least_us = probes[i].took_us;
		if (probes[i].took_us > times.most_us)
			times.most_us = probes[i].took_us;
		times.sum_us += probes[i].took_us;
		times.count++;
	}
	return times;
}

/* Apart from each other, but not each upon the answer to the one before: as programs send. */
static void exchange(struct course *course, struct probe *probes)
{
	struct circuit *circuit = &course->circuit;

	circuit->error = 0;
	for (int i = 0; i < DATAGRAMS; i++)
		probes[i] = probe_of(&course->target.endpoint, course->target.kind, 0);
	for (size_t i = 0; i < DATAGRAMS && circuit->error == 0; i++) {
		probe_send(circuit, &probes[i]);
		probes_await(circuit, probes, i + 1, DATAGRAMS, now_us() + APART_US);
	}
	probes_await(circuit, probes, DATAGRAMS, DATAGRAMS, now_us() + course_patience_us(course, 0));
}

static void judge(struct course *course, struct finding *finding, unsigned came)
{
	enum diagnosis breakdown = came < DATAGRAMS ? course_breakdown(course) : DIAGNOSIS_NONE;

	if (breakdown != DIAGNOSIS_NONE)
		finding_judge(finding, MARK_FAILED, breakdown);
	else if (came == 0)
		finding_judge(finding, MARK_FAILED, DIAGNOSIS_ALL_LOST);
	else if (came < DATAGRAMS)
		finding_judge(finding, MARK_REMARK, DIAGNOSIS_LOSS);
}

bool losses(struct course *course)
{
	struct finding *finding = report_begin(course->report, CHECK_LOSS);
	static struct probe probes[DATAGRAMS];
	struct times times;

	exchange(course, probes);
	times = times_of(probes);
	judge(course, finding, times.count);
	finding_say(finding, "%u of %d came back", times.count, DATAGRAMS);
	finding_number(finding, "sent", DATAGRAMS);
	finding_number(finding, "came", times.count);
	finding_number(finding, "duplicates", course->circuit.seen.duplicates);
	if (times.count) {
		uint64_t mean_us = times.sum_us / times.count;

		finding_say(finding, "; least, mean, most: %.1f, %.1f, %.1f ms", (double)times.least_us / 1000,
			    (double)mean_us / 1000, (double)times.most_us / 1000);
		finding_number(finding, "least_us", (int64_t)times.least_us);
		finding_number(finding, "mean_us", (int64_t)mean_us);
		finding_number(finding, "most_us", (int64_t)times.most_us);
	}
	report_end(course->report, finding);
	return finding->mark != MARK_FAILED;
}
