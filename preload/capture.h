/* The capture: what the program said and heard on the sockets that are covered, for a pcapng file.
 *
 * Theory of operation. Whoever sends, receives or makes an association puts a note into a ring in memory (core/ring.h)
 * and goes on: the ring takes it or counts it as missing, and nobody waits. A thread of its own, started with the first
 * datagram, makes packets of the notes and writes them (capture_writer.c), however long that takes. The file is claimed
 * then, too (capture_file.c): every process has one of its own. A child of a fork finds the ring empty and begins anew.
 */
#ifndef PRELOAD_CAPTURE_H
#define PRELOAD_CAPTURE_H

#include <stdbool.h>
#include <sys/uio.h>

#include "core/endpoint.h"
#include "core/event.h"
#include "core/flow_table.h"
#include "core/ring.h"

extern bool capture_is_asked_for;

/* All that it costs where there is none. */
static inline bool capture_is_on(void)
{
	return __builtin_expect(capture_is_asked_for, 0);
}

/* With the settings of the process: at its start. path stays the caller's. */
void capture_begin(const char *path);

enum { CAPTURE_REMARK_SIZE = 64 };

struct captured_datagram {
	flow_handle flow;
	bool inward;
	struct endpoint local;
	struct endpoint peer;
	const struct iovec *pieces; /* the payload is in these, behind .skip octets */
	size_t count;
	size_t skip;
	size_t captured;    /* octets of it that are there */
	size_t size;        /* octets that it has */
	const char *remark; /* NULL: there is none; at most CAPTURE_REMARK_SIZE */
};

/* Leaves errno alone. */
void capture_datagram(const struct captured_datagram *datagram);
void capture_event(const struct event *event);

/* Before the process ends or executes another program: what was noted so far is written, within a bound of time. */
void capture_settle(void);

/* The same, and what is missing is counted and said, once. */
void capture_end(void);

/* In the child of a fork. */
void capture_forked(void);

/* For the writer. */

enum note_kind { NOTE_DATAGRAM, NOTE_EVENT };

struct note {
	uint8_t kind; /* enum note_kind */
	bool inward;
	uint16_t remark;   /* octets of text behind this, its NUL among them; 0: none */
	uint32_t captured; /* octets of payload behind that */
	uint32_t size;
	flow_handle flow;
	uint64_t time_ns;
	struct endpoint local;
	struct endpoint peer;
};

/* On pages that are wiped in the child of a fork. */
struct capture_memory {
	_Atomic int state;     /* enum capture_state */
	_Atomic uint32_t bell; /* a futex: steps when there is something to do */
	_Atomic bool sleeping; /* the writer waits for it */
	_Atomic bool ended;
	_Atomic uint32_t asked;   /* to write all that there is */
	_Atomic uint32_t settled; /* a futex: how often that was done */
	_Atomic uint64_t noted;   /* datagrams, those that found no room among them */
	_Atomic uint64_t written;
	struct ring ring;
};

uint64_t capture_time_ns(void);
void capture_warn(const char *line); /* in the log, where warnings are wanted */

#endif
