/* The backlog: datagrams that waited in the socket when the program's connection changed. The kernel judges by the peer
 * that a socket has when a datagram arrives, not when it is read; so must we. They are known by their number only, for
 * the oldest is always taken first. */
#ifndef CORE_BACKLOG_H
#define CORE_BACKLOG_H

#include <stdbool.h>

#include "core/view.h"

enum { BACKLOG_PARTS = 4 };

struct backlog_part {
	uint32_t left;
	uint8_t link; /* of the view when they came, as is the peer */
	struct endpoint peer;
};

struct backlog {
	uint32_t count;
	struct backlog_part parts[BACKLOG_PARTS]; /* oldest first */
};

/* So many wait now, and all of them came under this view or before. Where there are too many changes to tell apart,
 * the newest count as one. */
void backlog_note(struct backlog *backlog, uint32_t waiting, const struct view *view);

/* The one behind so many is to be judged: sets what counts of the view. False: it came later. */
bool backlog_apply(const struct backlog *backlog, uint32_t behind, struct view *view);

/* The oldest one has been taken. False: it was the last. */
bool backlog_take(struct backlog *backlog);

#endif
