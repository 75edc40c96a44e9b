#include "core/statistics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/lower.h"

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
	const char *key;
	enum statistic statistic;
	bool has_octets;
};

static const struct row rows[] = {
    {"associations made", "associations_made", STATISTIC_MADE, false},
    {"associations lost", "associations_lost", STATISTIC_LOST, false},
    {"datagrams sent, relayed", "sent_relayed", STATISTIC_SENT_RELAYED, true},
    {"datagrams sent, direct", "sent_direct", STATISTIC_SENT_DIRECT, true},
    {"datagrams rejected by a rule", "sent_rejected", STATISTIC_REJECTED, false},
    {"datagrams dropped by a rule", "sent_dropped", STATISTIC_DROPPED, false},
    {"datagrams that waited", "sent_waited", STATISTIC_WAITED, false},
    {"dropped: no association came", "dropped_unassociated", STATISTIC_LOST_WAITING, false},
    {"dropped: too many waited", "dropped_no_room", STATISTIC_NO_ROOM, false},
    {"datagrams received, relayed", "received_relayed", STATISTIC_RECEIVED_RELAYED, true},
    {"datagrams received, direct", "received_direct", STATISTIC_RECEIVED_DIRECT, true},
    {"dropped: malformed", "dropped_malformed", STATISTIC_MALFORMED, false},
    {"dropped: not from the relay", "dropped_not_from_relay", STATISTIC_STRANGER, false},
    {"dropped: not from the peer", "dropped_not_from_peer", STATISTIC_OTHER, false},
    {"dropped: of another family", "dropped_other_family", STATISTIC_FOREIGN, false},
    {"missing in the capture", "capture_missing", STATISTIC_UNCAPTURED, false},
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

/* Text that grows in a buffer, and is cut at its end. */
struct text {
	char *at;
	size_t left;
};

__attribute__((format(printf, 2, 3))) static void append(struct text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(text->at, text->left, format, arguments);
	va_end(arguments);
	size_t taken = size < 0 || (size_t)size >= text->left ? text->left - 1 : (size_t)size;
	text->at += taken;
	text->left -= taken;
}

/* An octet that is not ASCII stands for itself, whatever the name's encoding: the object is UTF-8. */
static void append_string(struct text *text, const char *string)
{
	append(text, "\"");
	for (const unsigned char *at = (const unsigned char *)string; *at; at++) {
		if (*at == '"' || *at == '\\')
			append(text, "\\%c", *at);
		else if (*at < ' ' || *at > '~')
			append(text, "\\u%04x", *at);
		else
			append(text, "%c", *at);
	}
	append(text, "\"");
}

static void append_lower(struct text *text, const char *name)
{
	for (; *name; name++)
		append(text, "%c", lower(*name));
}

static void append_failures(struct text *text, const struct statistics *statistics)
{
	unsigned failure;
	append(text, ",\"attempts_failed\":{");
	for (unsigned n = 0; (failure = nth_failure(statistics, n)) != OUTCOME_COUNT; n++) {
		append(text, n ? ",\"" : "\"");
		append_lower(text, outcome_name((enum outcome)failure));
		append(text, "\":%" PRIu64, atomic_load(&statistics->failures[failure]));
	}
	append(text, "}");
}

size_t statistics_object(const struct statistics *statistics, long process, const char *program, char *out, size_t size)
{
	struct text text = {out, size};
	append(&text, "{\"process\":%ld,\"program\":", process);
	append_string(&text, program);
	for (unsigned i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];
		append(&text, ",\"%s\":%" PRIu64, row->key, atomic_load(&statistics->counts[row->statistic]));
		if (row->has_octets)
			append(&text, ",\"%s_octets\":%" PRIu64, row->key,
			       atomic_load(&statistics->counts[row->statistic + 1]));
	}
	append(&text, ",\"negotiation_us_p50\":%" PRIu64 ",\"negotiation_us_p99\":%" PRIu64,
	       statistics_percentile_us(statistics, 50), statistics_percentile_us(statistics, 99));
	append_failures(&text, statistics);
	append(&text, "}\n");
	return size - text.left;
}
