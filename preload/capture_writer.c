#include "preload/capture_writer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/error_text.h"
#include "core/pcapng.h"
#include "core/raw.h"
#include "preload/process.h"

/* Events wait for the next datagram of their flow, whose comments they become. */
enum { WAITING = 16, BUFFER = 4 * PCAPNG_BLOCK_MAX };

struct waiting_event {
	flow_handle flow;
	char text[PCAPNG_COMMENT_SIZE];
};

struct capture_writer {
	struct capture_memory *memory;
	const struct capture_file *file;
	bool broken;      /* nothing can be written any more */
	uint64_t length;  /* of the file, in whole blocks */
	unsigned packets; /* in the buffer */
	unsigned waiting; /* events, oldest first */
	struct waiting_event events[WAITING];
	size_t used;
	uint8_t buffer[BUFFER];
};

static void give_up(struct capture_writer *writer, int error)
{
	char line[768];
	writer->broken = true;
	snprintf(line, sizeof line, "capture: %.500s: %s: what follows is missing there", writer->file->path,
		 error_text(error));
	capture_warn(line);
}

/* A block that is cut short would make the whole file one that is cut short. */
static void flush(struct capture_writer *writer)
{
	size_t done = 0;
	unsigned packets;
	while (done < writer->used && !writer->broken) {
		long wrote = raw_call(SYS_write, writer->file->fd, writer->buffer + done, writer->used - done);
		if (wrote > 0)
			done += (size_t)wrote;
		else if (wrote != -EINTR)
			give_up(writer, wrote ? (int)-wrote : ENOSPC);
	}
	size_t whole = pcapng_whole(writer->buffer, done, &packets);
	writer->length += whole;
	if (whole < done)
		raw_call(SYS_ftruncate, writer->file->fd, (long)writer->length);
	atomic_fetch_add(&writer->memory->written, packets);
	writer->used = 0;
	writer->packets = 0;
}

static uint8_t *room(struct capture_writer *writer, size_t *left)
{
	if (BUFFER - writer->used < PCAPNG_BLOCK_MAX)
		flush(writer);
	*left = BUFFER - writer->used;
	return writer->buffer + writer->used;
}

static void write_beginning(struct capture_writer *writer)
{
	char comment[128];
	size_t left;
	uint8_t *at = room(writer, &left);
	snprintf(comment, sizeof comment,
		 "process %ld: what it said and heard, with headers made up from its addresses", raw_call(SYS_getpid));
	writer->used += pcapng_begin(at, left, program_invocation_short_name, comment);
}

/* Those that have become comments are HANDLE_NONE's. */
static void forget_events(struct capture_writer *writer)
{
	unsigned left = 0;
	for (unsigned i = 0; i < writer->waiting; i++)
		if (writer->events[i].flow != HANDLE_NONE)
			writer->events[left++] = writer->events[i];
	writer->waiting = left;
}

/* Answers how many of the flow's events have become comments; any: of whatever flow. */
static unsigned take_events(struct capture_writer *writer, flow_handle flow, bool any, const char **comments,
			    unsigned most)
{
	unsigned taken = 0;
	for (unsigned i = 0; i < writer->waiting && taken < most; i++) {
		struct waiting_event *event = &writer->events[i];
		if (!any && event->flow != flow)
			continue;
		comments[taken++] = event->text;
		event->flow = HANDLE_NONE;
	}
	return taken;
}

static void write_statistics(struct capture_writer *writer)
{
	struct pcapng_statistics statistics = {.time_ns = capture_time_ns()};
	size_t left;
	uint8_t *at = room(writer, &left);
	take_events(writer, HANDLE_NONE, true, statistics.comments, PCAPNG_COMMENTS);
	statistics.seen = atomic_load(&writer->memory->noted);
	statistics.missing = statistics.seen - atomic_load(&writer->memory->written) - writer->packets;
	writer->used += pcapng_statistics(at, left, &statistics);
	forget_events(writer);
}

static void keep_event(struct capture_writer *writer, const struct note *note, const char *text)
{
	if (writer->waiting == WAITING)
		write_statistics(writer);
	struct waiting_event *event = &writer->events[writer->waiting++];
	event->flow = note->flow;
	snprintf(event->text, sizeof event->text, "%s", text);
}

static void write_packet(struct capture_writer *writer, const struct note *note, const char *remark,
			 const uint8_t *payload)
{
	struct pcapng_packet packet = {
	    .time_ns = note->time_ns,
	    .inward = note->inward,
	    .udp = {.from = note->inward ? note->peer : note->local,
		    .to = note->inward ? note->local : note->peer,
		    .payload = payload,
		    .captured = note->captured,
		    .size = note->size},
	};
	size_t left;
	uint8_t *at = room(writer, &left);
	unsigned comments = take_events(writer, note->flow, false, packet.comments, PCAPNG_COMMENTS - 1);
	if (note->remark)
		packet.comments[comments] = remark;
	writer->used += pcapng_packet(at, left, &packet);
	writer->packets++;
	forget_events(writer);
}

static void take_note(struct capture_writer *writer, const struct note *note)
{
	const char *remark = (const char *)(note + 1);
	if (note->kind == NOTE_EVENT)
		keep_event(writer, note, remark);
	else if (!writer->broken)
		write_packet(writer, note, remark, (const uint8_t *)remark + note->remark);
}

static void empty_ring(struct capture_writer *writer)
{
	const struct note *note;
	while ((note = ring_oldest(&writer->memory->ring))) {
		take_note(writer, note);
		ring_take(&writer->memory->ring);
	}
}

static void settle(struct capture_writer *writer, uint32_t asked)
{
	do
		write_statistics(writer);
	while (writer->waiting);
	flush(writer);
	atomic_store(&writer->memory->settled, asked);
	negotiator.world->wake(&writer->memory->settled);
}

/* An exchange here and one in complete (capture.c), in one order: whoever comes second sees what the other did before.
 */
static void sleep_until_called(struct capture_memory *memory, uint32_t bell)
{
	atomic_exchange(&memory->sleeping, true);
	if (!ring_oldest(&memory->ring))
		negotiator.world->wait(&memory->bell, bell, UINT64_MAX);
	atomic_store(&memory->sleeping, false);
}

static void run(void *argument)
{
	struct capture_writer *writer = argument;
	struct capture_memory *memory = writer->memory;
	write_beginning(writer);
	for (;;) {
		uint32_t bell = atomic_load(&memory->bell), asked = atomic_load(&memory->asked);
		empty_ring(writer);
		if (asked != atomic_load(&memory->settled))
			settle(writer, asked);
		flush(writer);
		sleep_until_called(memory, bell);
	}
}

bool capture_writer_start(struct capture_memory *memory, const struct capture_file *file)
{
	struct capture_writer *writer = negotiator.world->map(sizeof *writer);
	if (!writer)
		return false;
	writer->memory = memory;
	writer->file = file;
	if (negotiator.world->start_thread(run, writer) == 0)
		return true;
	negotiator.world->unmap(writer, sizeof *writer);
	return false;
}
