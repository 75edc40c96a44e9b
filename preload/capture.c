#include "preload/capture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "core/error_text.h"
#include "core/raw.h"
#include "preload/capture_writer.h"
#include "preload/log.h"
#include "preload/own.h"
#include "preload/process.h"
#include "preload/user_memory.h"

enum capture_state { NOT_STARTED, STARTING, RUNNING, IMPOSSIBLE };

enum { SETTLING_MS = 500, LINE = 768 };

bool capture_is_asked_for;

static struct capture_memory *memory;
static const char *asked_path;
static struct capture_file file; /* of no meaning before capture_begin */

void capture_warn(const char *line)
{
	if (negotiator.settings->log_level >= LOG_LEVEL_WARN)
		log_line(LOG_LEVEL_WARN, line);
}

void capture_begin(const char *path)
{
	struct capture_memory *made =
	    mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (made == MAP_FAILED || madvise(made, sizeof *made, MADV_WIPEONFORK) < 0) {
		capture_warn("capture: out of memory: nothing is captured");
		return;
	}
	file.fd = -1;
	memory = made;
	asked_path = path;
	capture_is_asked_for = true;
}

uint64_t capture_time_ns(void)
{
	struct timespec now = {0};
	raw_call(SYS_clock_gettime, CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int start_writer(void)
{
	uint64_t mask = negotiator_lock(&negotiator);
	int error = capture_file_claim(&file, asked_path, raw_call(SYS_getpid));
	if (!error && !capture_writer_start(memory, &file)) {
		own_close(file.fd);
		error = -EAGAIN;
	}
	if (error)
		file.fd = -1;
	negotiator_unlock(&negotiator, mask);
	return error;
}

/* Of all threads that come here one starts it. A thread of a child of vfork would end with that, and not its parent. */
static void start(void)
{
	char line[LINE];
	int expected = NOT_STARTED;
	if (!process_is_ours() || !atomic_compare_exchange_strong(&memory->state, &expected, STARTING))
		return;
	int error = start_writer();
	if (error) {
		snprintf(line, sizeof line, "capture: %.500s: %s: nothing is captured", asked_path, error_text(-error));
		capture_warn(line);
	}
	atomic_store(&memory->state, error ? IMPOSSIBLE : RUNNING);
}

static void ring_bell(void)
{
	atomic_fetch_add(&memory->bell, 1);
	negotiator.world->wake(&memory->bell);
}

/* The writer says that it goes to sleep before it looks at the ring for the last time. */
static void complete(struct note *note)
{
	ring_complete(note);
	if (atomic_exchange(&memory->sleeping, false))
		ring_bell();
}

static void put(const struct captured_datagram *datagram)
{
	size_t remark = datagram->remark ? strlen(datagram->remark) + 1 : 0;
	struct note *note = ring_reserve(&memory->ring, sizeof *note + remark + datagram->captured);
	if (!note)
		return;
	*note = (struct note){.kind = NOTE_DATAGRAM,
			      .inward = datagram->inward,
			      .remark = (uint16_t)remark,
			      .captured = (uint32_t)datagram->captured,
			      .size = (uint32_t)datagram->size,
			      .flow = datagram->flow,
			      .time_ns = capture_time_ns(),
			      .local = datagram->local,
			      .peer = datagram->peer};
	uint8_t *at = (uint8_t *)(note + 1);
	if (remark)
		memcpy(at, datagram->remark, remark);
	user_gather(at + remark, datagram->pieces, datagram->count, datagram->skip, datagram->captured);
	complete(note);
}

void capture_datagram(const struct captured_datagram *datagram)
{
	int saved = errno;
	atomic_fetch_add_explicit(&memory->noted, 1, memory_order_relaxed);
	int state = atomic_load(&memory->state);
	if (state != IMPOSSIBLE)
		put(datagram);
	if (state == NOT_STARTED)
		start();
	errno = saved;
}

static void describe(const struct event *event, char *text, size_t size)
{
	static const char *const verbs[] = {[EVENT_MADE] = "made", [EVENT_LOST] = "lost", [EVENT_FAILED] = "failed"};
	char peer[ENDPOINT_TEXT_SIZE], relay[ENDPOINT_TEXT_SIZE];
	int length = snprintf(text, size, "association %s: server %s (%s)", verbs[event->kind], event->server,
			      endpoint_print(&event->peer, peer, sizeof peer));
	if (length < 0 || (size_t)length >= size)
		return;
	text += length;
	size -= (size_t)length;
	if (event->kind == EVENT_MADE)
		snprintf(text, size, ", relay %s", endpoint_print(&event->relay, relay, sizeof relay));
	else if (event->kind == EVENT_FAILED)
		snprintf(text, size, ": %s: %s", event->step, outcome_text(event->outcome));
}

void capture_event(const struct event *event)
{
	char text[512];
	if (!capture_is_on() || atomic_load(&memory->state) == IMPOSSIBLE)
		return;
	describe(event, text, sizeof text);
	size_t size = strlen(text) + 1;
	struct note *note = ring_reserve(&memory->ring, sizeof *note + size);
	if (!note)
		return;
	*note = (struct note){.kind = NOTE_EVENT, .remark = (uint16_t)size, .flow = event->flow};
	memcpy(note + 1, text, size);
	complete(note);
}

void capture_settle(void)
{
	if (!capture_is_on() || !process_is_ours() || atomic_load(&memory->state) != RUNNING)
		return;
	uint32_t asked = atomic_fetch_add(&memory->asked, 1) + 1, settled;
	uint64_t deadline_ms = negotiator.world->now_ms() + SETTLING_MS;
	ring_bell();
	while ((int32_t)((settled = atomic_load(&memory->settled)) - asked) < 0)
		if (negotiator.world->wait(&memory->settled, settled, deadline_ms) == -ETIMEDOUT)
			return;
}

void capture_end(void)
{
	char line[LINE];
	if (!capture_is_on() || !process_is_ours() || atomic_exchange(&memory->ended, true))
		return;
	capture_settle();
	uint64_t missing = atomic_load(&memory->noted) - atomic_load(&memory->written);
	statistics_add(&negotiator.statistics, STATISTIC_UNCAPTURED, missing);
	if (!missing || atomic_load(&memory->state) != RUNNING)
		return;
	snprintf(line, sizeof line, "capture: %" PRIu64 " datagrams are missing in %.500s", missing, file.path);
	capture_warn(line);
}

/* What the parent notes is its own to write. */
void capture_forked(void)
{
	if (capture_is_asked_for && file.fd >= 0)
		own_close(file.fd);
	file.fd = -1;
}
