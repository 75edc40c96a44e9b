/* SO_PEEK_OFF: a peek begins so many octets behind the first that waits, and moves on. The program counts payloads, the
 * kernel would count headers too: the kernel's own offset is only set for the time of a call, to pass datagrams by. */
#include <errno.h>

#include "core/raw.h"
#include "preload/arrival.h"

static void set_offset(int fd, int offset)
{
	raw_call(SYS_setsockopt, fd, SOL_SOCKET, SO_PEEK_OFF, &offset, (long)sizeof offset);
}

static void move(struct flow *flow, int32_t octets)
{
	int32_t offset = atomic_load(&flow->peek_offset);
	if (offset >= 0)
		atomic_store(&flow->peek_offset, offset + octets > 0 ? offset + octets : 0);
}

/* The one that the offset falls in. Answers AGAIN where that is to be asked anew. */
static enum arriving find(struct arrival *arrival)
{
	int32_t offset = atomic_load(&arrival->flow->peek_offset);
	size_t passed = 0, skip = offset > 0 ? (size_t)offset : 0;
	arrival->behind = 0;
	for (bool nothing = false;;) {
		set_offset(arrival->fd, (int)passed);
		ssize_t got = arrival_take(arrival, 0);
		if (got < 0)
			return arrival_failed(arrival, (int)-got);
		arrival->length = (size_t)got;
		enum arriving step = arrival_judge(arrival);
		if (step != ARRIVING_TAKEN && step != ARRIVING_AGAIN)
			return step;
		size_t payload = arrival->length - arrival->incoming.header_length;
		bool end = nothing && got == 0; /* an empty one is passed by at the second look */
		if (step == ARRIVING_TAKEN && (skip < payload || (skip == 0 && payload == 0) || end)) {
			arrival->skip = end ? 0 : skip;
			return ARRIVING_TAKEN;
		}
		nothing = got == 0;
		skip -= step == ARRIVING_TAKEN ? payload : 0;
		arrival->behind += got > 0;
		passed += (size_t)got;
	}
}

enum arriving inward_peek(struct arrival *arrival)
{
	enum arriving step = find(arrival);
	set_offset(arrival->fd, -1);
	if (step == ARRIVING_TAKEN)
		step = arrival_deliver(arrival);
	if (step == ARRIVING_TAKEN)
		move(arrival->flow, (int32_t)arrival->length);
	return step;
}

void inward_took(const struct arrival *arrival)
{
	move(arrival->flow, -(int32_t)arrival->length);
}
