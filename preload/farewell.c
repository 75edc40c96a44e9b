/* The process ends, and with it its associations, and with these what their servers have not read yet: where something
 * has just been sent they are given a moment for it. */
#include <time.h>

#include "core/raw.h"
#include "preload/process.h"

enum { MOMENT_MS = 50 };

__attribute__((destructor)) static void give_a_moment(void)
{
	struct timespec moment = {.tv_nsec = MOMENT_MS * 1000000L};
	if (process_is_ours() && engine_is_unanswered(&negotiator))
		raw_call(SYS_nanosleep, &moment, 0L);
}
