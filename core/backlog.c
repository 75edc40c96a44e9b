#include "core/backlog.h"

#include <string.h>

static uint32_t total(const struct backlog *backlog)
{
	uint32_t sum = 0;
	for (uint32_t i = 0; i < backlog->count; i++)
		sum += backlog->parts[i].left;
	return sum;
}

void backlog_note(struct backlog *backlog, uint32_t waiting, const struct view *view)
{
	uint32_t known = total(backlog);
	if (waiting <= known)
		return;
	if (backlog->count == BACKLOG_PARTS) {
		backlog->parts[BACKLOG_PARTS - 1].left += waiting - known;
		return;
	}
	backlog->parts[backlog->count++] =
	    (struct backlog_part){.left = waiting - known, .link = view->link, .peer = view->peer};
}

bool backlog_apply(const struct backlog *backlog, uint32_t behind, struct view *view)
{
	uint32_t at = 0;
	while (at < backlog->count && behind >= backlog->parts[at].left)
		behind -= backlog->parts[at++].left;
	if (at == backlog->count)
		return false;
	view->link = backlog->parts[at].link;
	view->peer = backlog->parts[at].peer;
	return true;
}

bool backlog_take(struct backlog *backlog)
{
	if (backlog->count && --backlog->parts->left == 0)
		memmove(backlog->parts, backlog->parts + 1, --backlog->count * sizeof *backlog->parts);
	return backlog->count > 0;
}
