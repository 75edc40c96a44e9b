/* Statistics of a process: what became of associations and datagrams. Counted without a lock; read at the end.
 *
 * What is rare is always counted. The data path counts only where statistics were asked for (statistics.wanted). */
#ifndef CORE_STATISTICS_H
#define CORE_STATISTICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/outcome.h"

enum statistic {
	STATISTIC_MADE, /* associations */
	STATISTIC_LOST,
	STATISTIC_SENT_RELAYED, /* datagrams, those that waited for their association among them */
	STATISTIC_SENT_RELAYED_OCTETS,
	STATISTIC_SENT_DIRECT,
	STATISTIC_SENT_DIRECT_OCTETS,
	STATISTIC_REJECTED,     /* by a rule */
	STATISTIC_DROPPED,      /* likewise */
	STATISTIC_WAITED,       /* for an association */
	STATISTIC_LOST_WAITING, /* and it did not come */
	STATISTIC_NO_ROOM,      /* to wait in */
	STATISTIC_RECEIVED_RELAYED,
	STATISTIC_RECEIVED_RELAYED_OCTETS,
	STATISTIC_RECEIVED_DIRECT,
	STATISTIC_RECEIVED_DIRECT_OCTETS,
	STATISTIC_MALFORMED, /* received and dropped, as the verdicts of incoming.h */
	STATISTIC_STRANGER,
	STATISTIC_OTHER,
	STATISTIC_FOREIGN,
	STATISTIC_UNCAPTURED, /* datagrams that are missing in the capture that was asked for */
	STATISTIC_COUNT
};

enum { TOOK_BUCKETS = 128 };

struct statistics {
	bool wanted;
	_Atomic uint64_t counts[STATISTIC_COUNT];
	_Atomic uint64_t failures[OUTCOME_COUNT]; /* attempts, by why they failed */
	_Atomic uint64_t took[TOOK_BUCKETS];      /* negotiations, by how long they took: four buckets an octave */
};

static inline void statistics_add(struct statistics *statistics, enum statistic statistic, uint64_t number)
{
	atomic_fetch_add_explicit(&statistics->counts[statistic], number, memory_order_relaxed);
}

/* One datagram of so many octets; the statistic of octets follows that of datagrams. */
static inline void statistics_datagram(struct statistics *statistics, enum statistic statistic, uint64_t octets)
{
	if (!statistics->wanted)
		return;
	statistics_add(statistics, statistic, 1);
	statistics_add(statistics, statistic + 1, octets);
}

void statistics_made(struct statistics *statistics, uint64_t took_us);
void statistics_failed(struct statistics *statistics, enum outcome outcome);

/* In the child of a fork: it has done nothing yet. */
void statistics_clear(struct statistics *statistics);

/* The time that so many in a hundred negotiations took at most, in microseconds, to a fifth; 0: there was none. */
uint64_t statistics_percentile_us(const struct statistics *statistics, unsigned percent);

/* The lines of the table, from n = 0; false: there is no n-th one. */
bool statistics_line(const struct statistics *statistics, unsigned n, char *out, size_t size);

/* The same as one JSON object of one line, for programs to read; libsocks5udp(7) lists its keys. Answers its length. */
enum { STATISTICS_OBJECT_SIZE = 4096 };
size_t statistics_object(const struct statistics *statistics, long process, const char *program, char *out,
			 size_t size);

#endif
