#include "core/statistics.h"

#include <inttypes.h>
#include <stdio.h>

/* Four buckets an octave: the bucket of 2^k (1 + q/4) microseconds is 4k + q. */
static unsigned bucket_of(uint64_t us)
{
	unsigned octave = us ? 63 - (unsigned)__builtin_clzll(us) : 0;
	unsigned quarter = octave < 2 ? 0 : (unsigned)(us >> (octave - 2)) & 3;
	unsigned bucket = octave * 4 + quarter;
	return bucket < TOOK_BUCKETS ? bucket : TOOK_BUCKETS - 1;
}

static uint64_t end_of_bucket(unsigned bucket)
{
	return (UINT64_C(1) << bucket / 4) * (5 + bucket % 4) / 4;
}

void statistics_made(struct statistics *statistics, uint64_t took_us)
{
	statistics_add(statistics, STATISTIC_MADE, 1);
	atomic_fetch_add_explicit(&statistics->took[bucket_of(took_us)], 1, memory_order_relaxed);
}

void statistics_failed(struct statistics *statistics, enum outcome outcome)
{
	atomic_fetch_add_explicit(&statistics->failures[outcome], 1, memory_order_relaxed);
}

void statistics_clear(struct statistics *statistics)
{
	for (unsigned i = 0; i < STATISTIC_COUNT; i++)
		atomic_store(&statistics->counts[i], 0);
	for (unsigned i = 0; i < OUTCOME_COUNT; i++)
		atomic_store(&statistics->failures[i], 0);
	for (unsigned i = 0; i < TOOK_BUCKETS; i++)
		atomic_store(&statistics->took[i], 0);
}

uint64_t statistics_percentile_us(const struct statistics *statistics, unsigned percent)
{
	uint64_t total = 0, below = 0;
	for (unsigned i = 0; i < TOOK_BUCKETS; i++)
		total += atomic_load(&statistics->took[i]);
	for (unsigned i = 0; i < TOOK_BUCKETS; i++) {
		below += atomic_load(&statistics->took[i]);
		if (total && below * 100 >= total * percent)
			return end_of_bucket(i);
	}
	return 0;
}

struct row {
	const char *title;
	enum statistic statistic;
	bool has_octets;
};

static const struct row rows[] = {
    {"associations made", STATISTIC_MADE, false},
    {"associations lost", STATISTIC_LOST, false},
    {"datagrams sent, relayed", STATISTIC_SENT_RELAYED, true},
    {"datagrams sent, direct", STATISTIC_SENT_DIRECT, true},
    {"datagrams rejected by a rule", STATISTIC_REJECTED, false},
    {"datagrams dropped by a rule", STATISTIC_DROPPED, false},
    {"datagrams that waited", STATISTIC_WAITED, false},
    {"dropped: no association came", STATISTIC_LOST_WAITING, false},
    {"dropped: too many waited", STATISTIC_NO_ROOM, false},
    {"datagrams received, relayed", STATISTIC_RECEIVED_RELAYED, true},
    {"datagrams received, direct", STATISTIC_RECEIVED_DIRECT, true},
    {"dropped: malformed", STATISTIC_MALFORMED, false},
    {"dropped: not from the relay", STATISTIC_STRANGER, false},
    {"dropped: not from the peer", STATISTIC_OTHER, false},
    {"dropped: of another family", STATISTIC_FOREIGN, false},
};

enum { ROWS = sizeof rows / sizeof rows[0], TITLE = 34 };

static void print_row(const struct statistics *statistics, const struct row *row, char *out, size_t size)
{
	uint64_t count = atomic_load(&statistics->counts[row->statistic]);
	if (row->has_octets)
		snprintf(out, size, "%-*s %10" PRIu64 "  %" PRIu64 " octets", TITLE, row->title, count,
			 atomic_load(&statistics->counts[row->statistic + 1]));
	else
		snprintf(out, size, "%-*s %10" PRIu64, TITLE, row->title, count);
}

static void print_times(const struct statistics *statistics, char *out, size_t size)
{
	snprintf(out, size, "%-*s %10.1f  p99 %.1f", TITLE, "negotiation in ms, p50",
		 (double)statistics_percentile_us(statistics, 50) / 1000,
		 (double)statistics_percentile_us(statistics, 99) / 1000);
}

/* The n-th outcome that attempts ended with, or OUTCOME_COUNT. */
static unsigned nth_failure(const struct statistics *statistics, unsigned n)
{
	for (unsigned i = 0; i < OUTCOME_COUNT; i++)
		if (atomic_load(&statistics->failures[i]) && n-- == 0)
			return i;
	return OUTCOME_COUNT;
}

bool statistics_line(const struct statistics *statistics, unsigned n, char *out, size_t size)
{
	if (n < ROWS) {
		print_row(statistics, &rows[n], out, size);
		return true;
	}
	if (n == ROWS) {
		print_times(statistics, out, size);
		return true;
	}
	unsigned failure = nth_failure(statistics, n - ROWS - 1);
	if (failure == OUTCOME_COUNT)
		return false;
	snprintf(out, size, "%-*s %10" PRIu64 "  %s", TITLE, "attempts failed",
		 atomic_load(&statistics->failures[failure]), outcome_text((enum outcome)failure));
	return true;
}
